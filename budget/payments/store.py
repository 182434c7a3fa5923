"""Reading payments within a person's scope, summing them by allotment and line, and writing their matches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, insert, or_, select, tuple_
from sqlalchemy.orm import contains_eager

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.allotments.models import Allotment
from budget.ledger.models import LedgerEntry
from budget.payments.models import Payment, PaymentMatch
from budget.payments.rules import Match, OpenPayment, Standing, match
from budget.plans.models import MONEY_LINE, PlanLine
from core import clock
from core.db import session
from core.money import ZERO, Money
from core.paging import Page, paged

# How many values one statement carries at most; SQLite's oldest limit is 999 in all.
_AT_ONCE = 500


def money(amount: Any) -> Money:
    """A sum as the database gives it: money, a number, or nothing."""
    return amount if isinstance(amount, Money) else Money(int(amount or 0))


def owners_of_year(division: str, year: int, *, lock: bool = False) -> dict[str, str]:
    """The unit's code of each allotment of the year by national key; with `lock` held in the order of ids."""
    query = (
        select(Allotment.bgt_id, Unit.code)
        .join(Unit, Allotment.unit_id == Unit.id)
        .where(Allotment.division_code == division, Allotment.fiscal_year == year)
        .order_by(Allotment.id)
    )
    rows = session().execute(query.with_for_update(key_share=True, of=Allotment) if lock else query)
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher that was taken over, and whether a red row took it back since."""

    pay_cert_id: str
    fiscal_year: int
    amount: Money
    paid_on: date
    bgt_id: str
    unit_code: str
    voided: bool


def known_vouchers(division: str) -> dict[str, Voucher]:
    """The vouchers taken over so far, of every year, by national key."""
    columns = (Payment.pay_cert_id, Payment.fiscal_year, Payment.amount, Payment.paid_on, Payment.bgt_id)
    mine = Payment.division_code == division
    # No join of the table with itself: a fresh table has no statistics, and the planner would compare all with all.
    red = set(session().scalars(select(Payment.pay_cert_id).where(mine, Payment.void)))
    query = select(*columns, Unit.code).join(Unit, Payment.unit_id == Unit.id).where(mine, Payment.void.is_(False))
    return {row[0]: Voucher(*row, row[0] in red) for row in session().execute(query)}


def add(rows: list[dict[str, Any]]) -> None:
    """Write payments inside the caller's transaction."""
    if rows:
        session().execute(insert(Payment), rows)


# Matching


def match_year(division: str, year: int) -> int:
    """Match what is open of the year's payments to its approved lines; gives how many matches were written.

    Inside the caller's transaction, which holds the allotments of the year.
    """
    lines = _standing(division, year)
    found: list[Match] = []
    for bgt_id, payments in _open_payments(division, year, lines.keys()).items():
        found.extend(match(payments, lines[bgt_id]))
    now = clock.now()
    rows = [
        {"payment_id": one.payment_id, "plan_line_id": one.line_id, "amount": one.amount, "at": now} for one in found
    ]
    if rows:
        session().execute(insert(PaymentMatch), rows)
    return len(rows)


def _standing(division: str, year: int) -> dict[str, list[Standing]]:
    """The approved lines of the year by allotment, red rows taken off, with what is paid of each."""
    year_of = and_(LedgerEntry.division_code == division, LedgerEntry.fiscal_year == year)
    query = (
        select(
            LedgerEntry.bgt_id,
            MONEY_LINE,
            func.min(LedgerEntry.month),
            func.sum(LedgerEntry.approved),
        )
        .join(PlanLine, PlanLine.id == LedgerEntry.plan_line_id)
        .where(year_of)
        .group_by(LedgerEntry.bgt_id, MONEY_LINE)
    )
    paid = _paid(PaymentMatch.plan_line_id.in_(select(LedgerEntry.plan_line_id).where(year_of)))
    found: dict[str, list[Standing]] = defaultdict(list)
    for bgt_id, line_id, month, approved in session().execute(query):
        found[bgt_id].append(Standing(line_id, month, money(approved), paid.get(line_id, ZERO)))
    return found


def _open_payments(division: str, year: int, bgt_ids: Collection[str]) -> dict[str, list[OpenPayment]]:
    """What has no line yet, by allotment, in the order of days."""
    found: dict[str, list[OpenPayment]] = defaultdict(list)
    if not bgt_ids:
        return found
    taken = _taken(select(Payment.id).where(Payment.division_code == division, Payment.fiscal_year == year))
    query = (
        select(Payment.id, Payment.bgt_id, Payment.paid_on, Payment.amount)
        .where(Payment.division_code == division, Payment.fiscal_year == year)
        .order_by(Payment.paid_on, Payment.id)
    )
    for payment_id, bgt_id, day, amount in session().execute(query):
        left = amount - taken.get(payment_id, ZERO)
        if bgt_id in bgt_ids and left:
            found[bgt_id].append(OpenPayment(payment_id, day.month, left))
    return found


def _taken(payment_ids: Select[int] | Collection[int]) -> dict[int, Money]:
    """How much of each payment has a line."""
    query = select(PaymentMatch.payment_id, func.sum(PaymentMatch.amount))
    query = query.where(PaymentMatch.payment_id.in_(payment_ids)).group_by(PaymentMatch.payment_id)
    return {payment_id: money(amount) for payment_id, amount in session().execute(query)}


