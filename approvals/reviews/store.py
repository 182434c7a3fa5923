"""Reading tasks, opinions and decisions, and who may act on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import contains_eager, load_only

from accounts.people.models import Account
from accounts.people.rules import Person, PostFacts, Scope
from accounts.units.models import Unit
from approvals.reviews.models import Decision, Opinion, ReviewTask
from approvals.reviews.rules import (
    DECIDING,
    SOON,
    Act,
    Light,
    TaskState,
    Verdict,
    is_batchable,
)
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanEditor, PlanLine, PlanRevision
from budget.plans.store import visible
from core.db import session
from core.errors import Missing
from core.money import Money

# 三保标识 begins so when the spending is one of the three.
GUARANTEED: Final = "003"


def is_for(person: Person) -> ColumnElement[bool]:
    """Tasks of the person's posts."""
    parts = [_of_post(post) for post in person.posts]
    return or_(*parts) if parts else false()


def holds_post_of(person: Person, task: ReviewTask) -> bool:
    """Whether the task belongs to one of the person's posts: `is_for`, said of a row that is already here."""
    place = (task.role, task.unit_id, task.office_id)
    return any((post.role, post.unit_id, post.office_id) == place for post in person.posts)


def _of_post(post: PostFacts) -> ColumnElement[bool]:
    unit = ReviewTask.unit_id == post.unit_id if post.unit_id else ReviewTask.unit_id.is_(None)
    office = ReviewTask.office_id == post.office_id if post.office_id else ReviewTask.office_id.is_(None)
    return and_(ReviewTask.role == post.role, unit, office)


def _may_act(person: Person) -> ColumnElement[bool]:
    """Four eyes in the query: not a maker of the plan, and not active at another step of it."""
    edited = select(PlanEditor.plan_id).where(PlanEditor.person_id == person.id)
    elsewhere = select(Decision.id).where(
        Decision.plan_id == Plan.id,
        Decision.person_id == person.id,
        Decision.act.in_(DECIDING),
        Decision.step_no != ReviewTask.step_no,
    )
    return and_(Plan.author_id != person.id, Plan.id.not_in(edited), ~elsewhere.exists())


@dataclass(frozen=True)
class QueueItem:
    """One row of the queue: the task, its plan and unit, and what the desk's own lines add up to."""

    task: ReviewTask
    plan: Plan
    line_count: int
    total: Money
    guaranteed: bool = False
    cut: bool = False
    digest: str = ""

    @property
    def batchable(self) -> bool:
        """Whether the plan may be agreed to without opening it."""
        return is_batchable(self.plan.revision, self.cut)


@dataclass(frozen=True)
class QueueFilter:
    """What the reviewer asked for: what waits or what is done, of which month, of whom."""

    done: bool = False
    month: int | None = None
    search: str = ""


def _in_queue(person: Person, wanted: QueueFilter) -> ColumnElement[bool]:
    parts = [is_for(person)]
    parts.extend(
        [ReviewTask.closed_by == person.id] if wanted.done else [ReviewTask.state == TaskState.OPEN, _may_act(person)]
    )
    if wanted.month:
        parts.append(Plan.month == wanted.month)
    if wanted.search:
        columns = (Unit.name, Unit.code, Plan.number)
        parts.append(or_(*(column.contains(wanted.search, autoescape=True) for column in columns)))
    return and_(*parts)


def queue_page(
    person: Person, wanted: QueueFilter = QueueFilter(), *, page: int = 1, size: int = 50
) -> tuple[list[QueueItem], bool]:
    """One page of what waits for the person (earliest due first) or of what he has done (newest first)."""
    order = (ReviewTask.closed_at.desc(),) if wanted.done else (ReviewTask.due_at, Unit.code, Plan.number)
    query = (
        select(ReviewTask, Plan, PlanRevision.digest)
        .join(Plan, ReviewTask.plan_id == Plan.id)
        .join(Plan.unit)
        .join(PlanRevision, and_(PlanRevision.plan_id == Plan.id, PlanRevision.revision == ReviewTask.revision))
        .where(_in_queue(person, wanted))
        .options(
            load_only(Plan.number, Plan.fiscal_year, Plan.month, Plan.state, Plan.revision, Plan.unit_id),
            contains_eager(Plan.unit).load_only(Unit.name),
        )
        .order_by(*order, ReviewTask.id)
    )
    rows = session().execute(query.offset((page - 1) * size).limit(size + 1)).all()
    sums = _sums_of(task.id for task, _, _ in rows[:size])
    nothing = (0, Money(0), False, False)
    items = [QueueItem(task, plan, *sums.get(task.id, nothing), digest) for task, plan, digest in rows[:size]]
    return items, len(rows) > size


