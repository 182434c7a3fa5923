"""The pages for a telephone, 360 points wide: nothing is cut off, targets fit a thumb, a plan is worked with taps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from approvals.reviews import asking
from approvals.reviews.models import ReviewTask
from budget.plans.rules import PlanState
from core.db import db
from tests.approvals.stories import plan, reviewed, submitted, task_of
from tests.browser.deskside import drawn, violations, watched_page
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 360, 740
# A target for a thumb: so many points at least (WCAG 2.5.5 asks for 44).
THUMB = 44


@pytest.fixture
def phone(browser: Browser, served: Flask) -> Iterator[Page]:
    """A telephone on which 沈思远 is about to sign in."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", base_url=served.config["SERVER_URL"],
        has_touch=True, is_mobile=True,
    )  # fmt: skip
    with watched_page(context) as page:
        yield page


def fits(page: Page) -> None:
    """Nothing is wider than the screen, and nobody is kept out."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert violations(page) == []


def small_targets(page: Page) -> list[str]:
    """Buttons, boxes and cards of the page that are lower than a thumb; links inside a sentence are no targets."""
    found: list[str] = page.evaluate(
        """height => ['.btn', '.tick', 'summary', '.big-link', 'textarea']
        .flatMap(one => [...document.querySelectorAll('.page ' + one)])
        .filter(el => el.getClientRects().length && el.getBoundingClientRect().height < height)
        .map(el => el.outerHTML.slice(0, 80))""",
        THUMB,
    )
    return found


def sign_in(phone: Page) -> None:
    phone.goto("/sign-in?next=/m")
    fits(phone)
    phone.get_by_label("用户名").fill("shen")
    phone.get_by_label("密码").fill(PASSWORD)
    phone.get_by_role("button", name="登录").tap()
    expect(phone.get_by_role("heading", name="待办", exact=False).first).to_be_visible()
    phone.wait_for_load_state()


def waiting(world: World, *amounts: tuple[str, int]) -> ReviewTask:
    """A plan that waits for 沈思远, its vouchers drawn."""
    plan_id = submitted(world, *amounts)
    reviewed(world, plan_id, "he")
    drawn()
    task = task_of(world, "shen", plan_id)
    db.session.expunge(task)
    db.session.rollback()
    return task


def test_a_plan_is_seen_and_agreed_to_with_taps(world: World, phone: Page) -> None:
    task = waiting(world, ("A1", 100), ("A2", 50))
    sign_in(phone)
    fits(phone)
    assert small_targets(phone) == []
    phone.get_by_role("link", name="区实验小学").tap()
    expect(phone.get_by_text("150.00 元", exact=True)).to_be_visible()
    phone.wait_for_load_state()
    fits(phone)
    assert small_targets(phone) == []
    phone.get_by_role("link", name="附件 1").first.tap()
    expect(phone.locator(".leaf img").first).to_be_visible()
    fits(phone)
    phone.go_back()
    phone.get_by_label("审核意见（可不填）").fill("同意")
    phone.get_by_role("button", name="同意全部 2 行").tap()
    expect(phone.get_by_text("审核通过")).to_be_visible()
    expect(phone.get_by_text("没有等您审核的计划")).to_be_visible()
    fits(phone)
    assert plan(task.plan_id).step_no == 3


def test_a_line_is_returned_with_a_reason_and_a_refusal_keeps_what_was_typed(world: World, phone: Page) -> None:
    task = waiting(world, ("A1", 100), ("A2", 50))
    sign_in(phone)
    phone.goto(f"/m/{task.id}")
    phone.get_by_label("退回第 2 行").tap()
    phone.get_by_role("button", name="退回勾选的行").tap()
    expect(phone.get_by_role("alert")).to_contain_text("第 2 行退回须写明原因")
    expect(phone.get_by_label("退回第 2 行")).to_be_checked()
    fits(phone)
    phone.get_by_label("退回原因").fill("发票抬头不是本单位")
    phone.get_by_role("button", name="退回勾选的行").tap()
    expect(phone.get_by_text("退回。")).to_be_visible()
    found = plan(task.plan_id)
    assert (found.state, [line.returned for line in found.lines]) == (PlanState.RETURNED, [False, True])


def test_long_words_and_a_long_story_do_not_widen_the_page(world: World, phone: Page) -> None:
    task = waiting(world, ("A1", 1_000_000), ("A2", 50))
    db.session.rollback()
    asking.consult(task.id, world.people["qin"], "长" * 280, blocking=True, by=world.person("shen"))
    db.session.rollback()
    sign_in(phone)
    phone.goto(f"/m/{task.id}")
    phone.get_by_text("流转意见").tap()
    expect(phone.get_by_text("收到答复后才能办理")).to_be_visible()
    expect(phone.get_by_role("button", name="同意全部 2 行")).to_be_disabled()
    fits(phone)
    for address in ("/home", f"/plans/{task.plan_id}", f"/plans/{task.plan_id}/seen", "/password"):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= WIDTH, address


def test_whoever_is_asked_answers_on_the_telephone(world: World, phone: Page) -> None:
    plan_id = submitted(world, ("B1", 100), clerk="zhou", unit="301001")
    reviewed(world, plan_id, "zheng")
    task = task_of(world, "qin", plan_id)
    asking.consult(task.id, world.people["shen"], "水利的发票对吗", blocking=True, by=world.person("qin"))
    task_id = task.id
    db.session.rollback()
    sign_in(phone)
    phone.get_by_role("link", name="区水利局").tap()
    expect(phone.get_by_text("水利的发票对吗").first).to_be_visible()
    phone.wait_for_load_state()
    fits(phone)
    phone.get_by_label("您的意见").fill("与合同一致")
    phone.get_by_role("button", name="答复").tap()
    expect(phone.get_by_text("已答复")).to_be_visible()
    phone.goto(f"/asked/{task_id}")
    expect(phone.get_by_text("已经结束或收回")).to_be_visible()
