"""Pages for a telephone: what waits, one plan with its vouchers, and agreeing or returning with a thumb."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.reviews import actions, deciding, queue, store
from approvals.reviews.act_forms import PhoneAgreeForm, PhoneReturnForm
from approvals.reviews.desk import barred_at
from approvals.reviews.factors import asked_first
from approvals.reviews.models import ReviewTask
from approvals.reviews.rows import step_of
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from approvals.reviews.seen_pages import bp as bp  # exported with all routes on it
from approvals.reviews.story import story_of
from approvals.reviews.traces import digest_of
from budget.plans import store as plans
from core.money import Money
from core.web import refusals_on
from vouchers.papers.store import facts_by_line

_A_PAGE = 30


@bp.get("/m")
@requires(Permission.REVIEW_PLANS)
def phone() -> ResponseReturnValue:
    """手机待办: what waits, the most urgent first."""
    items, more = queue.queue_page(person(), size=_A_PAGE)
    waiting = queue.open_count(person())
    return render_template("approvals/reviews/phone.html", items=items, more=more, waiting=waiting)


@bp.get("/m/<uuid:task_id>")
@requires(Permission.REVIEW_PLANS)
def phone_desk(task_id: UUID) -> ResponseReturnValue:
    """One plan: its lines one under the other, to agree to or to return."""
    task = store.get_task(task_id, person())
    if task.state is not TaskState.OPEN:
        flash("这份计划已经办理。", "info")
        return redirect(url_for(".phone"))
    return _page(task, PhoneAgreeForm(formdata=None), PhoneReturnForm(formdata=None))


def _page(task: ReviewTask, agree: PhoneAgreeForm, back: PhoneReturnForm) -> str:
    plan = plans.get_visible(task.plan_id, scope())
    lines, story = store.own_lines(plan, task), story_of(plan)
    asked = {line.id for line in lines}
    for form in (agree, back):
        form.digest.data = form.digest.data or digest_of(plan)
    return render_template(
        "approvals/reviews/phone_desk.html",
        task=task,
        plan=plan,
        agree=agree,
        back=back,
        lines=lines,
        others=[line for line in plan.lines if line.id not in asked],
        ticked=set(request.form.getlist("line")),
        total=Money.total(line.applied or Money(0) for line in lines),
        said=story.said,
        papers=facts_by_line(plan.id),
        barred=barred_at(task, plan, story, person()),
        may_return=step_of(task, plan).may_return,
        story=story,
    )


@bp.post("/m/<uuid:task_id>/agree")
@requires(Permission.REVIEW_PLANS)
def phone_agree(task_id: UUID) -> ResponseReturnValue:
    """Agree to all lines of the desk, at the amounts that were seen."""
    task = store.get_task(task_id, person())
    if first := asked_first(task_id):
        return first
    form, name = PhoneAgreeForm(), plans.name_of(task.plan_id)
    if form.validate_on_submit():
        with refusals_on(form):
            said = [LineOpinion(line.id, Verdict.AGREE) for line in deciding.amounts_of(task.id)]
            act = actions.decide(task_id, said, form.comment.data or "", form.digest.data or "", by=person())
            flash(f"{name}：{act.label}。", "ok")
            return redirect(url_for(".phone"))
    return _page(store.get_task(task_id, person()), form, PhoneReturnForm(formdata=None)), form.status


@bp.post("/m/<uuid:task_id>/return")
@requires(Permission.REVIEW_PLANS)
def phone_return(task_id: UUID) -> ResponseReturnValue:
    """Return the ticked lines for one reason; the others are agreed to."""
    task = store.get_task(task_id, person())
    if first := asked_first(task_id):
        return first
    form, name = PhoneReturnForm(), plans.name_of(task.plan_id)
    if form.validate_on_submit():
        with refusals_on(form):
            said = _returning(task, form)
            act = actions.decide(task_id, said, "", form.digest.data or "", by=person())
            flash(f"{name}：{act.label}。", "ok")
            return redirect(url_for(".phone"))
    return _page(store.get_task(task_id, person()), PhoneAgreeForm(formdata=None), form), form.status


def _returning(task: ReviewTask, form: PhoneReturnForm) -> list[LineOpinion]:
    """The opinions as an action takes them; a ticked line that is not the desk's goes along, and is refused there."""
    ticked, own = form.ticked(request.form), [line.id for line in deciding.amounts_of(task.id)]
    agreed = [LineOpinion(line_id, Verdict.AGREE) for line_id in own if line_id not in ticked]
    return agreed + [LineOpinion(line_id, Verdict.RETURN, None, form.reason.data or "") for line_id in sorted(ticked)]
