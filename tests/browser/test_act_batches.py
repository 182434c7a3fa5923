"""Further acts on several plans in a real browser: chosen in the queue, looked at, carried out and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from core.db import db
from tests.approvals.asking_stories import at_the_office
from tests.browser.deskside import signed_in, violations
from tests.conftest import Prepared

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(browser: Browser, served: Flask, sqlite_prepared: Prepared) -> Iterator[Page]:
    """The queue of 沈思远 with three plans, all of them ticked."""
    for _ in range(3):
        at_the_office(sqlite_prepared.world)
    db.session.rollback()
    with signed_in(browser, served, "shen") as page:
        page.goto("/queue?department=201")
        yield page


def chosen(desk: Page, act: str) -> None:
    """The summary of the act on all plans of the queue."""
    expect(desk.get_by_role("button", name="办理…")).to_be_disabled()
    desk.locator("[data-tick-all]").check()
    desk.get_by_label("其他办理").select_option(label=act)
    desk.get_by_role("button", name="办理…").click()
    expect(desk.get_by_role("heading", name=f"批量{act}核对")).to_be_visible()
    assert violations(desk) == []


def test_three_are_handed_over_and_taken_back_by_mouse_and_keyboard(desk: Page) -> None:
    assert violations(desk) == []
    chosen(desk, "转办")
    desk.get_by_label("查找人员").fill("秦")
    expect(desk.locator("[data-people-list] li")).to_have_count(1)
    desk.get_by_label("秦川").check()
    desk.get_by_role("button", name="转办这些计划").click()
    expect(desk.get_by_text("转办须写明原因")).to_be_visible()
    expect(desk.get_by_label("秦川")).to_be_checked()
    desk.get_by_label("转办原因").fill("出差一周")
    desk.get_by_role("button", name="转办这些计划").press("Enter")
    expect(desk.locator(".flash.ok")).to_contain_text("已转办 3 份")
    assert violations(desk) == []
    desk.goto("/queue?done=1")
    assert violations(desk) == []
    for one in desk.get_by_role("checkbox", name="区实验小学").all():
        one.check()
    desk.get_by_role("button", name="收回所选").click()
    expect(desk.get_by_role("heading", name="收回核对")).to_be_visible()
    desk.get_by_role("button", name="收回这些计划").click()
    expect(desk.locator(".flash.ok")).to_contain_text("已收回 3 份")


def test_three_go_back_a_step(desk: Page) -> None:
    chosen(desk, "退回前一环节")
    expect(desk.get_by_label("各计划的前一环节")).to_be_checked()
    desk.get_by_label("单位审核", exact=True).check()
    desk.get_by_label("退回原因").fill("请再看合同")
    desk.get_by_role("button", name="退回这些计划").click()
    expect(desk.locator(".flash.ok")).to_contain_text("已退回前一环节 3 份")


def test_three_are_put_aside(desk: Page) -> None:
    chosen(desk, "挂起")
    desk.get_by_label("挂起原因").fill("库款不足")
    desk.get_by_label("复审日期").fill("2026-12-01")
    desk.get_by_role("button", name="挂起这些计划").click()
    expect(desk.locator(".flash.ok")).to_contain_text("已挂起 3 份")