# Sums


def any_of_year(division: str, year: int, before: datetime | None = None) -> bool:
    """Whether payments of the year are known at all (`before`: by then): without any, 已支付 is unknown, not zero."""
    query = select(Payment.id).where(Payment.division_code == division, Payment.fiscal_year == year).limit(1)
    if before is not None:
        query = query.where(Payment.imported_at < before)
    return session().scalar(query) is not None


def paid_by_allotment(allotment_ids: Collection[int], before: datetime | None = None) -> dict[int, Money]:
    """What was paid of each allotment, refunds taken off; with `before`, what was known by then."""
    query = (
        select(Allotment.id, func.sum(Payment.amount))
        .join(Payment, tuple_(*_key(Payment)) == tuple_(*_key(Allotment)))
        .where(Allotment.id.in_(allotment_ids))
        .group_by(Allotment.id)
    )
    if before is not None:
        query = query.where(Payment.imported_at < before)
    return {allotment_id: money(amount) for allotment_id, amount in session().execute(query)}


def paid_of_lines(line_ids: Collection[int]) -> dict[int, Money]:
    """What was paid of each line; lines of which nothing was paid are left out."""
    found: dict[int, Money] = {}
    for part in _parts(line_ids):
        found |= _paid(PaymentMatch.plan_line_id.in_(part))
    return found


def standing_of_lines(line_ids: Collection[int]) -> dict[int, Standing]:
    """What is approved, reversed rows taken off, and paid of each line."""
    paid = paid_of_lines(line_ids)
    found: dict[int, Standing] = {}
    for part in _parts(line_ids):
        query = (
            select(MONEY_LINE, func.min(LedgerEntry.month), func.sum(LedgerEntry.approved))
            .join(PlanLine, PlanLine.id == LedgerEntry.plan_line_id)
            .where(or_(PlanLine.id.in_(part), PlanLine.source_line_id.in_(part)))
            .group_by(MONEY_LINE)
        )
        for line_id, month, approved in session().execute(query):
            found[line_id] = Standing(line_id, month, money(approved), paid.get(line_id, ZERO))
    return found


def _paid(which: ColumnElement[bool]) -> dict[int, Money]:
    query = select(PaymentMatch.plan_line_id, func.sum(PaymentMatch.amount)).where(which)
    return {line_id: money(amount) for line_id, amount in session().execute(query.group_by(PaymentMatch.plan_line_id))}


def _parts(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


# Lists


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Which payments a person may see, of a query that joins the unit."""
    if scope.whole_bureau:
        return Payment.id.is_not(None)
    parts: list[ColumnElement[bool]] = [Payment.unit_id.in_(scope.unit_ids)] if scope.unit_ids else []
    if scope.office_ids:
        theirs = select(*_key(Allotment)).where(Allotment.office_id.in_(scope.office_ids))
        parts.append(tuple_(*_key(Payment)).in_(theirs))
    parts.extend(Unit.code.startswith(code, autoescape=True) for code in sorted(scope.department_codes))
    return or_(*parts) if parts else false()


def _key(owner: type[Allotment] | type[Payment]) -> tuple[ColumnElement[Any], ...]:
    """The national key by which a payment finds its allotment."""
    return (owner.division_code.expression, owner.fiscal_year.expression, owner.bgt_id.expression)


def _selected(scope: Scope, year: int, search: str) -> ColumnElement[bool]:
    parts = [in_scope(scope), Payment.fiscal_year == year]
    if search:
        columns = (Payment.pay_cert_no, Payment.purpose, Payment.payee, Payment.bgt_id, Unit.name, Unit.code)
        parts.append(or_(*(column.contains(search, autoescape=True) for column in columns)))
    return and_(*parts)


def page_of(scope: Scope, year: int, search: str, number: int) -> Page[Payment]:
    """One page of payments, newest first."""
    query = select(Payment).join(Payment.unit)
    query = query.options(contains_eager(Payment.unit)).where(_selected(scope, year, search))
    return paged(query.order_by(Payment.paid_on.desc(), Payment.id.desc()), number)


def total_of(scope: Scope, year: int, search: str) -> Money:
    """The sum of all payments selected."""
    query = select(func.sum(Payment.amount)).join(Payment.unit)
    return money(session().scalar(query.where(_selected(scope, year, search))))


def open_amounts(payments: Collection[Payment]) -> dict[int, Money]:
    """What of each payment has no approved line."""
    taken = _taken([payment.id for payment in payments])
    return {payment.id: payment.amount - taken.get(payment.id, ZERO) for payment in payments}


def years(scope: Scope) -> list[int]:
    """The years with payments that the person may see, newest first."""
    query = select(Payment.fiscal_year).join(Payment.unit)
    return list(session().scalars(query.where(in_scope(scope)).distinct().order_by(Payment.fiscal_year.desc())))


def last_import(division: str, year: int) -> datetime | None:
    """When payments of the year came last."""
    query = select(func.max(Payment.imported_at)).where(Payment.division_code == division, Payment.fiscal_year == year)
    return session().scalar(query)
