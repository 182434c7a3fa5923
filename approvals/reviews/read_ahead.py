"""What is read once for all plans of a batch, before each is taken up in a transaction of its own.

It is used for a plan as long as the plan, once locked, has the version that was read first; else it is read again
(core/recall.py). What may change without the plan (balances, the month's money) is never read ahead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select

from approvals.reviews.models import Decision, ReviewTask, TaskLine, TaskSeat
from approvals.reviews.queue import QueueItem
from approvals.reviews.store import plan_of_task
from approvals.reviews.ways import digests_of
from budget.plans.models import Plan, PlanEditor, RevisionLine
from core import recall
from core.db import session

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_ACTS: Final = (
    select(
        Decision.plan_id, Decision.person_id, Decision.behalf_id, Decision.step_no, Decision.act, Decision.number,
        Decision.sha256, Decision.sm3,
    )
    .where(Decision.plan_id.in_(_IDS))
    .order_by(Decision.number)
)  # fmt: skip
_EDITORS: Final = select(PlanEditor.plan_id, PlanEditor.person_id).where(PlanEditor.plan_id.in_(_IDS))
_TASKS: Final = (
    select(ReviewTask.plan_id, ReviewTask.id, ReviewTask.step_no, ReviewTask.turn)
    .join(Plan, (Plan.id == ReviewTask.plan_id) & (Plan.revision == ReviewTask.revision))
    .where(ReviewTask.plan_id.in_(_IDS))
)
_DIGESTS: Final = (
    select(RevisionLine.plan_id, RevisionLine.plan_line_id, RevisionLine.digest)
    .join(Plan, (Plan.id == RevisionLine.plan_id) & (Plan.revision == RevisionLine.revision))
    .where(RevisionLine.plan_id.in_(_IDS))
)
_ASKED: Final = select(TaskLine.task_id, TaskLine.plan_line_id).where(TaskLine.task_id.in_(_IDS))
_WAITING: Final = (
    select(TaskSeat.task_id).distinct().where(TaskSeat.task_id.in_(_IDS), TaskSeat.closed_at.is_(None))
)


def read_ahead(items: Collection[QueueItem]) -> None:
    """Know of these tasks and their plans what a decision reads, in six queries for all; inside `remembering`.

    The versions of the plans were read before (`items`), so whoever acts meanwhile makes all of it stale.
    """
    for item in items:
        recall.keep(item.plan.id, item.plan.version)
        recall.tell(item.plan.id, ("digest", item.plan.revision), item.digest)
        recall.answer(plan_of_task, item.plan.id, item.task.id)
    plan_ids = [item.plan.id for item in items]
    _tell_acts(plan_ids)
    _tell_tasks(items)
    _tell_digests(items)
    _tell_lines(items)


def _by_first(query: Any, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in session().execute(query, {"ids": list(ids)}):
        found[row[0]].append(row)
    return found


def _tell_acts(plan_ids: Sequence[UUID]) -> None:
    acts, editors = _by_first(_ACTS, plan_ids), _by_first(_EDITORS, plan_ids)
    for plan_id in plan_ids:
        recall.tell(plan_id, "acts", acts[plan_id])
        recall.tell(plan_id, "last", acts[plan_id][-1] if acts[plan_id] else None)
        recall.tell(plan_id, "editors", {row.person_id for row in editors[plan_id]})


def _tell_tasks(items: Collection[QueueItem]) -> None:
    """How often each step was opened; and that no other desk is at the step, where none is."""
    tasks = _by_first(_TASKS, [item.plan.id for item in items])
    for item in items:
        rows, mine = tasks[item.plan.id], item.task
        turns: dict[int, int] = {}
        for row in rows:
            turns[row.step_no] = max(turns.get(row.step_no, 0), row.turn)
        recall.tell(item.plan.id, ("turns", item.plan.revision), turns)
        if all(row.id == mine.id or row.step_no != mine.step_no for row in rows):
            recall.tell(item.plan.id, ("others", mine.id), [])


def _tell_digests(items: Collection[QueueItem]) -> None:
    digests = _by_first(_DIGESTS, [item.plan.id for item in items])
    for item in items:
        found = {row.plan_line_id: row.digest for row in digests[item.plan.id]}
        recall.answer(digests_of, found, item.plan.id, item.plan.revision)


def _tell_lines(items: Collection[QueueItem]) -> None:
    """Which lines each task asks about, and that nobody is asked for an opinion, where nobody is."""
    task_ids = [item.task.id for item in items]
    asked, waiting = _by_first(_ASKED, task_ids), _by_first(_WAITING, task_ids)
    for item in items:
        recall.tell(item.plan.id, ("asked", item.task.id), {row.plan_line_id for row in asked[item.task.id]})
        if item.task.id not in waiting:
            recall.tell(item.plan.id, ("unanswered", item.task.id), [])
