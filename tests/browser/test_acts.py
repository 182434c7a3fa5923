"""The further acts of a desk in a real browser: a person is found by name, and what was typed on the desk stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from approvals.reviews import store
from approvals.reviews.rules import Act
from core.db import db
from core.money import Money
from tests.accounts.authenticators import bound
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, publish
from tests.approvals.stories import plan
from tests.browser.deskside import current, open_plan, ready, violations
from tests.world import World

pytestmark = pytest.mark.browser


def cut_the_second(desk: Page) -> None:
    """The first line agreed to, the second cut with a reason, a comment; nothing sent."""
    desk.keyboard.press("a")
    expect(current(desk)).to_have_text("2")
    desk.keyboard.press("c")
    desk.keyboard.type("40")
    desk.keyboard.press("Enter")
    desk.keyboard.type("按进度")
    desk.get_by_label("审核意见").fill("其余同意")


def as_it_stood(desk: Page) -> None:
    """All of that stands in its boxes again, and the keys work."""
    expect(desk.locator("tr[data-line] input[value=agree]").first).to_be_checked()
    expect(desk.locator("tr[data-line] input[value=cut]").last).to_be_checked()
    expect(desk.locator(".fin").last).to_have_value("40.00")
    expect(desk.locator("input[name^=reason-]").last).to_have_value("按进度")
    expect(desk.get_by_label("审核意见")).to_have_value("其余同意")
    ready(desk)


def test_somebody_is_asked_and_what_was_typed_stays(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50))
    expect(current(desk)).to_have_text("1")
    cut_the_second(desk)
    desk.get_by_role("link", name="征求意见").click()
    expect(desk.get_by_label("查找人员")).to_be_visible()
    desk.wait_for_load_state()  # the field stands before the script that looks for people
    desk.get_by_label("查找人员").fill("秦")
    expect(desk.get_by_role("radio")).to_have_count(1)
    desk.get_by_role("radio", name="秦川").check()
    assert violations(desk) == []
    desk.get_by_label("要问什么").fill("合同对吗")
    desk.get_by_role("button", name="征求意见").click()
    expect(desk.get_by_text("等秦川答复后才能办理")).to_be_visible()
    as_it_stood(desk)
    assert violations(desk) == []
    desk.get_by_role("button", name="收回").click()
    expect(desk.get_by_text("已收回。")).to_be_visible()
    as_it_stood(desk)
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url("**/queue")
    db.session.rollback()
    found = plan(plan_id)
    assert (found.step_no, found.lines[1].suggested) == (3, Money.yuan(40))


def test_who_comes_back_without_asking_finds_what_he_typed(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100), ("A2", 50))
    cut_the_second(desk)
    desk.get_by_role("link", name="退回前一环节").click()
    desk.get_by_role("link", name="返回", exact=True).click()
    as_it_stood(desk)
    desk.reload()  # what stands in its boxes again is kept no longer
    ready(desk)
    assert desk.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('yk:typed')).length") == 0


def test_a_dynamic_code_is_asked_and_the_desk_goes_on(world: World, desk: Page) -> None:
    phone = bound(world, "shen")
    publish(UNIT, replace(OFFICE, second_factor=True), TREASURY, APPROVAL)
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50))
    cut_the_second(desk)
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", name="再次确认身份")).to_be_visible()
    assert violations(desk) == []
    desk.go_back()
    as_it_stood(desk)
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", name="再次确认身份")).to_be_visible()
    desk.wait_for_load_state()
    expect(desk.get_by_label("动态口令")).to_be_focused()
    desk.keyboard.type(phone.wrong())
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("动态口令不正确")
    desk.wait_for_load_state()  # the script that chooses where the focus goes has chosen
    desk.get_by_label("动态口令").fill(phone.code())
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/queue")
    db.session.rollback()
    assert plan(plan_id).lines[1].suggested == Money.yuan(40)
    assert store.decisions_of(plan_id)[-1].act is Act.AGREE
