"""A plan becomes paper: groups, totals and words, without any rendering."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from exports.documents.approval_sheet import approval_groups, approval_sheet
from exports.documents.demand_sheet import DemandLine, demand_sheet
from exports.documents.line_facts import LineFacts, Opinion
from exports.facts import Coded, expenditure_kind
from tests.exports.cast import APPROVAL, DIGEST, FUND, GENERAL, PLAN, SALARY, WORKS

CATEGORIES = [Coded(code, code) for code in ("1", "21", "22", "311", "313", "32")]
FUNDS = [GENERAL, FUND, Coded("31", "事业收入资金")]


@st.composite
def lines(draw: st.DrawFn) -> LineFacts:
    return replace(
        SALARY,
        applied=Money(draw(st.integers(-(10**12), 10**12))),
        approved=Money(draw(st.integers(0, 10**12))),
        pro_cat=draw(st.sampled_from(CATEGORIES)),
        fund_type=draw(st.sampled_from(FUNDS)),
        pay_type=Coded(draw(st.sampled_from("123")), "支付"),
    )


def test_demand_sheet_says_whose_plan_it_is_and_what_it_sums_to() -> None:
    sheet = demand_sheet(PLAN, [SALARY, WORKS])
    assert sheet.title == "十堰市张湾区2026年5月用款计划需求表"
    assert sheet.kinds == ("基本支出", "项目支出")
    assert sheet.fund_types == ("一般公共预算拨款", "政府性基金预算资金")
    assert sheet.total == Money.yuan("1250000.15")
    assert sheet.capitals == "壹佰贰拾伍万元壹角伍分"
    assert sheet.paper_count == 4
    assert sheet.check_text == f"YKJH1|D|{PLAN.number}|1250000.15|{DIGEST}"


def test_demand_line_has_the_nineteen_columns_of_the_form() -> None:
    assert len(fields(DemandLine)) == 19


def test_tags_name_only_what_applies() -> None:
    salary, works = demand_sheet(PLAN, [SALARY, WORKS]).lines
    assert salary.tags == ("保工资",)
    assert works.tags == ("政府采购",)


def test_opinions_are_the_five_places_of_the_form_until_the_chain_has_spoken() -> None:
    assert demand_sheet(PLAN, [SALARY]).opinions[0] == Opinion("业务股室意见")
    spoken = replace(PLAN, opinions=(Opinion("国库股意见", "同意"),))
    assert demand_sheet(spoken, [SALARY]).opinions == (Opinion("国库股意见", "同意"),)


KINDS = [("1", "基本支出"), ("21", "基本支出"), ("22", "项目支出"), ("313", "项目支出")]


@pytest.mark.parametrize(("code", "kind"), KINDS)
def test_expenditure_kind_follows_the_project_category(code: str, kind: str) -> None:
    assert expenditure_kind(Coded(code)) == kind


@given(st.lists(lines(), max_size=40))
def test_subtotals_sum_to_the_total_whatever_the_lines(given_lines: list[LineFacts]) -> None:
    sheet = demand_sheet(PLAN, given_lines)
    for groups in (sheet.by_kind, sheet.by_fund_type):
        assert Money.total(group.amount for group in groups) == sheet.total
        assert sum(group.lines for group in groups) == len(given_lines)
        assert len({group.label for group in groups}) == len(groups)


@given(st.lists(lines(), max_size=40))
def test_approval_sheets_hold_every_line_once_and_one_fund_and_pay_type_each(given_lines: list[LineFacts]) -> None:
    groups = approval_groups(given_lines)
    sheets = [approval_sheet(APPROVAL, group) for group in groups]
    assert sum(len(sheet.lines) for sheet in sheets) == len(given_lines)
    granted = Money.total(line.approved for line in given_lines if line.approved is not None)
    assert Money.total(sheet.approved for sheet in sheets) == granted
    assert all(sheet.applied - sheet.cut == sheet.approved for sheet in sheets)


def test_approval_sheet_says_what_was_cut_and_why() -> None:
    sheet = approval_sheet(APPROVAL, [WORKS])
    assert sheet.lines[0].cut == Money.yuan("50000.05")
    assert sheet.lines[0].cut_reason == "超出序时进度，按进度核减"
    assert sheet.capitals == "贰拾万元整"
    assert sheet.note == "批复的用款计划当月有效。"


def test_approval_sheet_refuses_lines_of_two_fund_types() -> None:
    with pytest.raises(ValueError, match="one fund type"):
        approval_sheet(APPROVAL, [SALARY, WORKS])


def test_approval_sheet_refuses_a_line_without_a_decision() -> None:
    with pytest.raises(ValueError, match="not been decided"):
        approval_sheet(APPROVAL, [replace(SALARY, approved=None)])
