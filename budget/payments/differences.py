"""Where payments do not fit: without an approved plan, beyond what is granted, or of no allotment that we know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.allotments.models import Allotment
from budget.payments.models import Payment, PaymentMatch
from budget.payments.store import money
from core.db import session
from core.money import ZERO, Money
from core.paging import PER_PAGE, Page


@dataclass(frozen=True, slots=True)
class PaidAllotment:
    """An allotment that was paid from, beside what was granted, planned and matched; without `id` it is unknown."""

    id: int | None
    bgt_id: str
    unit_code: str
    unit_name: str
    label: str
    granted: Money
    planned: Money
    paid: Money
    matched: Money
    count: int

    @property
    def unmatched(self) -> Money:
        """Paid without an approved plan."""
        return self.paid - self.matched

    @property
    def what(self) -> str:
        """What does not fit, in words; empty when all does."""
        if self.id is None:
            return "指标不在系统中"
        if self.paid > self.granted:
            return "支付超过指标"
        if self.unmatched > ZERO:
            return "已支付但无已批复计划"
        return "退款多于已支付" if self.unmatched < ZERO else ""


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of everything selected."""

    paid: Money
    matched: Money

    @property
    def unmatched(self) -> Money:
        """Paid without an approved plan."""
        return self.paid - self.matched


def page_of(scope: Scope, division: str, year: int, *, all_rows: bool, number: int) -> tuple[Page[PaidAllotment], Sums]:
    """One page of the allotments paid from, in the order of units; only those that differ unless all are asked for.

    Four narrow queries joined here: in SQL, over fresh tables without statistics, the join took minutes.
    """
    rows = [row for row in _rows(scope, division, year) if all_rows or row.what]
    rows.sort(key=lambda row: (row.unit_code, row.bgt_id))
    sums = Sums(Money.total(row.paid for row in rows), Money.total(row.matched for row in rows))
    start = (number - 1) * PER_PAGE
    return Page(rows[start : start + PER_PAGE], number, len(rows)), sums


def _rows(scope: Scope, division: str, year: int) -> Iterator[PaidAllotment]:
    """Every allotment paid from that the person may see."""
    allotments, units, matched = _allotments(division, year), _units(division), _matched(division, year)
    query = (
        select(Payment.bgt_id, Payment.unit_id, func.sum(Payment.amount), func.count())
        .where(Payment.division_code == division, Payment.fiscal_year == year)
        .group_by(Payment.bgt_id, Payment.unit_id)
    )
    for bgt_id, unit_id, paid, count in session().execute(query):
        one, (code, name) = allotments.get(bgt_id), units[unit_id]
        if _sees(scope, unit_id, code, one.office_id if one else None):
            label = f"{one.doc_no} {one.pro_name} {one.dep_eco_code} {one.dep_eco_name}".strip() if one else ""
            yield PaidAllotment(
                one.id if one else None, bgt_id, code, name, label, one.granted if one else ZERO,
                one.posted if one else ZERO, money(paid), matched.get((bgt_id, unit_id), ZERO), count,
            )  # fmt: skip


def _sees(scope: Scope, unit_id: int, unit_code: str, office_id: int | None) -> bool:
    """The same as `store.in_scope`, for a row at hand."""
    inside = unit_code.startswith(tuple(scope.department_codes)) if scope.department_codes else False
    return scope.whole_bureau or unit_id in scope.unit_ids or office_id in scope.office_ids or inside


def _allotments(division: str, year: int) -> dict[str, Any]:
    query = select(
        Allotment.bgt_id, Allotment.id, Allotment.office_id, Allotment.doc_no, Allotment.pro_name,
        Allotment.dep_eco_code, Allotment.dep_eco_name, Allotment.granted, Allotment.posted,
    ).where(Allotment.division_code == division, Allotment.fiscal_year == year)  # fmt: skip
    return {row.bgt_id: row for row in session().execute(query)}


def _units(division: str) -> dict[int, tuple[str, str]]:
    query = select(Unit.id, Unit.code, Unit.name).where(Unit.division_code == division)
    return {unit_id: (code, name) for unit_id, code, name in session().execute(query)}


def _matched(division: str, year: int) -> dict[tuple[str, int], Money]:
    query = (
        select(Payment.bgt_id, Payment.unit_id, func.sum(PaymentMatch.amount))
        .join(Payment, PaymentMatch.payment_id == Payment.id)
        .where(Payment.division_code == division, Payment.fiscal_year == year)
        .group_by(Payment.bgt_id, Payment.unit_id)
    )
    return {(bgt_id, unit_id): money(amount) for bgt_id, unit_id, amount in session().execute(query)}
