"""Pages on which a clerk declares: the list, a new plan, and the entry page with its buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from accounts.units.store import department_of
from budget.allotments import store as allotments
from budget.allotments.models import Allotment
from budget.plans import actions, grid, store
from budget.plans.declared import hints_for
from budget.plans.forms import PlanForm
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, WITH_MINUS, WITH_PLUS, Conflict, PlanKind, PlanState, plus_side
from budget.plans.starting import start_form
from budget.windows.store import current_window
from core import clock
from core.errors import Refused
from core.keys import by_itself
from core.paging import Page
from core.web import page_number, refusals_on, settings

bp: Final = Blueprint("plans", __name__, url_prefix="/plans")

PER_PAGE: Final = 50
# Months before and after this year that a clerk may look back to.
_YEARS: Final = 3


@bp.get("")
@requires(Permission.VIEW_PLANS)
def index() -> ResponseReturnValue:
    """The plans that the person may see, by year, month, state and words."""
    wanted = _Wanted.asked()
    counts = store.counts_by_state(scope(), wanted.year, wanted.month, wanted.search)
    number = page_number()
    rows, _ = store.page_of(
        scope(), fiscal_year=wanted.year, month=wanted.month, state=wanted.state, search=wanted.search, page=number,
        size=PER_PAGE,
    )  # fmt: skip
    total = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    this_year = clock.today().year
    return render_template(
        "budget/plans/index.html", page=Page(rows, number, total), counts=counts, wanted=wanted, states=PlanState,
        years=range(this_year + 1, this_year - _YEARS, -1), writing=person().writing(),
        editable=EDITABLE,
    )  # fmt: skip


@dataclass(frozen=True)
class _Wanted:
    """What the address of the list asks for; nonsense asks for nothing."""

    year: int | None
    month: int | None
    state: PlanState | None
    search: str

    @classmethod
    def asked(cls) -> _Wanted:
        words = request.args
        state = words.get("state", "")
        return cls(
            year=_number(words["year"], 2000, 2100) if "year" in words else _year_at_hand(),
            month=_number(words.get("month", ""), 1, 12),
            state=PlanState(state) if state in set(PlanState) else None,
            search=words.get("q", "").strip()[:100],
        )


def _year_at_hand() -> int:
    """The year that is filed now: in December, as soon as January's window is open, the next one."""
    window = current_window(settings().division_code, clock.now(), person().department_code)
    return window.fiscal_year if window else clock.today().year


