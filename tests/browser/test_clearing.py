"""Clearing the queue in a real browser: thirty plans from the keyboard alone, a batch of fifty with two conflicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from approvals.reviews import queue
from core.db import db
from tests.approvals.stories import plan, review, reviewed, submitted
from tests.browser.deskside import ready, signed_in, violations
from tests.world import World

pytestmark = pytest.mark.browser

PLANS = 30


@pytest.fixture
def reviewer(browser: Browser, served: Flask) -> Iterator[Page]:
    """The browser of 何雨桐."""
    with signed_in(browser, served, "he") as page:
        yield page


def test_a_reviewer_clears_thirty_plans_from_the_keyboard(world: World, reviewer: Page) -> None:
    for number in range(PLANS):
        submitted(world, ("A1" if number % 3 else "A3", 100 + number))
    db.session.rollback()
    reviewer.goto("/queue")
    expect(reviewer.locator("tbody tr")).to_have_count(PLANS)
    assert violations(reviewer) == []
    # 三保 first: Tab to the first plan, open it, and never touch the mouse.
    first = reviewer.locator("tbody tr a").first
    expect(reviewer.locator("tbody tr").first).to_contain_text("三保")
    for _ in range(60):
        reviewer.keyboard.press("Tab")
        if first.evaluate("link => link === document.activeElement"):
            break
    expect(first).to_be_focused()
    reviewer.keyboard.press("Enter")
    seen: set[str] = set()
    for number in range(PLANS):
        reviewer.wait_for_url(re.compile(r"/queue/[0-9a-f-]{36}"))
        ready(reviewer)
        seen.add(reviewer.url)
        reviewer.keyboard.press("a")
        expect(reviewer.locator("[data-seen]")).to_have_text("已审 1 / 1 行")
        reviewer.keyboard.press("Control+Enter")
        expect(reviewer.locator(".flash.ok")).to_contain_text("审核通过")
        if number < PLANS - 1:
            expect(reviewer.locator(".queue")).to_contain_text(f"待办 {PLANS - 1 - number}")
    expect(reviewer.get_by_text("没有等您审核的计划")).to_be_visible()
    assert len(seen) == PLANS
    db.session.rollback()
    assert queue.open_count(world.person("he")) == 0


def test_a_batch_of_fifty_with_two_conflicts(world: World, reviewer: Page) -> None:
    plans = [submitted(world, ("A1" if number % 5 else "A3", 100 + number)) for number in range(50)]
    db.session.rollback()
    reviewer.goto("/queue?window=202612")
    reviewer.locator("[data-tick-all]").check()
    expect(reviewer.locator("[data-ticked]")).to_contain_text("已选 50 份")
    reviewer.get_by_role("button", name="批量同意").click()
    reviewer.wait_for_url(re.compile("/queue/batch"))
    summed = reviewer.locator("dl.kpi")
    for said in ("50 份", "50 行", "6,225.00 元", "其中三保 40 份", "不能批量同意0 份"):
        expect(summed).to_contain_text(said)
    assert violations(reviewer) == []
    reviewer.get_by_label("审核意见").fill("同意，请加快执行进度")
    for plan_id in plans[10:12]:  # a colleague is faster, while the summary is being read
        review(world, "he", plan_id=plan_id)
    db.session.rollback()
    reviewer.get_by_role("button", name="同意这些计划").click()
    expect(reviewer.locator(".flash")).to_contain_text("已同意 48 份，2 份没有办理")
    expect(reviewer.get_by_text("他人已先办理")).to_have_count(2)
    expect(reviewer.get_by_text("何雨桐 已于 11-20 10:00 审核通过")).to_have_count(2)
    assert violations(reviewer) == []
    reviewer.get_by_role("button", name="再核对这 2 份").click()
    expect(summed).to_contain_text("可以同意0 份")
    expect(reviewer.get_by_text("不用再办")).to_have_count(2)
    reviewer.get_by_role("link", name="返回待办", exact=True).click()
    expect(reviewer.get_by_text("没有等您审核的计划")).to_be_visible()
    db.session.rollback()
    assert [plan(one).step_no for one in plans] == [2] * 50


def test_filters_views_and_lights_are_worked_from_the_page(world: World, browser: Browser, served: Flask) -> None:
    school, water = submitted(world, ("A3", 100)), submitted(world, ("B1", 70), clerk="zhou", unit="301001")
    reviewed(world, school, "he", "shen")
    reviewed(world, water, "zheng", "qin")
    db.session.rollback()
    with signed_in(browser, served, "fang") as fang:
        fang.goto("/queue")
        fang.get_by_label("部门").select_option(label="区水利局（部门）（1）")
        fang.get_by_role("button", name="筛选").click()
        fang.wait_for_url(re.compile("department=301"))
        expect(fang.locator("tbody tr")).to_have_count(1)
        fang.get_by_text("保存为视图").click()
        fang.get_by_label("视图名称").fill("水利")
        fang.get_by_label("打开待办时先用这个视图").check()
        assert violations(fang) == []
        fang.get_by_role("button", name="保存", exact=True).click()
        expect(fang.locator(".flash.ok")).to_contain_text("已保存视图“水利”")
        with fang.expect_navigation(url=re.compile("department=301")):
            fang.get_by_role("link", name="待办", exact=False).first.click()
        fang.get_by_role("navigation", name="待办或已办").get_by_role("link", name="待办 2").click()
        expect(fang.locator("tbody tr")).to_have_count(2)
        fang.get_by_role("navigation", name="按时限").get_by_role("link", name=re.compile("三保")).click()
        expect(fang.locator("tbody tr")).to_have_count(1)
        fang.goto("/queue/views")
        assert violations(fang) == []
