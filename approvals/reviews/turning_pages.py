"""Pages that turn a plan back inside the bureau: 退回前一环节 and 收回审核意见; and what a desk and a plan offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, Person
from accounts.signin.guard import allowed, person, requires, scope
from approvals.chains.store import steps_of
from approvals.reviews import deciding, seats, store, turning
from approvals.reviews.act_forms import SendBackForm
from approvals.reviews.asking_pages import bp as bp  # exported with all routes on it
from approvals.reviews.factors import asked_first
from approvals.reviews.forms import EmptyForm
from approvals.reviews.models import ReviewTask
from approvals.reviews.queue import QueueItem
from approvals.reviews.rules import SeatKind, TaskState
from approvals.reviews.seats import Asked, Seat
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import HOLDING
from core.errors import Refused
from core.web import refusals_on


@bp.get("/queue/<uuid:task_id>/send-back")
@requires(Permission.REVIEW_PLANS)
def send_back_form(task_id: UUID) -> ResponseReturnValue:
    """退回前一环节: to which step, and why."""
    return _send_back_page(store.get_task(task_id, person()), SendBackForm(formdata=None))


def _send_back_page(task: ReviewTask, form: SendBackForm) -> ResponseReturnValue:
    plan = plans.get_visible(task.plan_id, scope())
    if task.state is not TaskState.OPEN and not form.is_submitted():
        return redirect(url_for(".show", plan_id=plan.id))
    earlier = turning.earlier_steps(task)
    page = render_template("approvals/reviews/send_back.html", task=task, plan=plan, form=form, earlier=earlier)
    return page, form.status


@bp.post("/queue/<uuid:task_id>/send-back")
@requires(Permission.REVIEW_PLANS)
def send_back(task_id: UUID) -> ResponseReturnValue:
    """The desks of an earlier step look again; the plan leaves the queue."""
    task = store.get_task(task_id, person())
    if first := asked_first(task_id):
        return first
    form, name = SendBackForm(), plans.name_of(task.plan_id)
    if form.validate_on_submit():
        with refusals_on(form):
            turning.send_back(task_id, form.step.data or 0, form.words.data or "", by=person())
            flash(f"{name}：已退回前面的环节重新审核。", "ok")
            return redirect(url_for(".queue"))
    return _send_back_page(store.get_task(task_id, person()), form)


@bp.post("/queue/<uuid:task_id>/undo")
@requires(Permission.REVIEW_PLANS)
def undo(task_id: UUID) -> ResponseReturnValue:
    """收回审核意见: the plan is on the person's desk again. A refusal is a page of its own, nothing was typed."""
    task = store.get_task(task_id, person())
    plan_id = task.plan_id
    if not EmptyForm().validate_on_submit():
        raise Refused("页面不完整，请刷新后再办理。")
    turning.undo(task_id, by=person())
    flash("已收回审核意见，请重新审核。", "ok")
    again = store.find_open_task(person(), plan_id=plan_id)
    return redirect(url_for(".desk", task_id=again.id) if again else url_for(".queue", done=1))


@dataclass(frozen=True)
class DeskActs:
    """What a desk offers beside its opinions: whom it asks now, what it waits for, and which acts are possible."""

    seats: Sequence[Seat]
    given_by: Seat | None
    may_turn: bool
    may_hold: bool
    may_hand_over: bool

    @property
    def waits_for(self) -> str:
        """The people without whose answer the desk does not decide; empty when it may."""
        return "、".join(one.name for one in self.seats if one.seat.blocking)


def acts_at(task: ReviewTask, plan: Plan) -> DeskActs:
    """For the panel of the desk, in three queries."""
    step = steps_of(plan.chain_id)[task.step_no - 1]
    asked = [one for one in seats.seats_at(task) if one.seat.closed_at is None]
    mine = (one for one in asked if one.seat.person_id == person().id and one.seat.kind is SeatKind.HANDED)
    given_by = next(mine, None)
    return DeskActs(
        [one for one in asked if one.seat.kind is SeatKind.CONSULTED],
        given_by,
        step.may_return and bool(turning.earlier_steps(task)),
        step.may_hold,
        task.needed < 2 and given_by is None and not deciding.behalf_of(person(), task)[1],
    )


@dataclass(frozen=True)
class PlanActs:
    """What a plan's page offers to somebody who has acted on it or asked somebody about it."""

    undoable: ReviewTask | None
    seats: Sequence[Seat]


def acts_on(plan: Plan, tasks: Sequence[ReviewTask]) -> PlanActs:
    """For the plan's page: what the person may take back. `tasks` are those of the round."""
    if plan.state not in HOLDING or not allowed(Permission.REVIEW_PLANS):
        return PlanActs(None, ())
    me = person()
    mine = [task for task in tasks if task.closed_by == me.id or task.state is TaskState.OPEN]
    done = [(task, plan) for task in mine if store.holds_post_of(me, task)]
    undoable = turning.undoable(done, me.id)
    return PlanActs(next((task for task, _ in done if task.id in undoable), None), _back_seats(tasks, me))


def _back_seats(tasks: Sequence[ReviewTask], me: Person) -> list[Seat]:
    """The open seats that the person asked at, or that his own desk has asked."""
    open_tasks = [task for task in tasks if task.state is TaskState.OPEN]
    own = {task.id for task in open_tasks if store.holds_post_of(me, task)}
    found = seats.open_seats_of([task.id for task in open_tasks])
    return [one for one in found if one.seat.asked_by == me.id or one.seat.task_id in own]


def asked_of_me() -> list[Asked]:
    """What the person is asked, for the pages that list his work."""
    return seats.asked_of(person()) if allowed(Permission.REVIEW_PLANS) else []


def undoable_among(items: Sequence[QueueItem]) -> set[UUID]:
    """For the list of what is done: which of these acts the person may still take back."""
    return turning.undoable([(one.task, one.plan) for one in items], person().id)


@bp.context_processor
def _acts() -> dict[str, Any]:
    """What the panels of desk, plan and queue ask."""
    return {"acts_at": acts_at, "acts_on": acts_on, "asked_of_me": asked_of_me, "undoable_among": undoable_among}
