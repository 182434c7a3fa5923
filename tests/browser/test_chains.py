"""The administrator writes a chain at the real system: by keyboard, and without script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from approvals.chains.store import find_published
from tests.approvals.stories import plan, submitted
from tests.browser.conftest import watched
from tests.browser.deskside import violations
from tests.world import DIVISION, PASSWORD, World

pytestmark = pytest.mark.browser


@pytest.fixture
def number(house: Flask, sqlite_prepared: Any) -> str:
    """A plan of the school on its way, with a large line; its number."""
    found: World = sqlite_prepared.world
    with house.app_context():
        return plan(submitted(found, ("A1", 20_000), ("A2", 300))).number


@pytest.fixture
def xi(browser: Browser, house: Flask) -> Iterator[Page]:
    """The system administrator at the real system, watched."""
    with watched(browser) as opened:
        opened.goto(house.config["SERVER_URL"] + "/sign-in?next=/chains")
        opened.get_by_label("用户名").fill("xi")
        opened.get_by_label("密码").fill(PASSWORD)
        opened.keyboard.press("Enter")
        expect(opened.get_by_role("heading", name="审批流程", exact=True)).to_be_visible()
        opened.wait_for_load_state()
        yield opened


def fits(page: Page) -> None:
    """Axe finds nothing, and nothing scrolls sideways at 1366 × 768."""
    assert violations(page) == []
    wide = "[...document.querySelectorAll('.page, .wrap')].map(box => box.scrollWidth - box.clientWidth)"
    assert set(page.evaluate(wide)) == {0}


def press(page: Page, name: str) -> None:
    """Reach a button or link with the focus and press Enter."""
    target = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first
    expect(target).to_be_visible()
    page.wait_for_load_state()  # the script that chooses where the focus goes has chosen
    target.press("Enter")


def test_a_chain_is_written_tried_and_put_into_force_by_keyboard(xi: Page, house: Flask, number: str) -> None:
    fits(xi)
    press(xi, "起草新版本")
    xi.wait_for_url("**/edit")
    fits(xi)
    press(xi, "在前面增加：第 4 个环节之前")
    summary = xi.locator("#step-3 summary")
    expect(summary).to_be_focused()
    expect(xi.locator("[data-unsaved]")).to_be_visible()
    xi.wait_for_load_state()
    xi.keyboard.press("Tab")
    xi.keyboard.insert_text("股室负责人审核")
    xi.keyboard.press("Tab")
    while xi.locator("[name='steps-3-post']").input_value() != "office_chief":
        xi.keyboard.press("ArrowDown")
    xi.locator("[name='steps-3-line_from']").focus()
    xi.keyboard.type("10000")
    expect(xi.locator("[name='steps-3-needed']")).to_be_hidden()
    xi.locator("[name='steps-3-mode']").select_option("some")
    expect(xi.locator("[name='steps-3-needed']")).to_be_visible()
    xi.locator("[name='steps-3-mode']").select_option("any")
    fits(xi)
    xi.keyboard.press("Control+s")
    expect(xi.locator(".flash.ok")).to_have_text("草稿已保存。")
    said = "各行的业务股室 股室负责人岗，任一人审核，只审核符合条件的行：单行金额满 10,000.00 元。"
    expect(xi.locator("#step-3 summary")).to_contain_text(said)
    _try(xi, number)
    press(xi, "启用…")
    expect(xi.locator("main")).to_contain_text("新增 股室负责人审核")
    expect(xi.locator("main")).to_contain_text("没有人担任股室负责人岗")
    fits(xi)
    press(xi, "确认启用")
    expect(xi.locator(".flash.ok")).to_contain_text("第 2 版已启用")
    fits(xi)
    with house.app_context():
        found = find_published(DIVISION, "monthly")
        assert found is not None
        assert (found.version, len(found.steps), found.steps[3].asks.line_from) == (2, 5, 1_000_000)


def _try(page: Page, number: str) -> None:
    press(page, "试看")
    page.wait_for_url("**/preview*")
    page.get_by_label("计划单号").fill(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="本版本：第 2 版")).to_contain_text("没有可以办理的人员")
    fits(page)
    press(page, "演练")
    expect(page.locator("main")).to_contain_text("1 份 1 行")
    fits(page)
    press(page, "返回编辑")
    page.wait_for_url("**/edit")


def test_what_is_badly_written_is_shown_where_it_stands(xi: Page) -> None:
    press(xi, "起草新版本")
    xi.wait_for_url("**/edit")
    xi.locator("#step-1 summary").click()
    xi.locator("[name='steps-1-line_from']").fill("十万")
    xi.keyboard.press("Control+s")
    expect(xi.locator(".errs")).to_be_focused()
    fits(xi)
    xi.locator(".errs a").click()
    expect(xi.locator("[name='steps-1-line_from']")).to_be_focused()
    expect(xi.locator("[name='steps-1-line_from']")).to_have_value("十万")


def test_the_editor_works_without_script(xi: Page, browser: Browser) -> None:
    press(xi, "起草新版本")
    xi.wait_for_url("**/edit")
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", storage_state=xi.context.storage_state())
    page = context.new_page()
    page.goto(xi.url)
    page.locator("#step-1 summary").click()
    page.locator("[name='steps-1-name']").fill("股室审核")
    page.get_by_label("第 2 个环节下移").click()
    expect(page.locator("[name='steps-2-name']")).to_have_value("股室审核")
    page.get_by_role("button", name="移除第 3 个环节").click()
    expect(page.locator(".steps > li")).to_have_count(3)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator(".flash.ok")).to_have_text("草稿已保存。")
    expect(page.locator(".steps > li")).to_have_count(3)
    context.close()
