"""Filing windows: the pages of the system administrator, and the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from accounts.people.rules import SYSTEM
from budget.windows import store
from budget.windows.actions import save_window
from budget.windows.models import FilingWindow
from core import clock, history
from core.db import session, transaction
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
OPENS = clock.at(2026, 11, 15)
CLOSES = clock.at(2026, 11, 25, 17, 0)


# Pages


def save(client: FlaskClient, month: int, opens: str, closes: str) -> tuple[int, str]:
    window = store.window_of(DIVISION, 2027, month)
    data = {"opens": opens, "closes": closes, "seen": window.version if window else 0}
    answer = client.post(f"/windows/2027/{month}", data=data)
    return answer.status_code, answer.text


def test_opening_a_month_works_in_shanghai_time(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    status, _ = save(admin, 1, "2026-12-15T08:00", "2026-12-25T17:30")
    assert status == 302
    window = store.find_window(DIVISION, 2027, 1)
    assert window is not None
    assert (window.opens_at, window.closes_at) == (clock.at(2026, 12, 15, 8, 0), clock.at(2026, 12, 25, 17, 30))
    event = history.of("window", "2027-01")[0]
    assert event.summary == "2027年1月申报窗口：2026年12月15日 08:00 至 2026年12月25日 17:30"
    assert (event.actor_id, event.details) == (world.people["xi"], '{"before": "未设置", "department": ""}')
    page = admin.get("/windows?year=2027").text
    assert "2026-12-15 08:00" in page
    assert 'value="2026-12-15T08:00"' in admin.get("/windows/2027/1").text


def test_moving_a_window_works_and_keeps_one_row(sign_in: SignIn) -> None:
    admin = sign_in("xi")
    save(admin, 1, "2026-12-15T08:00", "2026-12-25T17:30")
    save(admin, 1, "2026-12-15T08:00", "2026-12-26T12:00")
    assert [(window.fiscal_year, window.month) for window in store.windows(DIVISION)] == [(2027, 1), (2026, 12)]
    assert "2026年12月25日 17:30" in history.of("window", "2027-01")[1].details


def test_the_list_says_how_each_month_stands(sign_in: SignIn) -> None:
    admin = sign_in("xi")
    assert admin.get("/windows").text.count("未设置") == 11
    for moment, said in ((clock.at(2026, 11, 14), "未开放"), (CLOSES, "开放中"), (clock.at(2026, 11, 26), "已截止")):
        with clock.stopped(moment):
            assert said in sign_in("xi").get("/windows").text
    assert "2026年1月" in sign_in("xi").get("/windows?year=nonsense").text


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        ("2026-12-25T17:30", "2026-12-15T08:00", "截止时间须晚于开放时间"),
        ("", "2026-12-15T08:00", "请填写开放时间"),
        ("2026-12-15T08:00", "", "请填写截止时间"),
        ("tomorrow", "2026-12-15T08:00", "请填写开放时间"),
        ("2026-13-45T99:00", "2026-12-15T08:00", "请填写开放时间"),
    ],
)
def test_a_wrong_window_is_refused_and_what_was_typed_stays(
    sign_in: SignIn, opens: str, closes: str, said: str
) -> None:
    status, page = save(sign_in("xi"), 1, opens, closes)
    assert status == 422
    assert said in page
    assert f'value="{closes}"' in page
    assert store.find_window(DIVISION, 2027, 1) is None


@pytest.mark.parametrize("address", ["/windows/2026/13", "/windows/2026/0", "/windows/26/1", "/windows/2026/-1"])
def test_a_month_that_does_not_exist_is_missing(sign_in: SignIn, address: str) -> None:
    assert sign_in("xi").get(address).status_code == 404


def test_only_the_system_administrator_opens_windows(sign_in: SignIn) -> None:
    for username in ("lin", "fang", "an", "ji"):
        client = sign_in(username)
        assert client.get("/windows").status_code == 403
        assert save(client, 1, "2026-12-15T08:00", "2026-12-25T17:30")[0] == 403
    assert store.find_window(DIVISION, 2027, 1) is None


@pytest.mark.usefixtures("world")
def test_the_database_refuses_a_window_that_closes_before_it_opens() -> None:
    with pytest.raises(IntegrityError), transaction() as work:
        window = FilingWindow(division_code=DIVISION, fiscal_year=2027, month=1, opens_at=CLOSES, closes_at=OPENS)
        work.add(window)


@pytest.mark.usefixtures("world")
def test_the_window_that_closes_next_is_the_current_one() -> None:
    save_window(DIVISION, 2027, 1, OPENS, CLOSES - timedelta(days=1), by=SYSTEM)
    for moment, month in ((clock.now(), 1), (CLOSES, 12), (CLOSES + timedelta(minutes=1), None)):
        window = store.current_window(DIVISION, moment)
        assert (window.month if window else None) == month


# Command


def test_opening_a_month_by_command_works(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    said = run(args=["windows", "open", "2027", "1", "--opens", "2026-12-15 08:00", "--closes", "2026-12-25 17:00"])
    assert said.output == "2026年12月15日 08:00 至 2026年12月25日 17:00\n"
    session().rollback()
    window = store.find_window(DIVISION, 2027, 1)
    assert window is not None
    assert window.opens_at == clock.at(2026, 12, 15, 8, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2027", "13", "--opens", "2026-12-15 08:00", "--closes", "2026-12-25 17:00"), "没有 2027 年 13 月"),
        (("2027", "1", "--opens", "2026-12-25 08:00", "--closes", "2026-12-15 17:00"), "截止时间须晚于"),
        (("2027", "1", "--opens", "soon", "--closes", "2026-12-15 17:00"), "soon"),
    ],
)
def test_a_wrong_command_says_why(app: Flask, arguments: tuple[str, ...], said: str) -> None:
    answer = app.test_cli_runner().invoke(args=["windows", "open", *arguments])
    assert answer.exit_code != 0
    assert said in answer.output
