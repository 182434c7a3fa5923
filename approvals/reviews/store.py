"""Reading tasks, opinions and decisions, and who may act on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager

from accounts.people.models import Account
from accounts.people.rules import Person, Scope
from approvals.reviews.models import Decision, Opinion, ReviewTask, TaskLine, TaskSeat
from approvals.reviews.retractions import stands
from approvals.reviews.rules import DECIDING, Act, SeatKind, TaskState, Verdict
from approvals.reviews.waiting import EVERYTHING, MOST_PEOPLE, in_order, waits_for
from budget.plans.models import Plan, PlanLine, RevisionLine
from budget.plans.store import visible
from core import recall
from core.db import session
from core.errors import Missing, Overtaken, Refused

# 三保标识 begins so when the spending is one of the three.
GUARANTEED: Final = "003"


def holds_post_of(person: Person, task: ReviewTask) -> bool:
    """Whether the task belongs to one of the person's posts: `is_for`, said of a row that is already here."""
    if task.handed_to == person.id:
        return True
    place = (task.role, task.unit_id, task.office_id)
    return any((post.role, post.unit_id, post.office_id) == place for post in person.posts)


def get_task(task_id: UUID, person: Person) -> ReviewTask:
    """The task if it belongs to one of the person's posts. Raises `Missing` for absent and foreign alike."""
    task = session().get(ReviewTask, task_id, populate_existing=True)
    if task is None:
        raise Missing()
    if not holds_post_of(person, task):
        if _was_given(task, person):
            raise Overtaken("这份计划原转给您办理，转办人已收回；请办理下一份。")
        raise Missing()
    return task


def _was_given(task: ReviewTask, person: Person) -> bool:
    query = select(TaskSeat.id).where(TaskSeat.task_id == task.id, TaskSeat.person_id == person.id)
    return session().scalar(query.where(TaskSeat.kind == SeatKind.HANDED).limit(1)) is not None


def find_open_task(person: Person, *, plan_id: UUID | None = None, task_id: UUID | None = None) -> ReviewTask | None:
    """A task that waits for the person: of this plan, or this very one; else the first of the queue."""
    if task_id is not None:
        return session().scalars(_this_one(person), {"task_id": task_id}).first()
    query = select(ReviewTask).where(waits_for(person), ReviewTask.plan_id == plan_id)
    if plan_id is None:
        first = in_order(person, EVERYTHING, None, 1)
        query = select(ReviewTask).join(first, ReviewTask.id == first.c.id)
    return session().scalars(query.limit(1)).first()


@lru_cache(maxsize=MOST_PEOPLE)
def _this_one(person: Person) -> Select[ReviewTask]:
    """For somebody who decides many times a day: whether a task waits for him."""
    return select(ReviewTask).where(waits_for(person), ReviewTask.id == bindparam("task_id"))


def lines_of(task: ReviewTask) -> list[PlanLine]:
    """The lines that the task decides on, those that were set aside meanwhile left out."""
    asked = select(TaskLine.plan_line_id).where(TaskLine.task_id == task.id)
    query = select(PlanLine).where(PlanLine.removed_in.is_(None), PlanLine.id.in_(asked))
    return list(session().scalars(query.order_by(PlanLine.position)))


_ASKED: Final = select(TaskLine.plan_line_id).where(TaskLine.task_id == bindparam("task_id"))


def own_lines(plan: Plan, task: ReviewTask) -> list[PlanLine]:
    """The same lines, out of those of a plan that is read as a whole anyway."""
    asked = recall.of(task.plan_id, ("asked", task.id), lambda: set(session().scalars(_ASKED, {"task_id": task.id})))
    return [line for line in plan.lines if line.id in asked]


_PLAN_OF: Final = select(ReviewTask.plan_id).where(ReviewTask.id == bindparam("task_id"))


@recall.once
def plan_of_task(task_id: UUID) -> UUID:
    """The plan that a task is about. Raises `Missing`."""
    plan_id = session().scalar(_PLAN_OF, {"task_id": task_id})
    if plan_id is None:
        raise Missing()
    return plan_id


def anybody_spoke(task_ids: Sequence[UUID]) -> bool:
    """Whether there is an opinion on any line in one of these tasks."""
    return session().scalar(select(Opinion.id).where(Opinion.task_id.in_(task_ids), stands()).limit(1)) is not None


_UNANSWERED: Final = (
    select(Account.name)
    .join(TaskSeat, TaskSeat.person_id == Account.id)
    .where(TaskSeat.task_id == bindparam("task_id"), TaskSeat.blocking, TaskSeat.closed_at.is_(None))
    .order_by(TaskSeat.id)
)


def check_unanswered(task: ReviewTask) -> None:
    """A desk that asked for an opinion and must have it waits for the answer. Raises `Refused` naming who is asked."""
    names = recall.of(
        task.plan_id, ("unanswered", task.id), lambda: list(session().scalars(_UNANSWERED, {"task_id": task.id}))
    )
    if names:
        raise Refused(f"正在征求{'、'.join(names)}的意见，收到答复后才能办理；不再等待可以先收回。")


def open_seats(task: ReviewTask, *, person_id: int | None = None, asked_by: int | None = None) -> list[TaskSeat]:
    """Who is still asked at a desk: this person, or those whom this person asked."""
    query = select(TaskSeat).where(TaskSeat.task_id == task.id, TaskSeat.closed_at.is_(None))
    if person_id is not None:
        query = query.where(TaskSeat.person_id == person_id)
    if asked_by is not None:
        query = query.where(TaskSeat.asked_by == asked_by)
    return list(session().scalars(query.order_by(TaskSeat.id)))


