"""Pages of plans on their way: 工作台, the plan itself, 送审前核对, and handing in or taking back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, Person, Role, Scope, may, scope_of
from accounts.signin.guard import person, requires, scope
from approvals.reviews import actions, precheck, steps, store
from approvals.reviews.forms import EmptyForm, SubmitForm
from approvals.reviews.rules import TaskState, left_said, light_of
from approvals.reviews.story import story_of
from budget.allotments.rules import guarantee_label
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, PlanState
from budget.windows.store import current_window, shown
from core import clock, notices
from core.fields import Form
from core.web import refusals_on, settings
from vouchers.papers.store import facts_by_line

bp: Final = Blueprint("reviews", __name__)

_ON_DESK: Final = 8


@bp.context_processor
def _words() -> dict[str, Any]:
    """What the templates of this part say of times and of 三保."""
    now = clock.now()
    return {
        "light": lambda due: light_of(due - now).value,
        "left": lambda due: left_said(due - now),
        "guarantee": guarantee_label,
    }


@bp.get("/home")
@requires(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """工作台: what waits for me, what I left unfinished, what was decided, what I was told."""
    me = person()
    reviewer, reader = may(me, Permission.REVIEW_PLANS), may(me, Permission.VIEW_PLANS)
    return render_template(
        "approvals/reviews/home.html",
        waiting=store.queue_page(me, size=_ON_DESK)[0] if reviewer else None,
        lights={light.value: count for light, count in store.counts_by_light(me, clock.now()).items()},
        recent=store.recent_decisions(scope_of(me), _ON_DESK) if reader else None,
        told=notices.newest(me.id, _ON_DESK),
        **_own_work(me),
        **_month(me),
    )


def _own_work(me: Person) -> dict[str, Any]:
    """The clerk's drafts and returned plans."""
    unit_ids = me.unit_ids(Role.UNIT_CLERK)
    own = Scope(unit_ids=unit_ids)
    states = (PlanState.RETURNED, PlanState.DRAFT)
    found = [plans.page_of(own, state=state, size=_ON_DESK)[0] for state in states] if unit_ids else []
    return {"clerk": bool(unit_ids), "unfinished": [row for rows in found for row in rows]}


def _month(me: Person) -> dict[str, Any]:
    """The filing window that closes next, and where the month's plans stand."""
    window = current_window(settings().division_code, clock.now())
    counts = plans.counts_by_state(scope_of(me), window.fiscal_year, window.month) if window else {}
    return {
        "window": window,
        "window_said": shown(window),
        "states": [(state, counts[state]) for state in PlanState if counts.get(state)],
    }


@bp.get("/plans/<uuid:plan_id>")
@requires(Permission.VIEW_PLANS)
def show(plan_id: UUID) -> ResponseReturnValue:
    """The plan as it stands, read-only, with its flow and all that was said."""
    return _plan_page(plans.get_visible(plan_id, scope()), EmptyForm(formdata=None))


def _plan_page(plan: Plan, form: Form) -> str:
    me = person()
    story = story_of(plan)
    own = plan.unit_id in me.unit_ids(Role.UNIT_CLERK)
    untouched = plan.state is PlanState.IN_REVIEW and all(task.state is TaskState.OPEN for task in story.tasks)
    return render_template(
        "approvals/reviews/show.html",
        plan=plan,
        form=form,
        story=story,
        sums=precheck.amounts_of(plan),
        papers=facts_by_line(plan.id),
        mine=store.find_open_task(me, plan_id=plan.id),
        editable=own and plan.state in EDITABLE,
        withdrawable=own and untouched,
    )


@bp.get("/plans/<uuid:plan_id>/check")
@requires(Permission.WRITE_PLANS)
def check(plan_id: UUID) -> ResponseReturnValue:
    """送审前核对: sums, what will be left, everything that would be refused, and who comes next."""
    plan = _own_plan(plan_id)
    if plan.state not in EDITABLE:
        return redirect(url_for(".show", plan_id=plan.id))
    return _check_page(plan, SubmitForm(formdata=None, version=plan.version))


def _own_plan(plan_id: UUID) -> Plan:
    return plans.get_own(plan_id, person().unit_ids(Role.UNIT_CLERK))


def _check_page(plan: Plan, form: SubmitForm) -> str:
    ready = precheck.look(plan, person())
    return render_template(
        "approvals/reviews/check.html",
        plan=plan,
        form=form,
        ready=ready,
        sums=precheck.sums_of(plan, ready.granted),
        following=steps.first_desks(plan, ready.chain, ready.makers) if ready.chain else [],
    )


@bp.post("/plans/<uuid:plan_id>/submit")
@requires(Permission.WRITE_PLANS)
def submit(plan_id: UUID) -> ResponseReturnValue:
    """送审. The same form sent twice hears the second time that the plan is already in."""
    form = SubmitForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.submit(plan_id, form.version.data or 0, by=person())
            flash("已送审。后面的岗位审核之前可以撤回。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    plan = _own_plan(plan_id)
    page = _check_page(plan, form) if plan.state in EDITABLE else _plan_page(plan, form)
    return page, 422


@bp.post("/plans/<uuid:plan_id>/withdraw")
@requires(Permission.WRITE_PLANS)
def withdraw(plan_id: UUID) -> ResponseReturnValue:
    """撤回, while no desk has acted."""
    form = EmptyForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.withdraw(plan_id, by=person())
            flash("已撤回，占用的指标额度已释放，可以修改后再次送审。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    return _plan_page(_own_plan(plan_id), form), 422
