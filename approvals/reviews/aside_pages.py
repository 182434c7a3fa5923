"""Pages that put a plan aside: 挂起, 恢复审核, 作废, 撤销批复, 提出异议; and the help page with the table of states."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.reviews import aside, store
from approvals.reviews.batch_pages import bp as bp  # exported: the next pages take it from here, with all routes on it
from approvals.reviews.forms import ReasonForm, SuspendForm
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, TRANSITIONS, PlanState
from core.errors import Missing
from core.fields import Form
from core.web import refusals_on


@bp.get("/help/states")
@requires(Permission.SIGNED_IN)
def states() -> ResponseReturnValue:
    """计划状态表: the very table that the code works by."""
    return render_template("approvals/reviews/states.html", transitions=TRANSITIONS, states=list(PlanState))


def _page(plan: Plan, act: Act, form: Form) -> str:
    return render_template("approvals/reviews/aside.html", plan=plan, act=act, form=form)


def _task_plan(task_id: UUID) -> tuple[ReviewTask, Plan]:
    task = store.get_task(task_id, person())
    return task, plans.get_visible(task.plan_id, scope())


@bp.get("/queue/<uuid:task_id>/suspend")
@requires(Permission.REVIEW_PLANS)
def suspend_form(task_id: UUID) -> ResponseReturnValue:
    """挂起: why, and until when."""
    return _page(_task_plan(task_id)[1], Act.SUSPEND, SuspendForm(formdata=None))


@bp.post("/queue/<uuid:task_id>/suspend")
@requires(Permission.REVIEW_PLANS)
def suspend(task_id: UUID) -> ResponseReturnValue:
    """Put the plan aside; its money stays held."""
    task, plan = _task_plan(task_id)
    form = SuspendForm()
    if form.validate_on_submit() and form.review_on.data:
        with refusals_on(form):
            aside.suspend(task.id, form.reason.data or "", form.review_on.data, by=person())
            flash("已挂起，到复审日期请恢复审核。", "ok")
            return redirect(url_for(".show", plan_id=plan.id))
    return _page(plan, Act.SUSPEND, form), form.status


@bp.get("/queue/<uuid:task_id>/resume")
@requires(Permission.REVIEW_PLANS)
def resume_form(task_id: UUID) -> ResponseReturnValue:
    """恢复审核: with a word, or without."""
    return _page(_task_plan(task_id)[1], Act.RESUME, ReasonForm(formdata=None))


@bp.post("/queue/<uuid:task_id>/resume")
@requires(Permission.REVIEW_PLANS)
def resume(task_id: UUID) -> ResponseReturnValue:
    """Take the plan up again where it stood."""
    task, plan = _task_plan(task_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals_on(form):
            aside.resume(task.id, form.reason.data or "", by=person())
            flash("已恢复审核。", "ok")
            return redirect(url_for(".desk", task_id=task_id))
    return _page(plan, Act.RESUME, form), form.status


@bp.get("/plans/<uuid:plan_id>/cancel")
@requires(Permission.REVIEW_PLANS)
def cancel_form(plan_id: UUID) -> ResponseReturnValue:
    """撤销批复: why."""
    return _page(plans.get_visible(plan_id, scope()), Act.CANCEL, ReasonForm(formdata=None))


@bp.post("/plans/<uuid:plan_id>/cancel")
@requires(Permission.REVIEW_PLANS)
def cancel(plan_id: UUID) -> ResponseReturnValue:
    """Take the approval back while nothing is paid; the action judges who may."""
    plan, form = plans.get_visible(plan_id, scope()), ReasonForm()
    if form.validate_on_submit():
        with refusals_on(form):
            aside.cancel(plan_id, form.reason.data or "", by=person())
            flash("批复已撤销，额度已冲回，台账已记红字。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    return _page(plan, Act.CANCEL, form), form.status


@bp.get("/plans/<uuid:plan_id>/void")
@requires(Permission.VIEW_PLANS)
def void_form(plan_id: UUID) -> ResponseReturnValue:
    """作废: why."""
    return _page(plans.get_visible(plan_id, scope()), Act.VOID, ReasonForm(formdata=None))


@bp.post("/plans/<uuid:plan_id>/void")
@requires(Permission.VIEW_PLANS)
def void(plan_id: UUID) -> ResponseReturnValue:
    """The clerk makes his own plan void, the treasury's approver one under review; the action judges who."""
    plan, form, me = plans.get_visible(plan_id, scope()), ReasonForm(), person()
    if form.validate_on_submit():
        with refusals_on(form):
            own = me.writing().covers(plan.unit_id, plan.entered) and plan.state in EDITABLE
            make_void = aside.void_own if own else aside.void_filed
            make_void(plan_id, form.reason.data or "", by=me)
            flash("已作废，计划保留备查。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    return _page(plan, Act.VOID, form), form.status


@bp.get("/plans/<uuid:plan_id>/object")
@requires(Permission.VIEW_PLANS)
def object_form(plan_id: UUID) -> ResponseReturnValue:
    """提出异议: what the unit finds wrong with what finance entered for it."""
    return _page(_own_units_plan(plan_id), Act.OBJECT, ReasonForm(formdata=None))


@bp.post("/plans/<uuid:plan_id>/object")
@requires(Permission.VIEW_PLANS)
def object_to(plan_id: UUID) -> ResponseReturnValue:
    """The plan goes back to those who entered it."""
    plan, form = _own_units_plan(plan_id), ReasonForm()
    if form.validate_on_submit():
        with refusals_on(form):
            aside.object_to(plan_id, form.reason.data or "", by=person())
            flash("已提出异议，计划退回财政代编人；修改后会再次送审。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    return _page(plan, Act.OBJECT, form), form.status


def _own_units_plan(plan_id: UUID) -> Plan:
    """The plan if the person speaks for its unit. Raises `Missing`."""
    plan = plans.get_visible(plan_id, scope())
    if plan.unit_id not in scope().unit_ids:
        raise Missing()
    return plan
