"""批量同意: a summary of the chosen plans first, then each in a transaction of its own, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.reviews import actions, batches
from approvals.reviews.batches import Batch
from approvals.reviews.factors import asked_first
from approvals.reviews.filters import query_of, wanted_from
from approvals.reviews.queue_forms import BatchForm, chosen
from approvals.reviews.queue_pages import bp as bp  # exported: the next pages take it from here, with all routes on it
from approvals.reviews.queue_pages import page_of
from approvals.reviews.read_ahead import read_ahead
from approvals.reviews.rules import Act
from approvals.words.store import usual_for
from core import keys, recall
from core.db import session
from core.errors import Missing, Overtaken, Refused
from core.web import refusals_on


@dataclass(frozen=True)
class Outcome:
    """What happened to one plan of a batch; `late` when somebody else was faster."""

    task_id: UUID
    plan_id: UUID
    name: str
    number: str
    act: Act | None = None
    sentence: str = ""
    late: bool = False


@bp.get("/queue/batch")
@requires(Permission.REVIEW_PLANS)
def batch() -> ResponseReturnValue:
    """What the batch would do, before it is carried out; nothing is written."""
    if not request.args.getlist("task"):
        flash("请先勾选要同意的计划。", "warn")
        return redirect(f"{url_for('.queue')}?{query_of(wanted_from(request.args)) or 'all=1'}")
    form = BatchForm(formdata=None, comment=request.args.get("comment", ""))
    return _summary(form, request.args)


def _summary(form: BatchForm, sent: MultiDict[str, str]) -> ResponseReturnValue:
    """The chosen plans as they stand; without any, the queue with the reason."""
    task_ids: list[UUID] = []
    with refusals_on(form):
        task_ids = chosen(sent)
    if not task_ids:
        return page_of(wanted_from(request.args), form), 422
    page = render_template(
        "approvals/reviews/batch.html",
        form=form,
        batch=batches.look(task_ids, person()),
        query=query_of(wanted_from(request.args)),
        usual=usual_for(person()),
    )
    return page, form.status


@bp.post("/queue/agree")
@requires(Permission.REVIEW_PLANS)
@keys.by_itself
def agree_batch() -> ResponseReturnValue:
    """批量同意: each plan in a transaction of its own; the answer says of each what happened.

    The answer is a page and no redirect: it is too long for a flash, and sent again it would only be refused.
    """
    form = BatchForm()
    if form.validate_on_submit():
        with refusals_on(form):
            seen = form.ticked(request.form)
            return asked_first(*seen) or _carried_out(seen, form.comment.data or "")
    return _summary(form, request.form)


def _carried_out(seen: Mapping[UUID, str], comment: str) -> str:
    """Whatever happens to one plan, the others are gone on with, and told of as well."""
    found = batches.look(list(seen), person())
    known = begun(found)
    if not known:
        raise Missing()
    with recall.remembering():
        read_ahead(found.able)
        keys.look_ahead(known)
        session().expunge_all()  # else each commit would go through all that was read so far
        outcomes = [_agree(known[task_id], comment, digest) for task_id, digest in seen.items() if task_id in known]
    return render_template(
        "approvals/reviews/batched.html",
        outcomes=outcomes,
        unknown=found.unknown,
        did="同意",
        again=url_for(".batch"),
        typed={"comment": comment} if comment else {},
        query=query_of(wanted_from(request.args)),
    )


def begun(found: Batch) -> dict[UUID, Outcome]:
    """What the page says of each plan: read now, for each transaction forgets what was read before it."""
    items = (*found.able, *(one.item for one in found.unable))
    return {
        one.task.id: Outcome(one.task.id, one.plan.id, f"{one.plan.unit.name}{one.plan.title}", one.plan.number)
        for one in items
    }


def _agree(plan: Outcome, comment: str, digest: str) -> Outcome:
    return piece_of(plan, partial(actions.agree_all, plan.task_id, comment, digest, by=person()), "同意")


def piece_of(plan: Outcome, act_on: Callable[[], Act], did: str) -> Outcome:
    """One plan of a batch in a transaction of its own, and what became of it; what was done before is not repeated."""
    try:
        act = keys.piece(plan.task_id, act_on)
    except Refused as refusal:
        return replace(plan, sentence="".join(refusal.sentences), late=isinstance(refusal, Overtaken))
    except Missing:
        return replace(plan, sentence="这份计划已不在您的待办中。", late=True)
    return replace(plan, act=act, sentence="" if act else f"这份计划在您上一次提交时已经{did}，没有重复办理。")
