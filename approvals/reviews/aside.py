"""Putting a plan aside: suspend it until a day, take it up again, make it void, or cancel its approval.

Each is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from accounts.people.rules import Person, Role
from approvals.chains.store import steps_of
from approvals.reviews import acts, approving, deciding, holds, races, rules, separation, steps, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, TaskState
from approvals.reviews.separation import Actor, Hands
from approvals.reviews.taking import hands_for, locked_desk
from approvals.reviews.traces import Trace, digest_of, leave
from budget.allotments import store as allotments
from budget.calendar.store import check_year_open
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, HOLDING, PlanState
from budget.reductions.store import takers_of
from core import clock
from core.db import transaction
from core.errors import Missing


def suspend(task_id: UUID, reason: str, review_on: date, *, by: Person) -> None:
    """挂起: the desk puts the plan aside until a day, as when there is no cash; its money stays held.

    Raises `Refused` without a reason, for a day that is not in the future, and where the person may not decide.
    """
    acts.check_suspension(reason, review_on, clock.today())
    with transaction():
        plan, task = _at_desk(task_id, Act.SUSPEND, by)
        acts.check_may_hold(steps_of(plan.chain_id)[task.step_no - 1].may_hold)
        said = f"{reason.strip()}；{review_on} 复审"
        facts = {"review_on": review_on.isoformat()}
        trace = _trace(Act.SUSPEND, plan, said, task.step_name, facts)
        leave(plan, replace(trace, behalf=deciding.behalf_of(by, task)), by=by)
        plan.state, plan.review_on = PlanState.SUSPENDED, review_on
        _touch(plan)
        steps.tell_makers(plan, f"{plan.title}（{plan.number}）已挂起，{review_on} 复审：{reason.strip()}")


def resume(task_id: UUID, comment: str, *, by: Person) -> None:
    """恢复审核: the desk takes the plan up again where it stood. Raises `Refused`."""
    rules.check_comment(comment)
    with transaction():
        plan, task = _at_desk(task_id, Act.RESUME, by)
        trace = _trace(Act.RESUME, plan, comment.strip() or Act.RESUME.label, task.step_name)
        leave(plan, replace(trace, behalf=deciding.behalf_of(by, task)), by=by)
        plan.state, plan.review_on = PlanState.IN_REVIEW, None
        _renew_limits(plan)
        _touch(plan)
        steps.tell_makers(plan, f"{plan.title}（{plan.number}）已恢复审核")


def _renew_limits(plan: Plan) -> None:
    """The time of the suspension counts for no desk: its limit begins anew, and so do the reminders."""
    due_at = steps.due_from(clock.now(), plan, steps_of(plan.chain_id)[plan.step_no - 1])
    for task in store.tasks_of(plan.id, plan.revision):
        if task.state is TaskState.OPEN:
            task.due_at, task.warned_at = due_at, None


def _at_desk(task_id: UUID, act: Act, by: Person) -> tuple[Plan, ReviewTask]:
    """The plan, locked, and the open task, when the act is possible and the person may decide here."""
    plan, task = locked_desk(task_id, by, partial(plan_rules.check_act, act))
    hands_for(plan, task, by)
    return plan, task


def void_own(plan_id: UUID, reason: str, *, by: Person) -> None:
    """作废 by the clerk: a plan that was submitted once and lies with the unit; it stays for the auditor.

    Raises `Refused` without a reason, for a draft that was never submitted, and while the plan is under review.
    """
    with transaction():
        plan = plans.locked(plan_id, by.writing())
        races.judge(plan, acts.check_stands, plan.state, EDITABLE)
        acts.check_voidable(plan.revision, reason)
        plans.note_editor(plan.id, by.id)
        _void(plan, reason, rules.clerk_step(plan.entered), by)


def void_filed(plan_id: UUID, reason: str, *, by: Person) -> None:
    """作废 by the treasury's approver: a plan under review; its money is free again. Raises `Refused`."""
    acts.check_in_person(by.lenders(Role.TREASURY_APPROVER))
    acts.check_may_void(by.roles())
    with transaction():
        plan = plans.locked(plan_id)
        races.judge(plan, acts.check_stands, plan.state, HOLDING)
        acts.check_voidable(plan.revision, reason)
        separation.check_may_decide(Actor.alone(by.id), plan.step_no, Hands(deciding.hands_of(plan).makers))
        _void(plan, reason, Role.TREASURY_APPROVER.label, by)
        steps.tell_makers(plan, f"{plan.title}（{plan.number}）已作废：{reason.strip()}")


