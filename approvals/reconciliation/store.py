"""Gathering both sides of each comparison in a fixed number of queries, and reading what runs have found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased, selectinload

from accounts.units.models import Unit
from approvals.reconciliation.models import ReconciliationRow, ReconciliationRun
from approvals.reconciliation.rules import Check, Difference, gaps, overpaid, unequal
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import PostingKind
from budget.codes.models import CodeEntry
from budget.ledger.models import LedgerEntry
from budget.payments.models import PaymentMatch
from budget.plans.models import MONEY_LINE, Plan, PlanLine
from budget.plans.rules import HOLDING, PlanState, covered, plus_lines
from core.db import session
from core.money import ZERO, Money
from core.paging import Page, paged

Sums = dict[int, Money]
# So many differences of one run are kept word for word; the count is of all.
MOST_KEPT = 500


@dataclass(frozen=True)
class Sides:
    """Everything that is compared, by allotment and by plan line."""

    names: dict[int, str]
    balances: dict[PostingKind, Sums]
    postings: dict[PostingKind, Sums]
    in_review: Sums
    ledger_by_allotment: Sums
    ledger_by_line: Sums
    ledger_by_money_line: Sums
    approved: Sums
    paid: Sums
    places: dict[int, str]


def gathered(division: str) -> Sides:
    """Both sides, as the database has them in this moment."""
    names, balances = _balances(division)
    of_division = LedgerEntry.division_code == division
    live = (PlanLine.removed_in.is_(None), Plan.division_code == division)
    by_line = _per(PlanLine.id, PlanLine.approved).join(Plan, PlanLine.plan_id == Plan.id)
    return Sides(
        names,
        balances,
        _postings(division),
        _in_review(division),
        _sums(_per(LedgerEntry.allotment_id, LedgerEntry.approved).where(of_division)),
        _sums(_per(LedgerEntry.plan_line_id, LedgerEntry.approved).where(of_division)),
        _sums(_by_money_line().where(of_division)),
        _sums(by_line.where(*live, Plan.state == PlanState.APPROVED)),
        _sums(_per(PaymentMatch.plan_line_id, PaymentMatch.amount)),
        _places(division),
    )


def _in_review(division: str) -> Sums:
    """What the plans under review ask of each allotment; minus lines hold nothing, nor do those that they pay for."""
    query = (
        select(Plan).where(Plan.division_code == division, Plan.state.in_(HOLDING)).options(selectinload(Plan.lines))
    )
    found: Sums = {}
    for plan in session().scalars(query):
        free = covered(plan.kind, plan.lines)
        for line in plus_lines(plan.lines):
            if line.allotment_id is not None and line.id not in free:
                found[line.allotment_id] = found.get(line.allotment_id, ZERO) + (line.applied or ZERO)
    return found


def _by_money_line() -> Select[int, Money]:
    query = select(MONEY_LINE, func.sum(LedgerEntry.approved)).join(PlanLine, PlanLine.id == LedgerEntry.plan_line_id)
    return query.group_by(MONEY_LINE)


def _per(key: Any, amount: Any) -> Select[int, Money]:
    return select(key, func.sum(amount)).group_by(key)


def _sums(query: Select[int, Money]) -> Sums:
    return {key: amount or ZERO for key, amount in session().execute(query)}


def _balances(division: str) -> tuple[dict[int, str], dict[PostingKind, Sums]]:
    columns = (Allotment.id, Unit.code, Allotment.bgt_id, Allotment.granted, Allotment.held, Allotment.posted)
    query = select(*columns).join(Unit, Allotment.unit_id == Unit.id).where(Allotment.division_code == division)
    rows = session().execute(query).all()
    balances = {
        PostingKind.GRANT: {row.id: row.granted for row in rows},
        PostingKind.HOLD: {row.id: row.held for row in rows},
        PostingKind.POST: {row.id: row.posted for row in rows},
    }
    return {row.id: f"{row.code} 指标 {row.bgt_id}" for row in rows}, balances


def _postings(division: str) -> dict[PostingKind, Sums]:
    query = (
        select(Posting.allotment_id, Posting.kind, func.sum(Posting.amount))
        .join(Allotment, Posting.allotment_id == Allotment.id)
        .where(Allotment.division_code == division)
        .group_by(Posting.allotment_id, Posting.kind)
    )
    found: dict[PostingKind, Sums] = {kind: {} for kind in PostingKind}
    for allotment_id, kind, amount in session().execute(query):
        found[kind][allotment_id] = amount
    return found


def _places(division: str) -> dict[int, str]:
    query = select(PlanLine.id, Plan.number, PlanLine.position).join(Plan, PlanLine.plan_id == Plan.id)
    rows = session().execute(query.where(Plan.division_code == division, Plan.revision > 0))
    return {line_id: f"{number} 第 {position} 行" for line_id, number, position in rows}


def differences(division: str, sides: Sides) -> Iterator[Difference]:
    """Every comparison in turn."""
    posted = sides.postings
    held = _less(posted[PostingKind.HOLD], posted[PostingKind.RELEASE], posted[PostingKind.POST])
    net = _less(posted[PostingKind.POST], posted[PostingKind.REVERSE])
    yield from unequal(Check.GRANTED, sides.balances[PostingKind.GRANT], posted[PostingKind.GRANT], sides.names)
    yield from unequal(Check.HELD, sides.balances[PostingKind.HOLD], held, sides.names)
    yield from unequal(Check.POSTED, sides.balances[PostingKind.POST], net, sides.names)
    yield from unequal(Check.HOLDS, sides.balances[PostingKind.HOLD], sides.in_review, sides.names)
    yield from unequal(Check.LEDGER, sides.balances[PostingKind.POST], sides.ledger_by_allotment, sides.names)
    yield from unequal(Check.PLANS, sides.approved, sides.ledger_by_line, sides.places)
    yield from overpaid(sides.paid, sides.ledger_by_money_line, sides.places)
    yield from gaps(_heads(division))
    yield from _orphans(division)


def _less(first: Sums, *others: Sums) -> Sums:
    keys = {*first, *(key for other in others for key in other)}
    return {key: first.get(key, ZERO) - Money.total(other.get(key, ZERO) for other in others) for key in keys}


def _heads(division: str) -> dict[int, tuple[int, int]]:
    query = (
        select(LedgerEntry.fiscal_year, func.count(), func.max(LedgerEntry.number))
        .where(LedgerEntry.division_code == division)
        .group_by(LedgerEntry.fiscal_year)
    )
    return {year: (count, highest) for year, count, highest in session().execute(query)}


def _orphans(division: str) -> Iterator[Difference]:
    """Codes whose parent is not in their table."""
    parent = aliased(CodeEntry)
    there: ColumnElement[bool] = select(parent.id).where(
        parent.division_code == CodeEntry.division_code, parent.fiscal_year == CodeEntry.fiscal_year,
        parent.table_name == CodeEntry.table_name, parent.code == CodeEntry.parent,
    ).exists()  # fmt: skip
    query = select(CodeEntry).where(CodeEntry.division_code == division, CodeEntry.parent != "", ~there)
    for code in session().scalars(query.order_by(CodeEntry.table_name, CodeEntry.code)):
        yield Difference(Check.CODES, f"{code.fiscal_year}年 {code.table_name} {code.code}", code.parent, "没有上级")


def page_of(division: str, number: int) -> Page[ReconciliationRun]:
    """The runs, newest first."""
    query = select(ReconciliationRun).where(ReconciliationRun.division_code == division)
    return paged(query.order_by(ReconciliationRun.id.desc()), number)


def newest(division: str) -> ReconciliationRun | None:
    """The newest run."""
    query = select(ReconciliationRun).where(ReconciliationRun.division_code == division)
    return session().scalars(query.order_by(ReconciliationRun.id.desc()).limit(1)).first()


def rows_of(run_id: int, number: int) -> Page[ReconciliationRow]:
    """What a run found, a page at a time."""
    query = select(ReconciliationRow).where(ReconciliationRow.run_id == run_id)
    return paged(query.order_by(ReconciliationRow.id), number)
