"""动态口令 in a real browser: bound by its owner, then asked before an act and at the sign-in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from core.db import db
from tests.accounts.authenticators import Authenticator
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, publish
from tests.approvals.stories import plan
from tests.browser.deskside import open_plan, violations, watched_page
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser


def bind(page: Page) -> Authenticator:
    """What a person does with his telephone beside the page; the recovery codes are copied down."""
    page.get_by_label("登录密码").fill(PASSWORD)
    page.get_by_role("button", name="开始绑定").click()
    expect(page.get_by_role("img", name="二维码")).to_be_visible()
    assert violations(page) == []
    phone = Authenticator(page.locator(".secret code").inner_text().replace(" ", ""))
    page.get_by_label("动态口令").fill(phone.code())
    page.get_by_role("button", name="完成绑定").click()
    expect(page.get_by_role("listitem").filter(has_text="-")).to_have_count(8)
    assert violations(page) == []
    return phone


def test_who_is_asked_binds_in_another_window_and_goes_on(world: World, desk: Page) -> None:
    publish(UNIT, replace(OFFICE, second_factor=True), TREASURY, APPROVAL)
    plan_id = open_plan(world, desk, ("A1", 100))
    desk.keyboard.press("a")
    desk.get_by_label("审核意见").fill("请按进度支付")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("您还没有绑定动态口令")).to_be_visible()
    assert violations(desk) == []
    with desk.expect_popup() as opened:
        desk.get_by_role("link", name="新窗口绑定").click()
    phone = bind(opened.value)
    opened.value.close()
    desk.get_by_label("动态口令").fill(phone.code(1))
    desk.get_by_role("button", name="确认并办理").click()
    desk.wait_for_url("**/queue")
    db.session.rollback()
    assert plan(plan_id).step_no == 3


def test_at_the_next_sign_in_the_code_is_asked_after_the_password(browser: Browser, house: Flask, desk: Page) -> None:
    desk.goto("/dynamic-codes")
    phone = bind(desk)
    desk.get_by_role("link", name="已抄下").click()
    expect(desk.get_by_text("已绑定")).to_be_visible()
    assert violations(desk) == []
    context = browser.new_context(locale="zh-CN", base_url=house.config["SERVER_URL"])
    with watched_page(context) as page:
        page.goto("/queue?done=1")
        page.get_by_label("用户名").fill("shen")
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_label("动态口令")).to_be_focused()
        assert violations(page) == []
        page.keyboard.type(phone.code())
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("已经用过")
        page.wait_for_load_state()  # the script that chooses where the focus goes has chosen
        page.get_by_label("动态口令").fill(phone.code(1))
        page.keyboard.press("Enter")
        page.wait_for_url("**/queue?done=1")
