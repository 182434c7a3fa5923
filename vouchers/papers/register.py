"""The register as lists: a page of a unit's papers, or of all units', with what is left of each, and what draws on one.

A page is found by the paper after which it begins, never by counting: a hundred thousand papers cost what a hundred do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.plans.models import Plan, PlanLine
from budget.plans.store import visible
from core.db import session
from core.money import ZERO, Money
from core.paging import PER_PAGE
from vouchers.papers.draws import DEAD, LIVE, drawn_on, seen_by
from vouchers.papers.models import Draw, Paper


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the register."""

    text: str = ""
    kind: str = ""
    month: date | None = None
    left: bool = False
    after: UUID | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.text or self.kind or self.month or self.left)


@dataclass(frozen=True)
class Entry:
    """A paper of the list, whose it is, and what live draws take of it."""

    paper: Paper
    unit_name: str
    drawn: Money

    @property
    def left(self) -> Money | None:
        """What is left of its face amount; None where it has none."""
        return None if self.paper.face_amount is None else self.paper.face_amount - self.drawn


@dataclass(frozen=True)
class RegisterPage:
    """Some papers of the register, newest first; `after` begins the next page, and is None on the last."""

    entries: Sequence[Entry]
    after: UUID | None


_TAKEN: Final = (
    select(func.coalesce(func.sum(Draw.amount), 0))
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Plan, Plan.id == PlanLine.plan_id)
    .where(Draw.paper_id == Paper.id, LIVE)
    .correlate(Paper)
    .scalar_subquery()
)
# Another name for the paper after which a page begins.
_BEFORE: Final = aliased(Paper)


def page_of(scope: Scope, wanted: Wanted) -> RegisterPage:
    """One page of what the person may see, in two queries, however many papers there are."""
    rows = session().execute(_listed(scope, wanted).limit(PER_PAGE + 1)).all()
    shown = rows[:PER_PAGE]
    return RegisterPage(_entries(shown), shown[-1][0].id if len(rows) > PER_PAGE else None)


def usable_for(unit_id: int, scope: Scope, wanted: Wanted, besides: int) -> Sequence[Entry]:
    """The newest papers of a unit that a line may still draw on: those with something left, and those without a face.

    `besides` is the line; what it draws on already is not offered.
    """
    drawn = select(Draw.paper_id).where(Draw.plan_line_id == besides)
    query = _listed(scope, wanted).where(Paper.unit_id == unit_id, Paper.id.not_in(drawn))
    query = query.where(or_(Paper.face_amount.is_(None), Paper.face_amount > _TAKEN))
    return _entries(session().execute(query.limit(PER_PAGE)).all())


def entry_of(paper: Paper) -> Entry:
    """A paper as the list shows it."""
    (unit_name,) = session().execute(select(Unit.name).where(Unit.id == paper.unit_id)).one()
    return Entry(paper, unit_name, drawn_on([paper.id]).get(paper.id, ZERO))


def _entries(rows: Sequence[Row[Paper, str]]) -> list[Entry]:
    taken = drawn_on([paper.id for paper, _ in rows])
    return [Entry(paper, unit_name, taken.get(paper.id, ZERO)) for paper, unit_name in rows]


def _listed(scope: Scope, wanted: Wanted) -> Select[Paper, str]:
    query = select(Paper, Unit.name).join(Unit, Unit.id == Paper.unit_id)
    query = query.where(Paper.removed_at.is_(None), seen_by(scope), *_within(scope), *_asked(wanted))
    if wanted.after is not None:
        place = select(_BEFORE.created_at, _BEFORE.id).where(_BEFORE.id == wanted.after)
        query = query.where(tuple_(Paper.created_at, Paper.id) < place.scalar_subquery())
    return query.order_by(Paper.created_at.desc(), Paper.id.desc())


def _within(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """Whoever sees by his units alone finds their papers by the index of the units."""
    if scope.unit_ids and not (scope.whole_bureau or scope.enters or scope.office_ids or scope.department_codes):
        yield Paper.unit_id.in_(scope.read_unit_ids)


def _asked(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        columns = (Paper.number, Paper.counterparty, Paper.name, Unit.name)
        yield or_(*(column.contains(wanted.text, autoescape=True) for column in columns))
    if wanted.kind:
        yield Paper.kind_code == wanted.kind
    if wanted.month:
        yield and_(Paper.paper_date >= wanted.month, Paper.paper_date < _next(wanted.month))
    if wanted.left:
        yield Paper.face_amount > _TAKEN


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


@dataclass(frozen=True)
class Drawing:
    """A line that draws on a paper; without a plan where the reader may not see it."""

    plan: Plan | None
    position: int
    purpose: str
    applied: Money | None
    amount: Money | None
    live: bool


def drawings_of(paper_id: UUID, scope: Scope) -> list[Drawing]:
    """Everything that draws or drew on the paper, the oldest plan first, in two queries."""
    columns = (Plan.id, PlanLine.position, PlanLine.purpose, PlanLine.applied, Draw.amount, PlanLine.removed_in)
    query = (
        select(*columns, Plan.state)
        .join(PlanLine, PlanLine.id == Draw.plan_line_id)
        .join(Plan, Plan.id == PlanLine.plan_id)
        .where(Draw.paper_id == paper_id)
        .order_by(Plan.created_at, Plan.number, PlanLine.position)
    )
    rows = session().execute(query).all()
    plans = _seen({row.id for row in rows}, scope)
    return [_drawing(row, plans) for row in rows]


def _seen(plan_ids: Collection[UUID], scope: Scope) -> dict[UUID, Plan]:
    query = select(Plan).where(Plan.id.in_(plan_ids), visible(scope))
    return {plan.id: plan for plan in session().scalars(query)}


def _drawing(row: Row[*tuple[Any, ...]], plans: Mapping[UUID, Plan]) -> Drawing:
    live = row.removed_in is None and row.state not in DEAD
    plan = plans.get(row.id)
    return Drawing(plan, row.position, row.purpose if plan else "", row.applied if plan else None, row.amount, live)
