"""代编 in a real browser: finance begins a plan by a unit's name and files it, the unit's clerk objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.approvals.entering import chief
from tests.browser.conftest import watched
from tests.browser.deskside import violations
from tests.browser.test_entry import cell
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser


@contextmanager
def signed_in(browser: Browser, house: Flask, username: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(house.config["SERVER_URL"] + "/sign-in?next=/plans")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="用款计划", exact=True)).to_be_visible()
        page.wait_for_load_state()
        yield page


def filed_by_finance(page: Page) -> str:
    """From the list to a plan on its way; gives its address."""
    page.keyboard.press("n")
    page.wait_for_url("**/plans/new")
    assert violations(page) == []
    page.locator("#unit").fill("区实验小学")
    page.get_by_label("代编原因").fill("单位新设，尚无经办人员")
    page.get_by_role("button", name="开始填报").click()
    page.wait_for_url("**/edit")
    cell(page, 1, "allotment").fill("30101")
    page.keyboard.press("Tab")
    expect(cell(page, 1, "allotment")).to_have_value(re.compile("30101"))
    cell(page, 1, "applied").fill("30000")
    cell(page, 1, "purpose").fill("12月工资")
    expect(page.get_by_text("财政代编", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="送审", exact=True).click()
    expect(page.get_by_text("检查通过")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="确认送审").click()
    expect(page.get_by_text("已送审。")).to_be_visible()
    return page.url


def test_finance_files_for_a_unit_which_objects(browser: Browser, house: Flask, sqlite_prepared: Any) -> None:
    world: World = sqlite_prepared.world
    with house.app_context():
        chief(world)
    with signed_in(browser, house, "shen") as finance, signed_in(browser, house, "lin") as clerk:
        address = filed_by_finance(finance)
        clerk.goto(address)
        expect(clerk.get_by_text("财政代编，如有异议请在批复前提出。")).to_be_visible()
        assert violations(clerk) == []
        clerk.get_by_role("link", name="提出异议").click()
        expect(clerk.get_by_label("原因")).to_be_visible()
        clerk.get_by_role("button", name="提出异议").click()
        expect(clerk.get_by_text("异议须写明原因。")).to_be_visible()
        assert violations(clerk) == []
        clerk.get_by_label("原因").fill("工资人数不对")
        clerk.get_by_role("button", name="提出异议").click()
        expect(clerk.get_by_text("已提出异议，计划退回财政代编人")).to_be_visible()
        finance.reload()
        expect(finance.get_by_text("单位提出异议（林晓敏，11-20 10:00）：工资人数不对")).to_be_visible()
        assert violations(finance) == []
        finance.get_by_role("link", name="修改").click()
        finance.wait_for_url("**/edit*")
        cell(finance, 1, "applied").fill("20000")
        finance.get_by_role("button", name="送审", exact=True).click()
        finance.wait_for_url("**/check")
        finance.get_by_role("button", name="确认送审").click()
        expect(finance.get_by_text("第 2 次送审")).to_be_visible()
