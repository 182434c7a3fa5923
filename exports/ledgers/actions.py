"""Taking the ledger out of the house as a workbook."""

from __future__ import annotations

from accounts.people.rules import Person, scope_of
from budget.ledger.store import LedgerFilter
from budget.payments import store as payments
from exports import written
from exports.asking import month_said
from exports.ledgers.ledger_sheet import write_ledger
from exports.posted import ledger_rows
from exports.written import Written


def export_ledger(division_code: str, wanted: LedgerFilter, *, by: Person) -> Written:
    """Write what the person may see and asked for, and record it. Raises `Refused` when it fits on no sheet."""
    title = f"用款计划台账 {month_said(wanted)}"
    rows = ledger_rows(division_code, scope_of(by), wanted)
    known = payments.any_of_year(division_code, wanted.fiscal_year)
    made = written.write(lambda stream: write_ledger(stream, title, rows, paid_known=known))
    written.record("export", f"用款计划台账（{month_said(wanted)}）", wanted, made, by=by)
    return made
