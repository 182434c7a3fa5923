"""Whether a draft came too late for its month, and what its clerk is offered then."""

from __future__ import annotations

from dataclasses import dataclass

from budget.plans.models import Plan
from budget.plans.rules import PlanKind, PlanState
from budget.windows.rules import month_to_move_to
from budget.windows.store import find_window
from core import clock
from core.errors import Refused


@dataclass(frozen=True)
class Offer:
    """The month that a late draft may go to; None with the sentence that says what to do instead."""

    month: int | None
    said: str = ""


def is_movable(plan: Plan) -> bool:
    """Only a monthly draft that was never handed in may still change its month."""
    return plan.state is PlanState.DRAFT and plan.revision == 0 and plan.kind is PlanKind.MONTHLY


def target_month(plan: Plan) -> int:
    """The month that the draft may be moved to now. Raises `Refused`."""
    asked = (plan.division_code, plan.fiscal_year)
    department = plan.unit.department_code
    window = find_window(*asked, plan.month, department)
    following = find_window(*asked, plan.month + 1, department) if plan.month < 12 else None
    return month_to_move_to(plan.month, window, following, clock.now())


def offer_of(plan: Plan) -> Offer | None:
    """What the pages offer for a late draft; None when the plan is not late, or not movable at all."""
    if not is_movable(plan):
        return None
    window = find_window(plan.division_code, plan.fiscal_year, plan.month, plan.unit.department_code)
    if window is None or clock.now() <= window.closes_at:
        return None
    try:
        return Offer(target_month(plan))
    except Refused as refusal:
        return Offer(None, str(refusal))
