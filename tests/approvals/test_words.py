"""常用意见 and reason codes: what a desk offers, who may change it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from approvals.words import actions, rules, store
from approvals.words.forms import shown_rows
from approvals.words.rules import DEFAULT_REASONS, DEFAULT_USUAL, FormField, TypedReason
from core import history
from core.errors import Conflict, Refused
from tests.approvals.stories import together
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
NEW = TypedReason("cl01", "材料不一致", "papers", in_use=True)


def table(*extra: TypedReason) -> list[TypedReason]:
    """The table of reasons as it stands, and rows under it."""
    return [*shown_rows(store.all_reasons(DIVISION)), *extra]


def columns(rows: list[TypedReason]) -> dict[str, Any]:
    """The rows as the page sends them."""
    return {
        "code": [row.code for row in rows], "words": [row.words for row in rows],
        "field": [row.field for row in rows], "state": ["on" if row.in_use else "off" for row in rows],
    }  # fmt: skip


# 常用意见


def test_ones_own_come_first_and_the_first_nine_have_keys_works(world: World) -> None:
    shen = world.person("shen")
    assert [one.text for one in store.usual_for(shen)] == list(DEFAULT_USUAL)
    own = "\n".join(f"意见{number}" for number in range(1, 8))
    assert actions.save_usual(DIVISION, shen.id, f"{own}\n同意", 0, by=shen)
    offered = store.usual_for(shen)
    assert [one.text for one in offered] == [*own.splitlines(), *DEFAULT_USUAL]
    assert [one.key for one in offered] == [*"123456789", "", ""]
    assert [one.own for one in offered] == [*[True] * 8, *[False] * 3]
    assert str(offered[0]) == "意见1"
    assert [one.text for one in store.usual_for(world.person("qin"))] == list(DEFAULT_USUAL)


def test_what_the_bureau_says_reaches_everybody(world: World) -> None:
    xi = world.person("xi")
    actions.save_usual(DIVISION, None, "同意，按库款安排", 0, by=xi)
    assert [one.text for one in store.usual_for(world.person("shen"))] == ["同意，按库款安排"]
    assert history.last_said("usual", "bureau").startswith("席系统")
    assert actions.save_usual(DIVISION, None, "", 1, by=xi)
    assert list(store.usual_for(world.person("shen"))) == []


def test_saving_the_same_changes_nothing(world: World) -> None:
    shen = world.person("shen")
    assert actions.save_usual(DIVISION, shen.id, "同意", 0, by=shen)
    assert not actions.save_usual(DIVISION, shen.id, " 同意 \n\n", 1, by=shen)
    assert not actions.save_usual(DIVISION, None, "\n".join(DEFAULT_USUAL), 0, by=world.person("xi"))


def test_too_many_too_long_and_twice_are_refused_at_once() -> None:
    text = "\n".join(["同意", "同意", "长" * 101, *(f"第{number}" for number in range(19))])
    with pytest.raises(Refused) as refusal:
        rules.read_usual(text)
    assert [sentence[:4] for sentence in refusal.value.sentences] == ["第 3 ", "“同意”", "常用意见"]


def test_an_old_page_does_not_save_over_a_newer_list(world: World) -> None:
    shen = world.person("shen")
    actions.save_usual(DIVISION, shen.id, "同意\n请补合同", 0, by=shen)
    with pytest.raises(Conflict) as conflict:
        actions.save_usual(DIVISION, shen.id, "同意\n请补发票", 0, by=shen)
    assert "沈思远" in str(conflict.value)
    assert conflict.value.differences == ("第 2 条：已保存“请补合同”，您填写“请补发票”。",)
    assert actions.save_usual(DIVISION, shen.id, "同意\n请补发票", conflict.value.version, by=shen)


def test_two_first_savers_make_one_list(app: Flask, world: World) -> None:
    xi = world.person("xi")
    outcomes = together(
        app,
        lambda: actions.save_usual(DIVISION, None, "甲", 0, by=xi),
        lambda: actions.save_usual(DIVISION, None, "乙", 0, by=xi),
    )
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert len(store.usual_for(world.person("shen"))) == 1


def test_the_page_saves_ones_own_and_keeps_what_was_typed(sign_in: SignIn, world: World) -> None:
    client = sign_in("shen")
    assert client.post("/words", data={"seen": 0, "lines": "同意\n请补合同"}).status_code == 302
    text = client.get("/words").get_data(as_text=True)
    assert "请补合同</textarea>" in text
    assert text.index("<kbd>2</kbd>") < text.index('<td class="wrapped">请补合同</td>')
    answer = client.post("/words", data={"seen": 0, "lines": "同意\n请补发票"})
    assert answer.status_code == 409
    assert "请补发票</textarea>" in answer.get_data(as_text=True)
    answer = client.post("/words", data={"seen": 1, "lines": "同意\n同意"})
    assert (answer.status_code, "写了两次" in answer.get_data(as_text=True)) == (422, True)


def test_the_page_of_the_bureau_is_the_administrators(sign_in: SignIn, world: World) -> None:
    assert sign_in("shen").get("/words/bureau").status_code == 403
    assert sign_in("lin").get("/words").status_code == 403
    admin = sign_in("xi")
    assert "请加快执行进度" in admin.get("/words/bureau").get_data(as_text=True)
    assert admin.post("/words/bureau", data={"seen": 0, "lines": "同意"}).status_code == 302
    assert [one.text for one in store.usual_for(world.person("shen"))] == ["同意"]


# Reason codes


def test_a_code_points_at_a_column_works(app: Flask) -> None:
    reasons = store.reason_codes(DIVISION)
    assert [one.code for one in reasons][:2] == ["FJ01", "FJ02"]
    assert (reasons[0].field, reasons[0].field_label) == ("papers", "凭证")
    assert {one.field for one in reasons} == set(FormField)


def test_the_administrator_adds_a_code_and_puts_one_out_of_use(world: World) -> None:
    xi, rows = world.person("xi"), table(NEW, TypedReason("", "", "", in_use=True))
    rows[0] = replace(rows[0], in_use=False)
    assert actions.save_reasons(DIVISION, rows, 0, by=xi)
    codes = [one.code for one in store.reason_codes(DIVISION)]
    assert ("FJ01" in codes, codes[-1]) == (False, "CL01")
    assert "FJ01" in [one.code for one in store.all_reasons(DIVISION)]
    said = history.of("reasons", DIVISION)[0].summary
    assert said == "修改原因代码表，使用中 12 个，新增 CL01，停用 FJ01"
    assert not actions.save_reasons(DIVISION, table(), 1, by=xi)


def test_a_code_that_is_left_out_stays_out_of_use(world: World) -> None:
    actions.save_reasons(DIVISION, table()[1:], 0, by=world.person("xi"))
    last = store.all_reasons(DIVISION)[-1]
    assert (last.code, last.in_use) == ("FJ01", False)


def test_every_fault_of_the_table_is_told_at_once() -> None:
    rows = [
        TypedReason("合同", "缺合同", "papers", in_use=True), TypedReason("A1", "", "papers", in_use=True),
        TypedReason("A2", "长" * 61, "", in_use=True), TypedReason("A3", "一", "other", in_use=True),
        TypedReason("a3", "二", "other", in_use=True),
    ]  # fmt: skip
    with pytest.raises(Refused) as refusal:
        rules.read_reasons(rows)
    assert [sentence[:5] for sentence in refusal.value.sentences] == [
        "第 1 行",
        "第 2 行",
        "第 3 行",
        "第 3 行",
        "代码“A3",
    ]
    with pytest.raises(Refused, match="至少要有一个使用中"):
        rules.read_reasons([replace(row, in_use=False) for row in shown_rows(DEFAULT_REASONS)])
    with pytest.raises(Refused, match="最多 60 个"):
        rules.read_reasons([TypedReason(f"A{number}", "一", "other", in_use=True) for number in range(61)])


def test_an_old_page_does_not_save_over_a_newer_table(world: World) -> None:
    xi = world.person("xi")
    old = table()
    actions.save_reasons(DIVISION, table(NEW), 0, by=xi)
    with pytest.raises(Conflict) as conflict:
        actions.save_reasons(DIVISION, old, 0, by=xi)
    assert any("材料不一致" in sentence for sentence in conflict.value.differences)


def test_the_page_of_the_reasons(sign_in: SignIn, world: World) -> None:
    assert sign_in("shen").get("/words/reasons").status_code == 403
    admin = sign_in("xi")
    text = admin.get("/words/reasons").get_data(as_text=True)
    assert '<b>FJ01</b><input type="hidden" name="code" value="FJ01">' in text
    assert admin.post("/words/reasons", data={"seen": 0, **columns(table(NEW))}).status_code == 302
    assert "CL01" in admin.get("/words/reasons").get_data(as_text=True)
    broken = columns(table(replace(NEW, code="甲")))
    answer = admin.post("/words/reasons", data={"seen": 1, **broken})
    assert answer.status_code == 422
    assert 'value="甲"' in answer.get_data(as_text=True)
    assert admin.post("/words/reasons", data={"seen": 0, **columns(table()[:3])}).status_code == 409
