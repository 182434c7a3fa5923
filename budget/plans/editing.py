"""Whether a plan may be edited now; if not, who moved it on and when."""

from __future__ import annotations

from budget.plans import rules, store
from budget.plans.models import Plan
from core.errors import Overtaken, Refused


def check_editable(plan: Plan) -> None:
    """Drafts and returned plans may be edited. Raises `Overtaken`: whoever moved the plan on was faster."""
    try:
        rules.check_editable(plan.state)
    except Refused as refusal:
        raise Overtaken(f"{refusal}最后一次办理：{store.last_saver(plan)}。") from refusal
