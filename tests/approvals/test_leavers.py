"""Leavers: posts and tasks turned over in one act, with history and notices; what may not be is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.people import actions as people
from accounts.people.models import Delegation
from accounts.people.rules import SYSTEM, Role
from approvals.chains.rules import StepMode
from approvals.desks import store as desks
from approvals.desks.actions import Handed, TurnOver, turn_over
from approvals.reviews import asking
from approvals.reviews.models import TaskSeat
from core import clock, history
from core.db import session
from core.errors import Refused
from tests.approvals.absences import (
    TODAY,
    YESTERDAY,
    account_of,
    act,
    alarms,
    desk,
    join,
    lend,
    newcomer,
    told,
    waiting,
)
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, appoint, publish
from tests.approvals.stories import plan, review, reviewed, submitted
from tests.approvals.test_people_moved import run_jobs
from tests.world import DIVISION, NOW, World

SignIn = Callable[[str], FlaskClient]


def turned_over(world: World, leaver: str, successor: str, last_day: date = YESTERDAY) -> Handed:
    posts = [post.id for post in account_of(leaver).posts]
    draft = TurnOver(successor, posts, last_day, "退休")
    return turn_over(world.people[leaver], draft, DIVISION, by=world.person("an"))


def unmanned() -> list[str]:
    return [one.plan.number for one in desks.unmanned_page(clock.today(), 1).items]


def test_turning_over_works_at_once(world: World, sign_in: SignIn) -> None:
    newcomer(world)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    an = sign_in("an")
    page = an.get(f"/leavers/{world.people['shen']}").text
    assert "只有他能办理的待办 <span class=\"tag bad\">1 项</span>" in page
    assert "YK-202612-0001" in page
    post = account_of("shen").posts[0].id
    data = {"posts": str(post), "successor": "ma", "last_day": "2026-11-19", "reason": "退休"}
    answer = an.post(f"/leavers/{world.people['shen']}", data=data)
    assert answer.status_code == 302, answer.text
    assert world.person("shen").posts == ()
    assert waiting(world, "ma") == [plan_id]
    review(world, "ma", plan_id=plan_id)
    assert plan(plan_id).step_no == 3
    for username in ("shen", "ma"):
        assert any("沈思远的岗位自 2026-11-20 起由马国栋接任：退休" in text for text in told(world, username))
    events = [one.action for one in history.of("person", world.people["shen"])]
    assert events == ["end_post", "turn_over"]
    assert alarms(world) == []
    assert "没有在任或将任的岗位" in an.get(f"/leavers/{world.people['shen']}").text


def test_a_last_day_ahead_turns_over_in_the_night(world: World) -> None:
    newcomer(world)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    assert turned_over(world, "shen", "ma", TODAY) == Handed(1, 1, 0, 0)
    run_jobs()
    assert waiting(world, "shen") == [plan_id]
    assert waiting(world, "ma") == []
    with clock.stopped(NOW + timedelta(days=1)):
        run_jobs()
        assert waiting(world, "ma") == [plan_id]
        assert waiting(world, "shen") == []
    assert alarms(world) == []


def test_what_was_handed_to_the_leaver_goes_to_his_successor(world: World) -> None:
    newcomer(world)
    plan_id = submitted(world, ("A4", 100))
    reviewed(world, plan_id, "he")
    asking.hand_over(desk(plan_id).id, world.people["shen"], "请代办", by=world.person("qin"))
    assert turned_over(world, "shen", "ma").tasks == 1
    assert desk(plan_id).handed_to == world.people["ma"]
    assert waiting(world, "ma") == [plan_id]
    assert any("由您接办" in text for text in told(world, "ma"))
    assert "现由马国栋接办" in history.of("plan", plan_id)[-1].summary
    seats = session().query(TaskSeat).order_by(TaskSeat.id).all()
    assert [(one.person_id, one.closed_at is None) for one in seats] == [
        (world.people["shen"], False), (world.people["ma"], True),
    ]  # fmt: skip
    act(world, "ma", plan_id)
    assert plan(plan_id).step_no == 3


def test_in_the_night_as_well(world: World) -> None:
    newcomer(world)
    plan_id = submitted(world, ("A4", 100))
    reviewed(world, plan_id, "he")
    asking.hand_over(desk(plan_id).id, world.people["shen"], "请代办", by=world.person("qin"))
    turned_over(world, "shen", "ma", TODAY)
    assert desk(plan_id).handed_to == world.people["shen"]
    with clock.stopped(NOW + timedelta(days=1)):
        run_jobs()
        assert desk(plan_id).handed_to == world.people["ma"]


def test_a_task_that_the_successor_may_not_work_goes_back_to_its_post(world: World) -> None:
    plan_id = submitted(world, ("A4", 100))
    reviewed(world, plan_id, "he")
    asking.hand_over(desk(plan_id).id, world.people["shen"], "请代办", by=world.person("qin"))
    people.end_post(account_of("he").posts[0].id, YESTERDAY, 1, by=world.person("an"))
    assert turned_over(world, "shen", "he").tasks == 0  # 何雨桐 has reviewed it for the school
    assert desk(plan_id).handed_to is None
    assert waiting(world, "qin") == [plan_id]
    assert any("退回原岗位" in text for text in told(world, "qin"))


def test_a_disabled_or_unposted_holder_of_a_task_gives_it_back_within_the_minute(world: World) -> None:
    plan_id = submitted(world, ("A4", 100))
    reviewed(world, plan_id, "he")
    asking.hand_over(desk(plan_id).id, world.people["shen"], "请代办", by=world.person("qin"))
    people.deactivate(world.people["shen"], by=world.person("xi"))
    run_jobs()  # nothing has to become due first
    assert desk(plan_id).handed_to is None
    assert waiting(world, "qin") == [plan_id]


def test_a_turn_passes_on_when_its_person_leaves(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.IN_ORDER), APPROVAL)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert desk(plan_id).handed_to == world.people["jiao"]
    people.deactivate(world.people["jiao"], by=world.person("xi"))
    run_jobs()
    assert desk(plan_id).handed_to == world.people["fang"]
    assert unmanned() == [plan(plan_id).number]  # two must speak, one is left
    assert "环节“国库复审”" in alarms(world)[0]


def test_questions_to_the_leaver_are_waited_for_no_longer(world: World) -> None:
    newcomer(world)
    plan_id = submitted(world, ("A4", 100))
    reviewed(world, plan_id, "he")
    asking.consult(desk(plan_id).id, world.people["shen"], "够不够？", blocking=True, by=world.person("qin"))
    turned_over(world, "shen", "ma")
    assert "沈思远已离岗，不再等待他的意见" in told(world, "qin")[0]
    act(world, "qin", plan_id)
    assert plan(plan_id).step_no == 3


def test_his_delegations_end_with_his_last_day(world: World) -> None:
    newcomer(world)
    join(world, "su", "苏股长", Role.OFFICE_CHIEF, office="06")
    lend(world, "shen", "qin")
    delegate(DelegationDraft("shen", None, TODAY, TODAY + timedelta(days=9), "休假"), by=world.person("su"))
    turned_over(world, "shen", "ma", TODAY + timedelta(days=2))
    found = session().query(Delegation).order_by(Delegation.id).all()
    assert [(one.ends_on, one.revoked_at) for one in found] == [(TODAY + timedelta(days=2), None)] * 2
    assert any("提前结束委托" in text for text in told(world, "qin"))


def test_one_of_two_posts_leaves_the_rest_alone(world: World) -> None:
    newcomer(world)
    appoint(world, "shen", Role.OFFICE_CHIEF, office="06")
    lend(world, "shen", "qin")
    chief = account_of("shen").posts[1].id
    draft = TurnOver("ma", [chief], YESTERDAY, "分工调整")
    assert turn_over(world.people["shen"], draft, DIVISION, by=world.person("an")) == Handed(1, 1, 0, 0)
    assert [post.label for post in world.person("shen").posts] == ["教科文股 股室初审"]
    assert [post.label for post in world.person("ma").posts] == ["农业农村股 股室负责人"]
    assert session().get_one(Delegation, 1).revoked_at is None


@pytest.mark.parametrize(
    ("leaver", "successor", "said"),
    [
        ("shen", "fang", "已任“国库复审”，不能再任“股室初审”"),
        ("shen", "lin", "申报与审批分离"),
        ("he", "lin", "同一单位的经办、审核、负责人须由不同的人担任"),
        ("shen", "shen", "接任人不能是离岗人本人"),
        ("shen", "nobody", "没有用户名为“nobody”的人员"),
        ("shen", "an", "不能给自己办理离岗交接，也不能接任"),
        ("an", "shen", "不能给自己办理离岗交接，也不能接任"),
    ],
)
def test_a_wrong_successor_is_refused_and_nothing_changes(
    world: World, leaver: str, successor: str, said: str
) -> None:
    with pytest.raises(Refused) as caught:
        turned_over(world, leaver, successor)
    session().rollback()
    assert said in str(caught.value)
    assert account_of(leaver).posts[0].ends_on is None


def test_a_successor_who_acts_for_somebody_else_is_refused_too(world: World) -> None:
    newcomer(world)
    lend(world, "fang", "ma")
    with pytest.raises(Refused, match="正受方芸委托代办“国库复审”，与“股室初审”不能由一人担任"):
        turned_over(world, "shen", "ma")


def test_a_disabled_successor_and_posts_that_are_gone_are_refused(world: World, sign_in: SignIn) -> None:
    newcomer(world)
    an, by = sign_in("an"), world.person("an")
    with pytest.raises(Refused, match="请至少选择一个要交接的岗位"):
        turn_over(world.people["shen"], TurnOver("ma", [], YESTERDAY, "退休"), DIVISION, by=by)
    with pytest.raises(Refused, match="刚刚已经终止"):
        turn_over(world.people["shen"], TurnOver("ma", [987], YESTERDAY, "退休"), DIVISION, by=by)
    people.deactivate(world.people["ma"], by=SYSTEM)
    with pytest.raises(Refused, match="账号已停用，不能接任"):
        turned_over(world, "shen", "ma")
    answer = an.post(f"/leavers/{world.people['shen']}", data={"successor": "ma", "last_day": "2026-11-19"})
    assert answer.status_code == 422
    assert "请至少选择一个要交接的岗位" in answer.text
    assert "请写明交接原因" in answer.text


def test_a_successor_who_holds_the_post_already_gets_none(world: World) -> None:
    join(world, "ma", "马国栋", Role.OFFICE_REVIEWER, office="04")
    assert turned_over(world, "shen", "ma") == Handed(1, 0, 0, 0)
    assert [post.label for post in world.person("ma").posts] == ["教科文股 股室初审"]


def test_only_the_security_administrator_turns_over(sign_in: SignIn, world: World) -> None:
    for username in ("xi", "shen", "lin", "ji"):
        assert sign_in(username).get("/leavers").status_code == 403
        assert sign_in(username).get(f"/leavers/{world.people['shen']}").status_code == 403
    assert "沈思远" in sign_in("an").get("/leavers?q=shen").text


def test_a_successor_who_made_the_plan_raises_an_alarm_at_once(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    people.end_post(account_of("lin").posts[0].id, YESTERDAY, 1, by=world.person("an"))
    done = turned_over(world, "he", "lin")  # who wrote it
    assert done.unmanned == 1
    assert "区实验小学 YK-202612-0001 环节“单位审核”" in alarms(world)[0]
    assert unmanned() == [plan(plan_id).number]