def lines_of_tasks(task_ids: Iterable[UUID]) -> list[int]:
    """The lines that these tasks were asked about and that are still in the plan."""
    query = select(TaskLine.plan_line_id).join(PlanLine, PlanLine.id == TaskLine.plan_line_id).distinct()
    query = query.where(TaskLine.task_id.in_(list(task_ids)), PlanLine.removed_in.is_(None))
    return list(session().scalars(query.order_by(TaskLine.plan_line_id)))


def set_aside_at(task_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these desks set any line aside."""
    query = select(Opinion.task_id).where(Opinion.task_id.in_(task_ids), Opinion.verdict == Verdict.ASIDE, stands())
    return set(session().scalars(query))


def spoken_at(task_ids: Sequence[UUID]) -> set[UUID]:
    """At which of these desks somebody has spoken."""
    query = select(Opinion.task_id).where(Opinion.task_id.in_(task_ids), stands()).distinct()
    return set(session().scalars(query))


def rounds_of(revisions: Mapping[UUID, int]) -> dict[UUID, list[ReviewTask]]:
    """All tasks of one round of each of these plans, by plan."""
    found: dict[UUID, list[ReviewTask]] = {plan_id: [] for plan_id in revisions}
    query = select(ReviewTask).where(ReviewTask.plan_id.in_(revisions))
    for task in session().scalars(query.order_by(ReviewTask.step_no, ReviewTask.opened_at)):
        if task.revision == revisions[task.plan_id]:
            found[task.plan_id].append(task)
    return found


_TURNS: Final = (
    select(ReviewTask.step_no, func.max(ReviewTask.turn))
    .where(ReviewTask.plan_id == bindparam("plan_id"), ReviewTask.revision == bindparam("revision"))
    .group_by(ReviewTask.step_no)
)


def turns_of(plan_id: UUID, revision: int) -> dict[int, int]:
    """How often each step was opened in this round of a plan."""
    mine = {"plan_id": plan_id, "revision": revision}
    return recall.of(plan_id, ("turns", revision), lambda: dict(session().execute(_TURNS, mine).all()))


def tasks_of(plan_id: UUID, revision: int) -> list[ReviewTask]:
    """All tasks of one round of a plan, in the order of the steps."""
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.revision == revision)
    return list(session().scalars(query.order_by(ReviewTask.step_no, ReviewTask.opened_at)))


def opinions_of(plan_id: UUID) -> list[tuple[Opinion, ReviewTask, str]]:
    """Every opinion on the plan's lines with its task and the person's name, oldest first; none that he took back."""
    query = (
        select(Opinion, ReviewTask, Account.name)
        .join(ReviewTask, Opinion.task_id == ReviewTask.id)
        .join(Account, Opinion.person_id == Account.id)
        .where(ReviewTask.plan_id == plan_id, stands())
        .order_by(Opinion.id)
    )
    return [(opinion, task, name) for opinion, task, name in session().execute(query)]


def lines_returned_last(plan_id: UUID) -> set[int]:
    """The lines that were open when the plan last went back to its maker: after an objection, all of them."""
    backward = select(Decision.revision, Decision.act).where(Decision.plan_id == plan_id)
    backward = backward.where(Decision.act.in_((Act.RETURN, Act.OBJECT))).order_by(Decision.number.desc()).limit(1)
    last = session().execute(backward).first()
    if last is None:
        return set()
    if last.act is Act.OBJECT:
        return set(session().scalars(select(PlanLine.id).where(PlanLine.plan_id == plan_id)))
    spoken = opinions_in_round(plan_id, last.revision)
    return {opinion.plan_line_id for opinion in spoken if opinion.verdict in (Verdict.RETURN, Verdict.ASIDE)}


def cuts_that_stand(plan_id: UUID, revision: int) -> list[Opinion]:
    """The cuts of this round, and those of earlier ones on lines that have not changed since; the oldest first."""
    query = (
        select(Opinion)
        .join(ReviewTask, Opinion.task_id == ReviewTask.id)
        .join(RevisionLine, RevisionLine.plan_line_id == Opinion.plan_line_id)
        .where(RevisionLine.plan_id == plan_id, RevisionLine.revision == revision, ReviewTask.plan_id == plan_id)
        .where(ReviewTask.state == TaskState.DONE, Opinion.verdict == Verdict.CUT, stands())
        .where(or_(ReviewTask.revision == revision, Opinion.line_digest == RevisionLine.digest))
    )
    return list(session().scalars(query.order_by(Opinion.id)))


def opinions_in_round(plan_id: UUID, revision: int, step_no: int | None = None) -> list[Opinion]:
    """The opinions of one round of a plan, or of one step of it; without those that were turned back."""
    query = (
        select(Opinion)
        .join(ReviewTask, Opinion.task_id == ReviewTask.id)
        .where(ReviewTask.plan_id == plan_id, ReviewTask.revision == revision)
        .where(ReviewTask.state.in_((TaskState.OPEN, TaskState.DONE)), stands())
        .order_by(Opinion.id)
    )
    if step_no is not None:
        query = query.where(ReviewTask.step_no == step_no)
    return list(session().scalars(query))


def decisions_of(plan_id: UUID) -> list[Decision]:
    """What was done with the plan, oldest first (流转意见)."""
    return list(session().scalars(select(Decision).where(Decision.plan_id == plan_id).order_by(Decision.number)))


def recent_decisions(scope: Scope, limit: int) -> list[tuple[Decision, Plan]]:
    """The newest decisions of desks on the plans that the person may see, with plan and unit."""
    query = (
        select(Decision, Plan)
        .join(Plan, Decision.plan_id == Plan.id)
        .join(Plan.unit)
        .where(visible(scope), Decision.act.in_(DECIDING))
        .options(contains_eager(Plan.unit))
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return [(decision, plan) for decision, plan in session().execute(query)]
