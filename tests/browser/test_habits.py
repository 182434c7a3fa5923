"""What came back is marked where it stands, and hints lead to their columns, in a real browser."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from approvals.reviews.rules import LineOpinion, Verdict
from tests.approvals.stories import plan, review, submitted
from tests.browser.conftest import watched
from tests.browser.deskside import violations
from tests.browser.test_entry import cell, opened, shown
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser


@pytest.fixture
def cast(sqlite_prepared: Any) -> World:
    found: World = sqlite_prepared.world
    return found


def returned(house: Flask, world: World) -> UUID:
    """Three lines that came back: for the payee, for the vouchers, and as a whole."""
    with house.app_context():
        plan_id = submitted(world, ("A1", 100), ("A2", 100), ("A4", 100))
        said = [("户名不符", "SK01"), ("缺合同", "FJ01"), ("请补会议纪要", "")]
        opinions = [
            LineOpinion(line.id, Verdict.RETURN, None, words, code)
            for line, (words, code) in zip(plan(plan_id).lines, said, strict=True)
        ]
        review(world, "he", *opinions, plan_id=plan_id)
        return plan_id


def test_the_cells_are_marked_with_the_words_works(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, returned(house, cast))
    asked = lin.locator("#lines .asked")
    expect(asked).to_have_count(3)
    expect(shown(lin, 1, "payee")).to_have_attribute("title", "退回原因：户名不符")
    expect(shown(lin, 2, "papers")).to_have_class(re.compile("asked"))
    expect(lin.locator("#row-3 [data-no]")).to_have_class(re.compile("asked"))
    expect(shown(lin, 2, "papers")).to_have_text("1 份")
    expect(cell(lin, 1, "payee")).to_have_accessible_description(re.compile("户名不符"))
    assert violations(lin) == []


def test_the_list_leads_into_the_cell_and_a_hint_to_its_column(lin: Page, house: Flask, cast: World) -> None:
    opened(lin, house, returned(house, cast))
    link = lin.get_by_role("link", name="第 1 行 收款人")
    link.focus()
    lin.keyboard.press("Enter")
    expect(cell(lin, 1, "payee")).to_be_focused()
    lin.get_by_role("link", name="“凭证”").click()
    expect(lin.locator("#col-papers")).to_have_class(re.compile("asked"))
    expect(lin.locator("#col-papers")).to_be_in_viewport()
    assert lin.evaluate("document.scrollingElement.scrollTop") == 0


def test_a_link_of_the_last_look_finds_the_cell(lin: Page, house: Flask, cast: World) -> None:
    plan_id = returned(house, cast)
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/check")
    expect(lin.get_by_text("近三个月本单位被退回最多的原因")).to_be_visible()
    assert violations(lin) == []
    lin.get_by_role("link", name="第 1 行 收款人").click()
    lin.wait_for_url("**/edit#row-1")
    expect(cell(lin, 1, "payee")).to_be_focused()
    expect(lin.locator("h1")).to_be_in_viewport()


PAGES = (("xi", ("/words/bureau", "/words/reasons")), ("fang", ("/words", "/habits", "/habits?months=12&verdict=cut")))


@pytest.mark.parametrize(("username", "paths"), PAGES)
def test_the_pages_have_no_faults(
    browser: Browser, house: Flask, cast: World, username: str, paths: tuple[str, ...]
) -> None:
    returned(house, cast)
    with watched(browser) as page:
        page.goto(f"{house.config['SERVER_URL']}/sign-in")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/home*")
        for path in paths:
            page.goto(f"{house.config['SERVER_URL']}{path}")
            assert violations(page) == []
