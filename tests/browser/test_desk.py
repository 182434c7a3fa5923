"""审核台 in a real browser: a reviewer works a plan from the keyboard alone, under the house's own headers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from approvals.reviews import store
from approvals.reviews.rules import Act, Verdict
from core.db import db
from core.money import Money
from tests.approvals.stories import plan, reviewed, submitted, task_of
from tests.browser.deskside import current, open_plan, ready, reason_at, violations
from tests.world import World

pytestmark = pytest.mark.browser


def test_a_plan_is_worked_from_the_keyboard_alone(world: World, desk: Page) -> None:
    second = submitted(world, ("A1", 777))
    reviewed(world, second, "he")
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50), ("A3", 20), ("A1", 10))
    keys, seen = desk.keyboard, desk.locator("[data-seen]")
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(1)
    expect(current(desk)).to_have_text("1")
    keys.press("a")
    expect(current(desk)).to_have_text("2")
    keys.press("e")
    keys.type("40")
    keys.press("Enter")
    expect(reason_at(desk)).to_be_focused()
    keys.type("按进度")
    keys.press("Enter")
    keys.press("ArrowDown")
    expect(current(desk)).to_have_text("3")
    keys.press("v")
    expect(desk.locator(".stage")).to_be_focused()
    keys.press("Escape")
    keys.press("a")
    expect(seen).to_have_text("已审 3 / 4 行")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Alt+a")
    expect(seen).to_have_text("已审 4 / 4 行")
    expect(desk.locator(".nums [data-sum=cut]")).to_have_text("10.00")
    expect(desk.locator("tfoot [data-sum=amount]")).to_have_text("170.00")
    keys.press("Control+Enter")
    expect(desk.locator(".flash.ok")).to_contain_text("审核通过")
    expect(desk.locator(".mid .nums")).to_contain_text("777.00")
    db.session.rollback()
    assert plan(plan_id).lines[1].suggested == Money.yuan(40)
    assert plan(plan_id).step_no == 3


def test_vouchers_that_arrive_late_do_not_take_the_focus_away(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100), ("A2", 50))
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(1)
    desk.evaluate("document.querySelector('[data-papers-pane] .stage').id = 'of-the-first-line'")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("v")
    expect(desk.locator("#of-the-first-line")).to_have_count(0)
    expect(desk.locator(".stage")).to_be_focused()


def test_a_returned_line_asks_for_its_reason_and_a_refusal_keeps_all(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50))
    keys = desk.keyboard
    keys.press("x")
    expect(reason_at(desk)).to_be_focused()
    keys.press("Escape")
    keys.press("Control+Enter")
    expect(desk.locator(".errs")).to_contain_text("第 1 行退回须写明原因")
    expect(desk.locator(".errs")).to_contain_text("第 2 行还没有审核意见")
    expect(desk.locator(".errs")).to_be_focused()
    expect(desk.locator("tr[data-line] input[value=return]").first).to_be_checked()
    assert violations(desk) == []
    desk.locator("tr.more .why").first.fill("缺合同")
    keys.press("Escape")
    keys.press("ArrowDown")
    keys.press("a")
    keys.press("Control+Enter")
    expect(desk).to_have_url("/queue")
    db.session.rollback()
    said = store.opinions_in_round(plan_id, 1, 2)
    assert [(opinion.verdict, opinion.reason) for opinion in said] == [(Verdict.RETURN, "缺合同"), (Verdict.AGREE, "")]
    assert store.decisions_of(plan_id)[-1].act is Act.RETURN


def test_brackets_walk_through_the_queue(world: World, desk: Page) -> None:
    first = submitted(world, ("A1", 1))
    reviewed(world, first, "he")
    open_plan(world, desk, ("A1", 2))
    desk.goto(f"/queue/{task_of(world, 'shen', first).id}")
    ready(desk)
    desk.keyboard.press("]")
    expect(desk.locator(".nums")).to_contain_text("申报2.00")
    ready(desk)
    desk.keyboard.press("[")
    expect(desk.locator(".nums")).to_contain_text("申报1.00")


def test_a_higher_amount_is_marked_and_the_old_one_is_no_cut(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100))
    box, row = desk.locator(".fin"), desk.locator("tr[data-line]")
    box.fill("100.01")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("99")
    expect(row.locator("input[value=cut]")).to_be_checked()
    box.fill("100")
    expect(row.locator("input[value=agree]")).to_be_checked()
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_a_batch_counts_what_is_ticked(world: World, desk: Page) -> None:
    for yuan in (100, 250):
        reviewed(world, submitted(world, ("A1", yuan)), "he")
    db.session.rollback()
    desk.goto("/queue")
    expect(desk.get_by_role("button", name="批量同意")).to_be_disabled()
    desk.locator("input[name=task]").first.check()
    expect(desk.locator("[data-ticked]")).to_have_text("已选 1 份，合计 100.00 元")
    desk.locator("[data-tick-all]").check()
    expect(desk.locator("[data-ticked]")).to_have_text("已选 2 份，合计 350.00 元")
    assert violations(desk) == []
    desk.get_by_role("button", name="批量同意").click()
    expect(desk.get_by_role("heading", name="批量同意核对")).to_be_visible()
    assert violations(desk) == []
    desk.get_by_role("button", name="同意这些计划").click()
    expect(desk.locator(".flash.ok")).to_contain_text("已同意 2 份")
    assert violations(desk) == []


def test_nothing_stands_in_the_way_of_anybody(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A4", 50), ("A2", 20))
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(1)
    assert violations(desk) == []
    for path in ("/home", f"/plans/{plan_id}", "/queue?done=1"):
        desk.goto(path)
        assert violations(desk) == [], path


def test_the_desk_fits_a_low_screen(world: World, desk: Page) -> None:
    desk.set_viewport_size({"width": 1366, "height": 640})
    open_plan(world, desk, ("A1", 100), ("A2", 20))
    expect(desk.locator("[data-panel]:visible")).to_have_count(0)
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth && scrollY === 0")
    bottom = desk.locator(".low").bounding_box()
    assert bottom
    assert bottom["y"] + bottom["height"] <= 640
