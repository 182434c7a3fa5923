"""The page on which money is taken back from approved lines, for reductions and for the minus side of adjustments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE, WITH_MINUS, minus_lines
from budget.reductions import actions, store
from budget.reductions.forms import MinusForm
from budget.reductions.page import minus_page, places_of
from budget.reductions.rules import Reducible, taking_of
from core.web import refusals_on

bp: Final = Blueprint("reductions", __name__, url_prefix="/plans")


@bp.route("/<uuid:plan_id>/minus", methods=["GET", "POST"])
@requires(Permission.WRITE_PLANS)
def minus(plan_id: UUID) -> ResponseReturnValue:
    """调减: the approved lines of the unit and year; POST saves."""
    form = MinusForm()
    if not form.is_submitted():
        return _stored(_plan(plan_id))
    if _saved(plan_id, form):
        flash("已保存。", "ok")
        return redirect(url_for(".minus", plan_id=plan_id))
    return _shown(_plan(plan_id), form)


@bp.post("/<uuid:plan_id>/minus/check")
@requires(Permission.WRITE_PLANS)
def save_and_check(plan_id: UUID) -> ResponseReturnValue:
    """保存并送审核对: save, then look it over once more before it goes."""
    form = MinusForm()
    if _saved(plan_id, form):
        return redirect(url_for("reviews.check", plan_id=plan_id))
    return _shown(_plan(plan_id), form)


@bp.post("/<uuid:plan_id>/minus/overwrite")
@requires(Permission.WRITE_PLANS)
def overwrite(plan_id: UUID) -> ResponseReturnValue:
    """After a conflict: what was typed goes over exactly that version whose differences were shown."""
    form = MinusForm()
    if _saved(plan_id, form, over=form.against.data):
        flash("已按您的内容保存。", "ok")
        return redirect(url_for(".minus", plan_id=plan_id))
    return _shown(_plan(plan_id), form)


def _plan(plan_id: UUID) -> Plan:
    return plans.get_own(plan_id, person().writing())


def _saved(plan_id: UUID, form: MinusForm, over: int | None = None) -> bool:
    """Store what the page holds; False when the page must be shown again."""
    done = False
    if form.validate_on_submit():
        seen = form.version.data if over is None else over
        with refusals_on(form):
            actions.save_minus(plan_id, form.takings(), form.reason.data or "", seen or 0, by=person())
            done = True
    return done


def _stored(plan: Plan) -> ResponseReturnValue:
    """The page as stored; a plan that is on its way is shown, and one without minus lines has another page."""
    if plan.state not in EDITABLE:
        flash(f"计划{plan.state.label}，不能修改。", "warn")
        return redirect(url_for("reviews.show", plan_id=plan.id))
    if plan.kind not in WITH_MINUS:
        return redirect(url_for("plans.edit", plan_id=plan.id))
    sources = store.of_unit(plan.unit_id, plan.fiscal_year, plan.id)
    known = {one.line_id: one for one in sources}
    stored = [taking_of(line, known.get(line.source_line_id or 0)) for line in minus_lines(plan.lines)]
    form = MinusForm(formdata=None, version=plan.version, reason=plan.reason, lines=stored)
    return _page(plan, form, sources)


def _shown(plan: Plan, form: MinusForm) -> ResponseReturnValue:
    """The page with what was typed and what is wrong with it."""
    return _page(plan, form, store.of_unit(plan.unit_id, plan.fiscal_year, plan.id))


def _page(plan: Plan, form: MinusForm, sources: Sequence[Reducible]) -> ResponseReturnValue:
    page = minus_page(plan, form, sources)
    status = 409 if form.conflict else form.status
    html = render_template(
        "budget/reductions/minus.html", plan=plan, form=form, page=page,
        faults=list(form.faults(places_of(sources))) if status > 200 else [],
    )  # fmt: skip
    return html, status
