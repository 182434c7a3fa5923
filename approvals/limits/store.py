"""Reading the desks whose limit is near or over, and the page 超时与催办."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager

from accounts.people.rules import Permission, Person, may, scope_of
from accounts.people.seats import seated
from accounts.people.store import names
from accounts.units.models import Office, Unit
from approvals.chains.models import ChainStep
from approvals.chains.rules import OnLimit
from approvals.limits.rules import Stage
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.retractions import stands
from approvals.reviews.rules import TaskState
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core.db import session
from core.paging import PER_PAGE, Page

Late = tuple[ReviewTask, Plan, ChainStep]
# So many desks are looked after in one run; the next one takes up what is left.
_AT_MOST: Final = 1000
_PLACE: Final = aliased(Unit)


def due_desks(now: datetime, today_begins: datetime, horizon: datetime, today: date) -> list[Late]:
    """Open desks that may have to be reminded today or reported, place by place, the most urgent first.

    `horizon` is the end of the day up to which a limit is near.
    """
    near = and_(Plan.state == PlanState.IN_REVIEW, ReviewTask.due_at <= horizon)
    review = and_(Plan.state == PlanState.SUSPENDED, Plan.review_on <= today)
    quiet = or_(ReviewTask.warned_at.is_(None), ReviewTask.warned_at < today_begins)
    unreported = and_(
        *(ChainStep.on_limit == OnLimit.ESCALATE, ChainStep.escalate_to.is_not(None)),
        *(Plan.state == PlanState.IN_REVIEW, ReviewTask.escalated_at.is_(None), ReviewTask.due_at < now),
    )
    query = (
        select(ReviewTask, Plan, ChainStep)
        .join(Plan, and_(Plan.id == ReviewTask.plan_id, Plan.revision == ReviewTask.revision))
        .join(Plan.unit)
        .join(ChainStep, and_(ChainStep.chain_id == Plan.chain_id, ChainStep.number == ReviewTask.step_no))
        .where(ReviewTask.state == TaskState.OPEN, or_(near, review), or_(quiet, unreported))
        .options(contains_eager(Plan.unit))
        .order_by(ReviewTask.role, ReviewTask.unit_id, ReviewTask.office_id, ReviewTask.due_at, ReviewTask.id)
        .limit(_AT_MOST)
    )
    return [(task, plan, step) for task, plan, step in session().execute(query)]


def locked_open(task_ids: Collection[UUID]) -> dict[UUID, ReviewTask]:
    """Of these desks those that are still open, held until the end of the transaction."""
    query = select(ReviewTask).where(ReviewTask.id.in_(task_ids), ReviewTask.state == TaskState.OPEN)
    query = query.order_by(ReviewTask.id).with_for_update(key_share=True).execution_options(populate_existing=True)
    return {task.id: task for task in session().scalars(query)}


def spoken_at(task_id: UUID) -> set[int]:
    """Who has spoken at the desk, himself or through another."""
    query = select(Opinion.person_id, Opinion.behalf_id).where(Opinion.task_id == task_id, stands()).distinct()
    return {one for row in session().execute(query) for one in row if one is not None}


def nudged_last(plan_id: UUID) -> datetime | None:
    """When the plan was last 催办, at whatever desk."""
    return session().scalar(select(func.max(ReviewTask.nudged_at)).where(ReviewTask.plan_id == plan_id))


# 超时与催办


@dataclass(frozen=True)
class Asked:
    """What the page is asked for."""

    stage: Stage = Stage.OVERDUE
    step: str = ""
    office_id: int | None = None


@dataclass(frozen=True)
class Group:
    """The late desks of one step at one place."""

    step: str
    office_id: int | None
    office: str
    count: int
    first: datetime
    escalated: int


@dataclass(frozen=True)
class LateRow:
    """One late desk as the page shows it: where it is, who sits there, and whether somebody above was told."""

    task: ReviewTask
    plan: Plan
    place: str
    people: Sequence[str] = field(default_factory=tuple)


def _late(asked: Asked, person: Person, now: datetime, today: date) -> Iterator[ColumnElement[bool]]:
    """Which desks: those of the stage, as far as the person may look."""
    yield ReviewTask.state == TaskState.OPEN
    yield ReviewTask.revision == Plan.revision
    yield _within(person)
    if asked.stage is Stage.REVIEW:
        yield and_(Plan.state == PlanState.SUSPENDED, Plan.review_on <= today)
    else:
        yield and_(Plan.state == PlanState.IN_REVIEW, ReviewTask.due_at < now)


def _within(person: Person) -> ColumnElement[bool]:
    """Who sees the whole bureau, and administrators, look at all of it; others at their own office."""
    if scope_of(person).whole_bureau or may(person, Permission.MANAGE_TABLES):
        return true()
    offices = person.office_ids()
    return ReviewTask.office_id.in_(offices) if offices else false()


def groups(asked: Asked, person: Person, now: datetime, today: date) -> list[Group]:
    """The late desks counted by step and place, the largest first."""
    query = (
        select(
            ReviewTask.step_name, ReviewTask.office_id, func.coalesce(Office.name, ""), func.count(),
            func.min(ReviewTask.due_at), func.count(ReviewTask.escalated_at),
        )
        .join(Plan, Plan.id == ReviewTask.plan_id)
        .outerjoin(Office, Office.id == ReviewTask.office_id)
        .where(*_late(asked, person, now, today))
        .group_by(ReviewTask.step_name, ReviewTask.office_id, Office.name)
        .order_by(func.count().desc(), ReviewTask.step_name, Office.name)
    )  # fmt: skip
    return [Group(*row) for row in session().execute(query)]


def late_page(asked: Asked, person: Person, now: datetime, today: date, number: int) -> Page[LateRow]:
    """One page of the late desks, the latest first, with the people who sit there; a constant number of queries."""
    which = list(_late(asked, person, now, today))
    if asked.step:
        which.append(ReviewTask.step_name == asked.step)
    if asked.office_id is not None:
        which.append(ReviewTask.office_id == asked.office_id)
    total = session().scalar(
        select(func.count()).select_from(ReviewTask).join(Plan, Plan.id == ReviewTask.plan_id).where(*which)
    )
    rows = session().execute(_listed(which).limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    people = _people([row[0] for row in rows], today)
    return Page([LateRow(task, plan, place, people[task.id]) for task, plan, place in rows], number, total or 0)


def _listed(which: Sequence[ColumnElement[bool]]) -> Select[*tuple[ReviewTask, Plan, str]]:
    return (
        select(ReviewTask, Plan, func.coalesce(Office.name, _PLACE.name, "财政局"))
        .join(Plan, Plan.id == ReviewTask.plan_id)
        .join(Plan.unit)
        .outerjoin(Office, Office.id == ReviewTask.office_id)
        .outerjoin(_PLACE, _PLACE.id == ReviewTask.unit_id)
        .where(*which)
        .options(contains_eager(Plan.unit))
        .order_by(ReviewTask.due_at, ReviewTask.id)
    )


def _people(tasks: Sequence[ReviewTask], day: date) -> Mapping[UUID, list[str]]:
    """By desk, the names of who sits there: the one to whom it was given, else who holds the post or stands in."""
    there = seated({(task.role, task.unit_id, task.office_id) for task in tasks}, day)
    ids = {
        task.id: [task.handed_to]
        if task.handed_to
        else [who for who, _ in there[task.role, task.unit_id, task.office_id]]
        for task in tasks
    }
    known = names(one for found in ids.values() for one in found)
    return {task_id: [known[one] for one in dict.fromkeys(found)] for task_id, found in ids.items()}
