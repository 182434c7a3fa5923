"""Pages of plans on their way: 工作台, the plan itself, 送审前核对, and handing in or taking back."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, Person, Role, Scope, may, scope_of
from accounts.signin.guard import person, requires, scope
from approvals.reviews import actions, deciding, precheck, queue, store
from approvals.reviews.ahead import ahead_of
from approvals.reviews.background import background_of
from approvals.reviews.forms import EmptyForm, SubmitForm
from approvals.reviews.limits import limits_now
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act, Light, TaskState
from approvals.reviews.story import Story, story_of
from approvals.reviews.waiting import EVERYTHING
from budget.allotments.rules import guarantee_label
from budget.plans import store as plans
from budget.plans.declared import hints_for
from budget.plans.late import offer_of
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, HOLDING, WITH_PLUS, PlanState
from budget.reductions.store import places_of, taken_from
from budget.windows.store import current_window, shown
from core import clock, notices, recall
from core.fields import Form
from core.web import refusals_on, settings
from vouchers.papers.contracts import warnings_of
from vouchers.papers.store import facts_by_line

bp: Final = Blueprint("reviews", __name__)

_ON_DESK: Final = 8


@bp.context_processor
def _words() -> dict[str, Any]:
    """What the templates of this part say of times, of 三保, and of the one for whom somebody acts at a task."""
    limits = cache(limits_now)  # read once, and only for pages that say them
    return {
        "light": lambda due: limits().light(due).value,
        "left": lambda due: limits().left(due),
        "guarantee": guarantee_label,
        "lender": lambda task: deciding.behalf_of(person(), task)[1],
    }


@bp.get("/home")
@requires(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """工作台: what waits for me, what I left unfinished, what was decided, what I was told."""
    with recall.remembering():  # the frame of the page counts what waits, and so does the page
        return _home()


def _home() -> str:
    me = person()
    reviewer, reader = may(me, Permission.REVIEW_PLANS), may(me, Permission.VIEW_PLANS)
    return render_template(
        "approvals/reviews/home.html",
        waiting=queue.queue_page(me, size=_ON_DESK)[0] if reviewer else None,
        lights=_lights(me) if reviewer else {},
        recent=store.recent_decisions(scope_of(me), _ON_DESK) if reader else None,
        told=notices.newest(me.id, _ON_DESK),
        **_own_work(me),
        **_month(me),
    )


def _lights(me: Person) -> dict[str, int]:
    """How many tasks wait for me, by how urgent they are."""
    counts = queue.tally_of(me, EVERYTHING, limits_now()).by["light"]
    return {light.value: counts.get(light, 0) for light in Light}


def _own_work(me: Person) -> dict[str, Any]:
    """The clerk's drafts and returned plans, or those that finance enters."""
    writing = me.writing()
    own = Scope(unit_ids=writing.unit_ids, enters=writing.enters)
    states = (PlanState.RETURNED, PlanState.DRAFT)
    entered = None if writing.unit_ids and writing.enters else writing.enters
    found = [plans.page_of(own, state=state, size=_ON_DESK, entered=entered)[0] for state in states]
    return {"writing": writing, "unfinished": [row for rows in found for row in rows]}


def _month(me: Person) -> dict[str, Any]:
    """The filing window that closes next, and where the month's plans stand."""
    window = current_window(settings().division_code, clock.now(), me.department_code)
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
    own = me.writing().covers(plan.unit_id, plan.entered)
    untouched = plan.state is PlanState.IN_REVIEW and all(task.state is TaskState.OPEN for task in story.tasks)
    return render_template(
        "approvals/reviews/show.html",
        plan=plan,
        form=form,
        story=story,
        background=background_of(plan, story),
        sums=precheck.amounts_of(plan),
        papers=facts_by_line(plan.id),
        sources=places_of(line.source_line_id for line in plan.lines),
        taken=taken_from(plan.id) if plan.state is PlanState.APPROVED else {},
        mine=store.find_open_task(me, plan_id=plan.id),
        editable=own and plan.state in EDITABLE,
        withdrawable=own and untouched,
        cancellable=plan.state is PlanState.APPROVED and _voids(me),
        voidable=plan.revision > 0 and plan.state in (EDITABLE if own else HOLDING if _voids(me) else ()),
        holding=HOLDING,
        entered_for_us=plan.entered and plan.unit_id in scope().unit_ids,
        objection=_objection(plan, story),
        late=offer_of(plan) if own else None,
    )


def _objection(plan: Plan, story: Story) -> Decision | None:
    """What the unit said against the plan, as long as it lies with those who entered it."""
    last = story.decisions[-1] if story.decisions else None
    return last if last and last.act is Act.OBJECT and plan.state is PlanState.RETURNED else None


def _voids(me: Person) -> bool:
    return Role.TREASURY_APPROVER in me.roles()


@bp.get("/plans/<uuid:plan_id>/check")
@requires(Permission.WRITE_PLANS)
def check(plan_id: UUID) -> ResponseReturnValue:
    """送审前核对: sums, what will be left, everything that would be refused, and who comes next."""
    plan = _own_plan(plan_id)
    if plan.state not in EDITABLE:
        return redirect(url_for(".show", plan_id=plan.id))
    return _check_page(plan, SubmitForm(formdata=None, version=plan.version))


def _own_plan(plan_id: UUID) -> Plan:
    return plans.get_own(plan_id, person().writing())


def _check_page(plan: Plan, form: SubmitForm) -> str:
    ready = precheck.look(plan, person())
    return render_template(
        "approvals/reviews/check.html",
        plan=plan,
        form=form,
        ready=ready,
        sums=precheck.sums_of(plan, ready.granted),
        sources=places_of(line.source_line_id for line in plan.lines),
        ahead=ahead_of(plan, ready.chain.steps, ready.way, ready.hands) if ready.chain else [],
        late=offer_of(plan),
        hints=hints_for(plan),
        early=warnings_of(plan),
    )


@bp.post("/plans/<uuid:plan_id>/submit")
@requires(Permission.WRITE_PLANS)
def submit(plan_id: UUID) -> ResponseReturnValue:
    """送审. The same form sent twice hears the second time that the plan is already in."""
    form = SubmitForm()
    if form.validate_on_submit():
        with refusals_on(form), recall.remembering():
            actions.submit(plan_id, form.version.data or 0, by=person())
            flash("已送审。后面的岗位审核之前可以撤回。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    plan = _own_plan(plan_id)
    page = _check_page(plan, form) if plan.state in EDITABLE else _plan_page(plan, form)
    return page, form.status


@bp.post("/plans/<uuid:plan_id>/withdraw")
@requires(Permission.WRITE_PLANS)
def withdraw(plan_id: UUID) -> ResponseReturnValue:
    """撤回, while no desk has acted."""
    form, head = EmptyForm(), plans.get_own_head(plan_id, person().writing())
    if form.validate_on_submit():
        with refusals_on(form):
            actions.withdraw(plan_id, by=person())
            freed = "占用的指标额度已释放，" if head.kind in WITH_PLUS else ""
            flash(f"已撤回，{freed}可以修改后再次送审。", "ok")
            return redirect(url_for(".show", plan_id=plan_id))
    return _plan_page(_own_plan(plan_id), form), form.status
