"""The button that takes the national table out of the ledger."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from core import clock
from core.keys import by_itself
from core.web import settings
from exports.asking import ledger_filter
from exports.downloads import workbook_answer
from exports.exchange import actions

bp: Final = Blueprint("exchange", __name__)


@bp.post("/ledger/exchange.xlsx")
@requires(Permission.EXPORT_LEDGER)
@by_itself
def export() -> ResponseReturnValue:
    """PAY_PLAN_VOUCHER 用款计划, the 37 columns, for the selection that the ledger page shows."""
    wanted = ledger_filter(request.form, clock.today().year)
    made = actions.export_plan_vouchers(settings().division_code, wanted, by=person())
    month = f"{wanted.month:02d}" if wanted.month else ""
    plain = f"PAY_PLAN_VOUCHER_{settings().division_code}_{wanted.fiscal_year}{month}.xlsx"
    return workbook_answer(made.file, plain, plain)