def _number(text: str, low: int, high: int) -> int | None:
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    return found if low <= found <= high else None


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.WRITE_PLANS)
def start() -> ResponseReturnValue:
    """A new draft; the same form sent twice leads to the same plan."""
    form = start_form(person())
    if form.validate_on_submit():
        with refusals_on(form):
            year, month = form.chosen()
            kind, reason, key = PlanKind(form.kind.data), form.reason.data or "", form.form_key.data or ""
            made = actions.start_plan(form.unit_id(), year, month, kind, reason, form_key=key, by=person())
            return redirect(url_for("reductions.minus" if kind in WITH_MINUS else ".edit", plan_id=made))
    return render_template("budget/plans/start.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/<uuid:plan_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_PLANS)
def edit(plan_id: UUID) -> ResponseReturnValue:
    """The entry page; POST saves."""
    if request.method == "GET":
        return _stored(plan_id)
    form = _typed(plan_id)
    if _saved(plan_id, form):
        flash("已保存。", "ok")
        return redirect(url_for(".edit", plan_id=plan_id))
    return _shown(_entry(plan_id), form)


@bp.post("/<uuid:plan_id>/save-and-check")
@requires(Permission.WRITE_PLANS)
def save_and_check(plan_id: UUID) -> ResponseReturnValue:
    """送审: save, then look it over once more before it goes."""
    form = _typed(plan_id)
    if _saved(plan_id, form):
        return redirect(url_for("reviews.check", plan_id=plan_id))
    return _shown(_entry(plan_id), form)


@bp.post("/<uuid:plan_id>/overwrite")
@requires(Permission.WRITE_PLANS)
def overwrite(plan_id: UUID) -> ResponseReturnValue:
    """After a conflict: what was typed goes over exactly that version whose differences were shown."""
    form = _typed(plan_id)
    if _saved(plan_id, form, over=form.against.data):
        flash("已按您的内容保存。", "ok")
        return redirect(url_for(".edit", plan_id=plan_id))
    return _shown(_entry(plan_id), form)


@bp.post("/<uuid:plan_id>/copy")
@requires(Permission.WRITE_PLANS)
def copy(plan_id: UUID) -> ResponseReturnValue:
    """复制上月: save what is on the page, then add the lines of the month before."""
    form = _typed(plan_id)
    if not _saved(plan_id, form):
        return _shown(_entry(plan_id), form)
    try:
        copied = actions.copy_last_month(plan_id, by=person())
        flash(f"已从上月计划复制 {copied} 行，请核对金额。", "ok")
    except Refused as refusal:  # what was on the page is saved all the same
        flash(str(refusal), "bad")
    return redirect(url_for(".edit", plan_id=plan_id))


@bp.post("/<uuid:plan_id>/spread")
@requires(Permission.WRITE_PLANS)
def spread(plan_id: UUID) -> ResponseReturnValue:
    """按月分编: save what is on the page, then add the lines of basic spending for the months up to the chosen one."""
    form = _typed(plan_id)
    if not _saved(plan_id, form):
        return _shown(_entry(plan_id), form)
    try:
        done = actions.spread_months(plan_id, _number(request.form.get("through", ""), 1, 12) or 0, by=person())
        flash(done.said, "ok" if done.added else "warn")
    except Refused as refusal:  # what was on the page is saved all the same
        flash(str(refusal), "bad")
    return redirect(url_for(".edit", plan_id=plan_id))


@bp.post("/<uuid:plan_id>/drop")
@requires(Permission.WRITE_PLANS)
def drop(plan_id: UUID) -> ResponseReturnValue:
    """Delete a draft that was never submitted."""
    actions.drop_draft(plan_id, by=person())
    flash("草稿已删除。", "ok")
    return redirect(url_for(".index"))


@bp.post("/<uuid:plan_id>/autosave")
@requires(Permission.WRITE_PLANS)
@by_itself
def autosave(plan_id: UUID) -> ResponseReturnValue:
    """The page saves by itself; `ids` tells it under which ids its rows are stored now.

    No answer is kept: the version and the content of the plan make a second sending harmless.
    """
    form = _typed(plan_id)
    if not form.validate_on_submit():
        return jsonify(error=_in_short(form)), 422
    try:
        version = actions.save_plan(plan_id, form.draft(), form.version.data or 0, by=person(), quietly=True)
    except Conflict as conflict:
        return jsonify(error=conflict.sentences[0], url=url_for(".edit", plan_id=plan_id)), 409
    typed = [row.line_id for row in form.lines.rows]
    ids = dict(zip(typed, store.line_ids(plan_id), strict=True))
    return jsonify(version=version, saved_at=f"{clock.local(clock.now()):%H:%M}", ids=ids)


def _in_short(form: PlanForm) -> str:
    """The first fault, and how many there are."""
    found = [sentence for _, sentence in form.faults(by_place=True)]
    return f"没有自动保存：{found[0]}" + (f"（共 {len(found)} 处）" if len(found) > 1 else "")


def _typed(plan_id: UUID) -> PlanForm:
    """The form over what was typed; of the plan and its allotments only what reading it needs.

    Raises `Missing` for another unit's plan.
    """
    plan = store.get_own_head(plan_id, person().writing())
    form = PlanForm()
    form.lines.know(store.labels_for(plan), plan.month_start)
    return form


def _saved(plan_id: UUID, form: PlanForm, over: int | None = None) -> bool:
    """Store what the page holds; False when the page must be shown again."""
    done = False
    if form.validate_on_submit():
        seen = form.version.data if over is None else over
        with refusals_on(form):
            actions.save_plan(plan_id, form.draft(), seen or 0, by=person())
            done = True
    return done


@dataclass(frozen=True)
class _Entry:
    """A plan on its entry page, with the allotments offered and known there."""

    plan: Plan
    offered: list[Allotment]
    choices: Mapping[int, grid.Choice]


def _entry(plan_id: UUID) -> _Entry:
    """Everything that the page shows. Raises `Missing` for another unit's plan."""
    plan = store.get_own(plan_id, person().writing())
    offered = allotments.usable(plan.unit_id, plan.fiscal_year)
    return _Entry(plan, offered, grid.choices_of(offered, plan.lines))


def _stored(plan_id: UUID) -> ResponseReturnValue:
    """The entry page as stored; a plan that is on its way is shown, not edited."""
    entry = _entry(plan_id)
    plan = entry.plan
    if plan.state not in EDITABLE:
        flash(f"计划{plan.state.label}，不能修改。", "warn")
        return redirect(url_for("reviews.show", plan_id=plan_id))
    if plan.kind not in WITH_PLUS:
        return redirect(url_for("reductions.minus", plan_id=plan_id))
    stored = plus_side(plan).lines
    form = PlanForm(
        version=plan.version, contact_phone=plan.contact_phone, remark=plan.remark, reason=plan.reason, lines=stored
    )
    form.lines.know({key: choice.label for key, choice in entry.choices.items()}, plan.month_start)
    return _shown(entry, form)


def _shown(entry: _Entry, form: PlanForm) -> ResponseReturnValue:
    """The entry page: as stored, or with what was typed and what is wrong with it."""
    plan = entry.plan
    status = 409 if form.conflict else form.status
    page = grid.entry_page(plan, form, entry.choices, entry.offered)
    html = render_template(
        "budget/plans/edit.html", plan=plan, form=form, page=page, faults=list(form.faults()) if status > 200 else [],
        department=department_of(plan.unit), hints=hints_for(plan), spreads=WITH_PLUS - WITH_MINUS,
        facts=[choice.facts() for choice in page.offered],
    )  # fmt: skip
    return html, status
