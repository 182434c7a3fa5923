"""Pages of the reviewer: 待办队列 with its batch, and 审核台, one plan beside its vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.reviews import actions, deciding, store
from approvals.reviews.forms import USUAL_COMMENTS, USUAL_REASONS, BatchForm, DecideForm
from approvals.reviews.models import ReviewTask
from approvals.reviews.rows import rows_of, step_of, totals_of
from approvals.reviews.rules import Act, TaskState, check_may_decide
from approvals.reviews.store import QueueFilter, QueueItem
from approvals.reviews.story import story_of
from approvals.reviews.traces import digest_of
from approvals.reviews.views import bp as bp  # exported: app.py takes it from here, with all routes on it
from budget.plans import store as plans
from budget.plans.models import Plan
from core.errors import Refused
from core.web import page_number, refusals_on
from vouchers.papers.store import facts_by_line

_A_PAGE = 50


@dataclass(frozen=True)
class Paging:
    """What the pager macro asks."""

    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // _A_PAGE)


@bp.get("/queue")
@requires(Permission.REVIEW_PLANS)
def queue() -> ResponseReturnValue:
    """待办 and 已办."""
    return _queue_page(BatchForm(formdata=None))


def _queue_page(form: BatchForm) -> str:
    wanted = _wanted()
    page = page_number()
    items, _ = store.queue_page(person(), wanted, page=page, size=_A_PAGE)
    waiting, everything = store.open_count(person()), wanted == QueueFilter()
    return render_template(
        "approvals/reviews/queue.html",
        form=form,
        wanted=wanted,
        items=items,
        paging=Paging(page, waiting if everything else store.queue_total(person(), wanted)),
        open_count=waiting,
        done_count=store.queue_total(person(), QueueFilter(done=True)),
        usual=USUAL_COMMENTS,
    )


def _wanted() -> QueueFilter:
    month = request.args.get("month", "")
    return QueueFilter(
        done=request.args.get("done") == "1",
        month=int(month) if month.isdecimal() and len(month) < 3 else None,
        search=request.args.get("q", "").strip()[:100],
    )


@dataclass(frozen=True)
class Outcome:
    """What happened to one plan of a batch."""

    plan: Plan
    act: Act | None
    sentence: str


@bp.post("/queue/agree")
@requires(Permission.REVIEW_PLANS)
def agree_batch() -> ResponseReturnValue:
    """批量同意: each plan in a transaction of its own; the answer says of each what happened.

    The answer is a page and no redirect: it is too long for a flash, and sent again it would only be refused.
    """
    form = BatchForm()
    if form.validate_on_submit():
        with refusals_on(form):
            seen = form.ticked(request.form)
            outcomes = [_agree(task_id, form.comment.data or "", digest) for task_id, digest in seen.items()]
            return render_template("approvals/reviews/batch.html", outcomes=outcomes)
    return _queue_page(form), 422


def _agree(task_id: UUID, comment: str, digest: str) -> Outcome:
    plan_id = store.get_task(task_id, person()).plan_id
    try:
        act, sentence = actions.agree_all(task_id, comment, digest, by=person()), ""
    except Refused as refusal:
        act, sentence = None, str(refusal)
    return Outcome(plans.get_visible(plan_id, scope()), act, sentence)


@bp.get("/queue/<uuid:task_id>")
@requires(Permission.REVIEW_PLANS)
def desk(task_id: UUID) -> ResponseReturnValue:
    """审核台: the plan's lines, its story and its vouchers side by side."""
    task = store.get_task(task_id, person())
    if task.state is not TaskState.OPEN:
        return redirect(url_for(".show", plan_id=task.plan_id))
    return _desk_page(task, DecideForm(formdata=None))


def _desk_page(task: ReviewTask, form: DecideForm) -> str:
    me = person()
    plan = plans.get_visible(task.plan_id, scope())
    story, step = story_of(plan), step_of(task, plan)
    rows = rows_of(plan, task, story, facts_by_line(plan.id), me.id)
    items, _ = store.queue_page(me)
    place = next((number for number, item in enumerate(items) if item.task.id == task.id), None)
    if not form.is_submitted():
        form.digest.data = digest_of(plan)
    return render_template(
        "approvals/reviews/desk.html",
        task=task,
        plan=plan,
        form=form,
        story=story,
        rows=rows,
        typed={row.line.id: form.typed(request.form, row.line) for row in rows if row.mine},
        totals=totals_of(rows),
        may_cut=bool(step.amount_field.value),
        barred=_barred(task, plan, me.id),
        items=_current_first(items, place),
        waiting=store.open_count(me),
        before=items[place - 1].task if place else None,
        after=items[place + 1].task if place is not None and place + 1 < len(items) else None,
        usual=USUAL_COMMENTS,
        reasons=USUAL_REASONS,
    )


def _barred(task: ReviewTask, plan: Plan, person_id: int) -> str:
    """Why the person may not decide here (four eyes); empty when he may."""
    try:
        hands = deciding.hands_of(plan)
        check_may_decide(person_id, task.step_no, hands.makers, hands.acted)
    except Refused as refusal:
        return str(refusal)
    return ""


def _current_first(items: Sequence[QueueItem], place: int | None) -> list[QueueItem]:
    if place is None:
        return list(items)
    return [items[place], *items[:place], *items[place + 1 :]]


@bp.post("/queue/<uuid:task_id>/decide")
@requires(Permission.REVIEW_PLANS)
def decide(task_id: UUID) -> ResponseReturnValue:
    """The desk's opinions on its lines; then the next plan of the queue."""
    task = store.get_task(task_id, person())
    form, plan_id = DecideForm(), task.plan_id
    if form.validate_on_submit():
        with refusals_on(form):
            opinions = form.opinions(request.form, deciding.amounts_of(task))
            act = actions.decide(task_id, opinions, form.comment.data or "", form.digest.data or "", by=person())
            flash(f"{plans.name_of(plan_id)}：{act.label}。", "ok")
            return redirect(_next_desk(form.following_id()))
    return _desk_page(store.get_task(task_id, person()), form), 422


def _next_desk(wanted: UUID | None) -> str:
    """The plan that came next on the page if it still waits, else the most urgent one, else the empty queue."""
    following = store.find_open_task(person(), task_id=wanted) if wanted else None
    following = following or store.find_open_task(person())
    return url_for(".desk", task_id=following.id) if following else url_for(".queue")
