"""The ledger on the screen and as a workbook: the same selection, the same sums, only what one may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from core import history
from core.db import db
from tests.budget.paying import take, voucher
from tests.exports.stories import school_plan, water_plan
from tests.world import World

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def posted(world: World) -> World:
    """Three entries of the school (A1, A3 cut, A4 of another office) and one of the water bureau."""
    school_plan(world)
    water_plan(world)
    return world


def workbook(client: FlaskClient, address: str = "/ledger.xlsx", **asked: object) -> Any:
    answer = client.post(address, data={"year": 2026, **asked})
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(BytesIO(answer.data)).active


def column(sheet: Any, heading: str) -> list[Any]:
    place = [cell.value for cell in sheet[1]].index(heading)
    return [row[place].value for row in sheet.iter_rows(min_row=2)]


@pytest.mark.usefixtures("posted")
def test_the_ledger_shows_lines_and_totals_works(sign_in: SignIn) -> None:
    page = sign_in("fang").get("/ledger?year=2026&month=12").text
    for said in ("区实验小学", "区水利局", "全部 4 行合计", "125,700.00", "120,700.00", "PF-2026-00001"):
        assert said in page


@pytest.mark.parametrize(
    ("username", "seen"),
    [("lin", "A1 A3 A4"), ("qin", "A4 B1"), ("jiao", "A1 A3 A4"), ("zhou", "B1"), ("shi", "A1 A3 A4 B1")],
)
@pytest.mark.usefixtures("posted")
def test_everybody_sees_his_own_lines_only(username: str, seen: str, sign_in: SignIn) -> None:
    client = sign_in(username)
    page = client.get("/ledger?year=2026").text
    assert [key for key in ("A1", "A3", "A4", "B1") if f"{key} 用款" in page] == seen.split()
    assert [purpose.split()[0] for purpose in column(workbook(client), "用途") if purpose] == seen.split()


@pytest.mark.parametrize(
    ("asked", "count"),
    [({"month": "11"}, 0), ({"unit": "201"}, 3), ({"q": "水利"}, 1), ({"unit": "301001", "month": "12"}, 1),
     ({"month": "13"}, 4), ({"year": "2025"}, 0), ({"q": "%"}, 0)],
)  # fmt: skip
@pytest.mark.usefixtures("posted")
def test_page_and_workbook_share_their_filters(asked: dict[str, str], count: int, sign_in: SignIn) -> None:
    client = sign_in("fang")
    page = client.get("/ledger", query_string={"year": "2026", **asked}).text
    assert page.count("/plans/") == count
    assert len(column(workbook(client, **asked), "台账序号")) == count + 1  # and the totals


def test_the_office_filter_names_its_office(posted: World, sign_in: SignIn) -> None:
    client = sign_in("fang")
    assert client.get(f"/ledger?year=2026&office={posted.offices['06']}").text.count("/plans/") == 2


@pytest.mark.usefixtures("posted")
def test_the_workbook_sums_exactly_and_leaves_payments_empty(sign_in: SignIn) -> None:
    sheet = workbook(sign_in("fang"))
    assert column(sheet, "批复数") == [100_000, 15_000, 5_000, 700, 120_700]
    assert column(sheet, "申报数")[-1] == 125_700
    assert set(column(sheet, "已支付（暂无支付数据）")[:-1]) == {None}
    assert "2026年支付尚未导入" in sign_in("fang").get("/ledger?year=2026").text
    assert column(sheet, "审核人")[0] == "方芸"
    assert column(sheet, "批复人")[0] == "罗局"
    assert column(sheet, "三保标识")[0] == "保工资"
    assert column(sheet, "凭证张数")[:3] == [1, 1, 1]


@pytest.mark.usefixtures("posted")
def test_page_and_workbook_show_what_is_paid_and_left(sign_in: SignIn) -> None:
    take(voucher("V1", "60000.00"), voucher("V2", "15000.00", "A3"), voucher("V3", "-0.01", "A3"))
    client = sign_in("fang")
    page, sheet = client.get("/ledger?year=2026").text, workbook(client)
    assert column(sheet, "已支付") == [60_000, 14_999.99, 0, 0, 74_999.99]
    assert column(sheet, "计划余额") == [40_000, 0.01, 5_000, 700, 45_700.01]
    assert "14,999.99" in page
    assert "支付尚未导入" not in page


@pytest.mark.usefixtures("posted")
def test_the_file_has_a_chinese_name(sign_in: SignIn) -> None:
    answer = sign_in("fang").post("/ledger.xlsx", data={"year": 2026, "month": 12})
    assert quote("用款计划台账_2026年12月.xlsx") in answer.headers["Content-Disposition"]
    assert answer.content_length == len(answer.data)


@pytest.mark.usefixtures("posted")
def test_an_export_leaves_its_trace(sign_in: SignIn) -> None:
    answer = sign_in("fang").post("/ledger.xlsx", data={"year": 2026, "month": 12, "unit": "201"})
    (event,) = history.of("ledger", 2026)
    details = json.loads(event.details)
    assert (event.actor_name, event.action, details["rows"], details["unit_code"]) == ("方芸", "export", 3, "201")
    assert details["sha256"] == sha256(answer.data).hexdigest()


@pytest.mark.usefixtures("posted")
def test_a_link_takes_nothing_out(sign_in: SignIn) -> None:
    assert sign_in("fang").get("/ledger.xlsx").status_code == 405
    assert not history.of("ledger", 2026)


def test_administrators_see_no_ledger(sign_in: SignIn) -> None:
    client = sign_in("xi")
    assert client.get("/ledger").status_code == 403
    assert client.post("/ledger.xlsx").status_code == 403
    assert client.post("/ledger/exchange.xlsx").status_code == 403


@pytest.mark.usefixtures("world")
def test_an_empty_ledger_says_so(sign_in: SignIn) -> None:
    page = sign_in("fang").get("/ledger").text
    assert "还没有已批复的计划" in page
    assert "导出 Excel" not in page


def test_the_page_asks_the_database_as_often_for_many_lines_as_for_few(world: World, sign_in: SignIn) -> None:
    client = sign_in("fang")

    def queries() -> int:
        said: list[str] = []
        count = lambda *args: said.append(args[2])  # noqa: E731  the same object must be removed again
        event.listen(db.engine, "before_cursor_execute", count)
        client.get("/ledger?year=2026")
        event.remove(db.engine, "before_cursor_execute", count)
        return len(said)

    queries()  # the first look also warms the session
    few = queries()
    school_plan(world)
    assert queries() == few
