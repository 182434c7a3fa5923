"""Taking over the payments of a year from the national platform, and matching them to approved lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from accounts.people.rules import SYSTEM
from accounts.units.store import units_by_code
from budget.payments import store
from budget.payments.layout import PAYMENTS, PaymentRow
from budget.payments.reading import PaymentReading, day_of, read_payments
from core import clock, history
from core.db import alone, transaction
from core.history import Actor
from core.imports import Upload, note
from core.jobs import Progress
from core.sheets import read_table
from core.web import settings

REMATCH: Final = "rematch_payments"


def import_payments(upload: Upload, division: str, year: int, *, by: Actor) -> PaymentReading:
    """Add the new payments and the red rows of void ones, all or none, and match them to approved lines.

    Raises `Refused` with every problem at once. The same file again changes nothing; a payment of an unknown
    allotment is taken over and stays among the differences.
    """
    table = read_table(upload.data, upload.filename, PAYMENTS)
    with transaction():
        alone(f"payments {division} {year}")
        reading = read_payments(table, division, year, lock=True)
        if not reading.difference.is_empty:
            store.add(_rows(reading, division, year, by))
            matches = store.match_year(division, year)
            totals = {"rows": len(reading.rows), "total": reading.total.plain, "matches": matches, "year": year}
            note(upload, "payments", f"导入{year}年支付", reading.difference, by=by, **totals)
    return reading


def rematch(division: str, year: int, *, by: Actor) -> int:
    """Match open payments to lines approved since; gives how many matches were written. Again changes nothing."""
    with transaction():
        alone(f"payments {division} {year}")
        store.owners_of_year(division, year, lock=True)
        matches = store.match_year(division, year)
        if matches:
            history.record("payments", year, "rematch", f"重新匹配{year}年支付：{matches} 笔", by=by)
    return matches


def rematch_job(payload: dict[str, Any], _: Progress) -> Mapping[str, object]:
    """The same every night, for the year of the day that has ended."""
    year = date.fromisoformat(payload["day"]).year
    return {"matches": rematch(settings().division_code, year, by=SYSTEM)}


def _rows(reading: PaymentReading, division: str, year: int, by: Actor) -> list[dict[str, Any]]:
    unit_ids = {code: unit.id for code, unit in units_by_code(division).items()}
    whose = {"division_code": division, "fiscal_year": year, "imported_at": clock.now(), "imported_by": by.id}
    fresh = [
        {**whose, **_values(row), "unit_id": unit_ids[row.agency_code], "paid_on": day_of(row), "amount": row.amount}
        | {"bgt_id": row.bgt_id, "void": False}
        for row in reading.fresh
    ]
    # A red row takes back what was taken over, whatever the void voucher says today.
    red = [
        {**whose, **_values(row), "unit_id": unit_ids[old.unit_code], "paid_on": old.paid_on, "amount": -old.amount}
        | {"bgt_id": old.bgt_id, "void": True}
        for row, old in reading.voided
    ]
    return fresh + red


def _values(row: PaymentRow) -> dict[str, str]:
    values = row.values
    return {
        "pay_cert_id": row.pay_cert_id,
        "pay_cert_no": row.pay_cert_no,
        "purpose": values["USE_DES"],
        "payee": values["PAYEE_ACCT_NAME"],
        "payee_account": values["PAYEE_ACCT_NO"],
        "payee_bank": values["PAYEE_ACCT_BANK_NAME"],
        "payer": values["PAY_ACCT_NAME"],
        "payer_account": values["PAY_ACCT_NO"],
        "payer_bank": values["PAY_ACCT_BANK_NAME"],
        "extra": json.dumps(row.extra, ensure_ascii=False, sort_keys=True),
    }
