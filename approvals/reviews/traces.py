"""Leaving the trace of what was done with a plan: the decision and its event, in the caller's transaction."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select

from accounts.people.rules import Person
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan, PlanRevision
from core import clock, history
from core.db import session

_DIGEST: Final = select(PlanRevision.digest).where(
    PlanRevision.plan_id == bindparam("plan_id"), PlanRevision.revision == bindparam("revision")
)


def digest_of(plan: Plan) -> str:
    """The digest of the content as last submitted; empty before the first time."""
    return session().scalar(_DIGEST, {"plan_id": plan.id, "revision": plan.revision}) or ""


def leave(plan: Plan, act: Act, digest: str, comment: str, step_name: str, *, by: Person) -> None:
    """Add the decision and its event: no change of state without its trace."""
    session().add(
        Decision(
            plan_id=plan.id,
            number=_next_number(plan.id),
            revision=plan.revision,
            step_no=plan.step_no,
            step_name=step_name,
            act=act,
            digest=digest,
            comment=comment,
            person_id=by.id,
            person_name=by.name,
            at=clock.now(),
        )
    )
    history.record("plan", plan.id, act.value, f"{step_name}：{act.label}。{comment}", by=by)


def _next_number(plan_id: UUID) -> ColumnElement[int]:
    """The next number in the plan's own series, counted while the row is written; the plan is locked: no gaps."""
    last = select(func.max(Decision.number)).where(Decision.plan_id == plan_id).scalar_subquery()
    return func.coalesce(last, 0) + 1
