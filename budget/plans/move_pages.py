"""The button 转为下月计划 of a draft that came too late."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from budget.plans import late, moving, store
from core.fields import EditForm
from core.web import refusals_on

bp: Final = Blueprint("moves", __name__)


class MoveForm(EditForm):
    """转为下月计划: the version alone."""


@bp.route("/plans/<uuid:plan_id>/move", methods=["GET", "POST"])
@requires(Permission.WRITE_PLANS)
def move(plan_id: UUID) -> ResponseReturnValue:
    """What moving the draft to the next month means, and the button; or what applies instead."""
    plan = store.get_own(plan_id, person().writing())
    form = MoveForm(seen=plan.version)
    if form.validate_on_submit():
        with refusals_on(form):
            month = moving.move_to_next_month(plan_id, form.seen.data or 0, by=person())
            flash(f"已转为 {month} 月计划，请核对拟支付日后送审。", "ok")
            return redirect(url_for("plans.edit", plan_id=plan_id))
    page = render_template("budget/plans/move.html", form=form, plan=plan, offer=late.offer_of(plan))
    return page, form.status
