"""Reading what was asked of one allotment in its year: plan by plan, with what was approved and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE, PlanState
from core.db import session
from core.errors import Missing
from core.money import ZERO, Money


def line_of(plan_id: UUID, line_id: int) -> PlanLine:
    """A line of the plan with its allotment, whether it is still in it or was dropped. Raises `Missing`."""
    query = select(PlanLine).where(PlanLine.plan_id == plan_id, PlanLine.id == line_id)
    line = session().scalars(query.options(joinedload(PlanLine.allotment))).first()
    if line is None:
        raise Missing()
    return line


@dataclass(frozen=True)
class Past:
    """What one plan asked of the allotment in one month, and what it got once it was approved."""

    plan_id: UUID
    number: str
    month: int
    state: PlanState
    applied: Money
    approved: Money | None


@dataclass(frozen=True)
class AllotmentHistory:
    """An allotment with all that was asked of it this year, drafts left out."""

    allotment: Allotment
    plans: Sequence[Past]

    @property
    def approved(self) -> Money:
        """What was approved this year."""
        return Money.total(one.approved or ZERO for one in self.plans if one.state is PlanState.APPROVED)


def history_of(allotment: Allotment) -> AllotmentHistory:
    """The allotment's plans of the year in the order of their months, in one query."""
    query = (
        select(
            Plan.id, Plan.number, PlanLine.month, Plan.state, func.sum(PlanLine.applied), func.sum(PlanLine.approved)
        )
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(PlanLine.allotment_id == allotment.id, PlanLine.removed_in.is_(None), Plan.revision > 0)
        .where(Plan.state.not_in((*EDITABLE, PlanState.VOID)))
        .group_by(Plan.id, Plan.number, PlanLine.month, Plan.state)
        .order_by(PlanLine.month, Plan.number)
    )
    rows = session().execute(query)
    return AllotmentHistory(allotment, [Past(*row[:4], row[4] or ZERO, _got(row[3], row[5])) for row in rows])


def _got(state: PlanState, approved: Money | None) -> Money | None:
    """On the way an approved amount is only proposed."""
    return approved if state in (PlanState.APPROVED, PlanState.CANCELLED) else None
