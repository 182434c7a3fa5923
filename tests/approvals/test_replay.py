"""Every act of a plan's life, replayed from its decisions alone, is what the tables hold; and so says the check."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.people.rules import SYSTEM
from approvals.proof.actions import seal_day
from approvals.proof.checking import check_house
from approvals.proof.comparing import differences
from approvals.reviews import actions, aside
from approvals.reviews.rules import LineOpinion, Verdict
from core import clock
from core.blobs import files
from core.money import Money
from tests.approvals.stories import plan, review, reviewed, submitted, task_of
from tests.world import DIVISION, NOW, World


def agrees() -> bool:
    """Replay and check find nothing."""
    return differences() == [] and check_house(files(), {}).found.counts == {}


def test_a_plan_returned_by_one_of_two_offices_and_approved_later(world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000), ("A4", 20_000))
    reviewed(world, plan_id, "he")
    wrong = plan(plan_id).lines[0]
    review(world, "shen", LineOpinion(wrong.id, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    assert agrees()
    reviewed(world, plan_id, "qin")
    assert plan(plan_id).state.value == "returned"
    assert agrees()
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    actions.withdraw(plan_id, by=world.person("lin"))
    assert plan(plan_id).state.value == "returned"
    assert agrees()
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    cut = plan(plan_id).lines[0]
    review(world, "shen", LineOpinion(cut.id, Verdict.CUT, Money.yuan(60_000), "按进度"), plan_id=plan_id)
    reviewed(world, plan_id, "fang", "luo")
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    assert plan(plan_id).state.value == "approved"
    assert agrees()


def test_a_cancelled_approval(world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    aside.cancel(plan_id, "指标调整", by=world.person("luo"))
    assert plan(plan_id).state.value == "cancelled"
    assert agrees()


@pytest.mark.parametrize("suspended", [False, True])
def test_a_plan_made_void_under_review(world: World, suspended: bool) -> None:
    plan_id = submitted(world, ("A2", 300))
    reviewed(world, plan_id, "he")
    task = task_of(world, "shen", plan_id)
    aside.suspend(task.id, "库款不足", clock.today() + timedelta(days=3), by=world.person("shen"))
    assert agrees()
    if not suspended:
        aside.resume(task.id, "", by=world.person("shen"))
        assert agrees()
    aside.void_filed(plan_id, "重复申报", by=world.person("luo"))
    assert agrees()


def test_a_plan_withdrawn_and_made_void_by_its_clerk(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    actions.withdraw(plan_id, by=world.person("lin"))
    assert agrees()
    aside.void_own(plan_id, "不再需要", by=world.person("lin"))
    assert agrees()
