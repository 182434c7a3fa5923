"""The requirement table: the administrator's, by year, checked before it is stored, every change on record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from budget.codes.models import CodeEntry
from budget.plans.rules import PlanState
from core import history
from core.db import session, transaction
from tests.vouchers.samples import text
from tests.world import DIVISION
from vouchers.papers import store
from vouchers.papers.models import VoucherRequirement
from vouchers.papers.rules import LineFacts, RequirementTable, VoucherKind, codes_of, is_open

SignIn = Callable[[str], FlaskClient]
ROW = {
    "text": "验收单",
    "eco": "30213、31002 31006",
    "pro_cats": "31",
    "any_of": ["13", "34"],
    "required": "y",
    "basis": "《政府采购法》",
}


def rows(year: int = 2026) -> list[VoucherRequirement]:
    session().expire_all()
    return store.requirement_rows(DIVISION, year)


def test_a_row_is_added_changed_and_deleted_works(sign_in: SignIn) -> None:
    client = sign_in("xi")
    assert client.post("/requirements/new?year=2026", data=ROW).location == "/requirements?year=2026"
    row = rows()[1]
    assert store.requirement_of(row).eco_prefixes == ("30213", "31002", "31006")
    assert (row.text, row.any_of, row.required, row.only_gov_pur) == ("验收单", "13|34", True, False)

    page = text(client.get(f"/requirements/{row.id}"))
    assert 'value="30213|31002|31006"' in page
    assert 'value="13" checked' in page
    changed = ROW | {"text": "履约验收单", "only_gov_pur": "y"}
    del changed["required"]
    assert client.post(f"/requirements/{row.id}", data=changed | {"seen": 1}).status_code == 302
    row = rows()[1]
    assert (row.text, row.required, row.only_gov_pur) == ("履约验收单", False, True)
    assert "履约验收单" in text(client.get("/requirements?year=2026"))

    row_id = row.id
    assert client.post(f"/requirements/{row_id}/delete", data={"seen": 2}).location == "/requirements?year=2026"
    assert len(rows()) == 1
    events = history.of("voucher_requirement", row_id)
    assert [event.summary for event in events] == [
        "新增 2026 年凭证要求“验收单”（经济分类 30213|31002|31006）",
        "修改 2026 年凭证要求“履约验收单”（经济分类 30213|31002|31006）",
        "删除 2026 年凭证要求“履约验收单”（经济分类 30213|31002|31006）",
    ]
    assert '"text": "验收单"' in events[1].details


def test_the_default_table_is_loaded_once(sign_in: SignIn) -> None:
    client = sign_in("xi")
    assert "还没有凭证要求" in text(client.get("/requirements?year=2027"))
    answer = client.post("/requirements/load", data={"year": "2027"})
    assert answer.location == "/requirements?year=2027"
    assert "已装入 2027 年默认凭证要求 92 条。" in text(client.get(answer.location))
    assert len(rows(2027)) == 92
    client.post("/requirements/load", data={"year": "2027"})
    assert "2027 年已有全部默认凭证要求，没有变化。" in text(client.get("/requirements?year=2027"))
    assert len(rows(2027)) == 92
    second = text(client.get("/requirements?year=2027&page=2"))
    assert "共 92 条，第 2 / 2 页" in second
    assert "第 2 / 2 页" in text(client.get("/requirements?year=2027&page=9"))


def test_the_command_loads_the_default_table(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["papers", "load-requirements", "--year", "2027"])
    assert (said.exit_code, said.output) == (0, "已装入 2027 年默认凭证要求 92 条。\n")
    assert len(rows(2027)) == 92
    assert history.of("voucher_requirement", 2027)[0].actor_name == "系统"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": " "}, "请填写附件名称，经办人照它准备附件。"),
        ({"text": ""}, "请填写附件名称。"),
        ({"text": "长" * 101}, "附件名称不能超过 100 个字。"),
        ({"eco": "302A|办公费"}, "经济分类“302A、办公费”应为 1 至 9 位数字"),
        ({"pro_cats": "3x"}, "项目类别“3x”应为 1 至 9 位数字"),
        ({"any_of": []}, "请至少选择一种凭证。"),
        ({"any_of": ["13", "G02"]}, "凭证种类“G02”不在本年度的种类表中。"),
        ({"basis": "长" * 1001}, "依据不能超过 1000 个字。"),
    ],
)
def test_a_row_that_means_nothing_is_refused(wrong: dict[str, object], sentence: str, sign_in: SignIn) -> None:
    client = sign_in("xi")
    before = rows()[0].id
    for path in ("/requirements/new?year=2026", f"/requirements/{before}"):
        answer = client.post(path, data=ROW | wrong | {"seen": 1})
        assert answer.status_code == 422
        assert sentence in text(answer)
    assert [row.text for row in rows()] == ["发票"]


def test_all_faults_are_named_at_once(sign_in: SignIn) -> None:
    shown = text(sign_in("xi").post("/requirements/new", data=ROW | {"eco": "x", "pro_cats": "y", "any_of": []}))
    assert all(word in shown for word in ("经济分类“x”", "项目类别“y”", "请至少选择一种凭证"))


def test_only_the_system_administrator_keeps_the_table(sign_in: SignIn) -> None:
    row_id = rows()[0].id
    for username in ("lin", "luo", "an", "shi"):
        client = sign_in(username)
        assert client.get("/requirements").status_code == 403
        assert client.post("/requirements/load").status_code == 403
        assert client.post(f"/requirements/{row_id}/delete").status_code == 403
    assert len(rows()) == 1


def test_a_row_of_another_division_is_absent(sign_in: SignIn) -> None:
    with transaction() as work:
        foreign = VoucherRequirement(
            division_code="110101000", fiscal_year=2026, eco_prefixes="", any_of="11", text="x"
        )
        work.add(foreign)
        work.flush()
        row_id = foreign.id
    client = sign_in("xi")
    for answer in (client.get(f"/requirements/{row_id}"), client.post(f"/requirements/{row_id}/delete")):
        assert answer.status_code == 404
    assert client.post("/requirements/99999/delete").status_code == 404


def test_a_year_out_of_reach_is_the_present_one(sign_in: SignIn) -> None:
    assert "2026 年凭证要求" in text(sign_in("xi").get("/requirements?year=1999"))


@pytest.mark.usefixtures("app")
def test_the_bureaus_own_kinds_replace_the_shipped_ones() -> None:
    with transaction() as work:
        for code, name, parent, level in (("G1", "通用", "", 1), ("a1", "发票", "G1", 2)):
            work.add(
                CodeEntry(
                    division_code=DIVISION, fiscal_year=2026, table_name="voucher_kind", code=code, name=name,
                    parent=parent, level=level,
                )
            )  # fmt: skip
    assert [kind.code for kind in store.kinds(DIVISION, 2026)] == ["G1", "a1"]
    assert len(store.kinds(DIVISION, 2027)) == 61


def test_a_name_loses_only_the_explanation_at_its_end() -> None:
    names = ("发票（全电发票/财政票据）", "中标（成交）通知书", "合同")
    assert [VoucherKind("x", name, "", 2).short_name for name in names] == ["发票", "中标（成交）通知书", "合同"]


def test_codes_are_read_however_people_separate_them() -> None:
    assert codes_of(" 30201|30202, 30203、30201；31 ") == ("30201", "30202", "30203", "31")
    assert codes_of(" | ") == ()


@pytest.mark.parametrize(
    ("state", "back", "is_it"),
    [
        (PlanState.DRAFT, False, True),
        (PlanState.RETURNED, True, True),
        (PlanState.RETURNED, False, False),
        (PlanState.IN_REVIEW, True, False),
        (PlanState.APPROVED, True, False),
    ],
)
def test_the_papers_of_a_line_are_open(state: PlanState, back: bool, is_it: bool) -> None:
    class Line:
        returned = back

    assert is_open(state, Line()) is is_it


def test_what_alike_lines_need_is_found_once() -> None:
    table = RequirementTable(store.default_requirements())
    first, second = (LineFacts(number, "30201", "办公费", "21", False) for number in (1, 2))
    assert table.asked_of(first) is table.asked_of(second)
    assert table.asked_of(LineFacts(3, "30201", "办公费", "21", True)) != table.asked_of(first)


def test_a_year_begins_with_the_table_of_the_year_before_works(sign_in: SignIn) -> None:
    client = sign_in("xi")
    client.post("/requirements/new?year=2026", data=ROW)
    assert "复制 2026 年的要求" in text(client.get("/requirements?year=2027"))
    shown = text(client.post("/requirements/copy", data={"year": 2027}, follow_redirects=True))
    assert "已把 2026 年凭证要求 2 条复制到 2027 年。" in shown
    assert "复制 2026 年的要求" not in shown
    assert store.requirements(DIVISION, 2027) == store.requirements(DIVISION, 2026)
    (event,) = history.of("voucher_requirement", 2027)
    assert event.summary == "把 2026 年凭证要求 2 条复制到 2027 年"
    client.post(f"/requirements/{rows(2027)[0].id}/delete", data={"seen": 1})
    assert (len(rows(2027)), len(rows(2026))) == (1, 2)  # each year is its own


def test_a_table_is_copied_onto_nothing_and_from_something(sign_in: SignIn) -> None:
    client = sign_in("xi")
    again = text(client.post("/requirements/copy", data={"year": 2026}, follow_redirects=True))
    assert "2026 年已有凭证要求，不能再复制上一年的。" in again
    for row in rows():
        client.post(f"/requirements/{row.id}/delete", data={"seen": row.version})
    none = text(client.post("/requirements/copy", data={"year": 2027}, follow_redirects=True))
    assert "2026 年没有凭证要求可以复制。" in none
