"""Open tasks that nobody may take up today, those that only one person may, and what is in one person's hands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement as Column
from sqlalchemy import Select, SQLColumnExpression, String, Subquery, and_, func, literal, or_, select
from sqlalchemy import cast as type_cast
from sqlalchemy.orm import aliased, contains_eager

from accounts.people.models import Account, Post
from accounts.people.rules import DELEGABLE
from accounts.people.seats import lent_seats, own_seats
from accounts.units.models import Office, Unit
from approvals.chains.rules import StepMode
from approvals.reviews.models import Opinion, ReviewTask, TaskSeat
from approvals.reviews.retractions import stands
from approvals.reviews.rules import SeatKind, TaskState
from budget.plans.models import Plan
from budget.plans.rules import HOLDING
from core.db import session
from core.paging import PER_PAGE, Page


class Waiting(NamedTuple):
    """An open task with the names of its plan's unit and of the desk's place."""

    task: ReviewTask
    plan: Plan
    unit: str
    place: str

    @property
    def said(self) -> str:
        """区实验小学 YK-202612-0001 环节“股室初审”."""
        return f"{self.unit} {self.plan.number} 环节“{self.task.step_name}”"


_PLACE: Final = aliased(Unit)


def _seats_here(day: date) -> Subquery:
    """Who sits at the desk of a task on this day, in his own right or for another."""
    here = (
        Post.role == ReviewTask.role,
        Post.unit_id.is_not_distinct_from(ReviewTask.unit_id),
        Post.office_id.is_not_distinct_from(ReviewTask.office_id),
    )
    own, lent = own_seats(day, *here).correlate(ReviewTask), lent_seats(day, *here).correlate(ReviewTask)
    return own.union_all(lent).subquery()


def _had_no_part(person_id: SQLColumnExpression[Any]) -> Column[bool]:
    """Whether the task waits for this person as far as his part in the plan goes (approvals/reviews/waiting.py)."""
    return ~ReviewTask.not_for.contains(literal(" ").concat(type_cast(person_id, String)).concat(" "))


def _able(day: date, without: int | None) -> Column[int]:
    """How many seats of a task somebody may still act at on this day, one person left out of the count if wished."""
    seats = _seats_here(day)
    behalf = func.coalesce(seats.c.behalf_id, seats.c.person_id)
    query = select(func.count(func.distinct(behalf))).join(Account, Account.id == seats.c.person_id)
    query = query.where(Account.active, _had_no_part(Account.id), _had_no_part(behalf))
    if without is not None:
        query = query.where(seats.c.person_id != without, behalf != without)
    return cast("Column[int]", query.correlate(ReviewTask).scalar_subquery())


def _missing() -> Column[int]:
    """How many must still act at a task."""
    spoken = select(func.count(func.distinct(Opinion.person_id))).where(Opinion.task_id == ReviewTask.id, stands())
    return ReviewTask.needed - spoken.correlate(ReviewTask).scalar_subquery()


def given_to_nobody(day: date) -> Column[bool]:
    """A task was given to one person, who may not act any more: he left, or his turn came when he had."""
    posts = own_seats(day, Post.role.in_(DELEGABLE)).union_all(lent_seats(day)).subquery()
    reviews = select(posts.c.person_id).join(Account, Account.id == posts.c.person_id).where(Account.active)
    seats = _seats_here(day)
    sits = select(seats.c.post_id).join(Account, Account.id == seats.c.person_id).where(Account.active)
    sits = sits.where(ReviewTask.handed_to.in_([seats.c.person_id, seats.c.behalf_id]))
    here = sits.correlate(ReviewTask).exists()
    able = or_(and_(ReviewTask.mode != StepMode.IN_ORDER, ReviewTask.handed_to.in_(reviews)), here)
    return and_(ReviewTask.handed_to.is_not(None), ~and_(able, _had_no_part(ReviewTask.handed_to)))


def _unmanned(day: date, without: int | None = None) -> Column[bool]:
    nobody = _able(day, without) < _missing()
    handed = ReviewTask.handed_to.is_not(None) & (ReviewTask.mode != StepMode.IN_ORDER)
    return or_(and_(~handed, nobody), given_to_nobody(day))


def _listed(*which: Column[bool]) -> Select[ReviewTask, Plan, str, str]:
    query = select(ReviewTask, Plan, Unit.name, func.coalesce(_PLACE.name, Office.name, "")).select_from(ReviewTask)
    query = query.join(Plan, _ON_ITS_WAY).join(Unit, Unit.id == Plan.unit_id)
    query = query.outerjoin(_PLACE, _PLACE.id == ReviewTask.unit_id)
    query = query.outerjoin(Office, Office.id == ReviewTask.office_id)
    return query.where(ReviewTask.state == TaskState.OPEN, *which).order_by(ReviewTask.due_at, ReviewTask.id)


_ON_ITS_WAY: Final = and_(
    Plan.id == ReviewTask.plan_id, Plan.revision == ReviewTask.revision, Plan.state.in_(HOLDING)
)


def unmanned_page(day: date, number: int) -> Page[Waiting]:
    """One page of the tasks that nobody may take up, the most urgent first."""
    rows = session().execute(_listed(_unmanned(day)).limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    return Page([Waiting(*row) for row in rows], number, unmanned_count(day))


def unmanned_count(day: date) -> int:
    """How many there are."""
    query = select(func.count()).select_from(ReviewTask).join(Plan, _ON_ITS_WAY)
    return session().scalar(query.where(ReviewTask.state == TaskState.OPEN, _unmanned(day))) or 0


def only_for(person_id: int, day: date, most: int) -> list[Waiting]:
    """The open tasks of his posts at which nobody would be left without this person."""
    his = own_seats(day, Post.person_id == person_id).subquery()
    here = (
        select(Post.id)
        .join(his, his.c.post_id == Post.id)
        .where(Post.role == ReviewTask.role, Post.unit_id.is_not_distinct_from(ReviewTask.unit_id))
        .where(Post.office_id.is_not_distinct_from(ReviewTask.office_id))
    )
    rows = session().execute(_listed(here.correlate(ReviewTask).exists(), _unmanned(day, person_id)).limit(most))
    return [Waiting(*row) for row in rows]


def given_to(person_id: int, most: int) -> list[Waiting]:
    """The open tasks that one person was given, or whose turn it is at."""
    return [Waiting(*row) for row in session().execute(_listed(ReviewTask.handed_to == person_id).limit(most))]


def asked_of(person_id: int) -> list[tuple[TaskSeat, str]]:
    """The questions that still wait for a person's answer, with the number of the plan."""
    query = select(TaskSeat, Plan.number).join(ReviewTask, ReviewTask.id == TaskSeat.task_id)
    query = query.join(Plan, _ON_ITS_WAY).where(ReviewTask.state == TaskState.OPEN, TaskSeat.closed_at.is_(None))
    query = query.where(TaskSeat.person_id == person_id, TaskSeat.kind == SeatKind.CONSULTED)
    return [(seat, number) for seat, number in session().execute(query.order_by(TaskSeat.id))]


