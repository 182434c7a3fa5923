"""Messages and limits in a real browser: 催办 by keyboard, who is late, the way of one's messages, and a robot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.db import session
from core.settings import Mail
from tests.approvals.limiting import look
from tests.approvals.stories import submitted
from tests.browser.deskside import signed_in, violations
from tests.conftest import Prepared
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def house(served: Flask) -> Flask:
    mail = Mail(host="localhost", sender="plans@bureau.example")
    served.extensions["settings"] = replace(served.extensions["settings"], mail=mail)
    return served


@contextmanager
def at(browser: Browser, house: Flask, username: str, path: str) -> Iterator[Page]:
    """The person, signed in, at a page without a fault of accessibility that fits the screen."""
    with signed_in(browser, house, username) as page:
        page.goto(path)
        page.wait_for_load_state()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366
        yield page


def test_the_clerk_asks_for_speed_and_the_leader_sees_who_is_late(
    browser: Browser, house: Flask, sqlite_prepared: Prepared
) -> None:
    world: World = sqlite_prepared.world
    plan_id = submitted(world, ("A1", 100))
    session().rollback()
    with at(browser, house, "lin", f"/plans/{plan_id}") as page:
        page.get_by_role("button", name="催办").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("已催办，审核人会收到消息。")).to_be_visible()
        expect(page.get_by_text("今天 10:00 已催办")).to_be_visible()
        expect(page.get_by_role("button", name="催办")).to_have_count(0)
    look(clock.at(2026, 11, 24, 9))
    with at(browser, house, "he", "/notices") as page:
        expect(page.get_by_role("link", name="林晓敏催办：区实验小学")).to_be_visible()
        expect(page.get_by_role("link", name="已超时 1 个工作日")).to_be_visible()
    with clock.stopped(clock.at(2026, 11, 24, 10)), at(browser, house, "luo", "/limits") as page:
        late = page.get_by_role("row", name="区实验小学 YK-202612-0001")
        for said in ("单位审核", "1 个工作日", "何雨桐", "11-24 09:00", "11-20 10:00"):
            expect(late).to_contain_text(said)
        page.get_by_role("link", name="单位审核").click()
        page.wait_for_url("**/limits?*")
        expect(late).to_be_visible()
        page.get_by_role("link", name="挂起已到复审日期").click()
        expect(page.get_by_text("没有挂起到期的计划。")).to_be_visible()
        assert violations(page) == []


def test_somebody_chooses_the_way_of_his_messages(browser: Browser, house: Flask) -> None:
    with at(browser, house, "lin", "/notices") as page:
        page.get_by_role("link", name="提醒方式").click()
        page.wait_for_url("**/notices/way")
        assert violations(page) == []
        page.get_by_label("页面显示，并每天汇总发一封邮件").check()
        page.get_by_label("邮件地址").fill("lin@")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("“lin@”不是有效的邮件地址")
        expect(page.get_by_label("邮件地址")).to_have_value("lin@")
        assert violations(page) == []
        page.get_by_label("邮件地址").fill("lin@unit.example")
        page.keyboard.press("Enter")
        expect(page.get_by_text("提醒方式已保存。")).to_be_visible()
        expect(page.get_by_label("页面显示，并每天汇总发一封邮件")).to_be_checked()


def test_the_administrator_keeps_a_robot_whose_keys_are_not_shown_again(browser: Browser, house: Flask) -> None:
    with at(browser, house, "xi", "/robots") as page:
        page.keyboard.press("n")
        page.wait_for_url("**/robots/new")
        assert violations(page) == []
        page.get_by_label("名称").fill("国库股工作群")
        page.get_by_label("类型").select_option("钉钉")
        page.get_by_label("Webhook 地址").fill("https://example.com/robot/send?access_token=TOKEN")
        page.get_by_label("加签密钥").fill("SECRET")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("机器人地址须以下列服务器开头")
        expect(page.get_by_role("alert")).to_be_focused()  # it takes the focus once: not after the next words
        page.get_by_label("Webhook 地址").fill("https://oapi.dingtalk.com/robot/send?access_token=TOKEN")
        page.keyboard.press("Enter")
        robot = page.get_by_role("row", name="国库股工作群 钉钉")
        expect(robot).to_contain_text("已设密钥")
        robot.get_by_role("link", name="修改").click()
        expect(page.get_by_label("新的加签密钥")).to_have_value("")
        assert violations(page) == []
        assert not any(key in page.content() for key in ("TOKEN", "SECRET"))
