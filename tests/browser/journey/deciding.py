"""The third part of the story: everybody on the chain decides at the desk, from the keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.deskside import ready
from tests.browser.journey.stage import Journey, accessible


def at_desk(journey: Journey, username: str) -> Page:
    """The person's queue, then the first plan in it, its first line chosen and the voucher beside it."""
    page = journey.page(username, "/queue")
    accessible(page)
    page.get_by_role("link", name="实验小学").click()
    ready(page)
    expect(page.locator("[data-papers-pane] .leaf img").first).to_be_visible()
    return page


def decided(page: Page, said: str) -> None:
    """Hand in what was decided and hear what became of it."""
    page.keyboard.press("Control+Enter")
    expect(page.locator(".flash.ok")).to_contain_text(said)


def unit_agrees(journey: Journey) -> None:
    """何雨桐 looks at the voucher of each line and agrees."""
    page = at_desk(journey, "he")
    accessible(page)
    for _ in range(3):
        page.keyboard.press("a")
    expect(page.locator("[data-seen]")).to_have_text("已审 3 / 3 行")
    decided(page, "审核通过")


def office_cuts_one_and_returns_another(journey: Journey) -> None:
    """沈思远 cuts the printing, sends the power bill back and agrees with the rest."""
    page = at_desk(journey, "shen")
    _cut_printing(page)
    page.keyboard.press("x")
    page.keyboard.insert_text("电费金额与发票不一致")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    accessible(page)
    decided(page, "退回")


def _cut_printing(page: Page) -> None:
    page.keyboard.press("e")
    page.keyboard.type("6000")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("按印刷合同价核定")
    page.keyboard.press("Escape")
    expect(page.locator(".nums [data-sum=cut]")).to_have_text("800.00")
    page.keyboard.press("ArrowDown")


def all_agree_to_the_corrected_plan(journey: Journey) -> None:
    """Only the corrected line is asked again; what the office cut still stands, and the treasury approves."""
    page = at_desk(journey, "he")
    expect(page.locator("tr[data-line]")).to_have_count(1)
    page.keyboard.press("Alt+a")
    decided(page, "审核通过")
    page = at_desk(journey, "shen")
    expect(page.locator("tr[data-line]")).to_have_count(1)
    expect(page.locator("tr[data-line]")).to_contain_text("退回后再报")
    expect(page.locator("tr.other .said").nth(0)).to_contain_text("由沈思远核减至 6,000.00（未变）")
    page.keyboard.press("Alt+a")
    decided(page, "审核通过")
    for username, said in (("fang", "审核通过"), ("luo", "批复")):
        page = at_desk(journey, username)
        expect(page.locator(".nums [data-sum=amount]")).to_have_text("10,380.00")
        page.keyboard.press("Alt+a")
        decided(page, said)
    journey.work()
