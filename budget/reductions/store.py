"""Reading approved lines with what of them is reduced, paid and asked back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager

from accounts.units.models import Unit
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import PostingKind, label_of
from budget.payments.models import PaymentMatch
from budget.payments.store import money, paid_of_lines
from budget.plans.models import MONEY_LINE, Plan, PlanLine
from budget.plans.rules import EDITABLE, HOLDING, PlanKind, PlanState
from budget.reductions.rules import Reducible
from core.db import session
from core.money import ZERO, Money


def of_unit(unit_id: int, fiscal_year: int, except_plan: UUID | None = None) -> list[Reducible]:
    """Every approved line of the unit and year, newest month first; `except_plan` does not count as under review."""
    found = _found((Plan.unit_id == unit_id, Plan.fiscal_year == fiscal_year), except_plan)
    return sorted(found, key=lambda one: (-one.month, one.plan_number, one.position))


def of_lines(line_ids: Iterable[int | None], except_plan: UUID) -> dict[int, Reducible]:
    """Those of the lines that are approved now, by id."""
    wanted = {line_id for line_id in line_ids if line_id is not None}
    if not wanted:
        return {}
    return {one.line_id: one for one in _found((PlanLine.id.in_(wanted),), except_plan)}


def _found(which: Collection[ColumnElement[bool]], except_plan: UUID | None) -> list[Reducible]:
    rows = session().execute(_approved().where(*which)).all()
    ids = [row.id for row in rows]
    reduced, pending = _taken(ids, except_plan)
    paid = paid_of_lines(ids)
    return [
        Reducible(
            row.id, row.number, row.position, row.month, row.allotment_id, label_of(row), row.purpose, row.payee,
            row.approved - reduced.get(row.id, ZERO), paid.get(row.id, ZERO), pending.get(row.id, ZERO),
        )
        for row in rows
    ]  # fmt: skip


def _approved() -> Select[*tuple[Any, ...]]:
    named = (Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_code, Allotment.dep_eco_name)
    own = (PlanLine.id, PlanLine.position, PlanLine.month, PlanLine.allotment_id, PlanLine.purpose, PlanLine.payee)
    return (
        select(*own, PlanLine.approved, Plan.number, *named)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .join(Allotment, PlanLine.allotment_id == Allotment.id)
        .where(Plan.state == PlanState.APPROVED, PlanLine.source_line_id.is_(None), PlanLine.removed_in.is_(None))
    )


def _taken(line_ids: Collection[int], except_plan: UUID | None) -> tuple[dict[int, Money], dict[int, Money]]:
    """What minus lines have taken of each line, and what those under review in other plans ask for."""
    approved = func.sum(PlanLine.approved).filter(Plan.state == PlanState.APPROVED)
    asked = func.sum(PlanLine.applied).filter(Plan.state.in_(HOLDING), Plan.id != except_plan)
    query = (
        select(PlanLine.source_line_id, approved, asked)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(PlanLine.source_line_id.in_(line_ids), PlanLine.removed_in.is_(None))
        .group_by(PlanLine.source_line_id)
    )
    rows = session().execute(query).all()
    return {row[0] or 0: -money(row[1]) for row in rows}, {row[0] or 0: -money(row[2]) for row in rows}


@dataclass(frozen=True)
class Place:
    """Where an approved line stands, to be named and linked from the minus line that takes from it."""

    plan_id: UUID
    line_id: int
    number: str
    position: int

    @property
    def said(self) -> str:
        """YK-202612-0007 第 2 行."""
        return f"{self.number} 第 {self.position} 行"


def places_of(line_ids: Iterable[int | None]) -> dict[int, Place]:
    """Where the lines stand, whatever became of them since, by id."""
    wanted = {line_id for line_id in line_ids if line_id is not None}
    if not wanted:
        return {}
    query = select(Plan.id, PlanLine.id, Plan.number, PlanLine.position).join(PlanLine, PlanLine.plan_id == Plan.id)
    rows = session().execute(query.where(PlanLine.id.in_(wanted)))
    return {line_id: Place(plan_id, line_id, number, position) for plan_id, line_id, number, position in rows}


@dataclass(frozen=True)
class Taken:
    """What an approved plan has taken of a line."""

    plan_id: UUID
    number: str
    amount: Money


def taken_from(plan_id: UUID) -> dict[int, list[Taken]]:
    """What approved plans have taken of the lines of this plan, by line."""
    sources = select(PlanLine.id).where(PlanLine.plan_id == plan_id)
    query = (
        select(PlanLine.source_line_id, Plan.id, Plan.number, PlanLine.approved)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(PlanLine.source_line_id.in_(sources), PlanLine.removed_in.is_(None))
        .where(Plan.state == PlanState.APPROVED)
        .order_by(Plan.number)
    )
    found: dict[int, list[Taken]] = {}
    for line_id, taker_id, number, amount in session().execute(query):
        if line_id is not None:
            found.setdefault(line_id, []).append(Taken(taker_id, number, -money(amount)))
    return found


def takers_of(plan_id: UUID) -> list[str]:
    """The numbers of plans, approved or under review, that take from lines of this plan."""
    sources = select(PlanLine.id).where(PlanLine.plan_id == plan_id)
    query = (
        select(Plan.number)
        .join(PlanLine, PlanLine.plan_id == Plan.id)
        .where(PlanLine.source_line_id.in_(sources), PlanLine.removed_in.is_(None))
        .where(Plan.state.in_({*HOLDING, PlanState.APPROVED}))
        .distinct()
        .order_by(Plan.number)
    )
    return list(session().scalars(query))


def rests(division_code: str, fiscal_year: int) -> Subquery:
    """What is left of each approved line of the year: posted − taken back − paid, as (line_id, rest)."""
    amount = case((Posting.kind == PostingKind.POST, Posting.amount), else_=-Posting.amount)
    posted = (
        select(MONEY_LINE.label("line_id"), func.sum(amount).label("posted"))
        .select_from(Posting)
        .join(PlanLine, Posting.plan_line_id == PlanLine.id)
        .join(Allotment, Posting.allotment_id == Allotment.id)
        .where(Allotment.division_code == division_code, Allotment.fiscal_year == fiscal_year)
        .where(Posting.kind.in_((PostingKind.POST, PostingKind.REVERSE)))
        .group_by(MONEY_LINE)
        .subquery()
    )
    paid = (
        select(PaymentMatch.plan_line_id, func.sum(PaymentMatch.amount).label("paid"))
        .group_by(PaymentMatch.plan_line_id)
        .subquery()
    )
    rest: ColumnElement[int] = posted.c.posted - func.coalesce(paid.c.paid, 0)
    joined = posted.outerjoin(paid, paid.c.plan_line_id == posted.c.line_id)
    return select(posted.c.line_id, rest.label("rest")).select_from(joined).subquery()


@dataclass(frozen=True)
class UnitRest:
    """What of a unit's approved lines is unpaid, what of that is asked back already, and what is free to lapse."""

    unit_id: int
    code: str
    name: str
    rest: Money
    free: Money

    @property
    def asked(self) -> Money:
        """What plans under review, or drafts of finance, ask back."""
        return self.rest - self.free


