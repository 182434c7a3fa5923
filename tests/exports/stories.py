"""Plans that have been approved, for the tests of what leaves the house."""

from __future__ import annotations

from uuid import UUID

from approvals.reviews.rules import LineOpinion, Verdict
from core.money import Money
from tests.approvals.stories import plan, review, reviewed, submitted
from tests.world import World


def school_plan(world: World) -> UUID:
    """The school's approved plan of two offices: A1 100,000, A3 cut from 20,000 to 15,000, A4 5,000."""
    plan_id = submitted(world, ("A1", 100_000), ("A3", 20_000), ("A4", 5_000))
    reviewed(world, plan_id, "he")
    cut = plan(plan_id).lines[1]
    review(world, "shen", LineOpinion(cut.id, Verdict.CUT, Money.yuan(15_000), "按合同支付"), plan_id=plan_id)
    reviewed(world, plan_id, "qin", "fang", "luo")
    return plan_id


def water_plan(world: World) -> UUID:
    """The water bureau's approved plan: B1 700."""
    plan_id = submitted(world, ("B1", 700), clerk="zhou", unit="301001")
    reviewed(world, plan_id, "zheng", "qin", "fang", "luo")
    return plan_id
