"""审核台: one plan beside its vouchers, the opinions on its lines, and what was asked of an allotment before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, Person
from accounts.signin.guard import person, requires, scope
from approvals.chains.models import ChainStep
from approvals.reviews import actions, deciding, store
from approvals.reviews.background import background_of
from approvals.reviews.factors import asked_first
from approvals.reviews.filters import args_of, query_of, wanted_from
from approvals.reviews.following import beside, next_after, within
from approvals.reviews.forms import DecideForm
from approvals.reviews.histories import history_of, line_of
from approvals.reviews.models import ReviewTask
from approvals.reviews.reasons import read_reason
from approvals.reviews.rows import desk_at, rows_of, step_of, totals_of
from approvals.reviews.rules import TaskState, check_not_suspended
from approvals.reviews.separation import bar
from approvals.reviews.story import Story, story_of
from approvals.reviews.together import together_at
from approvals.reviews.traces import digest_of
from approvals.reviews.views import bp as bp  # exported: app.py takes it from here, with all routes on it
from approvals.reviews.why import left_out_said, values_said
from approvals.words.rules import KEYS
from approvals.words.store import reason_codes, usual_for
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import WITH_MINUS
from budget.reductions.store import places_of
from core import recall
from core.errors import Refused
from core.web import refusals_on, settings
from vouchers.papers.contracts import warnings_of
from vouchers.papers.serving import wants_fragment
from vouchers.papers.store import facts_by_line


@bp.get("/queue/<uuid:task_id>")
@requires(Permission.REVIEW_PLANS)
def desk(task_id: UUID) -> ResponseReturnValue:
    """审核台: the plan's lines, its story and its vouchers side by side."""
    task = store.get_task(task_id, person())
    if task.state is not TaskState.OPEN:
        return redirect(url_for(".show", plan_id=task.plan_id))
    return _desk_page(task, DecideForm(formdata=None))


def _desk_page(task: ReviewTask, form: DecideForm) -> str:
    me, plan = person(), plans.get_visible(task.plan_id, scope())
    if not form.is_submitted():
        form.digest.data, form.within.data = digest_of(plan), query_of(wanted_from(request.args))
    story = story_of(plan)
    return render_template(
        "approvals/reviews/desk.html",
        task=task,
        plan=plan,
        form=form,
        story=story,
        sources=places_of(line.source_line_id for line in plan.lines),
        barred=barred_at(task, plan, story, me),
        closed=task.state is not TaskState.OPEN,
        together=together_at(task, story.said, story.hands),
        early=warnings_of(plan),
        usual=usual_for(me),
        reasons=reason_codes(settings().division_code),
        number_keys=KEYS,
        **_lines(task, plan, story, form, me),
        **_allowed(step_of(task, plan), plan),
        **_why(task),
        beside=beside(task, me, within(form.within.data or "")),
    )


def _lines(task: ReviewTask, plan: Plan, story: Story, form: DecideForm, me: Person) -> Mapping[str, Any]:
    """The lines with what was typed of them, and what stands behind them."""
    background = background_of(plan, story, task.step_no)
    at = desk_at(task, story, background, me.id)
    rows = rows_of(plan, at, story, background, facts_by_line(plan.id))
    typed = {row.line.id: form.typed(request.form, row.line) for row in rows if row.mine}
    lost = form.typed_elsewhere(request.form, typed)
    return {"rows": rows, "typed": typed, "lost": lost, "totals": totals_of(rows), "background": background}


def _allowed(step: ChainStep, plan: Plan) -> Mapping[str, bool]:
    """What the step lets its people do; minus lines are agreed to as they stand, or returned."""
    plus = plan.kind not in WITH_MINUS
    return {
        "may_cut": bool(step.amount_field.value) and plus,
        "may_return": step.may_return,
        "may_move": step.may_return and plus,
    }


def _why(task: ReviewTask) -> Mapping[str, Any]:
    why = read_reason(task.why)
    return {"why": why, "looked_at": values_said(why), "not_asked": left_out_said(why)}


def barred_at(task: ReviewTask, plan: Plan, story: Story, me: Person) -> str:
    """Why he may not decide here (suspended, an answer is awaited, has spoken, four eyes); empty when he may."""
    try:
        check_not_suspended(plan.state)
        store.check_unanswered(task)
        deciding.check_unspoken(task, me)
    except Refused as refusal:
        return str(refusal)
    return bar(deciding.actor_of(me, task), task.step_no, story.hands)


@bp.post("/queue/<uuid:task_id>/decide")
@requires(Permission.REVIEW_PLANS)
def decide(task_id: UUID) -> ResponseReturnValue:
    """The desk's opinions on its lines; then the next plan of the queue."""
    if first := asked_first(task_id):
        return first
    form = DecideForm()
    if form.validate_on_submit():
        with refusals_on(form), recall.remembering():
            words = _words() if form.says_more(request.form) else {}
            opinions = form.opinions(request.form, deciding.amounts_of(task_id), words)
            act = actions.decide(task_id, opinions, form.comment.data or "", form.digest.data or "", by=person())
            flash(f"{plans.name_of(store.plan_of_task(task_id))}：{act.label}。", "ok")
            return redirect(_next_desk(form))
    return _desk_page(store.get_task(task_id, person()), form), form.status


def _words() -> Mapping[str, str]:
    """The words of the reasons in use, by their codes."""
    return {one.code: one.words for one in reason_codes(settings().division_code)}


def _next_desk(form: DecideForm) -> str:
    """The next plan within the filter of the queue; the queue itself when there is none."""
    wanted = within(form.within.data or "")
    kept: Mapping[str, Any] = args_of(wanted)
    following = next_after(person(), wanted, form.following_id())
    return url_for(".desk", task_id=following.id, **kept) if following else url_for(".queue", **kept)


@bp.get("/plans/<uuid:plan_id>/lines/<int:line_id>/history")
@requires(Permission.VIEW_PLANS)
def line_history(plan_id: UUID, line_id: int) -> ResponseReturnValue:
    """指标与历史: what is left of a line's allotment, and what was asked of it this year."""
    plan = plans.get_head(plan_id, scope())
    line = line_of(plan.id, line_id)
    told = history_of(line.allotment) if line.allotment else None
    kind = "line_history_part" if wants_fragment() else "line_history"
    return render_template(f"approvals/reviews/{kind}.html", plan=plan, line=line, told=told)
