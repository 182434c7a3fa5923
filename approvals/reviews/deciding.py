"""What is read before a desk speaks, in few and narrow queries, and the opinions that are written then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from sqlalchemy import and_, bindparam, insert, select

from accounts.people.rules import Person
from approvals.reviews.models import Decision, Opinion, ReviewTask
from approvals.reviews.rules import DECIDING, Act, LineOpinion, ReviewedLine, TaskState, Verdict
from approvals.reviews.store import decided_on
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanLine
from budget.plans.store import editors
from core import clock
from core.db import session
from core.money import Money


@dataclass(frozen=True)
class Hands:
    """Through whose hands a plan has gone, for the rule of four eyes.

    `makers` are author, editors and submitters; `acted` gives the step at which each reviewer has decided.
    """

    makers: set[int]
    acted: dict[int, int]


_ACTS: Final = (
    select(Decision.person_id, Decision.step_no, Decision.act)
    .where(Decision.plan_id == bindparam("plan_id"))
    .order_by(Decision.number)
)


def hands_of(plan: Plan) -> Hands:
    """Who made the plan, and who has decided on it."""
    acts = session().execute(_ACTS, {"plan_id": plan.id}).all()
    submitters = {person_id for person_id, _, act in acts if act is Act.SUBMIT}
    acted = {person_id: step_no for person_id, step_no, act in acts if act in DECIDING}
    return Hands({plan.author_id, *editors(plan.id), *submitters}, acted)


def amounts_of(task: ReviewTask) -> Sequence[ReviewedLine]:
    """The lines that the task decides on, as bare rows of place and amounts, to read a form against."""
    columns = (PlanLine.id, PlanLine.position, PlanLine.applied, PlanLine.suggested, PlanLine.approved)
    query = select(*columns).where(*decided_on(task))
    return cast("Sequence[ReviewedLine]", session().execute(query.order_by(PlanLine.position)).all())


@dataclass(frozen=True)
class OtherDesks:
    """What the other desks of a task's step have done: whether any still has to act, and the lines they returned."""

    waiting: bool
    returned: frozenset[int]


# Statements that stand here are built once: to build one takes as long as to run it.
_OTHERS: Final = (
    select(ReviewTask.state, Opinion.plan_line_id)
    .outerjoin(Opinion, and_(Opinion.task_id == ReviewTask.id, Opinion.verdict == Verdict.RETURN))
    .where(ReviewTask.plan_id == bindparam("plan_id"), ReviewTask.revision == bindparam("revision"))
    .where(ReviewTask.step_no == bindparam("step_no"), ReviewTask.id != bindparam("task_id"))
)


def other_desks(task: ReviewTask) -> OtherDesks:
    """The other desks of the same step in the same round, in one query."""
    mine = {"plan_id": task.plan_id, "revision": task.revision, "step_no": task.step_no, "task_id": task.id}
    rows = session().execute(_OTHERS, mine).all()
    returned = frozenset(line_id for _, line_id in rows if line_id is not None)
    return OtherDesks(any(state is TaskState.OPEN for state, _ in rows), returned)


_OFFICES: Final = (
    select(Allotment.office_id)
    .join(PlanLine, PlanLine.allotment_id == Allotment.id)
    .where(PlanLine.plan_id == bindparam("plan_id"), PlanLine.removed_in.is_(None))
    .distinct()
    .order_by(Allotment.office_id)
)


def office_ids(plan_id: UUID) -> Sequence[int]:
    """The offices whose money the plan asks for, in the order of their ids."""
    return session().scalars(_OFFICES, {"plan_id": plan_id}).all()


def note_opinions(task: ReviewTask, said: Sequence[tuple[LineOpinion, Money]], by: Person) -> None:
    """Write what one person said of the task's lines, with the amount each stands at then; in the transaction."""
    now = clock.now()
    rows = [
        {
            "task_id": task.id,
            "plan_line_id": opinion.line_id,
            "verdict": opinion.verdict,
            "amount": amount,
            "reason": opinion.reason.strip(),
            "person_id": by.id,
            "at": now,
        }
        for opinion, amount in said
    ]
    session().execute(insert(Opinion), rows)
