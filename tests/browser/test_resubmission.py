"""A returned line comes back: the clerk corrects it, and it alone is asked again, at every step, to the approval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from budget.plans.rules import PlanState
from core.db import db
from core.money import Money
from tests.approvals.stories import plan, submitted
from tests.browser.deskside import at_desk, drawn, reason_at, signed_in, violations
from tests.browser.journey.filing import cell
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def pages(browser: Browser, served: Flask) -> Iterator[dict[str, Page]]:
    """The browsers of everybody on the way."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(signed_in(browser, served, name)) for name in ("lin", "he", "shen", "fang", "luo")
        }


def agree_to_all(page: Page, said: str) -> None:
    page.keyboard.press("Alt+a")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".flash.ok")).to_contain_text(said)


def corrected(lin: Page, plan_at: str) -> None:
    """The clerk reads why the second line came back, writes it anew and hands the plan in."""
    lin.goto(plan_at)
    expect(lin.locator("main")).to_contain_text("退回：用途不具体，请写明支付内容")
    lin.get_by_role("link", name="修改", exact=True).click()
    lin.wait_for_url("**/edit*")
    cell(lin, 2, "purpose").fill("打印纸 20 箱、硒鼓 5 个")
    cell(lin, 2, "applied").fill("45")
    lin.get_by_role("button", name="送审", exact=True).click()
    lin.wait_for_url("**/check")
    lin.get_by_role("button", name="确认送审").click()
    expect(lin.locator(".flash.ok")).to_contain_text("已送审")
    expect(lin.locator("tbody tr").nth(0)).to_contain_text("业务股室初审 已于 11月20日由沈思远同意（未变）")
    expect(lin.locator("tbody tr").nth(1)).to_contain_text("50.00 → 45.00")
    assert violations(lin) == []


def test_only_the_returned_line_is_asked_again(world: World, pages: dict[str, Page]) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 50), ("A3", 20))
    drawn()
    at_desk(world, pages["he"], "he", plan_id)
    agree_to_all(pages["he"], "审核通过")

    shen = pages["shen"]
    at_desk(world, shen, "shen", plan_id)
    for key in ("a", "r", "4", "Escape", "j", "a", "Control+Enter"):
        shen.keyboard.press(key)
    expect(shen.locator(".flash.ok")).to_contain_text("退回")

    corrected(pages["lin"], f"/plans/{plan_id}")

    he = pages["he"]
    at_desk(world, he, "he", plan_id)
    expect(he.locator("tr[data-line]")).to_have_count(1)
    agree_to_all(he, "审核通过")

    at_desk(world, shen, "shen", plan_id)
    expect(shen.locator("tr[data-line] td").first).to_have_text("2")
    expect(shen.locator("tr.other .said")).to_have_text(["已于 11月20日由沈思远同意（未变）"] * 2)
    expect(shen.locator("tr.more .diff")).to_have_text(
        ["申报数 50.00 → 45.00", "用途 A2 用款 → 打印纸 20 箱、硒鼓 5 个"]
    )
    expect(reason_at(shen)).to_be_hidden()
    assert violations(shen) == []
    shen.keyboard.press("a")
    shen.keyboard.press("Control+Enter")
    expect(shen.locator(".flash.ok")).to_contain_text("审核通过")

    for username, count, said in (("fang", 3, "审核通过"), ("luo", 3, "批复")):  # here nobody has spoken yet
        at_desk(world, pages[username], username, plan_id)
        expect(pages[username].locator("tr[data-line]")).to_have_count(count)
        agree_to_all(pages[username], said)
    db.session.rollback()
    found = plan(plan_id)
    assert found.state is PlanState.APPROVED
    assert [line.approved for line in found.lines] == [Money.yuan(100), Money.yuan(45), Money.yuan(20)]
