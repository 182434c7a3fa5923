"""Before a batch is carried out: which of the chosen plans can be in it, what they come to, and why others cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import contains_eager, defer, load_only

from accounts.people.models import Account
from accounts.people.rules import Person
from approvals.reviews.cards import ids_in
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.queue import SHOWN, QueueItem
from approvals.reviews.rules import TaskState, check_batchable, check_not_suspended
from approvals.reviews.store import holds_post_of
from approvals.reviews.waiting import seat_of, seats_of
from budget.plans.models import Plan, PlanRevision
from core import clock
from core.db import session
from core.errors import Refused
from core.money import Money

_CHOSEN: Final = (
    select(ReviewTask, Plan, PlanRevision.digest, Account.name)
    .join(Plan, ReviewTask.plan_id == Plan.id)
    .join(Plan.unit)
    .join(PlanRevision, and_(PlanRevision.plan_id == Plan.id, PlanRevision.revision == ReviewTask.revision))
    .outerjoin(Account, Account.id == ReviewTask.closed_by)
    .where(ReviewTask.id.in_(bindparam("ids", expanding=True)))
    .options(defer(ReviewTask.why), load_only(*SHOWN, Plan.version, Plan.chain_id), contains_eager(Plan.unit))
)
_ASKED: Final = (
    select(TaskSeat.task_id, Account.name)
    .join(Account, TaskSeat.person_id == Account.id)
    .where(TaskSeat.task_id.in_(bindparam("ids", expanding=True)), TaskSeat.blocking, TaskSeat.closed_at.is_(None))
)


@dataclass(frozen=True)
class Row:
    """A task as it stands, and who closed it."""

    item: QueueItem
    closer: str | None


@dataclass(frozen=True)
class Chosen:
    """A chosen plan, and why it cannot be agreed to in the batch; empty when it can."""

    item: QueueItem
    why: str


@dataclass(frozen=True)
class Batch:
    """The chosen plans as they stand now; `unknown` of them are not the person's, or not there."""

    able: Sequence[QueueItem]
    unable: Sequence[Chosen]
    unknown: int

    @property
    def line_count(self) -> int:
        """How many lines would be agreed to."""
        return sum(item.line_count for item in self.able)

    @property
    def total(self) -> Money:
        """What they add up to."""
        return Money.total(item.total for item in self.able)

    @property
    def guaranteed(self) -> int:
        """How many of the plans are 三保."""
        return sum(item.guaranteed for item in self.able)


def look(task_ids: Sequence[UUID], by: Person) -> Batch:
    """What of these tasks the person could agree to in one go, in three queries; nothing is written."""
    asked: dict[UUID, list[str]] = {}
    for task_id, name in session().execute(_ASKED, {"ids": list(task_ids)}):
        asked.setdefault(task_id, []).append(name)
    found = [row for row in chosen_rows(task_ids) if holds_post_of(by, row.item.task)]
    return parted([Chosen(row.item, _why(row, asked, by)) for row in found], len(task_ids))


def chosen_rows(task_ids: Sequence[UUID]) -> list[Row]:
    """These tasks as far as they are there, in the order in which they were chosen, whoever's they are."""
    rows = session().execute(_CHOSEN, {"ids": list(task_ids)})
    found = {task.id: Row(QueueItem(task, plan, digest), name) for task, plan, digest, name in rows}
    return [found[task_id] for task_id in task_ids if task_id in found]


def parted(told: Sequence[Chosen], count: int) -> Batch:
    """Those of `count` chosen plans that can be in the batch, and the others."""
    able = [one.item for one in told if not one.why]
    return Batch(able, [one for one in told if one.why], count - len(told))


def not_at_work(row: Row, by: Person) -> str:
    """Why the person has nothing to do at the task; empty when he has."""
    task, closer = row.item.task, row.closer
    if task.state is not TaskState.OPEN:
        done = f"{closer} 已于 {clock.local(task.closed_at):%m-%d %H:%M} 办理" if closer and task.closed_at else ""
        return f"{done or '已撤回或不在审核中'}，不用再办。"
    if task.handed_to not in (None, by.id):
        return "现在由其他人办理（转办或依次审核）。"
    if seats_of(by).get(seat_of(task), frozenset({by.id})) & ids_in(task.not_for):
        return "您填报、修改过这份计划，或已审核过它，不能由您再审。"
    return ""


def _why(row: Row, asked: Mapping[UUID, Sequence[str]], by: Person) -> str:
    if why := not_at_work(row, by):
        return why
    if names := asked.get(row.item.task.id):
        return f"正在征求{'、'.join(names)}的意见，收到答复后才能办理。"
    return _not_batchable(row.item)


def _not_batchable(item: QueueItem) -> str:
    try:
        check_not_suspended(item.plan.state)
        check_batchable(item.plan.revision, item.task.cut)
    except Refused as refusal:
        return str(refusal)
    return ""
