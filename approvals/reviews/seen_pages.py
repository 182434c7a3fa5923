"""The page that shows each decision of a plan as it looked to whoever decided, for auditors and reviewers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import allowed, requires, scope
from approvals.reviews.turning_pages import bp as bp  # exported with all routes on it
from approvals.reviews.witness import seen_of
from budget.plans import store as plans
from core.errors import Forbidden


@bp.get("/plans/<uuid:plan_id>/seen")
@requires(Permission.VIEW_PLANS)
def seen(plan_id: UUID) -> ResponseReturnValue:
    """决定时所见: what lay on each desk, and whether it is what the decision names."""
    plan = plans.get_visible(plan_id, scope())
    if not may_see_seen():
        raise Forbidden()
    return render_template("approvals/reviews/seen.html", plan=plan, seen=seen_of(plan))


def may_see_seen() -> bool:
    """Whether what lay on the desks is for this person: he reviews, or he audits."""
    return allowed(Permission.REVIEW_PLANS) or allowed(Permission.VIEW_HISTORY)


@bp.context_processor
def _seen() -> dict[str, Any]:
    """Whether the plan's page leads here."""
    return {"may_see_seen": may_see_seen}
