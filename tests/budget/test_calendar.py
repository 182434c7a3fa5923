"""The page of the working calendar, and what it does to deadlines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from approvals.reviews.steps import due
from budget.calendar import store
from budget.calendar.actions import load_default_days, save_days
from core import clock, history
from core.errors import Conflict, Refused
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
LINES = "2026-10-01 至 2026-10-07 休 国庆节\n2026-10-10 班 国庆节调休"


def send(client: FlaskClient, lines: str, seen: int, year: int = 2026) -> tuple[int, str]:
    answer = client.post(f"/calendar/{year}", data={"lines": lines, "seen": seen})
    return answer.status_code, answer.text


def test_saving_the_table_works_and_keeps_its_history(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    assert send(admin, LINES, 0)[0] == 302
    assert len(store.days_of(DIVISION, 2026)) == 8
    page = admin.get("/calendar?year=2026").text
    assert "2026-10-01 至 2026-10-07 休 国庆节" in page
    assert 'class="extra" title="国庆节调休"' in page
    assert send(admin, "2026-10-01 休 国庆节", 1)[0] == 302
    assert [str(one.day) for one in store.days_of(DIVISION, 2026)] == ["2026-10-01"]
    event = history.of("calendar", 2026)[-1]
    assert event.summary == "2026年工作日历：新增 0 条，变更 0 条，未变 1 条，删除 7 条"
    assert "2026-10-10 班 国庆节调休" in event.details
    assert store.calendar_version(DIVISION, 2026) == 2


def test_changing_a_day_works_and_the_same_again_changes_nothing(world: World) -> None:
    by = world.person("xi")
    save_days(DIVISION, 2026, "2026-10-01 休 国庆", 0, by=by)
    told = save_days(DIVISION, 2026, "2026-10-01 班 加班", 1, by=by)
    assert len(told.changed) == 1
    assert store.special_days(DIVISION, date(2026, 9, 1), date(2026, 10, 31)) == {date(2026, 10, 1): True}
    assert save_days(DIVISION, 2026, "2026-10-01 班 加班", 0, by=by).is_empty
    assert len(history.of("calendar", 2026)) == 2


def test_somebody_elses_save_is_shown_and_can_be_gone_over(sign_in: SignIn, world: World) -> None:
    save_days(DIVISION, 2026, "2026-10-01 休 国庆节", 0, by=world.person("xi"))
    status, page = send(sign_in("xi"), "2026-10-01 休 国庆", 0)
    assert status == 409
    assert "2026-10-01 名称：已保存“国庆节”，您填写“国庆”。" in page or "名称：已保存“国庆节”，您填写“国庆”。" in page
    assert "2026-10-01 休 国庆</textarea>" in page
    assert 'name="seen" type="hidden" value="1"' in page
    assert send(sign_in("xi"), "2026-10-01 休 国庆", 1)[0] == 302
    with pytest.raises(Conflict):
        save_days(DIVISION, 2026, "", 1, by=world.person("xi"))


def test_a_wrong_line_is_refused_and_what_was_typed_stays(sign_in: SignIn) -> None:
    status, page = send(sign_in("xi"), f"{LINES}\n国庆节补休", 0)
    assert status == 422
    assert "第 3 行：看不懂“国庆节补休”" in page
    assert "国庆节补休</textarea>" in page
    assert store.days_of(DIVISION, 2026) == ()


def test_the_arrangement_of_2026_is_loaded_by_a_button(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    assert "载入 2026 年国务院办公厅安排" in admin.get("/calendar?year=2026").text
    assert "载入 2027 年" not in admin.get("/calendar?year=2027").text
    assert admin.post("/calendar/2026/load", data={"seen": 0}).status_code == 302
    assert len(store.days_of(DIVISION, 2026)) == 39
    save_days(DIVISION, 2026, LINES, 1, by=world.person("xi"))
    answer = admin.post("/calendar/2026/load", data={"seen": 1})
    assert answer.status_code == 409
    assert "2026年工作日历刚刚被席系统（11-20 10:00）保存过" in answer.text
    with pytest.raises(Refused, match="没有附带 2030 年"):
        load_default_days(DIVISION, 2030, 0, by=world.person("xi"))
    assert admin.post("/calendar/2030/load", data={"seen": 0}).status_code == 422


@pytest.mark.parametrize("address", ["/calendar/1999", "/calendar/2101", "/calendar/1999/load"])
def test_a_year_out_of_use_is_missing(sign_in: SignIn, address: str) -> None:
    assert sign_in("xi").post(address, data={"lines": "", "seen": 0}).status_code == 404


def test_a_nonsense_year_shows_this_year(sign_in: SignIn) -> None:
    for asked in ("nonsense", "99999999999", "1", ""):
        assert "2026年工作日历" in sign_in("xi").get(f"/calendar?year={asked}").text


def test_only_the_system_administrator_keeps_the_calendar(sign_in: SignIn) -> None:
    for username in ("lin", "fang", "luo", "an", "shi"):
        client = sign_in(username)
        assert client.get("/calendar").status_code == 403
        assert send(client, LINES, 0)[0] == 403


def test_a_task_is_due_by_working_days(world: World) -> None:
    opened = clock.at(2026, 9, 30, 15, 0)
    assert due(opened, 3, {}) == clock.at(2026, 10, 5, 17, 30)
    load_default_days(DIVISION, 2026, 0, by=world.person("xi"))
    special = store.special_days(DIVISION, date(2026, 9, 30), date(2026, 10, 31))
    assert due(opened, 3, special) == clock.at(2026, 10, 10, 17, 30)
