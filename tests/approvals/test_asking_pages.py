"""征求意见, 转办 and 收回 as people use them: who may be chosen, what whoever is asked sees, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from accounts.people.models import Account
from accounts.people.rules import Role
from approvals.proof.comparing import differences
from approvals.reviews import actions, aside, asking, store
from approvals.reviews.rules import Act, TaskState
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core import clock, notices
from core.db import session, transaction
from core.errors import Missing, Refused
from tests.approvals.asking_stories import at_the_office, only_seat, open_task
from tests.approvals.browsing import page, sent
from tests.approvals.stories import opinions, plan, review, reviewed
from tests.world import World
from vouchers.papers.store import of_plan

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def consulted(world: World, whom: str = "qin", *, blocking: bool = False) -> UUID:
    """A plan at the office about which 沈思远 asks somebody."""
    plan_id = at_the_office(world)
    task = open_task(plan_id)
    asking.consult(task.id, world.people[whom], "合同金额对吗", blocking=blocking, by=world.person("shen"))
    return plan_id


# 征求意见


def test_a_question_is_asked_and_answered_works(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    task, shen, qin = open_task(plan_id), sign_in("shen"), sign_in("qin")
    assert f"/queue/{task.id}/consult" in page(shen, f"/queue/{task.id}")
    data = {"to": world.people["qin"], "words": "合同金额对吗", "blocking": "y"}
    assert sent(shen, f"/queue/{task.id}/consult", 302, **data) == f"/queue/{task.id}"
    assert "征求您的意见" in page(qin, "/home")
    text = page(qin, f"/asked/{task.id}")
    for part in ("合同金额对吗", "沈思远", "150.00", "A2 用款", "您的意见"):
        assert part in text
    assert sent(qin, f"/asked/{task.id}", 302, words="与合同一致") == "/home"
    assert "征求您的意见</h2>" not in page(qin, "/home")
    story = page(shen, f"/plans/{plan_id}")
    for part in ("征求秦川的意见（收到答复后再办理）：合同金额对吗", "与合同一致"):
        assert part in story
    assert any("与合同一致" in one.text for one in notices.newest(world.people["shen"], 5))
    review(world, "shen", plan_id=plan_id)
    assert plan(plan_id).step_no == 3
    assert differences() == []


def test_the_desk_says_that_it_waits_and_does_not_decide(sign_in: SignIn, world: World) -> None:
    plan_id = consulted(world, blocking=True)
    text = page(sign_in("shen"), f"/queue/{open_task(plan_id).id}")
    assert "等秦川答复后才能办理" in text
    assert re.search(r'data-key="ctrl\+enter"[^>]* disabled', text)
    with pytest.raises(Refused, match="正在征求秦川的意见"):
        review(world, "shen", plan_id=plan_id)
    session().rollback()
    asking.answer(open_task(plan_id).id, "可以", by=world.person("qin"))
    assert "等秦川" not in page(sign_in("shen"), f"/queue/{open_task(plan_id).id}")


def test_whoever_is_asked_sees_plan_and_papers_only_while_he_is_asked(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    task, qin = open_task(plan_id), sign_in("qin")
    paper, line = of_plan(plan_id)[0], plan(plan_id).lines[0]
    places = [
        f"/plans/{plan_id}", f"/plans/{plan_id}/papers", f"/plans/{plan_id}/lines/{line.id}/papers",
        f"/papers/{paper.id}", f"/papers/{paper.id}/file",
    ]  # fmt: skip
    for place in (*places, f"/asked/{task.id}"):
        page(qin, place, 404)
    asking.consult(task.id, world.people["qin"], "看一下发票", blocking=False, by=world.person("shen"))
    for place in places:
        assert qin.get(place).status_code == 200, place
    seat = only_seat(open_task(plan_id))
    assert sent(sign_in("shen"), f"/queue/{task.id}/reclaim", 302, seat=seat.id, back="desk") == f"/queue/{task.id}"
    for place in places:
        page(qin, place, 404)
    assert "已经结束或收回" in page(qin, f"/asked/{task.id}", 409)


def test_the_sight_ends_with_the_answer_with_the_desk_and_with_the_plan(sign_in: SignIn, world: World) -> None:
    qin = sign_in("qin")
    first = consulted(world)
    asking.answer(open_task(first).id, "可以", by=world.person("qin"))
    page(qin, f"/plans/{first}", 404)
    second = consulted(world)
    task = open_task(second)
    review(world, "shen", plan_id=second)
    page(qin, f"/plans/{second}", 404)
    assert "已经结束或收回" in page(qin, f"/asked/{task.id}", 409)
    assert "征求您的意见</h2>" not in page(qin, "/home")


def qin_id(world: World) -> int:
    return world.people["qin"]


def test_an_answer_that_comes_too_late_is_not_lost(sign_in: SignIn, world: World) -> None:
    plan_id = consulted(world)
    task, qin = open_task(plan_id), sign_in("qin")
    page(qin, f"/asked/{task.id}")
    asking.reclaim(task.id, by=world.person("shen"))
    text = sent(qin, f"/asked/{task.id}", 409, words="与合同一致，可以支付")
    for part in ("已经结束或收回", "与合同一致，可以支付"):
        assert part in text
    assert "区实验小学" not in text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"words": "对吗"}, "请选择一个人"),
        ({"to": "qin", "words": " "}, "征求意见须写明原因"),
        ({"to": "shen", "words": "对吗"}, "不能转给自己或征求自己的意见"),
        ({"to": "lin", "words": "对吗"}, "请选择有审核权限的在职人员"),
        ({"to": "he", "words": "对吗"}, "已在环节“单位审核”办理过本计划"),
        ({"to": "qin", "words": "长" * 301}, "超过 300 字"),
    ],
)
def test_a_question_that_cannot_be_asked_keeps_what_was_typed(
    sign_in: SignIn, world: World, data: dict[str, str], sentence: str
) -> None:
    plan_id = at_the_office(world)
    task = open_task(plan_id)
    form = {**data, **({"to": str(world.people[data["to"]])} if "to" in data else {})}
    text = sent(sign_in("shen"), f"/queue/{task.id}/consult", 422, **form, q="秦")
    assert sentence in text
    assert data["words"].strip() in text
    assert 'value="秦"' in text
    assert store.decisions_of(plan_id)[-1].act is Act.AGREE


def test_nobody_is_asked_twice_at_once(world: World) -> None:
    plan_id = consulted(world)
    with pytest.raises(Refused, match="正在征求他的意见"):
        asking.consult(open_task(plan_id).id, world.people["qin"], "再问", blocking=True, by=world.person("shen"))


def test_people_are_found_by_name_and_the_others_say_why_not(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    task, shen = open_task(plan_id), sign_in("shen")
    everybody = page(shen, f"/queue/{task.id}/people?act=consult")
    for part in ("方芸", "是后面环节“国库复审”岗的人员", "已在环节“单位审核”办理过本计划", "不能转给自己"):
        assert part in everybody
    assert "林晓敏" not in everybody  # who files does not review
    one = page(shen, f"/queue/{task.id}/people?act=consult&q=秦&to={qin_id(world)}")
    assert ("秦川" in one, "checked" in one, "方芸" in one) == (True, True, False)
    assert "没有这样的审核人员" in page(shen, f"/queue/{task.id}/people?act=consult&q=无此人")
    page(shen, f"/queue/{task.id}/people?act=approve", 404)
    page(sign_in("qin"), f"/queue/{task.id}/people?act=consult", 404)
    found = sent(shen, f"/queue/{task.id}/consult/find", 422, q="方", words="对吗")
    assert ("方芸" in found, "对吗" in found, "秦川" in found) == (True, True, False)


def test_the_list_of_people_takes_the_same_queries_however_many(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    task = open_task(at_the_office(world))
    shen = sign_in("shen")
    with count_queries() as few:
        page(shen, f"/queue/{task.id}/people?act=consult&q=秦")
    with count_queries() as many:
        page(shen, f"/queue/{task.id}/people?act=consult")
    assert len(few) == len(many) < 20


def test_who_answered_does_not_decide_at_a_later_step(world: World) -> None:
    plan_id = consulted(world, "fang")
    asking.answer(open_task(plan_id).id, "可以", by=world.person("fang"))
    reviewed(world, plan_id, "shen")
    task = open_task(plan_id)
    with pytest.raises(Refused, match="同一人不能审核两次"):
        actions.decide(task.id, opinions(task), "", digest_of(plan(plan_id)), by=world.person("fang"))


def test_a_second_account_of_the_same_person_is_not_asked(world: World) -> None:
    """秦川 and the clerk who filed are one human being with two accounts."""
    with transaction() as work:
        twin, filer = work.get_one(Account, world.people["qin"]), work.get_one(Account, world.people["lin"])
        twin.name, twin.phone = filer.name, filer.phone
    plan_id = at_the_office(world)
    with pytest.raises(Refused, match="填报、修改或送审过本计划"):
        asking.consult(open_task(plan_id).id, world.people["qin"], "对吗", blocking=False, by=world.person("shen"))


def test_a_stranger_learns_nothing_from_the_addresses(sign_in: SignIn, world: World) -> None:
    """Whoever was never asked gets 404, not the sentence that tells who did what."""
    plan_id = consulted(world)
    task, zheng = open_task(plan_id), sign_in("zheng")
    sent(zheng, f"/asked/{task.id}", 404, words="我也说一句")
    sent(zheng, f"/queue/{task.id}/reclaim", 404, seat=only_seat(task).id)
    with pytest.raises(Missing):
        asking.answer(task.id, "我也说一句", by=world.person("zheng"))
    session().rollback()
    with pytest.raises(Missing):
        asking.reclaim(task.id, by=world.person("zheng"))
    sent(zheng, f"/asked/{uuid4()}", 404, words="x")


def test_a_colleague_takes_back_what_somebody_who_left_had_asked(sign_in: SignIn, world: World) -> None:
    """An opinion that is waited for may not hold the desk for ever."""
    plan_id = consulted(world, blocking=True)
    with transaction() as work:
        leaver = work.get_one(Account, world.people["shen"])
        other = work.get_one(Account, world.people["jiao"])
        post = next(post for post in leaver.posts if post.role is Role.OFFICE_REVIEWER)
        work.expunge(other)
        post.person_id, leaver.active = other.id, False
    task, jiao = open_task(plan_id), sign_in("jiao")
    assert "等秦川答复后才能办理" in page(jiao, f"/queue/{task.id}")
    sent(jiao, f"/queue/{task.id}/reclaim", 302, seat=only_seat(task).id, back="desk")
    review(world, "jiao", plan_id=plan_id)
    assert plan(plan_id).step_no == 3


def test_a_suspended_plan_is_neither_answered_nor_handed_over(sign_in: SignIn, world: World) -> None:
    plan_id = consulted(world)
    task = open_task(plan_id)
    aside.suspend(task.id, "等批文", clock.today() + timedelta(days=2), by=world.person("shen"))
    assert plan(plan_id).state is PlanState.SUSPENDED
    assert "已挂起" in sent(sign_in("qin"), f"/asked/{task.id}", 409, words="可以")
    data = {"to": qin_id(world), "words": "出差"}
    assert "已挂起" in sent(sign_in("shen"), f"/queue/{task.id}/hand-over", 409, **data)
    assert open_task(plan_id).state is TaskState.OPEN
