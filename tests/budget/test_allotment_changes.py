"""Allotments in motion while plans hold their money: cut, frozen, thawed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from approvals.reviews import actions as reviews
from approvals.reviews.queue import queue_page
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.rules import PlanState
from core import history, notices
from core.errors import Refused
from core.money import ZERO, Money
from tests.approvals.stories import filed, plan, review, reviewed, submitted
from tests.budget.test_allotment_import import hold, send, stored, take
from tests.world import World

SignIn = Callable[[str], FlaskClient]
FROZEN = {"BGT_EXE_FLAG": "2"}


def test_a_cut_below_what_is_held_and_posted_is_refused_by_name(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    reviewed(world, plan_id := submitted(world, ("N1", 200)), "he", "shen", "fang", "luo")
    assert plan(plan_id).state is PlanState.APPROVED
    with pytest.raises(Refused, match=r"校园安全 30201 办公费”的新金额 499.99 元低于已占用和已批复的 500.00 元"):
        take({"AMOUNT": "499.99"})
    take({"AMOUNT": "500.00"})
    assert stored().granted == Money.yuan(500)


def test_a_deletion_over_holds_or_postings_is_refused_by_name(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    with pytest.raises(Refused, match=r"校园安全 30201 办公费”已有用款计划占用或批复 300.00 元，不能删除"):
        take({"IS_DELETED": "1"})
    assert not stored().deleted


def test_freezing_over_holds_lists_the_plans_and_tells_makers_and_desks(world: World, sign_in: SignIn) -> None:
    take({})
    hold(world, "N1", 300)
    reviewed(world, other := submitted(world, ("A1", 10), ("N1", 200)), "he")
    admin = sign_in("xi")
    preview = send(admin, FROZEN).headers["Location"]
    page = admin.get(preview).text
    assert "冻结涉及 2 行在审计划" in page
    assert "YK-202612-0001" in page
    assert "200.00" in page
    assert stored().executable
    assert admin.post(preview).status_code == 302

    assert (stored().executable, stored().held) == (False, Money.yuan(500))
    for username, count in (("lin", 2), ("he", 1), ("shen", 1), ("qin", 0), ("fang", 0)):
        found = [one.text for one in notices.newest(world.people[username]) if "已冻结" in one.text]
        assert len(found) == count, username
    assert "YK-202612-0002 第 2 行的指标已冻结，只能退回或撤回，不能批复" in {
        one.text for one in notices.newest(world.people["shen"])
    }
    assert [event.summary for event in history.of("plan", other) if event.action == "frozen"] == [
        "第 2 行的指标被冻结，资金停止使用"
    ]


def test_a_frozen_allotment_is_asked_for_by_no_new_plan(world: World) -> None:
    take({})
    world.allotments["N1"] = stored().id
    draft = filed(world, ("N1", 100))
    take(FROZEN)
    with pytest.raises(Refused, match="第 1 行的预算指标已停用或不可执行"):
        reviews.submit(draft, plan(draft).version, by=world.person("lin"))


def test_a_frozen_line_can_be_returned_but_not_agreed_to(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    take(FROZEN)
    label = "张财预〔2026〕9号 校园安全 30201 办公费"
    with pytest.raises(Refused) as refusal:
        review(world, "he")
    assert str(refusal.value) == (
        f"第 1 行的指标“{label}”已冻结（不可执行），不能同意或批复；请退回这一行，或联系预算股恢复指标。"
    )
    line = next(iter(plan(plan_id := _only_plan(world)).lines))
    review(world, "he", LineOpinion(line.id, Verdict.RETURN, None, "指标冻结"))
    assert (plan(plan_id).state, stored().held) == (PlanState.RETURNED, ZERO)


def _only_plan(world: World) -> UUID:
    return queue_page(world.person("he"))[0][0].plan.id


def test_a_frozen_line_can_be_withdrawn(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    take(FROZEN)
    reviews.withdraw(_only_plan(world), by=world.person("lin"))
    assert stored().held == ZERO


def test_a_thawed_line_goes_on(world: World) -> None:
    take({})
    hold(world, "N1", 300)
    take(FROZEN)
    take({})
    review(world, "he")
    assert stored().held == Money.yuan(300)
