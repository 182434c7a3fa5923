"""A plan is put aside: suspended and taken up again, or made void; who may, and what its money does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from approvals.reviews import actions, aside, queue, store
from approvals.reviews.rules import Act, LineOpinion, Verdict
from budget.allotments.models import Allotment
from budget.ledger import store as ledger
from budget.plans.rules import TRANSITIONS, PlanState
from core import clock, notices
from core.db import session
from core.errors import Refused
from core.money import Money
from tests.approvals.stories import drafted, plan, review, reviewed, submitted, task_of
from tests.world import World


def _held(world: World) -> Money:
    return session().get_one(Allotment, world.allotments["A2"], populate_existing=True).held


def _in(days: int) -> Any:
    return clock.today() + timedelta(days=days)


def test_a_desk_suspends_a_plan_and_takes_it_up_again_where_it_stood(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    reviewed(world, plan_id, "he")
    task = task_of(world, "shen", plan_id)
    aside.suspend(task.id, "库款不足", _in(3), by=world.person("shen"))
    found = plan(plan_id)
    assert (found.state, found.review_on, _held(world)) == (PlanState.SUSPENDED, _in(3), Money.yuan(300))
    assert any("已挂起" in one.text for one in notices.newest(world.people["lin"], 5))
    aside.resume(task.id, "", by=world.person("shen"))
    assert (plan(plan_id).state, plan(plan_id).review_on) == (PlanState.IN_REVIEW, None)
    reviewed(world, plan_id, "shen", "fang", "luo")
    assert plan(plan_id).state is PlanState.APPROVED
    acts = [one.act for one in store.decisions_of(plan_id)]
    assert acts == [Act.SUBMIT, Act.AGREE, Act.SUSPEND, Act.RESUME, Act.AGREE, Act.AGREE, Act.APPROVE]


def test_nobody_decides_on_or_withdraws_a_suspended_plan(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    task = task_of(world, "he", plan_id)
    aside.suspend(task.id, "等待批文", _in(1), by=world.person("he"))
    with pytest.raises(Refused, match="先恢复审核"):
        review(world, "he", plan_id=plan_id)
    with pytest.raises(Refused, match="已挂起，不能撤回"):
        actions.withdraw(plan_id, by=world.person("lin"))


@pytest.mark.parametrize(
    ("reason", "days", "said"), [("", 1, "须写明原因"), ("无款", 0, "晚于今天"), ("长" * 301, 1, "超过 300 字")]
)
def test_a_suspension_needs_a_reason_and_a_later_day(world: World, reason: str, days: int, said: str) -> None:
    plan_id = submitted(world, ("A2", 300))
    task = task_of(world, "he", plan_id)
    with pytest.raises(Refused, match=said):
        aside.suspend(task.id, reason, _in(days), by=world.person("he"))
    assert plan(plan_id).state is PlanState.IN_REVIEW


def test_only_a_suspended_plan_is_taken_up_again(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    with pytest.raises(Refused, match="不能恢复审核"):
        aside.resume(task_of(world, "he", plan_id).id, "", by=world.person("he"))


def test_a_clerk_makes_a_withdrawn_plan_void_and_it_stays(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    actions.withdraw(plan_id, by=world.person("lin"))
    aside.void_own(plan_id, "重复填报", by=world.person("lin"))
    assert (plan(plan_id).state, _held(world)) == (PlanState.VOID, Money(0))
    assert store.decisions_of(plan_id)[-1].comment == "重复填报"


def test_a_draft_never_submitted_and_a_plan_under_review_are_not_made_void_by_the_clerk(world: World) -> None:
    with pytest.raises(Refused, match="可以直接删除"):
        aside.void_own(drafted(world, ("A2", 1)), "重复", by=world.person("lin"))
    with pytest.raises(Refused, match="审核中，不能作废"):
        aside.void_own(submitted(world, ("A2", 2)), "重复", by=world.person("lin"))


def test_the_treasury_makes_a_plan_under_review_void_and_its_money_is_free(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    with pytest.raises(Refused, match="只能由国库批复岗作废"):
        aside.void_filed(plan_id, "单位撤并", by=world.person("fang"))
    with pytest.raises(Refused, match="须写明原因"):
        aside.void_filed(plan_id, " ", by=world.person("luo"))
    aside.void_filed(plan_id, "单位撤并", by=world.person("luo"))
    assert (plan(plan_id).state, _held(world)) == (PlanState.VOID, Money(0))
    assert queue.open_count(world.person("he")) == 0


def test_an_approval_is_cancelled_and_the_ledger_says_so_in_red(world: World) -> None:
    plan_id = submitted(world, ("A2", 300), ("A3", 400))
    line = plan(plan_id).lines[1]
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(line.id, Verdict.CUT, Money.yuan(250), "按进度"), plan_id=plan_id)
    reviewed(world, plan_id, "fang", "luo")
    aside.cancel(plan_id, "批错月份", by=world.person("luo"))
    assert plan(plan_id).state is PlanState.CANCELLED
    rows = [(row.number, row.line_no, row.approved, row.reverses_id is not None) for row in ledger.of_plan(plan_id)]
    assert rows == [
        (1, 1, Money.yuan(300), False), (3, 1, -Money.yuan(300), True),
        (2, 2, Money.yuan(250), False), (4, 2, -Money.yuan(250), True),
    ]  # fmt: skip
    for key in ("A2", "A3"):
        found = session().get_one(Allotment, world.allotments[key], populate_existing=True)
        assert (found.held, found.posted) == (Money(0), Money(0))
    assert store.decisions_of(plan_id)[-1].act is Act.CANCEL


def test_an_approval_is_cancelled_once_by_the_approver_with_a_reason(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    with pytest.raises(Refused, match="审核中，不能撤销批复"):
        aside.cancel(plan_id, "错", by=world.person("luo"))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    with pytest.raises(Refused, match="只能由国库批复岗撤销"):
        aside.cancel(plan_id, "错", by=world.person("fang"))
    with pytest.raises(Refused, match="须写明原因"):
        aside.cancel(plan_id, "", by=world.person("luo"))
    aside.cancel(plan_id, "错", by=world.person("luo"))
    with pytest.raises(Refused, match="已撤销批复，不能撤销批复"):
        aside.cancel(plan_id, "错", by=world.person("luo"))


def test_the_approver_finds_the_button_and_the_page_asks_why(sign_in: Any, world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    approver = sign_in("luo")
    assert f"/plans/{plan_id}/cancel" in approver.get(f"/plans/{plan_id}").get_data(as_text=True)
    assert "红字" in approver.get(f"/plans/{plan_id}/cancel").get_data(as_text=True)
    assert approver.post(f"/plans/{plan_id}/cancel", data={"reason": ""}).status_code == 422
    assert approver.post(f"/plans/{plan_id}/cancel", data={"reason": "批错"}).status_code == 302
    assert "已撤销批复" in approver.get(f"/plans/{plan_id}").get_data(as_text=True)
    assert "-300.00" in approver.get("/ledger").get_data(as_text=True)


def test_the_pages_lead_through_suspending_resuming_and_voiding(sign_in: Any, world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    task = task_of(world, "he", plan_id)
    desk = sign_in("he")
    page = desk.get(f"/plans/{plan_id}").get_data(as_text=True)
    assert f"/queue/{task.id}/suspend" in page
    answer = desk.post(f"/queue/{task.id}/suspend", data={"reason": "库款不足", "review_on": ""})
    assert answer.status_code == 422
    assert "库款不足" in answer.get_data(as_text=True)
    sent = {"reason": "库款不足", "review_on": str(_in(2))}
    assert desk.post(f"/queue/{task.id}/suspend", data=sent).status_code == 302
    page = desk.get(f"/plans/{plan_id}").get_data(as_text=True)
    assert "已挂起" in page and f"/queue/{task.id}/resume" in page
    assert "先恢复审核" in desk.get(f"/queue/{task.id}").get_data(as_text=True)
    assert desk.post(f"/queue/{task.id}/resume", data={"reason": ""}).status_code == 302
    approver = sign_in("luo")
    assert f"/plans/{plan_id}/void" in approver.get(f"/plans/{plan_id}").get_data(as_text=True)
    assert approver.post(f"/plans/{plan_id}/void", data={"reason": ""}).status_code == 422
    assert approver.post(f"/plans/{plan_id}/void", data={"reason": "单位撤并"}).status_code == 302
    assert plan(plan_id).state is PlanState.VOID


def test_the_help_page_shows_the_very_table(sign_in: Any) -> None:
    page = sign_in("lin").get("/help/states").get_data(as_text=True)
    rows = re.findall(r'<tr><th scope="row">(.+?)</th>', page)
    assert rows == [row.act.label for row in TRANSITIONS]
