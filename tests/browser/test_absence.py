"""Absence covered in a real browser: a reviewer delegates, his colleague reviews for him, and it is written down so.

Another leaves for good, and his work goes to a successor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from accounts.people import actions as people
from accounts.people.rules import SYSTEM
from accounts.people.store import find_by_username
from core.db import session
from tests.approvals.stories import reviewed, submitted
from tests.browser.deskside import signed_in, violations
from tests.conftest import Prepared

pytestmark = pytest.mark.browser


@contextmanager
def at(browser: Browser, served: Flask, username: str, path: str) -> Iterator[Page]:
    """The person, signed in, at a page whose scripts have run."""
    with signed_in(browser, served, username) as page:
        page.goto(path)
        page.wait_for_load_state()
        yield page


def delegated(page: Page) -> None:
    """From the list to a delegation, by keyboard: first to somebody who may not, then to a colleague."""
    assert violations(page) == []
    page.keyboard.press("n")
    page.wait_for_url("**/delegations/new")
    assert violations(page) == []
    page.get_by_label("受托人").fill("fang")
    page.get_by_label("截止日期").fill("2026-11-27")
    page.get_by_label("委托原因").fill("去省里培训")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("“方芸”这段时间任“国库复审”，不能代办“教科文股 股室初审”")
    assert violations(page) == []
    expect(page.get_by_label("委托原因")).to_have_value("去省里培训")  # nothing typed is lost
    page.get_by_label("受托人").fill("qin")
    page.keyboard.press("Enter")
    expect(page.get_by_text("委托已办理，已通知受托人。")).to_be_visible()
    expect(page.get_by_role("row", name="秦川 教科文股 股室初审")).to_contain_text("生效中")
    assert violations(page) == []


def test_absence_is_covered_by_delegation(browser: Browser, served: Flask, sqlite_prepared: Prepared) -> None:
    world = sqlite_prepared.world
    reviewed(world, submitted(world, ("A1", 100)), "he")
    with at(browser, served, "shen", "/delegations") as absent:
        delegated(absent)
    with at(browser, served, "qin", "/queue") as colleague:
        expect(colleague.get_by_text("代沈思远", exact=True)).to_be_visible()
        assert violations(colleague) == []
        colleague.get_by_role("link", name="区实验小学").click()
        expect(colleague.get_by_text("您受沈思远委托办理本环节，记录写明“（代沈思远）”。")).to_be_visible()
        assert violations(colleague) == []
        colleague.get_by_role("radio", name="第 1 行同意").check(force=True)
        colleague.get_by_role("button", name="办理").first.click()
        expect(colleague.get_by_text("审核通过。")).to_be_visible()
        colleague.goto("/plans")
        colleague.get_by_role("link", name="YK-202612-0001").click()
        expect(colleague.get_by_text("秦川（代沈思远）").filter(visible=True).first).to_be_visible()
    with at(browser, served, "shen", "/delegations") as back:
        back.get_by_role("button", name="与秦川的委托").click()
        expect(back.get_by_text("委托已结束，即刻起不再有效。")).to_be_visible()
        expect(back.get_by_role("row", name="秦川 教科文股 股室初审")).to_contain_text("已撤销")
        assert violations(back) == []
    with at(browser, served, "qin", "/delegations") as colleague:
        expect(colleague.get_by_role("row", name="沈思远 教科文股 股室初审")).to_contain_text("已撤销")


def test_a_leavers_work_goes_to_his_successor(browser: Browser, served: Flask, sqlite_prepared: Prepared) -> None:
    world = sqlite_prepared.world
    reviewed(world, submitted(world, ("A1", 100)), "he")
    people.add_person("ma", "马国栋", "0719-8650009", by=SYSTEM)
    with at(browser, served, "an", "/leavers") as security:
        assert violations(security) == []
        security.get_by_role("searchbox", name="姓名或用户名").fill("shen")
        security.keyboard.press("Enter")
        security.wait_for_url("**/leavers?*")
        security.get_by_role("link", name="沈思远的岗位").click()
        expect(security.get_by_role("row", name="YK-202612-0001")).to_be_visible()
        assert violations(security) == []
        security.get_by_label("接任人（用户名）").fill("fang")
        security.get_by_label("最后任职日").fill("2026-11-19")
        security.get_by_label("交接原因").fill("退休")
        security.keyboard.press("Enter")
        expect(security.get_by_role("alert")).to_contain_text("已任“国库复审”，不能再任“股室初审”")
        security.wait_for_load_state()  # the script that chooses where the focus goes has chosen
        security.get_by_label("接任人（用户名）").fill("ma")
        security.keyboard.press("Enter")
        expect(security.get_by_text("已交接：终止岗位 1 个，授予接任人 1 个。")).to_be_visible()
        expect(security.get_by_text("没有在任或将任的岗位，不用交接。")).to_be_visible()
        assert violations(security) == []
    session().rollback()
    successor = find_by_username("ma")
    assert successor is not None
    assert [f"{post.place_name} {post.role.label}" for post in successor.posts] == ["教科文股 股室初审"]
    assert world.person("shen").posts == ()
