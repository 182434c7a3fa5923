"""Further acts on several plans: what would be done to which and why not to others, then plan by plan as in a batch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.reviews import act_batches, seats
from approvals.reviews.act_batches import Wanted
from approvals.reviews.act_forms import (
    ConsultForm,
    HandOverForm,
    PersonForm,
    ResumeAllForm,
    SendBackAllForm,
    SuspendAllForm,
    TakeBackForm,
)
from approvals.reviews.batch_pages import begun, piece_of
from approvals.reviews.batches import Batch
from approvals.reviews.candidates import LONGEST_NAME, Candidate
from approvals.reviews.factors import asked_first
from approvals.reviews.filters import query_of, wanted_from
from approvals.reviews.phone_pages import bp as bp  # exported: app.py takes it from here, with all routes on it
from approvals.reviews.queue_forms import chosen
from approvals.reviews.queue_pages import page_of
from approvals.reviews.rules import Act
from core import keys
from core.db import session
from core.errors import Missing
from core.fields import Form
from core.web import refusals_on

_FORMS: Final[Mapping[Act, type[Form]]] = {
    Act.SUSPEND: SuspendAllForm,
    Act.RESUME: ResumeAllForm,
    Act.HAND_OVER: HandOverForm,
    Act.CONSULT: ConsultForm,
    Act.SEND_BACK: SendBackAllForm,
    Act.UNDO: TakeBackForm,
    Act.RECLAIM: TakeBackForm,
}
# What may have been typed for an act, to be taken along from page to page.
_TYPED: Final = ("words", "review_on", "to", "blocking", "step", "q")


def _act(sent: MultiDict[str, str]) -> Act:
    """The act that is named. A page without is not there (404)."""
    named = next((one for one in _FORMS if one.value == sent.get("act")), None)
    return named or abort(404)


def _did(act: Act) -> str:
    """The act in the words of the page: questions are taken back as well as tasks that were handed over."""
    return "收回" if act is Act.RECLAIM else act.label


@bp.get("/queue/acts")
@requires(Permission.REVIEW_PLANS)
def act_batch() -> ResponseReturnValue:
    """What the act would do to the chosen plans, before it is carried out; nothing is written."""
    query = query_of(wanted_from(request.args)) or "all=1"
    if not request.args.get("act") or not request.args.getlist("task"):
        missing = "要办理的计划" if request.args.get("act") else "要办理的事项"
        flash(f"请先选择{missing}。", "warn")
        return redirect(f"{url_for('.queue')}?{query}")
    act = _act(request.args)
    carried = request.args if "words" in request.args else None
    return _summary(act, _FORMS[act](formdata=carried), request.args)


@bp.get("/queue/acts/people")
@requires(Permission.REVIEW_PLANS)
def act_batch_people() -> ResponseReturnValue:
    """A part of a page: people whose name has these letters, and for which of the plans they may not be chosen."""
    people: list[Candidate] = []
    if request.args.getlist("task"):
        act, search = _act(request.args), request.args.get("q", "").strip()[:LONGEST_NAME]
        found = act_batches.look(act, chosen(request.args, _did(act)), person())
        people = act_batches.people_for(act, found.able, search, person())
    return render_template("approvals/reviews/people.html", people=people, chosen=request.args.get("to", type=int))


@bp.post("/queue/acts/find")
@requires(Permission.REVIEW_PLANS)
def act_batch_find() -> ResponseReturnValue:
    """Look for somebody without a script; what was typed stays."""
    act = _act(request.form)
    return _summary(act, _FORMS[act](), request.form)


def _summary(act: Act, form: Form, sent: MultiDict[str, str]) -> ResponseReturnValue:
    """The chosen plans as they stand; without any, the queue with the reason."""
    task_ids: list[UUID] = []
    with refusals_on(form):
        task_ids = chosen(sent, _did(act))
    if not task_ids:
        return page_of(wanted_from(request.args), form), 422
    batch = act_batches.look(act, task_ids, person())
    page = render_template(
        "approvals/reviews/act_batch.html",
        act=act,
        did=_did(act),
        form=form,
        batch=batch,
        query=query_of(wanted_from(request.args)),
        **_offered(act, form, batch),
    )
    return page, form.status


def _offered(act: Act, form: Form, batch: Batch) -> dict[str, Any]:
    """The people, or the steps, to choose from."""
    if isinstance(form, SendBackAllForm):
        form.offer(act_batches.common_steps(batch.able))
    if not isinstance(form, PersonForm):
        return {"people": None}
    return {"people": act_batches.people_for(act, batch.able, form.wanted, person())}


@bp.post("/queue/acts")
@requires(Permission.REVIEW_PLANS)
@keys.by_itself
def act_on_batch() -> ResponseReturnValue:
    """The act on each plan in a transaction of its own; the answer says of each what happened, as after 批量同意."""
    act = _act(request.form)
    form = _FORMS[act]()
    if form.validate_on_submit():
        with refusals_on(form):
            task_ids, wanted = chosen(request.form, _did(act)), _wanted(act, form)
            act_batches.check(wanted, person())
            return asked_first(*task_ids) or _carried_out(wanted, task_ids)
    return _summary(act, form, request.form)


def _wanted(act: Act, form: Form) -> Wanted:
    typed: dict[str, Any] = {name: field.data for name, field in form._fields.items() if name in _TYPED[:-1]}
    return Wanted(act, **{name: value for name, value in typed.items() if value is not None})


def _carried_out(wanted: Wanted, task_ids: list[UUID]) -> str:
    """Whatever happens to one plan, the others are gone on with, and told of as well."""
    found = act_batches.look(wanted.act, task_ids, person())
    known = begun(found)
    if not known:
        raise Missing()
    session().expunge_all()  # each transaction reads what it needs
    outcomes = [
        piece_of(known[one], partial(act_batches.carry_out, wanted, one, by=person()), _did(wanted.act))
        for one in task_ids
        if one in known
    ]
    typed = {name: text for name in _TYPED if (text := request.form.get(name, ""))}
    return render_template(
        "approvals/reviews/batched.html",
        outcomes=outcomes,
        unknown=found.unknown,
        did=_did(wanted.act),
        again=url_for(".act_batch"),
        typed={"act": wanted.act.value, "words": "", **typed},
        query=query_of(wanted_from(request.args)),
    )


@bp.context_processor
def _offers() -> dict[str, Any]:
    """For the queue: which acts it offers; what the person asked of others and nobody has done yet."""
    return {"batch_acts": act_batches.AT_WORK, "asked_out": lambda: seats.asked_out(person())}
