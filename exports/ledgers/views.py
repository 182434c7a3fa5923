"""The ledger on the screen, and the button that takes it out as a workbook."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import allowed, person, requires, scope
from accounts.units.store import offices
from budget.ledger import store as ledger
from budget.payments import store as payments
from core import clock
from core.keys import by_itself
from core.paging import PER_PAGE, Page
from core.web import page_number, settings
from exports.asking import ledger_address, ledger_filter, month_said
from exports.downloads import workbook_answer
from exports.ledgers import actions, store

bp: Final = Blueprint("ledgers", __name__)


@bp.get("/ledger")
@requires(Permission.VIEW_LEDGER)
def index() -> ResponseReturnValue:
    """The posted lines that the person may see, newest first, with the totals of all that was asked for."""
    this_year = clock.today().year
    wanted = ledger_filter(request.args, this_year)
    number = page_number()
    entries, _ = ledger.page_of(scope(), wanted, number, PER_PAGE)
    totals = ledger.totals(scope(), wanted)
    paid_known = payments.any_of_year(settings().division_code, wanted.fiscal_year)
    return render_template(
        "exports/ledgers/index.html",
        page=Page(entries, number, totals.count),
        totals=totals,
        wanted=wanted,
        asked=ledger_address(wanted),
        years=sorted({*store.years(scope()), this_year, wanted.fiscal_year}, reverse=True),
        offices=offices(settings().division_code),
        standing=payments.standing_of_lines([entry.plan_line_id for entry in entries]) if paid_known else {},
        paid_known=paid_known,
        may_export=allowed(Permission.EXPORT_LEDGER),
    )


@bp.post("/ledger.xlsx")
@requires(Permission.EXPORT_LEDGER)
@by_itself
def export() -> ResponseReturnValue:
    """The same selection as a workbook. A button and no link, because it leaves a trace in the history."""
    wanted = ledger_filter(request.form, clock.today().year)
    made = actions.export_ledger(settings().division_code, wanted, by=person())
    plain = f"ledger-{wanted.fiscal_year}-{wanted.month or 'all'}.xlsx"
    return workbook_answer(made.file, f"用款计划台账_{month_said(wanted)}.xlsx", plain)
