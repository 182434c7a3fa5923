"""Who sits at a desk beside its holders: whom it asks for an opinion, to whom it was handed, and what each may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select
from sqlalchemy.orm import aliased, contains_eager

from accounts.people.models import Account
from accounts.people.rules import Person
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.rules import SeatKind, TaskState
from budget.plans.models import Plan
from budget.plans.rules import HOLDING
from core.db import session
from core.errors import Missing, Overtaken

_MINE: Final = and_(TaskSeat.person_id == bindparam("person_id"), TaskSeat.closed_at.is_(None))
# A seat is worth something only while its desk is open, and the plan with it.
_LENT: Final = (
    select(ReviewTask.plan_id)
    .join(TaskSeat, TaskSeat.task_id == ReviewTask.id)
    .where(_MINE, ReviewTask.state == TaskState.OPEN)
)


def lent_to(person_id: int) -> frozenset[UUID]:
    """The plans that are shown to a person because he is asked about them or was given them, and only so long."""
    return frozenset(session().scalars(_LENT, {"person_id": person_id}))


@dataclass(frozen=True)
class Seat:
    """A seat as pages tell of it: who sits there, who asked him, and with what words."""

    seat: TaskSeat
    name: str
    asked_by: str


_ASKER: Final = aliased(Account)
_SEATS: Final = (
    select(TaskSeat, Account.name, _ASKER.name.label("asker"))
    .join(Account, Account.id == TaskSeat.person_id)
    .outerjoin(_ASKER, _ASKER.id == TaskSeat.asked_by)
    .order_by(TaskSeat.id)
)


def seats_at(task: ReviewTask) -> list[Seat]:
    """Everybody who was asked at the desk or given it, whether he still is or not, in the order of asking."""
    return [_seat(row) for row in session().execute(_SEATS.where(TaskSeat.task_id == task.id))]


def _seat(row: Row[*tuple[TaskSeat, str, str | None]]) -> Seat:
    return Seat(row[0], row[1], row[2] or "")


@dataclass(frozen=True)
class Asked:
    """One question that waits for a person's answer, with its desk and plan."""

    seat: TaskSeat
    task: ReviewTask
    plan: Plan
    asked_by: str


@dataclass(frozen=True)
class AskedOut:
    """One desk at which others are asked, with its plan."""

    task: ReviewTask
    plan: Plan
    seats: list[Seat]


def asked_of(person: Person, limit: int = 20) -> list[Asked]:
    """The questions that wait for the person's answer, the oldest first."""
    query = _asked(TaskSeat.person_id == person.id, TaskSeat.kind == SeatKind.CONSULTED).limit(limit)
    return [Asked(*row) for row in session().execute(query)]


def get_asked(task_id: UUID, person: Person) -> Asked:
    """The question that waits for the person at this desk.

    Raises `Overtaken` when it is answered or taken back; `Missing` for everybody who never was asked there.
    """
    mine = (TaskSeat.task_id == task_id, TaskSeat.person_id == person.id, TaskSeat.kind == SeatKind.CONSULTED)
    row = session().execute(_asked(*mine).limit(1)).first()
    if row is None and was_seated(task_id, person.id):
        raise Overtaken("这次征求意见已经结束或收回，不用再答复。")
    if row is None:
        raise Missing()
    return Asked(*row)


def _asked(*which: ColumnElement[bool]) -> Select[TaskSeat, ReviewTask, Plan, str]:
    return (
        select(TaskSeat, ReviewTask, Plan, Account.name)
        .join(ReviewTask, ReviewTask.id == TaskSeat.task_id)
        .join(Plan, Plan.id == ReviewTask.plan_id)
        .join(Plan.unit)
        .join(Account, Account.id == TaskSeat.asked_by)
        .where(*which, TaskSeat.closed_at.is_(None), ReviewTask.state == TaskState.OPEN, Plan.state.in_(HOLDING))
        .options(contains_eager(Plan.unit))
        .order_by(TaskSeat.id)
    )


def was_seated(task_id: UUID, person_id: int) -> bool:
    """Whether the person was ever asked or given the task at this desk."""
    query = select(TaskSeat.id).where(TaskSeat.task_id == task_id, TaskSeat.person_id == person_id)
    return session().scalar(query.limit(1)) is not None


def asked_any(task_id: UUID, person_id: int) -> bool:
    """Whether the person has ever asked anybody, or handed the task over, at this desk."""
    query = select(TaskSeat.id).where(TaskSeat.task_id == task_id, TaskSeat.asked_by == person_id)
    return session().scalar(query.limit(1)) is not None


def asked_by(person_id: int, task_ids: Sequence[UUID]) -> set[UUID]:
    """At which of these desks the person has ever asked anybody, or handed the task over."""
    query = select(TaskSeat.task_id).where(TaskSeat.task_id.in_(task_ids), TaskSeat.asked_by == person_id)
    return set(session().scalars(query))


def asked_out(person: Person, limit: int = 50) -> list[AskedOut]:
    """What the person has asked of others and handed to them, and nobody has done yet, by desk, the oldest first."""
    query = (
        select(TaskSeat, ReviewTask, Plan, Account.name)
        .join(ReviewTask, ReviewTask.id == TaskSeat.task_id)
        .join(Plan, Plan.id == ReviewTask.plan_id)
        .join(Plan.unit)
        .join(Account, Account.id == TaskSeat.person_id)
        .where(TaskSeat.asked_by == person.id, TaskSeat.closed_at.is_(None))
        .where(ReviewTask.state == TaskState.OPEN, Plan.state.in_(HOLDING))
        .options(contains_eager(Plan.unit))
        .order_by(TaskSeat.id)
        .limit(limit)
    )
    found: dict[UUID, AskedOut] = {}
    for seat, task, plan, name in session().execute(query):
        found.setdefault(task.id, AskedOut(task, plan, [])).seats.append(Seat(seat, name, person.name))
    return list(found.values())


def seated_at(task_ids: Sequence[UUID]) -> set[UUID]:
    """At which of these desks somebody was asked, or given the task."""
    return set(session().scalars(select(TaskSeat.task_id).where(TaskSeat.task_id.in_(task_ids))))


def open_seats_of(task_ids: Sequence[UUID]) -> list[Seat]:
    """Everybody who is still asked, or given the task, at one of these desks."""
    query = _SEATS.where(TaskSeat.task_id.in_(task_ids), TaskSeat.closed_at.is_(None))
    return [_seat(row) for row in session().execute(query)]
