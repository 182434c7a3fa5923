"""批量送审: several plans of one's own at once, such as the drafts of 年终注销."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.reviews import actions
from approvals.reviews.aside_pages import bp as bp  # exported: app.py takes it from here, with all routes on it
from approvals.reviews.forms import HandInForm
from approvals.reviews.rules import Act
from budget.plans import store as plans
from budget.plans.models import Plan
from core import keys
from core.errors import Refused
from core.web import refusals_on

_BEFORE = "这份计划在您上一次提交时已经送审，没有重复办理。"


@dataclass(frozen=True)
class Outcome:
    """What happened to one plan."""

    plan: Plan
    act: Act | None
    sentence: str


@bp.post("/plans/hand-in")
@requires(Permission.WRITE_PLANS)
@keys.by_itself
def hand_in() -> ResponseReturnValue:
    """Each plan in a transaction of its own; the answer says of each what happened.

    The answer is a page and no redirect, as that of 批量同意: sent again it would only be refused.
    """
    form, outcomes = HandInForm(), []
    if form.validate_on_submit():
        with refusals_on(form):
            ticked = form.ticked(request.form)
            outcomes = [_submit(plan_id, version) for plan_id, version in ticked.items()]
    page = render_template("approvals/reviews/handed_in.html", form=form, outcomes=outcomes)
    return page, 200 if outcomes else 422


def _submit(plan_id: UUID, version: int) -> Outcome:
    plan = plans.get_own(plan_id, person().writing())
    try:
        done = keys.piece(plan_id, partial(_submitted, plan_id, version))
    except Refused as refusal:
        return Outcome(plan, None, "；".join(refusal.sentences))
    return Outcome(plan, Act.SUBMIT if done else None, "" if done else _BEFORE)


def _submitted(plan_id: UUID, version: int) -> bool:
    actions.submit(plan_id, version, by=person())
    return True
