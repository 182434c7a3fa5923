"""Reading tasks, opinions and decisions, and who may act on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.people.models import Account
from accounts.people.rules import Person, PostFacts
from accounts.units.models import Office, Unit
from approvals.reviews.models import Decision, Opinion, ReviewTask
from approvals.reviews.rules import Act, TaskState
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.store import editors
from core.db import session
from core.errors import Missing
from core.money import Money


def is_for(person: Person) -> ColumnElement[bool]:
    """Tasks of the person's posts."""
    parts = [_of_post(post) for post in person.posts]
    return or_(*parts) if parts else false()


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
        Decision.act.in_((Act.AGREE, Act.RETURN, Act.APPROVE)),
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


def _queue(person: Person, mine: ColumnElement[bool], month: int | None, search: str) -> list[ColumnElement[bool]]:
    parts = [is_for(person), mine]
    if month:
        parts.append(Plan.month == month)
    if search:
        columns = (Unit.name, Unit.code, Plan.number)
        parts.append(or_(*(column.contains(search, autoescape=True) for column in columns)))
    return parts


def queue_page(
    person: Person, *, done: bool = False, month: int | None = None, search: str = "", page: int = 1, size: int = 50
) -> tuple[list[QueueItem], bool]:
    """One page of what waits for the person (earliest due first) or of what he has done (newest first)."""
    own = (ReviewTask.closed_by == person.id) if done else and_(ReviewTask.state == TaskState.OPEN, _may_act(person))
    query = (
        select(ReviewTask, Plan, func.count(PlanLine.id), func.sum(PlanLine.applied))
        .join(Plan, ReviewTask.plan_id == Plan.id)
        .join(Unit, Plan.unit_id == Unit.id)
        .join(PlanLine, and_(PlanLine.plan_id == Plan.id, PlanLine.removed_in.is_(None)))
        .outerjoin(Allotment, PlanLine.allotment_id == Allotment.id)
        .where(or_(ReviewTask.office_id.is_(None), Allotment.office_id == ReviewTask.office_id))
        .where(*_queue(person, own, month, search))
        .group_by(ReviewTask.id, Plan.id, Unit.code)
        .options(joinedload(Plan.unit))
        .order_by(*((ReviewTask.closed_at.desc(),) if done else (ReviewTask.due_at, Unit.code)))
    )
    rows = session().execute(query.offset((page - 1) * size).limit(size + 1)).all()
    items = [QueueItem(task, plan, count, total or Money(0)) for task, plan, count, total in rows[:size]]
    return items, len(rows) > size


def open_count(person: Person) -> int:
    """How many tasks wait for the person."""
    query = select(func.count()).select_from(ReviewTask).join(Plan, ReviewTask.plan_id == Plan.id)
    return session().scalar(query.where(is_for(person), ReviewTask.state == TaskState.OPEN, _may_act(person))) or 0


def get_task(task_id: UUID, person: Person) -> ReviewTask:
    """The task if it belongs to one of the person's posts. Raises `Missing` for absent and foreign alike."""
    query = select(ReviewTask).where(ReviewTask.id == task_id, is_for(person))
    task = session().scalars(query.execution_options(populate_existing=True)).first()
    if task is None:
        raise Missing()
    return task


def lines_of(task: ReviewTask) -> list[PlanLine]:
    """The lines that the task decides on: an office's own, otherwise all."""
    query = (
        select(PlanLine)
        .join(PlanLine.allotment)
        .where(PlanLine.plan_id == task.plan_id, PlanLine.removed_in.is_(None))
        .options(joinedload(PlanLine.allotment).joinedload(Allotment.office))
        .order_by(PlanLine.position)
    )
    if task.office_id is not None:
        query = query.where(Allotment.office_id == task.office_id)
    return list(session().scalars(query))


def tasks_of(plan_id: UUID, revision: int) -> list[ReviewTask]:
    """All tasks of one round of a plan, in the order of the steps."""
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.revision == revision)
    return list(session().scalars(query.order_by(ReviewTask.step_no, ReviewTask.opened_at)))


@dataclass(frozen=True)
class OpenDesk:
    """Who has the plan now: the step, the place, the people who may act, and since when."""

    step_name: str
    place: str
    people: str
    since: datetime
    due: datetime


def desks(plan_id: UUID, holders: Sequence[tuple[ReviewTask, Sequence[Account]]]) -> list[OpenDesk]:
    """The open desks of a plan in words; `holders` are the open tasks with the people who may act."""
    offices = {office.id: office.name for office in session().scalars(select(Office))}
    return [
        OpenDesk(
            task.step_name,
            offices.get(task.office_id, "") if task.office_id else "",
            "、".join(f"{account.name} {account.phone}".strip() for account in accounts),
            task.opened_at,
            task.due_at,
        )
        for task, accounts in holders
        if task.plan_id == plan_id
    ]


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


def makers(plan: Plan) -> set[int]:
    """Author, editors and submitters of the plan: none of them may decide on it."""
    submitters = select(Decision.person_id).where(Decision.plan_id == plan.id, Decision.act == Act.SUBMIT)
    return {plan.author_id, *editors(plan.id), *session().scalars(submitters)}


def acted(plan_id: UUID) -> dict[int, int]:
    """At which step each person has decided on the plan."""
    query = select(Decision.person_id, Decision.step_no).where(
        Decision.plan_id == plan_id, Decision.act.in_((Act.AGREE, Act.RETURN, Act.APPROVE))
    )
    return dict(session().execute(query).all())


def next_decision_number(plan_id: UUID) -> int:
    """The next number in the plan's own series; the plan is locked, so it is gapless."""
    return (session().scalar(select(func.max(Decision.number)).where(Decision.plan_id == plan_id)) or 0) + 1


def plans_with_lines(plan_ids: Iterable[UUID]) -> dict[UUID, Plan]:
    """Plans with their lines, by id, for the desk's neighbours."""
    query = select(Plan).where(Plan.id.in_(set(plan_ids))).options(selectinload(Plan.lines))
    return {plan.id: plan for plan in session().scalars(query)}