def held(person_id: int | None, day: date) -> list[tuple[UUID, UUID]]:
    """The tasks given to a person, or (None) to anybody who may not act any more: task and plan, in order of plans."""
    which = ReviewTask.handed_to == person_id if person_id is not None else given_to_nobody(day)
    query = select(ReviewTask.id, ReviewTask.plan_id).join(Plan, _ON_ITS_WAY)
    query = query.where(ReviewTask.state == TaskState.OPEN, which).order_by(ReviewTask.plan_id, ReviewTask.id)
    return [(task_id, plan_id) for task_id, plan_id in session().execute(query)]


def handed_seats(task_ids: Collection[UUID]) -> Sequence[TaskSeat]:
    """The open hand-overs at these tasks."""
    query = select(TaskSeat).where(TaskSeat.task_id.in_(task_ids), TaskSeat.kind == SeatKind.HANDED)
    return session().scalars(query.where(TaskSeat.closed_at.is_(None))).all()


def posts_of(person_id: int, day: date, *, lock: bool = False) -> list[Post]:
    """The posts that a person holds on this day or later, held until the transaction ends if wished."""
    query = select(Post).join(Post.account).options(contains_eager(Post.account))
    query = query.where(Post.person_id == person_id, or_(Post.ends_on.is_(None), Post.ends_on >= day))
    query = query.order_by(Post.id)
    return list(session().scalars(query.with_for_update(of=Post) if lock else query))
