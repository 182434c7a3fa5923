"""Taking the national table PAY_PLAN_VOUCHER out of the house."""

from __future__ import annotations

from accounts.people.rules import Person, scope_of
from budget.ledger.store import LedgerFilter
from exports import written
from exports.asking import month_said
from exports.exchange.plan_voucher import write_plan_vouchers
from exports.posted import ledger_rows
from exports.written import Written


def export_plan_vouchers(division_code: str, wanted: LedgerFilter, *, by: Person) -> Written:
    """Write the 37 columns for what the person may see and asked for, and record it. Raises `Refused`."""
    rows = ledger_rows(division_code, scope_of(by), wanted)
    made = written.write(lambda stream: write_plan_vouchers(stream, rows))
    written.record("exchange", f"一体化用款计划表（{month_said(wanted)}）", wanted, made, by=by)
    return made
