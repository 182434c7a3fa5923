"""Signing in: who gets in, who does not, and that a stranger learns nothing from the answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from accounts.people.models import Account
from accounts.signin.models import LoginSession
from accounts.signin.rules import LOCK_FOR, WRONG
from core import clock
from core.db import session, transaction
from core.history import Event
from tests.world import NOW, PASSWORD, World


def attempt(app: Flask, username: str, password: str = PASSWORD, next_page: str | None = None) -> TestResponse:
    """One try in a new browser."""
    query = {"next": next_page} if next_page is not None else {}
    return app.test_client().post("/sign-in", data={"username": username, "password": password}, query_string=query)


def last_event() -> Event:
    return session().scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def test_signing_in_works(app: Flask, world: World) -> None:
    answer = attempt(app, " Lin ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert session().scalars(select(LoginSession.person_id)).all() == [world.people["lin"]]
    assert (last_event().action, last_event().actor_id) == ("sign_in", world.people["lin"])


def test_the_page_names_the_system_and_the_bureau(app: Flask) -> None:
    page = app.test_client().get("/sign-in")
    assert page.status_code == 200
    assert "用款计划申报系统" in page.text
    assert "张湾区财政局" in page.text
    assert "Chrome 92" in page.text


@pytest.mark.usefixtures("world")
def test_unknown_wrong_locked_and_deactivated_get_the_same_answer(app: Flask) -> None:
    with transaction() as work:
        work.scalars(select(Account).where(Account.username == "he")).one().active = False
        work.scalars(select(Account).where(Account.username == "zhou")).one().locked_until = NOW + LOCK_FOR
    wrong = [attempt(app, "nobody"), attempt(app, "lin", "wrong"), attempt(app, "zhou"), attempt(app, "he")]
    assert {answer.status_code for answer in wrong} == {422}
    assert all(WRONG in answer.text for answer in wrong)
    typed = re.compile(r'value="(nobody|lin|zhou|he|[0-9a-f]{32})"')  # and the form key of each page
    assert len({typed.sub("", answer.text) for answer in wrong}) == 1
    assert len({tuple(key for key, _ in answer.headers) for answer in wrong}) == 1


@pytest.mark.usefixtures("world")
def test_each_failure_takes_the_same_work(app: Flask) -> None:
    """One hash and one written event each: a stranger with a stop watch learns nothing either."""
    for username, said in (("nobody", "没有这个用户名"), ("lin", "密码不正确")):
        before = session().scalar(select(func.count(Event.id)))
        attempt(app, username, "wrong")
        assert session().scalar(select(func.count(Event.id))) == (before or 0) + 1
        assert last_event().summary.endswith(f"登录失败：{said}")
        assert last_event().actor_name == "系统"


def test_the_auditor_never_reads_what_was_typed_as_an_unknown_name(app: Flask) -> None:
    attempt(app, "Kaixin-2026!", "lin")
    assert "Kaixin" not in last_event().summary + last_event().details + last_event().subject_id


def test_five_failures_lock_for_fifteen_minutes(app: Flask, world: World) -> None:
    for _ in range(5):
        assert attempt(app, "lin", "wrong").status_code == 422
    assert session().get_one(Account, world.people["lin"]).locked_until == NOW + timedelta(minutes=15)
    assert last_event().summary == "“林晓敏”登录失败：连续 5 次输错密码，账号锁定 15 分钟"
    assert attempt(app, "lin").status_code == 422
    with clock.stopped(NOW + timedelta(minutes=15)):
        assert attempt(app, "lin").status_code == 302


def test_four_failures_do_not_lock_and_success_clears_them(app: Flask, world: World) -> None:
    for _ in range(2):
        for _ in range(4):
            attempt(app, "lin", "wrong")
        assert attempt(app, "lin").status_code == 302
        assert session().get_one(Account, world.people["lin"]).failures == 0


def test_waiting_out_a_lock_gives_five_new_tries(app: Flask) -> None:
    for _ in range(5):
        attempt(app, "lin", "wrong")
    with clock.stopped(NOW + LOCK_FOR):
        attempt(app, "lin", "wrong")
        assert attempt(app, "lin").status_code == 302


@pytest.mark.parametrize("fields", [{}, {"username": "lin"}, {"password": "x"}, {"username": "", "password": ""}])
def test_an_empty_field_is_named(app: Flask, fields: dict[str, str]) -> None:
    answer = app.test_client().post("/sign-in", data=fields)
    assert answer.status_code == 422
    assert "请输入" in answer.text


def test_the_password_is_never_sent_back(app: Flask) -> None:
    assert "Secret-1234" not in attempt(app, "lin", "Secret-1234").text


@pytest.mark.parametrize("target", ["/windows", "/plans?year=2026&page=2", "/"])
def test_the_page_that_was_asked_for_comes_next(app: Flask, target: str) -> None:
    assert attempt(app, "lin", next_page=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
        "/\n/evil.example", "javascript:alert(1)", "evil.example", "", "http:/evil.example", "/ok\\..\\//evil",
    ],
)  # fmt: skip
def test_another_house_never_comes_next(app: Flask, target: str) -> None:
    assert attempt(app, "lin", next_page=target).location == "/"


def test_a_visitor_is_led_to_sign_in_and_back(app: Flask) -> None:
    visitor = app.test_client()
    answer = visitor.get("/people?q=a")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/people?q%3Da"
    after = visitor.post(answer.location, data={"username": "xi", "password": PASSWORD})
    assert after.location == "/people?q=a"
    assert visitor.get(after.location).status_code == 200


def test_a_visitors_script_is_told_in_json(app: Flask) -> None:
    answer = app.test_client().get("/notices", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.get_json() == {"error": "登录已超时，请在新窗口重新登录后再继续，已填写的内容仍在本页。"}


def test_a_post_of_a_visitor_does_not_come_back_as_a_get(app: Flask) -> None:
    assert app.test_client().post("/notices/read").location == "/sign-in?next=/"


@pytest.mark.parametrize("username", ["x\0y", "x" * 65, "林晓敏", "' OR 1=1 --"])
def test_strange_names_are_turned_down_in_peace(app: Flask, username: str) -> None:
    assert attempt(app, username).status_code in (400, 422)
