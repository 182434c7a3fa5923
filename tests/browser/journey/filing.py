"""The second part of the story: the clerk fills a plan, proves it, hands it in, and corrects what comes back."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.journey.stage import Journey, accessible
from tests.vouchers.samples import a_pdf, a_png

POWER: Final = "张财预〔2026〕1号 公用经费 30206 电费"
POST: Final = "张财预〔2026〕1号 公用经费 30207 邮电费"


def cell(page: Page, row: int, col: str) -> Locator:
    """The control in a cell; rows count from 1."""
    return page.locator(f"#lines tbody tr:nth-child({row}) [data-col={col}] input:not([type=hidden])")


def start(journey: Journey) -> Page:
    """From the list of plans, which is empty, to the sheet of a new plan."""
    page = journey.page("lin", "/plans")
    accessible(page)
    page.keyboard.press("n")
    page.wait_for_url("**/plans/new")
    accessible(page)
    page.get_by_role("button", name="开始填报").click()
    page.wait_for_url("**/edit")
    journey.plan = page.url.removeprefix(journey.url).removesuffix("/edit")
    return page


def fill_by_keyboard_and_pasting(journey: Journey) -> None:
    """The first line is typed, the others come from a sheet by the clipboard."""
    page = start(journey)
    keys = page.keyboard
    cell(page, 1, "allotment").focus()
    keys.type("30202")
    keys.press("Tab")
    expect(cell(page, 1, "allotment")).to_have_value("张财预〔2026〕1号 公用经费 30202 印刷费")
    for word in ("6800", "期末检测试卷印刷", "15", "明德印务（样例）"):
        keys.insert_text(word)
        keys.press("Tab")
    cell(page, 2, "allotment").focus()
    rows = f"{POWER}\t3215.60\t上月教学楼电费\n{POST}\t1180\t校园网络专线月租\n"
    page.evaluate("text => navigator.clipboard.writeText(text)", rows)
    keys.press("Control+V")
    expect(page.locator("[data-fg-total='']")).to_have_text("11,195.60")
    expect(page.locator("[data-capitals]")).to_have_text("壹万壹仟壹佰玖拾伍元陆角整")
    keys.press("Control+s")
    expect(page.get_by_text("已保存。")).to_be_visible()
    accessible(page)


def prove_by_vouchers(journey: Journey) -> None:
    """One invoice as PDF and one list as picture prove all three lines."""
    page = journey.page("lin", f"{journey.plan}/edit")
    cell(page, 1, "applied").click()
    expect(page.get_by_role("heading", name="第 1 行附件")).to_be_visible()
    _upload(page, "11", {"name": "发票.pdf", "mimeType": "application/pdf", "buffer": a_pdf(2)})
    _upload(page, "12", {"name": "清单.png", "mimeType": "image/png", "buffer": a_png(size=(300, 400))})
    expect(page.locator("[data-papers-count]")).to_have_text("2 / 2")
    expect(page.locator("#lines tbody tr").nth(2).locator("[data-col=papers]")).to_contain_text("2")
    journey.work()
    expect(page.locator("aside .files li img")).to_have_count(2)
    accessible(page)


def _upload(page: Page, kind: str, file: FilePayload) -> None:
    form = page.locator("form[data-upload]")
    form.locator("select[name=kind]").select_option(kind)
    if not form.locator("details[open]").count():
        form.locator("summary").click()
    for line in (2, 3):
        form.get_by_label(f"第 {line} 行").check()
    form.locator("input[type=file]").set_input_files([file])
    expect(page.locator(".files").get_by_text(file["name"])).to_be_visible()


def submit(journey: Journey) -> None:
    """Through the page that says what would be refused and who comes next."""
    page = journey.page("lin", f"{journey.plan}/edit")
    page.get_by_role("button", name="送审", exact=True).click()
    page.wait_for_url("**/check")
    expect(page.locator(".flash.ok")).to_contain_text("检查通过")
    expect(page.locator(".page")).to_contain_text("壹万壹仟壹佰玖拾伍元陆角整")
    expect(page.locator(".page")).to_contain_text("何雨桐")
    accessible(page)
    page.get_by_role("button", name="确认送审").click()
    expect(page.locator("h1")).to_contain_text("审核中")
    accessible(page)


def correct_and_submit_again(journey: Journey) -> None:
    """Only the returned line is open; the others are locked."""
    page = journey.page("lin", "/home")
    expect(page.locator("main")).to_contain_text("第 2 行退回：电费金额与发票不一致")
    page.get_by_role("link", name="修改", exact=True).click()
    page.wait_for_url("**/edit*")  # loaded: before the grid's script runs, Enter would send the form
    expect(cell(page, 1, "applied")).to_have_attribute("readonly", "")
    expect(cell(page, 3, "purpose")).to_have_attribute("readonly", "")
    cell(page, 2, "applied").fill("3200.00")
    page.keyboard.press("Enter")
    accessible(page)
    page.get_by_role("button", name="送审", exact=True).click()
    page.wait_for_url("**/check")
    expect(page.locator(".flash.ok")).to_contain_text("检查通过")
    page.get_by_role("button", name="确认送审").click()
    expect(page.locator("h1")).to_contain_text("第 2 次送审")
    page.get_by_label("消息").click()
    expect(page.locator("main")).to_contain_text("被退回")
    accessible(page)