def cancel(plan_id: UUID, reason: str, *, by: Person) -> None:
    """撤销批复: the treasury's approver takes an approval back while nothing is paid on it.

    What was posted is reversed, the ledger gets a red row for each line; the numbers stay. Raises `Refused` with
    what has been paid, without a reason, and for anybody else.
    """
    acts.check_in_person(by.lenders(Role.TREASURY_APPROVER))
    acts.check_may_cancel(by.roles(), reason)
    with transaction():
        plan = plans.locked(plan_id)
        races.judge(plan, plan_rules.check_act, Act.CANCEL, plan.state)
        acts.check_cancellable(plan.kind)
        # Locked before anything is read of what was paid or taken: a payment in the same moment is told as one.
        allotments.locked(line.allotment_id for line in plan.lines if line.allotment_id)
        acts.check_takers(takers_of(plan.id))
        check_year_open(plan.division_code, plan.fiscal_year)
        separation.check_may_decide(Actor.alone(by.id), plan.step_no, Hands(deciding.hands_of(plan).makers))
        approving.check_unpaid(plan)
        leave(plan, _trace(Act.CANCEL, plan, reason.strip(), Role.TREASURY_APPROVER.label), by=by)
        approving.take_back(plan, reason.strip(), by=by)
        plan.state = PlanState.CANCELLED
        _touch(plan)
        steps.tell_makers(plan, f"{plan.title}（{plan.number}）的批复已撤销：{reason.strip()}")


def object_to(plan_id: UUID, reason: str, *, by: Person) -> None:
    """提出异议: a unit for which finance entered a plan says that it is not as it should be.

    The plan goes back to those who entered it, with all its lines open; its money is free again. Raises `Refused`
    without a reason, and for a plan that the unit filed itself; `Missing` for another unit's.
    """
    with transaction():
        plan = plans.locked(plan_id)
        if plan.unit_id not in by.unit_ids(Role.UNIT_CLERK, Role.UNIT_AUDITOR, Role.UNIT_HEAD):
            raise Missing()
        acts.check_objection(plan.entered, plan.state, reason)
        races.judge(plan, plan_rules.check_act, Act.OBJECT, plan.state)
        trace = _trace(Act.OBJECT, plan, reason.strip(), rules.UNIT_STEP)
        leave(plan, replace(trace, behalf=by.behalf_at(plan.unit_id)), by=by)
        _close_desks(plan)
        holds.release(plan, "单位异议", by=by)
        for line in plan.lines:
            line.returned = True
        plan.state, plan.step_no, plan.review_on = PlanState.RETURNED, 0, None
        _touch(plan)
        steps.tell_makers(plan, f"{plan.title}（{plan.number}）单位提出异议，已退回代编人：{reason.strip()}")


def _close_desks(plan: Plan) -> None:
    for task in store.tasks_of(plan.id, plan.revision):
        if task.state is TaskState.OPEN:
            task.state = TaskState.CANCELLED


def _void(plan: Plan, reason: str, step_name: str, by: Person) -> None:
    check_year_open(plan.division_code, plan.fiscal_year)
    leave(plan, _trace(Act.VOID, plan, reason.strip(), step_name), by=by)
    if plan.state in HOLDING:
        _close_desks(plan)
        holds.release(plan, "作废", by=by)
    plan.state, plan.step_no, plan.review_on = PlanState.VOID, 0, None
    _touch(plan)


def _trace(act: Act, plan: Plan, said: str, step_name: str, facts: Mapping[str, object] | None = None) -> Trace:
    return Trace(act, plan.revision, digest_of(plan), said, step_name, facts=facts or {})


def _touch(plan: Plan) -> None:
    plan.version, plan.updated_at = plan.version + 1, clock.now()
