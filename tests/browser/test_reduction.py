"""A clerk takes back from approved lines at the real system, with the keyboard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from budget.plans.models import Plan
from core.db import session
from tests.approvals.stories import reviewed, submitted
from tests.browser.deskside import violations
from tests.browser.test_entry import cell, paste, shown
from tests.world import World

pytestmark = pytest.mark.browser
HANDS = ("he", "shen", "fang", "luo")


@pytest.fixture
def world(house: Flask, sqlite_prepared: Any) -> World:
    """Two approved plans of the school, of two lines each."""
    found: World = sqlite_prepared.world
    with house.app_context():
        for yuan in (300, 500):
            reviewed(found, submitted(found, ("A2", yuan), ("A3", yuan + 100)), *HANDS)
    return found


def started(page: Page, kind: str) -> UUID:
    """From the list to the page of approved lines, without the mouse."""
    page.keyboard.press("n")
    page.wait_for_url("**/plans/new")
    page.locator("#kind-monthly").focus()
    while not page.locator(f"#kind-{kind}").is_checked():
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("调减原因" if kind == "reduction" else "调整原因")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.insert_text("改为线上举行")
    page.keyboard.press("Enter")
    page.wait_for_url("**/minus")
    return UUID(page.url.split("/")[-2])


def stored(house: Flask, plan_id: UUID) -> list[str]:
    with house.app_context():
        return [str(line.applied) for line in session().get_one(Plan, plan_id).lines]


@pytest.mark.usefixtures("world")
def test_a_reduction_is_started_filled_by_keyboard_and_submitted(lin: Page, house: Flask) -> None:
    plan_id = started(lin, "reduction")
    assert violations(lin) == []
    wide = "[...document.querySelectorAll('.page, .wrap')].map(box => box.scrollWidth - box.clientWidth)"
    assert set(lin.evaluate(wide)) == {0}, "nothing scrolls sideways at 1366 × 768"
    cell(lin, 1, "amount").focus()
    lin.keyboard.type("120")
    lin.keyboard.press("Enter")
    expect(cell(lin, 2, "amount")).to_be_focused()
    lin.keyboard.press("Alt+a")
    expect(cell(lin, 2, "amount")).to_have_value("400.00")
    expect(lin.locator("tfoot [data-minus-total]")).to_have_text("-520.00")
    lin.keyboard.press("Enter")
    lin.keyboard.type("501")
    lin.keyboard.press("Enter")
    expect(cell(lin, 3, "amount")).to_have_attribute("title", "超过可调减 500.00")
    lin.keyboard.press("Shift+Enter")
    paste(lin, "70\t少开一次会\n")
    expect(lin.locator("[data-fg-rows]")).to_have_text("3")
    lin.locator("[data-find-words]").fill("教学设备")
    expect(lin.locator("[data-find-count]")).to_have_text("显示 2 / 4 行")
    cell(lin, 2, "amount").focus()
    lin.keyboard.press("Enter")
    expect(cell(lin, 4, "amount")).to_be_focused()
    lin.locator("[data-find-words]").fill("")

    lin.get_by_role("button", name="保存并送审核对").click()
    lin.wait_for_url("**/check")
    assert stored(house, plan_id) == ["-120.00", "-400.00", "-70.00"]
    expect(lin.get_by_text("负伍佰玖拾元整")).to_be_visible()
    expect(lin.get_by_text("少开一次会")).to_be_visible()
    assert violations(lin) == []
    lin.get_by_role("button", name="确认送审").click()
    expect(lin.get_by_text("已送审。")).to_be_visible()
    expect(lin.get_by_role("link", name="从 YK-202612-0001 第 1 行")).to_be_visible()
    assert violations(lin) == []


@pytest.mark.usefixtures("world")
def test_both_sides_of_an_adjustment_tell_how_far_they_are_apart(lin: Page, house: Flask) -> None:
    plan_id = started(lin, "adjustment")
    cell(lin, 1, "amount").focus()
    lin.keyboard.type("250")
    lin.keyboard.press("Enter")
    expect(lin.locator("[data-apart]")).to_contain_text("250.00调减多，请补调增")
    lin.once("dialog", lambda dialog: dialog.dismiss())
    lin.get_by_role("link", name="② 调增").click()
    expect(lin).to_have_url(f"{house.config['SERVER_URL']}/plans/{plan_id}/minus")  # asked, and stayed
    lin.keyboard.press("Control+s")
    expect(lin.get_by_text("已保存。")).to_be_visible()
    lin.get_by_role("link", name="② 调增").click()
    lin.wait_for_url("**/edit")
    assert violations(lin) == []
    cell(lin, 1, "allotment").focus()
    lin.keyboard.type("30201")
    lin.keyboard.press("Tab")
    lin.keyboard.type("200")
    lin.keyboard.press("Tab")
    lin.keyboard.insert_text("改办培训")
    expect(shown(lin, 1, "remaining")).to_have_text("59,450.00")
    expect(lin.locator("[data-apart]")).to_contain_text("50.00调减多，请补调增")
    cell(lin, 1, "applied").fill("250")
    expect(lin.locator("[data-apart]")).to_contain_text("0.00两边相等")
