"""The month column and 按月分编 in a real browser: typed, pasted, undone, saved by itself, restored, spread."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft
from core.money import Money
from tests.browser.deskside import violations
from tests.browser.test_entry import cell, opened, paste
from tests.world import World

pytestmark = pytest.mark.browser

WAGES = "张财预〔2026〕1号 人员经费 30101 基本工资"


@pytest.fixture
def cast(sqlite_prepared: Any) -> World:
    found: World = sqlite_prepared.world
    return found


def drafted(house: Flask, world: World, *keys: str) -> UUID:
    """A draft of October with a line of 1,000 yuan for each allotment."""
    with house.app_context():
        by = world.person("lin")
        plan_id = start_plan(world.units["201003"], 2026, 10, form_key=uuid4().hex, by=by)
        lines = [LineDraft(None, world.allotments[key], Money.yuan(1_000), f"{key} 用款") for key in keys]
        save_plan(plan_id, PlanDraft(tuple(lines)), 1, by=by)
        return plan_id


def expect_column(page: Page, col: str, *values: str) -> None:
    """These values stand in the first rows of the column."""
    for row, value in enumerate(values, start=1):
        expect(cell(page, row, col)).to_have_value(value)


def saved_by_itself(page: Page) -> None:
    expect(page.locator("[data-autosave-note]")).to_have_text(re.compile("已自动保存"))


def test_the_month_is_the_last_column_and_columns_pasted_as_before_keep_their_places(
    lin: Page,
    house: Flask,
    cast: World,
) -> None:
    opened(lin, house, drafted(house, cast))
    expect(lin.locator("#lines thead th").last).to_have_text("月份")
    expect(cell(lin, 1, "month")).to_have_attribute("placeholder", "10")
    cell(lin, 1, "allotment").focus()
    paste(lin, f"{WAGES}\t100\t工资\t15\t全体职工\t备注一\n{WAGES}\t200\t工资\t\t全体职工\t备注二\t12月\n")
    expect_column(lin, "note", "备注一", "备注二")
    expect_column(lin, "month", "", "12月")
    expect(lin.locator("[data-fg-total=basic]")).to_have_text("300.00")
    saved_by_itself(lin)
    lin.reload()
    expect_column(lin, "month", "", "12", "")
    expect_column(lin, "pay_date", "2026-10-15", "")
    assert violations(lin) == []


def test_a_column_pasted_by_its_name_is_one_step_to_undo(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, "A1", "A1"))
    cell(lin, 1, "allotment").focus()
    paste(lin, "月份\t用途\n11\t十一月\n12\t十二月\n")
    expect_column(lin, "month", "11", "12")
    expect(cell(lin, 2, "purpose")).to_have_value("十二月")
    lin.get_by_role("button", name="撤销").click()
    expect_column(lin, "month", "", "")
    lin.get_by_role("button", name="重做").click()
    expect_column(lin, "month", "11", "12")
    saved_by_itself(lin)


def test_what_is_no_month_turns_red_and_stays(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, "A1", "A1"))
    cell(lin, 2, "month").fill("9")
    expect(lin.locator("[data-autosave-note]")).to_have_text(
        "没有自动保存：第 2 行：月份 9 早于计划月份 10，只能填本月或以后的月份。"
    )
    lin.keyboard.press("Control+s")
    lin.get_by_role("link", name=re.compile("第 2 行：月份 9 早于")).click()
    expect(cell(lin, 2, "month")).to_have_value("9")
    expect(cell(lin, 2, "month")).to_have_attribute("aria-invalid", "true")
    assert violations(lin) == []
    lin.on("dialog", lambda asked: asked.accept())


def test_a_copy_on_this_computer_brings_the_months_back(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, "A1", "A1"))
    lin.route("**/autosave", lambda route: route.abort("internetdisconnected"))
    cell(lin, 2, "month").fill("12")
    expect(lin.locator("[data-autosave-note]")).to_contain_text("内容已存在本机")
    lin.on("dialog", lambda asked: asked.accept())
    lin.reload()
    expect_column(lin, "month", "", "")
    lin.unroute("**/autosave")
    lin.get_by_role("button", name="恢复").click()
    expect_column(lin, "month", "", "12")
    saved_by_itself(lin)


def test_a_quarter_is_made_by_one_button(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, "A1", "A3"))
    expect(lin.get_by_label("编至")).to_have_value("12")
    cell(lin, 1, "applied").fill("1200")
    lin.get_by_role("button", name="按月分编").click()
    expect(lin.get_by_text("已按月分编至 12 月，增加 2 行，请核对金额。项目支出 1 行没有分编")).to_be_visible()
    expect_column(lin, "month", "", "", "11", "12")
    expect(lin.locator("[data-fg-total=basic]")).to_have_text("3,600.00")
    expect(lin.locator("[data-fg-total=project]")).to_have_text("1,000.00")
    lin.get_by_role("button", name="按月分编").click()
    expect(lin.get_by_text("2 行的相应月份已经编过，没有重复增加。")).to_be_visible()
    assert violations(lin) == []
