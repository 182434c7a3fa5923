"""A clerk fills a plan at the real system with the keyboard, and nothing he types is ever lost."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft
from core.money import Money
from tests.browser.busy import working_at_most
from tests.browser.deskside import violations
from tests.world import World

pytestmark = pytest.mark.browser

DEVICES: Final = "张财教〔2026〕8号 教学设备 31002 办公设备购置"
WATER: Final = "张财农〔2026〕3号 校园水改 30213 维修(护)费"


def cell(page: Page, row: int, col: str) -> Locator:
    """The control in a cell; rows count from 1."""
    return page.locator(f"#lines tbody tr:nth-child({row}) [data-col={col}] input:not([type=hidden])")


def shown(page: Page, row: int, col: str) -> Locator:
    return page.locator(f"#lines tbody tr:nth-child({row}) [data-col={col}]")


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def drafted(house: Flask, world: World, count: int) -> UUID:
    """A draft of so many lines."""
    with house.app_context():
        by = world.person("lin")
        plan_id = start_plan(world.units["201003"], 2026, 12, form_key=uuid4().hex, by=by)
        keys = ("A1", "A2", "A3", "A4")
        lines = [
            LineDraft(None, world.allotments[keys[n % 4]], Money(100 * (n + 1)), f"用途 {n}") for n in range(count)
        ]
        save_plan(plan_id, PlanDraft(tuple(lines)), 1, by=by)
        return plan_id


@pytest.fixture
def cast(sqlite_prepared: Any) -> World:
    found: World = sqlite_prepared.world
    return found


def opened(page: Page, house: Flask, plan_id: UUID) -> None:
    page.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/edit")
    expect(page.locator("[data-papers-list]")).to_be_attached()


def started_by_keyboard(page: Page) -> None:
    """From the list to the entry page of a new plan."""
    page.keyboard.press("n")
    page.wait_for_url("**/plans/new")
    assert violations(page) == []
    page.locator("#unit").focus()
    for key in ("Tab", "Tab", "Tab", "Enter"):  # month, kind; a monthly plan asks for no reason
        page.keyboard.press(key)
    page.wait_for_url("**/edit")


def test_a_plan_is_filled_by_keyboard_pasted_saved_and_found_again(lin: Page) -> None:
    started_by_keyboard(lin)
    cell(lin, 1, "allotment").focus()
    lin.keyboard.type("30201")
    expect(lin.locator(".fg-pop [role=option]")).to_have_count(1)
    lin.keyboard.press("Tab")
    expect(cell(lin, 1, "allotment")).to_have_value("张财预〔2026〕1号 公用经费 30201 办公费")
    lin.keyboard.type("1234.5")
    lin.keyboard.press("Tab")
    lin.keyboard.insert_text("教学用纸")
    lin.keyboard.press("Tab")
    lin.keyboard.type("15")
    expect(shown(lin, 1, "guarantee")).to_have_text("保运转")
    expect(lin.locator("[data-fg-total=basic]")).to_have_text("1,234.50")
    expect(lin.locator("[data-capitals]")).to_have_text("壹仟贰佰叁拾肆元伍角整")

    cell(lin, 2, "allotment").focus()
    paste(lin, f'{DEVICES}\t"60,000.00"\t电脑\n{WATER}\t5000\t管网\n{DEVICES}\t30000\t投影\n')
    expect(lin.locator("#lines tfoot [data-sum=applied]")).to_have_text("96,234.50")
    expect(shown(lin, 2, "remaining")).to_have_text("70,000.00")
    expect(shown(lin, 4, "remaining")).to_have_text("40,000.00")
    expect(shown(lin, 2, "ratio")).to_contain_text("85%")
    expect(lin.locator("[data-capitals]")).to_have_text("玖万陆仟贰佰叁拾肆元伍角整")
    assert violations(lin) == []

    lin.keyboard.press("Control+s")
    expect(lin.get_by_text("已保存。")).to_be_visible()
    lin.reload()
    for row, value in enumerate(("1,234.50", "60,000.00", "5,000.00", "30,000.00"), start=1):
        expect(cell(lin, row, "applied")).to_have_value(value)
    expect(cell(lin, 1, "pay_date")).to_have_value("2026-12-15")
    expect(cell(lin, 3, "purpose")).to_have_value("管网")
    expect(cell(lin, 4, "allotment")).to_have_value(DEVICES)
    expect(lin.locator("[data-capitals]")).to_have_text("玖万陆仟贰佰叁拾肆元伍角整")


def test_ticked_allotments_are_filled_by_the_month_and_save_themselves(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 0))
    lin.get_by_role("button", name="选指标").click()
    lin.locator("[data-pick-find]").fill("基本支出")
    lin.get_by_label("全选").check()
    expect(lin.locator("[data-pick-count]")).to_have_text("已选 2 条，共 4 条")
    assert violations(lin) == []
    lin.get_by_role("button", name="加入明细").click()
    expect(cell(lin, 1, "applied")).to_be_focused()
    lin.get_by_role("button", name="按月均填入").click()
    expect(cell(lin, 1, "applied")).to_have_value("100,000.00")
    expect(cell(lin, 2, "applied")).to_have_value("5,000.00")
    expect(lin.locator("[data-autosave-note]")).to_have_text("10:00 已自动保存")
    expect(lin.locator("[name=line_id]").nth(0)).to_have_value(re.compile(r"^\d+$"))
    expect(shown(lin, 2, "papers")).to_have_text("缺 1")
    lin.keyboard.press("Control+z")
    lin.get_by_role("button", name="撤销").click()
    expect(lin.locator("#lines tfoot [data-sum=applied]")).to_have_text("0.00")


def test_the_panel_follows_the_row_and_offers_what_is_left(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 8))
    cell(lin, 3, "applied").focus()
    lin.keyboard.type("120000")
    lin.keyboard.press("Enter")
    lin.keyboard.press("ArrowUp")
    expect(lin.locator("[data-row-left]")).to_have_text("-20,007.00")
    expect(lin.locator("[data-fg-note]")).to_have_text(re.compile("第 3 行 本月申报：超过指标可用余额 99,993.00"))
    expect(lin.get_by_role("heading", name="第 3 行附件")).to_be_visible()
    assert violations(lin) == []
    lin.get_by_role("button", name="按余额 99,993.00 申报").click()
    expect(cell(lin, 3, "applied")).to_have_value("99,993.00")
    expect(lin.locator("[data-row-left]")).to_have_text("0.00")


def test_a_refused_page_shows_every_character_and_leads_to_the_cell(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 2))
    cell(lin, 2, "applied").fill("12.345")
    cell(lin, 1, "allotment").fill("没有的指标")
    lin.keyboard.press("Control+s")
    expect(lin.locator(".errs")).to_be_focused()
    expect(lin.locator(".errs")).to_contain_text("没有保存，需改 2 处")
    expect(cell(lin, 1, "allotment")).to_have_value("没有的指标")
    assert violations(lin) == []
    lin.get_by_role("link", name=re.compile("第 2 行：金额“12.345”超过两位小数")).click()
    expect(cell(lin, 2, "applied")).to_have_value("12.345")
    expect(lin.get_by_role("button", name="恢复")).to_have_count(0)
    lin.on("dialog", lambda asked: asked.accept())


def test_what_could_not_be_sent_comes_back_after_the_browser_was_closed(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 2))
    lin.route("**/autosave", lambda route: route.abort("internetdisconnected"))
    cell(lin, 2, "purpose").fill("断网时填写")
    cell(lin, 4, "applied").fill("88")
    expect(lin.locator("[data-autosave-note]")).to_contain_text("内容已存在本机")
    lin.on("dialog", lambda asked: asked.accept())
    lin.reload()
    expect(cell(lin, 2, "purpose")).to_have_value("用途 1")
    lin.unroute("**/autosave")
    lin.get_by_role("button", name="恢复").click()
    expect(cell(lin, 2, "purpose")).to_have_value("断网时填写")
    expect(cell(lin, 4, "applied")).to_have_value("88.00")
    expect(lin.locator("[data-autosave-note]")).to_have_text("10:00 已自动保存")


def test_two_clerks_at_one_plan_are_shown_both_sides(lin: Page, house: Flask, cast: World) -> None:
    plan_id = drafted(house, cast, 1)
    opened(lin, house, plan_id)
    with house.app_context():
        theirs = LineDraft(None, cast.allotments["A2"], Money.yuan(7), "别人写的")
        save_plan(plan_id, PlanDraft((theirs,)), 2, by=cast.person("lin2"))
    cell(lin, 1, "purpose").fill("我写的")
    lin.keyboard.press("Control+s")
    expect(lin.locator(".errs")).to_contain_text("已保存的计划里有一行“别人写的”，您的页面上没有。")
    expect(cell(lin, 1, "purpose")).to_have_value("我写的")
    assert violations(lin) == []
    lin.get_by_role("button", name="以我的内容为准保存").click()
    expect(lin.get_by_text("已按您的内容保存。")).to_be_visible()
    expect(cell(lin, 1, "purpose")).to_have_value("我写的")


def test_a_draft_is_deleted_after_asking(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 1))
    lin.get_by_role("link", name="删除草稿").click()
    expect(lin.get_by_role("dialog")).to_contain_text("不能恢复")
    assert violations(lin) == []
    lin.get_by_role("dialog").get_by_role("button", name="删除草稿").click()
    expect(lin.get_by_text("还没有计划。")).to_be_visible()
    assert violations(lin) == []


def test_200_lines_stay_fluid(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, drafted(house, cast, 200))
    cell(lin, 100, "applied").focus()
    script = """c => { const i = document.activeElement;
      i.value += c; i.dispatchEvent(new Event('input', {bubbles: true})); }"""
    for digit in "12345678":
        with working_at_most(0.5, lin):
            lin.evaluate(script, digit)
    paste(lin, "\n".join(["7"] * 100))
    expect(lin.locator("#lines tfoot [data-sum=applied]")).to_have_text("5,850.00")
    expect(lin.locator("[data-autosave-note]")).to_have_text("10:00 已自动保存")
    assert violations(lin) == []


def test_without_script_the_page_is_a_plain_form(browser: Browser, lin: Page, house: Flask, cast: World) -> None:
    plan_id = drafted(house, cast, 1)
    context = browser.new_context(java_script_enabled=False, storage_state=lin.context.storage_state())
    page = context.new_page()
    page.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/edit")
    cell(page, 3, "allotment").fill(DEVICES)
    cell(page, 3, "applied").fill("￥1,000")
    page.get_by_role("button", name="保存").click()
    expect(cell(page, 2, "applied")).to_have_value("1,000.00")
    expect(page.locator("[data-fg-total='']")).to_have_text("1,001.00")
    page.get_by_role("link", name="删除草稿").click()
    page.get_by_role("button", name="删除草稿").click()
    expect(page.get_by_text("草稿已删除。")).to_be_visible()
    context.close()
