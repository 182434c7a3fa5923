"""催办 by the clerk, once a day; and the page 超时与催办."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people.rules import Role
from approvals.chains.rules import StepScope
from approvals.limits.actions import nudge
from approvals.reviews import aside
from budget.plans.rules import PlanState
from core import clock, history
from core.errors import Missing, Overtaken, Refused
from core.notices import NoticeKind
from tests.approvals.limiting import limited, look, told, waiting
from tests.approvals.paths import appoint
from tests.approvals.stories import drafted, plan, review, reviewed, submitted, task_of, together
from tests.world import NOW, World

SignIn = Callable[[str], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]


# 催办


def test_the_clerk_asks_for_speed_once_a_day_works(world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    number = plan(plan_id).number
    with clock.stopped(NOW + timedelta(hours=2)):
        nudge(plan_id, by=world.person("lin"))
    (text,) = told(world, "he")
    assert text == f"林晓敏催办：区实验小学2026年12月用款计划（{number}）待您单位审核，已等待 2 小时"
    (kept,) = [one for one in history.of("plan", plan_id) if one.action == "nudge"]
    assert (kept.actor_name, kept.summary) == ("林晓敏", f"催办{number}：何雨桐")
    for username, hours in (("lin", 3), ("lin2", 13)):
        refused = pytest.raises(Refused, match="今天 12:00 已由林晓敏催办过，每份计划每天只能催办一次")
        with clock.stopped(NOW + timedelta(hours=hours)), refused:
            nudge(plan_id, by=world.person(username))
    assert len(told(world, "he")) == 1
    with clock.stopped(NOW + timedelta(days=1)):
        nudge(plan_id, by=world.person("lin2"))
    assert told(world, "he")[1].startswith("林小丹催办：")


def test_a_plan_that_moved_on_is_not_asked_for_twice_a_day(world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    nudge(plan_id, by=world.person("lin"))
    reviewed(world, plan_id, "he")
    with pytest.raises(Refused, match="每天只能催办一次"):
        nudge(plan_id, by=world.person("lin"))
    assert told(world, "shen") == []


def test_every_desk_that_has_the_plan_is_told(world: World) -> None:
    plan_id = submitted(world, ("A2", 100), ("A4", 100))
    reviewed(world, plan_id, "he")
    nudge(plan_id, by=world.person("lin"))
    assert [len(told(world, one)) for one in ("he", "shen", "qin")] == [0, 1, 1]
    (kept,) = [one for one in history.of("plan", plan_id) if one.action == "nudge"]
    assert kept.summary.endswith("：沈思远、秦川")


def test_two_clerks_at_once_ask_once(app: Flask, world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    lin, lin2 = world.person("lin"), world.person("lin2")
    outcomes = together(app, lambda: nudge(plan_id, by=lin), lambda: nudge(plan_id, by=lin2))
    assert [one is None for one in outcomes].count(True) == 1
    assert len(told(world, "he")) == 1


def test_a_plan_that_does_not_wait_is_refused(world: World) -> None:
    plan_id = drafted(world, ("A2", 100))
    with pytest.raises(Refused, match="没有在审核，不用催办"):
        nudge(plan_id, by=world.person("lin"))
    plan_id = submitted(world, ("A2", 100))
    aside.suspend(task_of(world, "he", plan_id).id, "无款", date(2026, 11, 27), by=world.person("he"))
    with pytest.raises(Overtaken, match=r"已挂起，2026-11-27 复审.*何雨桐 已于 11-20 10:00 挂起"):
        nudge(plan_id, by=world.person("lin"))
    assert told(world, "he") == []


def test_nobody_asks_for_another_units_plan(world: World) -> None:
    plan_id = submitted(world, ("A2", 100))
    for username in ("zhou", "he", "luo"):
        with pytest.raises(Missing):
            nudge(plan_id, by=world.person(username))


def test_the_button_is_for_the_clerk_and_tells_of_the_last_time(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A2", 100))
    lin = sign_in("lin")
    assert f'action="/plans/{plan_id}/nudge"' in lin.get(f"/plans/{plan_id}").text
    assert "/nudge" not in sign_in("he").get(f"/plans/{plan_id}").text
    answer = lin.post(f"/plans/{plan_id}/nudge")
    assert (answer.status_code, answer.location) == (302, f"/plans/{plan_id}")
    text = lin.get(f"/plans/{plan_id}").text
    assert "已催办，审核人会收到消息。" in text
    assert "今天 10:00 已催办" in text
    assert "/nudge" not in text
    late = lin.post(f"/plans/{plan_id}/nudge")
    assert late.status_code == 422
    assert "今天 10:00 已由林晓敏催办过" in late.text
    assert sign_in("he").post(f"/plans/{plan_id}/nudge").status_code == 403
    with clock.stopped(NOW + timedelta(days=3)):
        text = sign_in("lin").get(f"/plans/{plan_id}").text
        assert "上次 11-20" in text
        assert "/nudge" in text
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    assert plan(plan_id).state is PlanState.APPROVED
    assert "/nudge" not in lin.get(f"/plans/{plan_id}").text


# 超时与催办


def test_the_page_tells_who_is_late_where_and_how_long_works(world: World, sign_in: SignIn) -> None:
    limited(Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, 1, Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    first, second = waiting(world, ("A2", 100)), waiting(world, ("A2", 100), ("A4", 100))
    nudge(second, by=world.person("lin"))
    luo = sign_in("luo")
    assert "没有超时的待办" in luo.get("/limits").text
    look(clock.at(2026, 11, 25, 9, 0))
    with clock.stopped(clock.at(2026, 11, 25, 10, 0)):
        text = sign_in("luo").get("/limits").text
        assert "已超时 3" in text
        assert text.count("2 个工作日") == 3
        for part in ("教科文股 限时审核", "沈思远", "秦川", "11-25 09:00", "11-20 10:00", "已上报 2 项"):
            assert part in text
        assert f"/plans/{first}" in text
        office = world.offices["06"]
        one = sign_in("luo").get(f"/limits?step=限时审核&office={office}").text
        assert (one.count("2 个工作日"), "秦川" in one) == (1, True)
        assert "没有超时的待办" in sign_in("luo").get("/limits?step=别的&office=x").text
        admin = sign_in("xi").get("/limits").text
        assert "已超时 3" in admin
        assert f"/plans/{first}" not in admin
        appoint(world, "qin", Role.OFFICE_CHIEF, office="06")
        assert "已超时 1" in sign_in("qin").get("/limits").text
        review(world, "qin", plan_id=second)
        assert "已超时 2" in sign_in("luo").get("/limits").text


def test_suspended_plans_whose_day_has_come_stand_on_a_list_of_their_own(world: World, sign_in: SignIn) -> None:
    limited(days=1)
    plan_id = waiting(world)
    aside.suspend(task_of(world, "he", plan_id).id, "无款", date(2026, 11, 27), by=world.person("he"))
    with clock.stopped(clock.at(2026, 11, 27, 9, 0)):
        luo = sign_in("luo")
        assert "没有超时的待办" in luo.get("/limits").text
        text = luo.get("/limits?stage=review").text
        assert plan(plan_id).number in text
        assert "2026-11-27" in text


@pytest.mark.parametrize("username", ["lin", "he", "shen", "fang", "an"])
def test_who_has_nothing_to_lead_does_not_see_the_page(sign_in: SignIn, world: World, username: str) -> None:
    assert sign_in(username).get("/limits").status_code == 403


def test_the_page_asks_as_often_for_fifty_desks_as_for_two(
    world: World, sign_in: SignIn, count_queries: Counting
) -> None:
    counts = []
    for number in (2, 48):
        for one in range(number):
            waiting(world, ("A2", 10 + one))
        with clock.stopped(clock.at(2026, 11, 26, 9, 0)):
            luo = sign_in("luo")
            luo.get("/limits")
            with count_queries() as queries:
                assert luo.get("/limits").text.count("何雨桐") >= number
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_nudge_is_a_message_of_limits(world: World) -> None:
    nudge(submitted(world, ("A2", 100)), by=world.person("lin"))
    assert len(told(world, "he", NoticeKind.LIMIT)) == 1
