"""What may be said of a line at the desk, what the desk offers and does not, and who else is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.reviews import actions, store
from approvals.reviews.models import Opinion
from approvals.reviews.rules import Verdict
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core.db import session
from core.money import Money
from tests.approvals.browsing import page, sent
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, appoint, publish
from tests.approvals.stories import opinions, plan, review, reviewed, submitted, task_of
from tests.approvals.test_desk_pages import filled
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def at_shen(world: World, *amounts: tuple[str, int]) -> UUID:
    """A plan that waits for 沈思远."""
    plan_id = submitted(world, *(amounts or (("A1", 100), ("A2", 50))))
    reviewed(world, plan_id, "he")
    return plan_id


def said_of(line_id: int) -> Opinion:
    """The newest opinion on a line."""
    query = select(Opinion).where(Opinion.plan_line_id == line_id).order_by(Opinion.id.desc()).limit(1)
    return session().scalars(query).one()


def test_a_line_set_aside_goes_into_the_next_draft_works(sign_in: SignIn, world: World) -> None:
    plan_id = at_shen(world)
    task, shen = task_of(world, "shen", plan_id), sign_in("shen")
    assert "移出本次：本行连同附件转入该单位下一份草稿" in page(shen, f"/queue/{task.id}")
    sent(shen, f"/queue/{task.id}/decide", 302, **filled(task, verdict_2="aside", reason_2="本月不具备支付条件"))
    assert [line.position for line in plan(plan_id).lines] == [1]
    assert plan(plan_id).step_no == 3
    [draft] = session().scalars(select(Plan).where(Plan.state == PlanState.DRAFT))
    assert [line.applied for line in draft.lines] == [Money.yuan(50)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"verdict_2": "aside"}, "第 2 行移出本次须写明原因"),
        ({"verdict_1": "aside", "reason_1": "缓", "verdict_2": "aside", "reason_2": "缓"}, "全部行都移出本次后"),
        ({"verdict_2": "return", "code_2": "XX99", "reason_2": "缺"}, "第 2 行的原因代码“XX99”不在代码表中或已停用"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    sign_in: SignIn, world: World, changes: dict[str, str], sentence: str
) -> None:
    plan_id = at_shen(world)
    task = task_of(world, "shen", plan_id)
    text = sent(sign_in("shen"), f"/queue/{task.id}/decide", 422, **filled(task, **changes))
    assert sentence in text
    assert text.count("checked") == 2
    for name, value in changes.items():
        assert value in text, name
    assert plan(plan_id).step_no == 2


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ({"code_2": "fj01"}, "FJ01", "缺合同或协议，请补充"),
        ({"code_2": "FJ01", "reason_2": "缺第二份合同"}, "FJ01", "缺第二份合同"),
        ({"reason_2": "用途不具体，请写明支付内容"}, "YT01", "用途不具体，请写明支付内容"),
        ({"reason_2": "说不清"}, "", "说不清"),
    ],
)
def test_a_return_keeps_its_code_and_its_words(
    sign_in: SignIn, world: World, typed: dict[str, str], code: str, words: str
) -> None:
    plan_id = at_shen(world)
    task, line = task_of(world, "shen", plan_id), plan(plan_id).lines[1]
    sent(sign_in("shen"), f"/queue/{task.id}/decide", 302, **filled(task, verdict_2="return", **typed))
    said = said_of(line.id)
    assert (said.verdict, said.code, said.reason) == (Verdict.RETURN, code, words)


def test_an_agreement_has_no_code(sign_in: SignIn, world: World) -> None:
    plan_id = at_shen(world)
    task, line = task_of(world, "shen", plan_id), plan(plan_id).lines[1]
    sent(sign_in("shen"), f"/queue/{task.id}/decide", 302, **filled(task, code_2="FJ01"))
    assert said_of(line.id).code == ""


def test_a_step_offers_only_what_it_may(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, may_return=False), replace(TREASURY, may_return=True), APPROVAL)
    plan_id = submitted(world, ("A1", 100))
    for username, offered in (("he", "agree return aside"), ("shen", "agree cut"), ("fang", "agree cut return aside")):
        task, client = task_of(world, username, plan_id), sign_in(username)
        text = page(client, f"/queue/{task.id}")
        for verdict in ("agree", "cut", "return", "aside"):
            assert (f'value="{verdict}"' in text) == (verdict in offered.split()), (username, verdict)
        if username == "shen":
            form = filled(task, verdict_1="return", reason_1="缺合同")
            assert "本环节不能退回" in sent(client, f"/queue/{task.id}/decide", 422, **form)
        reviewed(world, plan_id, username)


def test_where_several_must_speak_the_desk_says_who_has(sign_in: SignIn, world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    appoint(world, "zheng", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.ALL), APPROVAL)
    plan_id = at_shen(world)
    reviewed(world, plan_id, "shen")
    task_id = task_of(world, "zheng", plan_id).id
    text = page(sign_in("zheng"), f"/queue/{task_id}")
    assert "须 3 人办理，已办理 0 人，还等" in text
    reviewed(world, plan_id, "fang")
    text = page(sign_in("zheng"), f"/queue/{task_id}")
    assert "须 3 人办理，已办理 1 人（方芸），还等" in text
    assert "方芸 0719-8650000" not in text  # she is no longer waited for


def test_the_desk_says_why_it_is_asked(sign_in: SignIn, world: World) -> None:
    appoint(world, "he", Role.OFFICE_REVIEWER, office="04")
    plan_id = at_shen(world)
    text = page(sign_in("shen"), f"/queue/{task_of(world, 'shen', plan_id).id}")
    for part in ("股室初审岗，或签（任一人），审核所有行", "本环节审核第 1、2 行", "<div>何雨桐：已在环节", "将经过"):
        assert part in text, part
    assert "何雨桐 11-20 10:00 审核通过" in text


def test_who_was_slower_keeps_his_words_and_hears_who_was_faster(sign_in: SignIn, world: World) -> None:
    appoint(world, "qin", Role.OFFICE_REVIEWER, office="04")
    plan_id, following = at_shen(world), at_shen(world, ("A1", 7))
    task, next_task, shen = task_of(world, "shen", plan_id), task_of(world, "shen", following), sign_in("shen")
    form = filled(task, verdict_2="return", reason_2="缺清单和合同", code_2="FJ01", comment="我的意见")
    page(shen, f"/queue/{task.id}")
    actions.decide(task.id, opinions(task), "", form["digest"], by=world.person("qin"))
    text = sent(shen, f"/queue/{task.id}/decide", 409, **form)
    assert "秦川 已于 11-20 10:00 审核通过" in text
    for typed in ("缺清单和合同", "我的意见", 'value="FJ01"'):
        assert typed in text
    assert text.count("checked") == 2
    assert "办理并看下一份" not in text
    assert f'href="/queue/{next_task.id}"' in text


def test_words_on_a_line_that_is_gone_are_shown(sign_in: SignIn, world: World) -> None:
    plan_id = at_shen(world)
    task, line_id = task_of(world, "shen", plan_id), plan(plan_id).lines[1].id
    form = {**filled(task, comment="长" * 1001), f"reason-{line_id + 999}": "这一行缺合同"}
    text = sent(sign_in("shen"), f"/queue/{task.id}/decide", 422, **form)
    assert "相应的行已不在您的审核范围" in text
    assert "<li>这一行缺合同</li>" in text


def test_the_history_of_an_allotment_is_told_by_plan_works(sign_in: SignIn, world: World) -> None:
    earlier = at_shen(world, ("A1", 300))
    review(world, "shen", plan_id=earlier)
    reviewed(world, earlier, "fang", "luo")
    plan_id = at_shen(world)
    line = plan(plan_id).lines[0]
    shen = sign_in("shen")
    text = page(shen, f"/plans/{plan_id}/lines/{line.id}/history")
    for part in ("1,200,000.00", "1,199,600.00", plan(earlier).number, "300.00", "已批复", "本计划", "<h1>"):
        assert part in text, part
    part = shen.get(f"/plans/{plan_id}/lines/{line.id}/history", headers={"X-Fragment": "1"}).get_data(as_text=True)
    assert "<html" not in part
    assert "1,199,600.00" in part
    assert f'data-history="/plans/{plan_id}/lines/{line.id}/history"' in page(
        shen, f"/queue/{task_of(world, 'shen', plan_id).id}"
    )


def test_the_history_of_a_foreign_line_is_not_found(sign_in: SignIn, world: World) -> None:
    plan_id, other = at_shen(world), submitted(world, ("B1", 10), clerk="zhou", unit="301001")
    line, foreign = plan(plan_id).lines[0].id, plan(other).lines[0].id
    page(sign_in("zhou"), f"/plans/{plan_id}/lines/{line}/history", 404)
    page(sign_in("shen"), f"/plans/{plan_id}/lines/{foreign}/history", 404)
    assert store.decisions_of(plan_id)


def test_the_filter_of_the_queue_holds_from_plan_to_plan(sign_in: SignIn, world: World) -> None:
    first, other, third = at_shen(world, ("A3", 20)), at_shen(world, ("A1", 7)), at_shen(world, ("A1", 8))
    task, guarded, shen = task_of(world, "shen", other), task_of(world, "shen", third), sign_in("shen")
    text = page(shen, f"/queue/{task.id}?guaranteed=1&done=1")
    assert f'href="/queue/{guarded.id}?guaranteed=1"' in text
    assert str(task_of(world, "shen", first).id) not in text
    form = {**filled(task), "within": "guaranteed=1&done=1", "following": str(guarded.id)}
    assert sent(shen, f"/queue/{task.id}/decide", 302, **form) == f"/queue/{guarded.id}?guaranteed=1"
    form = {**filled(guarded), "within": "guaranteed=1"}
    assert sent(shen, f"/queue/{guarded.id}/decide", 302, **form) == "/queue?guaranteed=1"