def unit_rests(division_code: str, fiscal_year: int) -> list[UnitRest]:
    """Every unit with an unpaid rest, in the order of codes."""
    rest, asked = rests(division_code, fiscal_year), _asked().subquery()
    free = rest.c.rest - func.coalesce(asked.c.asked, 0)
    query = (
        select(Unit.id, Unit.code, Unit.name, func.sum(rest.c.rest), func.sum(case((free > 0, free), else_=0)))
        .select_from(rest)
        .join(PlanLine, PlanLine.id == rest.c.line_id)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .join(Unit, Plan.unit_id == Unit.id)
        .outerjoin(asked, asked.c.source_line_id == rest.c.line_id)
        .where(rest.c.rest > 0)
        .group_by(Unit.id, Unit.code, Unit.name)
        .order_by(Unit.code)
    )
    return [UnitRest(row[0], row[1], row[2], money(row[3]), money(row[4])) for row in session().execute(query)]


def _asked() -> Select[*tuple[Any, ...]]:
    """What is asked back of each line by plans under review and by drafts of finance."""
    drafts = and_(Plan.state.in_(EDITABLE), Plan.entered)
    return (
        select(PlanLine.source_line_id, func.sum(-PlanLine.applied).label("asked"))
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(PlanLine.source_line_id.is_not(None), PlanLine.removed_in.is_(None))
        .where(or_(Plan.state.in_(HOLDING), drafts))
        .group_by(PlanLine.source_line_id)
    )


def drafted(unit_id: int, fiscal_year: int) -> dict[int, Money]:
    """What finance's own drafts, and those that came back to it, ask back of the unit's lines."""
    query = (
        select(PlanLine.source_line_id, func.sum(PlanLine.applied))
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(Plan.unit_id == unit_id, Plan.fiscal_year == fiscal_year, Plan.entered, Plan.state.in_(EDITABLE))
        .where(PlanLine.source_line_id.is_not(None), PlanLine.removed_in.is_(None))
        .group_by(PlanLine.source_line_id)
    )
    return {line_id: -money(total) for line_id, total in session().execute(query) if line_id is not None}


def drafts_of_finance(division_code: str, fiscal_year: int) -> list[tuple[Plan, int, Money]]:
    """The reductions that finance has entered and not submitted, with their line count and total, by unit."""
    query = (
        select(Plan, func.count(PlanLine.id), func.sum(PlanLine.applied))
        .join(Plan.unit)
        .join(PlanLine, and_(PlanLine.plan_id == Plan.id, PlanLine.removed_in.is_(None)))
        .where(Plan.division_code == division_code, Plan.fiscal_year == fiscal_year, Plan.entered)
        .where(Plan.kind == PlanKind.REDUCTION, Plan.state.in_(EDITABLE))
        .options(contains_eager(Plan.unit))
        .group_by(Plan.id, Unit.id)
        .order_by(Unit.code, Plan.number)
    )
    return [(plan, count, money(total)) for plan, count, total in session().execute(query)]
