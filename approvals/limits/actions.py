"""催办 by the clerk: once a day, told to whoever has the plan, and kept in its history."""

from __future__ import annotations

from uuid import UUID

from accounts.people.rules import Person
from approvals.limits import rules, store
from approvals.limits.waiting import at_desk, plan_said
from approvals.reviews import races
from approvals.reviews.rules import TaskState, span_said
from approvals.reviews.store import tasks_of
from budget.plans import store as plans
from core import clock, history, notices
from core.db import transaction
from core.errors import Refused
from core.notices import NoticeKind


def nudge(plan_id: UUID, *, by: Person) -> None:
    """Ask the people at the plan's desks for speed. Raises `Refused` when that was done today, saying when and by whom.

    Raises `Missing` for a plan that is not his to write.
    """
    now = clock.now()
    with transaction():
        plan = plans.locked(plan_id, by.writing())
        races.judge(plan, rules.check_waits, plan.state, plan.review_on)
        last = store.nudged_last(plan.id)
        who = history.last_said("plan", plan.id, "nudge").split("（")[0]
        rules.check_not_yet(clock.local(last) if last else None, clock.today(), who)
        told: dict[int, str] = {}
        for task in tasks_of(plan.id, plan.revision):
            if task.state is TaskState.OPEN:
                waiting = at_desk(plan, task)
                text = f"{by.name}催办：{plan_said(plan)}待您{task.step_name}，已等待 {span_said(now - task.opened_at)}"
                notices.tell([one.id for one in waiting], text, f"/plans/{plan.id}", NoticeKind.LIMIT)
                told.update({one.id: one.name for one in waiting})
                task.nudged_at = now
        if not told:
            raise Refused("目前没有可以办理的人员，催办无人收到；请联系系统管理员设置岗位或委托。")
        history.record("plan", plan.id, "nudge", f"催办{plan.number}：{'、'.join(told.values())}", by=by)
