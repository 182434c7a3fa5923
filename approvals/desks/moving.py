"""What was given to somebody who may not act any more goes on to his successor, or back to the post.

Inside the caller's transaction. No decision is taken here: the desk is as it was, only who may work it changes, and the
plan's history tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.people.models import Account
from accounts.people.rules import Person, System
from approvals.chains.rules import StepMode
from approvals.desks import store
from approvals.reviews import deciding, steps
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.rules import SeatKind
from approvals.reviews.separation import left_out_because
from budget.plans import store as plans
from budget.plans.models import Plan
from core import clock, history, notices
from core.db import session
from core.notices import NoticeKind

_GONE = "（已离岗，未答复）"


def move_given(given: Sequence[tuple[UUID, UUID]], successor: Account | None, *, by: Person | System) -> int:
    """Move tasks (task and plan, in the order of plans) that one person had; gives how many the successor has now.

    He gets those on which he may decide; the others are open again to everybody who holds the post.
    """
    taken = 0
    for task_id, plan_id in given:
        plan = plans.locked(plan_id)
        task = session().get_one(ReviewTask, task_id, populate_existing=True)
        _close(store.handed_seats([task.id]))
        taken += _move(plan, task, successor, by)
    session().flush()
    return taken


def _move(plan: Plan, task: ReviewTask, successor: Account | None, by: Person | System) -> bool:
    before = session().get(Account, task.handed_to) if task.handed_to else None
    told = f"环节“{task.step_name}”原由{before.name if before else '他人'}办理，"
    hands = deciding.hands_of(plan)
    if task.mode is StepMode.IN_ORDER:
        task.handed_to = steps.next_at(task, deciding.colleagues_of(task).ids, hands)
        steps.tell_next(plan, task)
        history.record("plan", plan.id, "move_task", f"{told}现依次轮到下一人", by=by)
        return False
    if successor is None or left_out_because(successor.id, task.step_no, hands, {}):
        task.handed_to = None
        said = f"{plan.unit.name}{plan.title}（{plan.number}）退回原岗位，待您{task.step_name}"
        notices.tell((one.id for one in steps.people_at(task)), said, _link(plan), NoticeKind.TASK)
        history.record("plan", plan.id, "move_task", f"{told}现退回原岗位办理", by=by)
        return False
    task.handed_to = successor.id
    session().add(
        TaskSeat(
            task_id=task.id, person_id=successor.id, kind=SeatKind.HANDED, asked_by=by.id, words="离岗交接",
            blocking=False, opened_at=clock.now(),
        )
    )  # fmt: skip
    said = f"{plan.unit.name}{plan.title}（{plan.number}）由您接办{task.step_name}"
    notices.tell([successor.id], said, _link(plan), NoticeKind.TASK)
    history.record("plan", plan.id, "move_task", f"{told}现由{successor.name}接办", by=by)
    return True


def close_questions(person: Account) -> int:
    """Nobody waits any longer for the answer of somebody who left; whoever asked is told."""
    asked = store.asked_of(person.id)
    for seat, number in asked:
        seat.answer, seat.closed_at = _GONE, clock.now()
        said = f"{number}：{person.name}已离岗，不再等待他的意见；需要意见请另行征求"
        notices.tell([seat.asked_by] if seat.asked_by else [], said, f"/queue/{seat.task_id}")
    return len(asked)


def _close(seats: Sequence[TaskSeat]) -> None:
    for seat in seats:
        seat.closed_at = clock.now()


def _link(plan: Plan) -> str:
    return f"/plans/{plan.id}"
