"""The pages of reviews as people use them: what each shows, what each refuses, and how many queries they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from approvals.reviews import store
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.rules import PlanState
from core import clock
from core.money import Money
from tests.approvals.browsing import page, sent
from tests.approvals.stories import drafted, filed, plan, review, reviewed, submitted
from tests.world import CAST, NOW, World

SignIn = Callable[[str], FlaskClient]
# Every form of every page has a key of its own.
# What each page has of its own; the token tells the second in which it was made.
KEY = re.compile(r'name="(?:csrf[-_]token|form_key)" (?:content|value)="[^"]*"')
CountQueries = Callable[[], AbstractContextManager[list[str]]]


# 工作台


@pytest.mark.parametrize("username", [member.username for member in CAST])
def test_everybody_has_a_desk(sign_in: SignIn, world: World, username: str) -> None:
    submitted(world, ("A1", 100))
    text = page(sign_in(username), "/home")
    assert "工作台" in text
    assert ("我的待办" in text) == (username in {"he", "zheng", "jiao", "shen", "qin", "fang", "luo"})
    assert ("未送审和被退回的计划" in text) == (username in {"lin", "lin2", "zhou"})
    assert ("常用入口" in text) == (username in {"shi", "xi", "an", "ji"})


def test_the_clerks_desk_shows_what_came_back_and_what_was_decided(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he", LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "缺名单"))
    text = page(sign_in("lin"), "/home")
    assert "被退回" in text
    assert f"/plans/{plan_id}" in text
    assert "第 1 行请修改后再送审" in text
    assert "YK-202612-0001" not in page(sign_in("zhou"), "/home")


def test_the_reviewers_desk_counts_by_light(sign_in: SignIn, world: World) -> None:
    submitted(world, ("A1", 100))
    assert "临近到期 1" not in page(sign_in("he"), "/home")
    with clock.stopped(NOW + timedelta(days=3)):
        assert "临近到期 1" in page(sign_in("he"), "/home")
    with clock.stopped(NOW + timedelta(days=5)):
        assert "超时 1" in page(sign_in("he"), "/home")


# The plan


def test_the_plan_tells_its_story_works(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000), ("A3", 20_000))
    reviewed(world, plan_id, "he")
    line = plan(plan_id).lines[1]
    review(world, "shen", LineOpinion(line.id, Verdict.CUT, Money.yuan(15_000), "按合同支付"))
    text = page(sign_in("lin"), f"/plans/{plan_id}")
    for part in ("120,000.00", "115,000.00", "核减至 15,000.00：按合同支付", "国库复审", "方芸 0719-8650000", "办理中"):
        assert part in text
    assert "撤回这份计划" not in text
    assert "去审核" not in text
    assert "去审核" in page(sign_in("fang"), f"/plans/{plan_id}")


@pytest.mark.parametrize(("username", "status"), [("lin2", 200), ("he", 200), ("shen", 404), ("zhou", 404)])
def test_a_draft_is_seen_by_its_unit_alone(sign_in: SignIn, world: World, username: str, status: int) -> None:
    page(sign_in(username), f"/plans/{filed(world, ('A1', 100))}", status)


def test_a_foreign_plan_and_an_absent_one_look_alike(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    zhou = sign_in("zhou")
    foreign, absent = (KEY.sub("", page(zhou, f"/plans/{one}", 404)) for one in (plan_id, uuid4()))
    assert foreign == absent
    for what in ("submit", "withdraw"):
        sent(zhou, f"/plans/{plan_id}/{what}", 404, version="2")
    assert sign_in("xi").get(f"/plans/{plan_id}").status_code == 403


def test_the_clerk_withdraws_works(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    lin = sign_in("lin")
    assert "撤回这份计划" in page(lin, f"/plans/{plan_id}")
    assert sent(lin, f"/plans/{plan_id}/withdraw", 302) == f"/plans/{plan_id}"
    assert plan(plan_id).state is PlanState.DRAFT
    assert "草稿，不能撤回" in sent(lin, f"/plans/{plan_id}/withdraw", 409)


# 送审前核对


def test_the_check_page_shows_sums_balances_and_who_is_next_works(sign_in: SignIn, world: World) -> None:
    plan_id = filed(world, ("A1", 100_000), ("A3", 20_000))
    text = page(sign_in("lin"), f"/plans/{plan_id}/check")
    for part in ("壹拾贰万元整", "基本支出", "1,100,000.00", "80,000.00", "经费拨款补助", "何雨桐", "11月25日 17:00"):
        assert part in text
    assert "检查通过" in text
    assert "disabled" not in text.split("确认送审")[0].rsplit("<button", 1)[1]


def test_the_check_page_says_what_submission_would_and_writes_nothing(sign_in: SignIn, world: World) -> None:
    plan_id = drafted(world, ("A3", 100_001))
    before = plan(plan_id).version
    with clock.stopped(clock.at(2026, 11, 26)):
        text = page(sign_in("lin"), f"/plans/{plan_id}/check")
        assert "送审前须改正 3 处" in text
        refused = sent(sign_in("lin"), f"/plans/{plan_id}/submit", 422, version=str(before))
    for part in ("已经截止", "缺少：发票", "差 1.00 元"):
        assert part in text
        assert part in refused
    assert (plan(plan_id).version, plan(plan_id).state) == (before, PlanState.DRAFT)


def test_the_same_form_sent_twice_is_one_submission(sign_in: SignIn, world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    lin, version = sign_in("lin"), str(plan(plan_id).version)
    assert sent(lin, f"/plans/{plan_id}/submit", 302, version=version) == f"/plans/{plan_id}"
    assert "林晓敏 已于 11-20 10:00 送审。" in sent(lin, f"/plans/{plan_id}/submit", 409, version=version)
    assert len(store.decisions_of(plan_id)) == 1
    assert lin.get(f"/plans/{plan_id}/check").location == f"/plans/{plan_id}"


def test_a_form_without_version_is_refused(sign_in: SignIn, world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    assert "页面不完整" in sent(sign_in("lin"), f"/plans/{plan_id}/submit", 422)
