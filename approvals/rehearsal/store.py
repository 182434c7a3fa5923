"""Reading a month's submitted plans with all that a chain looks at, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.units.models import Unit
from approvals.chains.conditions import ROLLING_DAYS
from approvals.reviews.models import Decision
from approvals.reviews.route import WayLine
from approvals.reviews.rules import Act
from approvals.reviews.ways import facts_of
from budget.allotments.store import on_a_desk
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.rules import HOLDING, PlanKind, PlanState
from core.db import session
from core.money import ZERO, Money

# A month has fewer plans in any district; a page that is longer helps nobody.
MOST: Final = 500
_SENT: Final = (*HOLDING, PlanState.RETURNED, PlanState.APPROVED, PlanState.CANCELLED)
Key = tuple[int, int | None, str]


def months(division_code: str, kinds: Collection[PlanKind]) -> list[tuple[int, int, int]]:
    """The months for which plans of these kinds were submitted, newest first: year, month, how many."""
    query = select(Plan.fiscal_year, Plan.month, func.count()).where(Plan.division_code == division_code)
    query = query.where(Plan.state.in_(_SENT), Plan.kind.in_(kinds)).group_by(Plan.fiscal_year, Plan.month)
    rows = session().execute(query.order_by(Plan.fiscal_year.desc(), Plan.month.desc()).limit(24))
    return [(year, month, count) for year, month, count in rows]


def newest(division_code: str, kinds: Collection[PlanKind], limit: int = 50) -> Sequence[Plan]:
    """Plans to try a chain with, those handed in last first, with their units."""
    query = select(Plan).where(Plan.division_code == division_code, Plan.kind.in_(kinds))
    query = query.where(Plan.submitted_at.is_not(None)).order_by(Plan.submitted_at.desc()).limit(limit)
    return session().scalars(query.options(joinedload(Plan.unit))).all()


def find_by_number(division_code: str, number: str) -> Plan | None:
    """The plan of this number."""
    query = select(Plan).where(Plan.division_code == division_code, Plan.number == number)
    return session().scalars(query.options(joinedload(Plan.unit), selectinload(Plan.lines))).first()


@dataclass(frozen=True)
class Played:
    """A plan as the chain would meet it: its lines with their facts, its department, and who made it."""

    plan: Plan
    lines: Sequence[WayLine]
    amounts: Mapping[int, Money]
    department_id: int
    makers: frozenset[int]


def played(
    division_code: str, year: int, month: int, kinds: Collection[PlanKind], *, rolling: bool
) -> Sequence[Played]:
    """The month's submitted plans as they were asked for, in the order of their numbers; `MOST` at most."""
    query = select(Plan).where(Plan.division_code == division_code, Plan.fiscal_year == year, Plan.month == month)
    query = query.where(Plan.state.in_(_SENT), Plan.kind.in_(kinds)).order_by(Plan.number).limit(MOST)
    plans = session().scalars(query.options(joinedload(Plan.unit), selectinload(Plan.lines))).all()
    known = on_a_desk({line.allotment_id for plan in plans for line in plan.lines if line.allotment_id})
    sums = _Rolling(plans) if rolling and plans else None
    departments, makers = _departments(division_code), _makers(plans)
    offices = {one: found.office_id for one, found in known.items()}
    found = []
    for plan in plans:
        amounts = {line.id: line.applied or ZERO for line in plan.lines}
        facts = facts_of(plan, known, amounts, rolling=False)
        if sums:
            facts = {one: replace(told, rolling=told.rolling + sums.before(plan, one)) for one, told in facts.items()}
        lines = [
            WayLine(line.id, line.position, "", facts[line.id], office_id=offices.get(line.allotment_id or 0, 0))
            for line in plan.lines
        ]
        department = departments.get(plan.unit.department_code, plan.unit_id)
        found.append(Played(plan, lines, amounts, department, frozenset(makers[plan.id])))
    return found


class _Rolling:
    """What the units' other live plans asked of the same allotments for the same payees in the days before."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._keys = {line.id: (plan.unit_id, line.allotment_id, line.payee) for plan in plans for line in plan.lines}
        moments = [plan.submitted_at for plan in plans if plan.submitted_at]
        self._asked: dict[Key, list[tuple[datetime, UUID, Money]]] = defaultdict(list)
        if not moments:
            return
        amount = func.coalesce(PlanLine.approved, PlanLine.suggested, PlanLine.applied)
        query = (
            select(Plan.unit_id, PlanLine.allotment_id, PlanLine.payee, Plan.submitted_at, Plan.id, amount)
            .join(Plan, PlanLine.plan_id == Plan.id)
            .where(Plan.submitted_at >= min(moments) - timedelta(days=ROLLING_DAYS), Plan.submitted_at <= max(moments))
            .where(Plan.state.in_((*HOLDING, PlanState.APPROVED)), PlanLine.removed_in.is_(None))
            .where(PlanLine.allotment_id.in_({key[1] for key in self._keys.values()}))
        )
        for unit_id, allotment_id, payee, at, plan_id, asked in session().execute(query):
            if at is not None:
                self._asked[unit_id, allotment_id, payee].append((at, plan_id, asked or ZERO))

    def before(self, plan: Plan, line_id: int) -> Money:
        """The sum for one line, as it was when its plan was handed in."""
        last = plan.submitted_at
        if last is None:
            return ZERO
        since = last - timedelta(days=ROLLING_DAYS)
        found = self._asked.get(self._keys[line_id], ())
        return Money.total(asked for at, other, asked in found if other != plan.id and since <= at <= last)


def _departments(division_code: str) -> dict[str, int]:
    query = select(Unit.code, Unit.id).where(Unit.division_code == division_code, Unit.parent_id.is_(None))
    return dict(session().execute(query).all())


def _makers(plans: Sequence[Plan]) -> Mapping[UUID, set[int]]:
    """Author, editors and submitters of each plan."""
    ids = [plan.id for plan in plans]
    found = defaultdict[UUID, set[int]](set, {plan.id: {plan.author_id} for plan in plans})
    editors = select(PlanEditor.plan_id, PlanEditor.person_id).where(PlanEditor.plan_id.in_(ids))
    acts = select(Decision.plan_id, Decision.person_id).where(Decision.plan_id.in_(ids))
    for query in (editors, acts.where(Decision.act == Act.SUBMIT)):
        for plan_id, person_id in session().execute(query):
            found[plan_id].add(person_id)
    return found
