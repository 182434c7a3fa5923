"""The rule of a year, making its windows, departments' own windows, and versions."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people.rules import SYSTEM
from budget.calendar.actions import load_default_days
from budget.windows import store, yearly
from budget.windows.actions import make_year, remove_window, save_rule, save_window
from budget.windows.monthly import MonthTerms, Moving, Verdict
from core import clock, history
from core.db import transaction
from core.errors import Conflict, Missing, Refused
from tests.world import DIVISION, World, allotment

SignIn = Callable[[str], FlaskClient]
RULE = {
    "opens_day": "10", "closes_day": "25", "closes_time": "18:00", "moves": "previous", "last_supplement_day": "18",
}  # fmt: skip


def test_saving_the_rule_works(sign_in: SignIn) -> None:
    admin = sign_in("xi")
    assert "还没有保存过规则" in admin.get("/windows/2027/rule").text
    answer = admin.post("/windows/2027/rule", data={**RULE, "seen": 0})
    assert (answer.status_code, answer.location) == (302, "/windows/2027/make")
    assert store.terms_of_year(DIVISION, 2027) == MonthTerms(10, 25, 18 * 60, Moving.PREVIOUS, 18)
    assert "截止日 上月 25 日 18:00" in history.of("month_rule", 2027)[0].summary
    assert 'value="18:00"' in admin.get("/windows/2027/rule").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("opens_day", "26", "开放日不晚于截止日"),
        ("closes_day", "31", "须在 1 日至 28 日之间"),
        ("closes_time", "25:00", "请写成 17:00 这样的时刻"),
        ("closes_time", "0:00", "请写成 17:00 这样的时刻"),
        ("last_supplement_day", "0", "须在 1 日至 31 日之间"),
        ("opens_day", "", "请填写开放日"),
    ],
)
def test_a_wrong_rule_is_refused(sign_in: SignIn, field: str, value: str, said: str) -> None:
    answer = sign_in("xi").post("/windows/2027/rule", data={**RULE, "seen": 0, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert store.find_rule(DIVISION, 2027) is None


def test_a_rule_saved_by_somebody_else_is_shown(sign_in: SignIn) -> None:
    save_rule(DIVISION, 2027, MonthTerms(closes_day=22), 0, by=SYSTEM)
    answer = sign_in("xi").post("/windows/2027/rule", data={**RULE, "seen": 0})
    assert answer.status_code == 409
    assert "2027年月度规则刚刚被系统（11-20 10:00）保存过" in answer.text
    assert "截止日：已保存“上月 22 日 17:00”，您填写“上月 25 日 18:00”。" in answer.text
    assert store.terms_of_year(DIVISION, 2027).closes_day == 22
    assert sign_in("xi").post("/windows/2027/rule", data={**RULE, "seen": 1}).status_code == 302


# Making a year


def digest_on(page: str) -> str:
    found = re.search(r'name="digest"[^>]*value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_making_a_year_shows_first_and_then_does_it(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    load_default_days(DIVISION, 2026, 0, by=SYSTEM)
    page = admin.get("/windows/2026/make").text
    assert "已经过期，不动" in page
    assert "手工设置，保留" in page  # December, set by hand
    assert store.windows(DIVISION, 2026)[0].month == 12
    assert len(store.windows(DIVISION)) == 1
    page = admin.get("/windows/2026/make?overwrite=y").text
    assert "覆盖手工设置" in page
    answer = admin.post("/windows/2026/make", data={"digest": digest_on(page), "overwrite": "y"})
    assert answer.status_code == 302
    window = store.find_window(DIVISION, 2026, 12)
    assert window is not None
    assert (window.closes_at, window.by_hand, window.version) == (clock.at(2026, 11, 20, 17, 0), False, 2)
    assert "覆盖手工设置" in history.of("window", "2026-12")[-1].summary


def test_the_window_of_january_waits_for_the_new_years_allotments(world: World) -> None:
    plan = yearly.plan_year(DIVISION, 2027, overwrite=False)
    assert plan.months[0].verdict is Verdict.NO_MONEY
    assert [one.verdict for one in plan.months[1:]] == [Verdict.NEW] * 11
    assert make_year(DIVISION, 2027, False, plan.digest, by=SYSTEM) == 11
    assert store.find_window(DIVISION, 2027, 1) is None
    _move_allotment(world, 2027)
    plan = yearly.plan_year(DIVISION, 2027, overwrite=False)
    assert plan.months[0].verdict is Verdict.NEW
    assert plan.months[0].opens_at == clock.at(2026, 12, 15)
    assert {one.verdict for one in plan.months[1:]} == {Verdict.SAME}


def _move_allotment(world: World, year: int) -> None:
    with transaction():
        allotment(world, "A3").fiscal_year = year


@pytest.mark.usefixtures("world")
def test_a_window_of_the_rule_follows_the_rule_and_one_by_hand_stays() -> None:
    plan = yearly.plan_year(DIVISION, 2027, overwrite=False)
    make_year(DIVISION, 2027, False, plan.digest, by=SYSTEM)
    save_window(DIVISION, 2027, 5, clock.at(2027, 4, 1), clock.at(2027, 4, 9), by=SYSTEM)
    save_rule(DIVISION, 2027, MonthTerms(closes_day=22), 0, by=SYSTEM)
    plan = yearly.plan_year(DIVISION, 2027, overwrite=False)
    assert plan.months[4].verdict is Verdict.HAND
    assert plan.months[5].verdict is Verdict.MOVE
    assert plan.kept_by_hand == 1
    make_year(DIVISION, 2027, False, plan.digest, by=SYSTEM)
    closes = {one.month: one.closes_at for one in store.windows(DIVISION, 2027)}
    assert closes[6] == clock.at(2027, 5, 24, 17, 0)
    assert closes[5] == clock.at(2027, 4, 9)


def test_what_was_shown_is_what_is_done(sign_in: SignIn) -> None:
    plan = yearly.plan_year(DIVISION, 2027, overwrite=False)
    save_rule(DIVISION, 2027, MonthTerms(closes_day=22), 0, by=SYSTEM)
    with pytest.raises(Refused, match="在您打开页面之后有变化"):
        make_year(DIVISION, 2027, False, plan.digest, by=SYSTEM)
    answer = sign_in("xi").post("/windows/2027/make", data={"digest": plan.digest})
    assert answer.status_code == 422
    assert "没有生成" in answer.text
    assert digest_on(answer.text) != plan.digest
    assert store.windows(DIVISION, 2027) == []


# Departments


def test_a_department_files_in_its_own_window(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    data = {"department": "201", "opens": "2026-11-01T00:00", "closes": "2026-11-18T17:00", "seen": 0}
    assert admin.post("/windows/2026/12/departments", data=data).status_code == 302
    own, general = (store.find_window(DIVISION, 2026, 12, code) for code in ("201", "301"))
    assert own is not None
    assert general is not None
    assert (own.closes_at, general.closes_at) == (clock.at(2026, 11, 18, 17, 0), clock.at(2026, 11, 25, 17, 0))
    assert [one.department_code for one in store.windows_for(DIVISION, "201")] == ["201"]
    assert [one.department_code for one in store.windows_for(DIVISION, "301")] == [""]
    assert store.current_window(DIVISION, clock.now(), "201") is None  # its own is over, the general one is not its
    assert "区教育局" in admin.get("/windows?year=2026").text
    assert "12月计划 11月25日" in sign_in("zhou").get("/home").text
    assert "12月计划 11月25日" not in sign_in("lin").get("/home").text


def test_a_departments_window_is_changed_and_taken_away(sign_in: SignIn) -> None:
    admin = sign_in("xi")
    save_window(DIVISION, 2026, 12, clock.at(2026, 11, 1), clock.at(2026, 11, 18), by=SYSTEM, department_code="201")
    address = "/windows/2026/12?department=201"
    assert "取消部门窗口" in admin.get(address).text
    data = {"opens": "2026-11-01T00:00", "closes": "2026-11-28T17:00", "seen": 1}
    assert admin.post(address, data=data).status_code == 302
    save_window(DIVISION, 2026, 12, clock.at(2026, 11, 1), clock.at(2026, 11, 18), by=SYSTEM, department_code="202")
    answer = admin.post(address, data={**data, "closes": "2026-11-30T17:00"})
    assert answer.status_code == 409
    assert "2026年12月申报窗口刚刚被席系统（11-20 10:00）保存过" in answer.text
    assert "截止时间：已保存“2026-11-28 17:00”，您填写“2026-11-30 17:00”。" in answer.text
    assert admin.post("/windows/2026/12/remove", data={"department": "201"}).status_code == 302
    assert store.window_of(DIVISION, 2026, 12, "201") is None
    assert store.window_of(DIVISION, 2026, 12) is not None
    assert history.of("window", "2026-12")[-1].action == "remove"
    for code in ("201", "", "999"):
        assert admin.post("/windows/2026/12/remove", data={"department": code}).status_code == 404
    with pytest.raises(Missing):
        remove_window(DIVISION, 2026, 12, "", by=SYSTEM)


@pytest.mark.parametrize("code", ["999", "201003", "'"])
def test_a_department_that_is_none_is_missing(sign_in: SignIn, code: str) -> None:
    assert sign_in("xi").get("/windows/2026/12", query_string={"department": code}).status_code == 404


def test_an_unknown_department_is_refused(sign_in: SignIn) -> None:
    data = {"department": "999", "opens": "2026-11-01T00:00", "closes": "2026-11-18T17:00", "seen": 0}
    assert sign_in("xi").post("/windows/2026/12/departments", data=data).status_code == 422
    assert sign_in("xi").get("/windows/2026/13/departments").status_code == 404
    assert sign_in("xi").get("/windows/1999/make").status_code == 404


@pytest.mark.usefixtures("world")
def test_a_window_made_meanwhile_is_no_silent_overwriting() -> None:
    with pytest.raises(Conflict):
        save_window(DIVISION, 2026, 12, clock.at(2026, 11, 1), clock.at(2026, 11, 30), by=SYSTEM, seen=0)


def test_the_command_knows_departments(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    dates = ("--opens", "2026-12-15 08:00", "--closes", "2026-12-25 17:00")
    assert run(args=["windows", "open", "2027", "1", *dates, "--department", "301"]).exit_code == 0
    assert "没有代码为“999”的部门" in run(args=["windows", "open", "2027", "1", *dates, "--department", "999"]).output
    assert [one.department_code for one in store.windows(DIVISION, 2027)] == ["301"]


def test_only_the_system_administrator_makes_windows(sign_in: SignIn) -> None:
    for username in ("lin", "fang", "luo", "shi"):
        client = sign_in(username)
        for address in ("/windows/2026/rule", "/windows/2026/make", "/windows/2026/12/departments"):
            assert client.get(address).status_code == 403
            assert client.post(address, data={}).status_code == 403
