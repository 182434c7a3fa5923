"""Pages of asking others: 征求意见 and 转办 of a person found by name, 收回, and the page of whoever is asked."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.reviews import asking, precheck, seats, store
from approvals.reviews.act_forms import AnswerForm, ConsultForm, HandOverForm, PersonForm, SeatForm
from approvals.reviews.candidates import LONGEST_NAME, candidates, choice_at
from approvals.reviews.handing_in import bp as bp  # exported with all routes on it
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, TaskState
from approvals.reviews.seats import Asked
from approvals.reviews.story import story_of
from budget.plans import store as plans
from budget.plans.models import Plan
from core.errors import Missing, Overtaken, Refused
from core.web import refusals_on
from vouchers.papers.store import facts_by_line

_CHOSEN_FOR: Final = {act.value: act for act in (Act.CONSULT, Act.HAND_OVER)}


def _at_desk(task_id: UUID) -> tuple[ReviewTask, Plan]:
    task = store.get_task(task_id, person())
    return task, plans.get_visible(task.plan_id, scope())


def _page(task_id: UUID, act: Act, form: PersonForm) -> ResponseReturnValue:
    task, plan = _at_desk(task_id)
    if task.state is not TaskState.OPEN and not form.is_submitted():
        return redirect(url_for(".show", plan_id=plan.id))
    people = candidates(choice_at(act, task, plan, person()), form.wanted)
    page = render_template(
        "approvals/reviews/choose_person.html", task=task, plan=plan, act=act, form=form, people=people
    )
    return page, form.status


@bp.get("/queue/<uuid:task_id>/people")
@requires(Permission.REVIEW_PLANS)
def people(task_id: UUID) -> ResponseReturnValue:
    """A part of a page: people whose name has these letters, those who may not be chosen with the reason why."""
    task, plan = _at_desk(task_id)
    act = _CHOSEN_FOR.get(request.args.get("act", ""))
    if act is None:
        abort(404)
    found = candidates(choice_at(act, task, plan, person()), request.args.get("q", "").strip()[:LONGEST_NAME])
    return render_template("approvals/reviews/people.html", people=found, chosen=request.args.get("to", type=int))


@bp.get("/queue/<uuid:task_id>/consult")
@requires(Permission.REVIEW_PLANS)
def consult_form(task_id: UUID) -> ResponseReturnValue:
    """征求意见: whom, and what."""
    return _page(task_id, Act.CONSULT, ConsultForm(formdata=None))


@bp.post("/queue/<uuid:task_id>/consult/find")
@requires(Permission.REVIEW_PLANS)
def consult_find(task_id: UUID) -> ResponseReturnValue:
    """Look for somebody without a script; what was typed stays."""
    return _page(task_id, Act.CONSULT, ConsultForm())


@bp.post("/queue/<uuid:task_id>/consult")
@requires(Permission.REVIEW_PLANS)
def consult(task_id: UUID) -> ResponseReturnValue:
    """Ask; the desk goes on, or waits for the answer."""
    store.get_task(task_id, person())
    form = ConsultForm()
    if form.validate_on_submit():
        with refusals_on(form):
            asking.consult(task_id, form.to.data or 0, form.words.data or "", blocking=form.blocking.data, by=person())
            flash("已征求意见，对方答复后您会收到消息。", "ok")
            return redirect(url_for(".desk", task_id=task_id))
    return _page(task_id, Act.CONSULT, form)


@bp.get("/queue/<uuid:task_id>/hand-over")
@requires(Permission.REVIEW_PLANS)
def hand_over_form(task_id: UUID) -> ResponseReturnValue:
    """转办: to whom, and why."""
    return _page(task_id, Act.HAND_OVER, HandOverForm(formdata=None))


@bp.post("/queue/<uuid:task_id>/hand-over/find")
@requires(Permission.REVIEW_PLANS)
def hand_over_find(task_id: UUID) -> ResponseReturnValue:
    """Look for somebody without a script; what was typed stays."""
    return _page(task_id, Act.HAND_OVER, HandOverForm())


@bp.post("/queue/<uuid:task_id>/hand-over")
@requires(Permission.REVIEW_PLANS)
def hand_over(task_id: UUID) -> ResponseReturnValue:
    """Hand the task over; it leaves the queue."""
    task = store.get_task(task_id, person())
    form, name = HandOverForm(), plans.name_of(task.plan_id)
    if form.validate_on_submit():
        with refusals_on(form):
            asking.hand_over(task_id, form.to.data or 0, form.words.data or "", by=person())
            flash(f"{name}：已转办。对方办理之前，您可以在计划页收回。", "ok")
            return redirect(url_for(".queue"))
    return _page(task_id, Act.HAND_OVER, form)


@bp.post("/queue/<uuid:task_id>/reclaim")
@requires(Permission.REVIEW_PLANS)
def reclaim(task_id: UUID) -> ResponseReturnValue:
    """收回 or 退还; back to where the button stood. There is nothing typed here that a refusal could lose."""
    asking.task_to_reclaim(task_id, person())
    form = SeatForm()
    if not form.validate_on_submit():
        raise Refused("页面不完整，请刷新后再办理。")
    plan_id = asking.reclaim(task_id, seat_id=form.seat.data, by=person())
    flash("已收回。", "ok")
    if form.back.data == "desk" and store.find_open_task(person(), task_id=task_id):
        return redirect(url_for(".desk", task_id=task_id))
    return redirect(url_for(".show", plan_id=plan_id) if _sees(plan_id) else url_for(".queue"))


def _sees(plan_id: UUID) -> bool:
    """Whether the plan is still shown to the person: what was lent to him is not, once he has given it back."""
    try:
        plans.get_head(plan_id, scope())
    except Missing:
        return False
    return True


@bp.get("/asked/<uuid:task_id>")
@requires(Permission.REVIEW_PLANS)
def asked(task_id: UUID) -> ResponseReturnValue:
    """The plan for whoever is asked about it, the question, and room for the answer."""
    return _asked_page(seats.get_asked(task_id, person()), AnswerForm(formdata=None))


def _asked_page(found: Asked, form: AnswerForm) -> str:
    plan = plans.get_visible(found.plan.id, scope())
    return render_template(
        "approvals/reviews/asked.html",
        asked=found,
        plan=plan,
        form=form,
        story=story_of(plan),
        sums=precheck.amounts_of(plan),
        papers=facts_by_line(plan.id),
    )


@bp.post("/asked/<uuid:task_id>")
@requires(Permission.REVIEW_PLANS)
def answer(task_id: UUID) -> ResponseReturnValue:
    """答复意见. Was the question taken back meanwhile, the words stay on the page, the plan does not."""
    form = AnswerForm()
    try:
        found = seats.get_asked(task_id, person())
    except Overtaken as late:
        form.overtaken = True
        return render_template("approvals/reviews/asked_late.html", form=form, said=str(late)), form.status
    if form.validate_on_submit():
        with refusals_on(form):
            asking.answer(task_id, form.words.data or "", by=person())
            flash("已答复。", "ok")
            return redirect(url_for(".home"))
    return _asked_page(found, form), form.status