def _sums_of(task_ids: Iterable[UUID]) -> dict[UUID, tuple[int, Money, bool, bool]]:
    """For each task of a page: lines, their sum, whether any is 三保 and whether any was cut, in one query."""
    guaranteed = case((Allotment.three_guarantee_code.startswith(GUARANTEED), 1), else_=0)
    cut = case((PlanLine.suggested < PlanLine.applied, 1), (PlanLine.approved < PlanLine.applied, 1), else_=0)
    query = (
        select(ReviewTask.id, func.count(PlanLine.id), func.sum(PlanLine.applied), func.max(guaranteed), func.max(cut))
        .join(PlanLine, and_(PlanLine.plan_id == ReviewTask.plan_id, PlanLine.removed_in.is_(None)))
        .join(Allotment, PlanLine.allotment_id == Allotment.id)
        .where(or_(ReviewTask.office_id.is_(None), Allotment.office_id == ReviewTask.office_id))
        .where(ReviewTask.id.in_(list(task_ids)))
        .group_by(ReviewTask.id)
    )
    rows = session().execute(query)
    return {task_id: (count, total or Money(0), bool(three), bool(low)) for task_id, count, total, three, low in rows}


def queue_total(person: Person, wanted: QueueFilter) -> int:
    """How many tasks the filter leaves."""
    query = select(func.count()).select_from(ReviewTask).join(Plan, ReviewTask.plan_id == Plan.id)
    return session().scalar(query.join(Plan.unit).where(_in_queue(person, wanted))) or 0


def counts_by_light(person: Person, now: datetime) -> dict[Light, int]:
    """How many tasks wait for the person, by how urgent they are."""
    light = case(
        (ReviewTask.due_at < now, Light.RED.value),
        (ReviewTask.due_at < now + SOON, Light.AMBER.value),
        else_=Light.GREEN.value,
    ).label("light")
    query = select(light, func.count()).select_from(ReviewTask).join(Plan, ReviewTask.plan_id == Plan.id)
    query = query.where(is_for(person), ReviewTask.state == TaskState.OPEN, _may_act(person)).group_by(light)
    return {Light(found): count for found, count in session().execute(query)}


def open_count(person: Person) -> int:
    """How many tasks wait for the person."""
    query = select(func.count()).select_from(ReviewTask).join(Plan, ReviewTask.plan_id == Plan.id)
    return session().scalar(query.where(is_for(person), ReviewTask.state == TaskState.OPEN, _may_act(person))) or 0


def get_task(task_id: UUID, person: Person) -> ReviewTask:
    """The task if it belongs to one of the person's posts. Raises `Missing` for absent and foreign alike."""
    task = session().get(ReviewTask, task_id, populate_existing=True)
    if task is None or not holds_post_of(person, task):
        raise Missing()
    return task


def find_open_task(person: Person, *, plan_id: UUID | None = None, task_id: UUID | None = None) -> ReviewTask | None:
    """A task that waits for the person: of this plan, or this very one."""
    query = select(ReviewTask).join(Plan, ReviewTask.plan_id == Plan.id)
    query = query.where(is_for(person), ReviewTask.state == TaskState.OPEN, _may_act(person))
    if plan_id is not None:
        query = query.where(ReviewTask.plan_id == plan_id)
    if task_id is not None:
        query = query.where(ReviewTask.id == task_id)
    return session().scalars(query.order_by(ReviewTask.due_at, ReviewTask.id).limit(1)).first()


def lines_of(task: ReviewTask) -> list[PlanLine]:
    """The lines that the task decides on: an office's own, otherwise all."""
    query = select(PlanLine).where(*decided_on(task))
    return list(session().scalars(query.order_by(PlanLine.position)))


def decided_on(task: ReviewTask) -> Iterator[ColumnElement[bool]]:
    """Which lines those are, for a query."""
    yield PlanLine.plan_id == task.plan_id
    yield PlanLine.removed_in.is_(None)
    if task.office_id is not None:
        yield PlanLine.allotment_id.in_(select(Allotment.id).where(Allotment.office_id == task.office_id))


def tasks_of(plan_id: UUID, revision: int) -> list[ReviewTask]:
    """All tasks of one round of a plan, in the order of the steps."""
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.revision == revision)
    return list(session().scalars(query.order_by(ReviewTask.step_no, ReviewTask.opened_at)))


def opinions_of(plan_id: UUID) -> list[tuple[Opinion, ReviewTask, str]]:
    """Every opinion on the plan's lines with its task and the person's name, oldest first."""
    query = (
        select(Opinion, ReviewTask, Account.name)
        .join(ReviewTask, Opinion.task_id == ReviewTask.id)
        .join(Account, Opinion.person_id == Account.id)
        .where(ReviewTask.plan_id == plan_id)
        .order_by(Opinion.id)
    )
    return [(opinion, task, name) for opinion, task, name in session().execute(query)]


def lines_returned_last(plan_id: UUID) -> set[int]:
    """The lines that were returned when the plan last went back to the clerk."""
    newest = select(func.max(Decision.revision)).where(Decision.plan_id == plan_id, Decision.act == Act.RETURN)
    revision = session().scalar(newest)
    spoken = opinions_in_round(plan_id, revision) if revision else []
    return {opinion.plan_line_id for opinion in spoken if opinion.verdict is Verdict.RETURN}


def opinions_in_round(plan_id: UUID, revision: int, step_no: int | None = None) -> list[Opinion]:
    """The opinions of one round of a plan, or of one step of it."""
    query = (
        select(Opinion)
        .join(ReviewTask, Opinion.task_id == ReviewTask.id)
        .where(ReviewTask.plan_id == plan_id, ReviewTask.revision == revision)
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
