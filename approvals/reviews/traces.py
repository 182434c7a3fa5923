"""Leaving the trace of what was done with a plan: the decision and its event, in the caller's transaction."""

from __future__ import annotations

from accounts.people.rules import Person
from approvals.reviews import store
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan
from budget.plans.store import revision_of
from core import clock, history
from core.db import session


def digest_of(plan: Plan) -> str:
    """The digest of the content as last submitted; empty before the first time."""
    revision = revision_of(plan)
    return revision.digest if revision else ""


def leave(plan: Plan, act: Act, digest: str, comment: str, step_name: str, *, by: Person) -> None:
    """Add the decision and its event: no change of state without its trace."""
    session().add(
        Decision(
            plan_id=plan.id,
            number=store.next_decision_number(plan.id),
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
    session().flush()  # the next number is read from the rows
    history.record("plan", plan.id, act.value, f"{step_name}：{act.label}。{comment}", by=by)
