"""The last part of the story: the ledger, the workbooks and the papers leave the house, and the auditors look on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
from playwright.sync_api import Page, expect

from tests.browser.journey.stage import Journey, accessible
from tests.exports.test_render import pages_of


def ledger_is_numbered(journey: Journey) -> None:
    """Three rows, newest first, with the totals."""
    page = journey.page("fang", "/ledger?year=2026")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    for place, number in enumerate(("3", "2", "1")):
        expect(rows.nth(place).locator("td").first).to_have_text(number, use_inner_text=True)
    expect(page.locator("tfoot")).to_contain_text("11,180.00")
    expect(page.locator("tfoot")).to_contain_text("10,380.00")
    accessible(page)


def workbooks_say_the_same(journey: Journey, folder: Path) -> None:
    """Both workbooks are read back, to the fen."""
    page = journey.page("fang", "/ledger?year=2026")
    rows = _downloaded(page, "导出 Excel", folder / "ledger.xlsx")
    place = rows[0].index
    assert [row[place("申报数")] for row in rows[1:4]] == [6800, 3200, 1180]
    assert [row[place("批复数")] for row in rows[1:4]] == [6000, 3200, 1180]
    assert (rows[4][place("申报数")], rows[4][place("批复数")]) == (11180, 10380)
    assert [row[place("凭证张数")] for row in rows[1:4]] == [2, 2, 2]
    rows = _downloaded(page, "一体化 37 列", folder / "exchange.xlsx")
    codes = rows[1]
    assert len(codes) == 37
    assert (codes[0], codes[-1]) == ("PLAN_ID", "USE_DES")
    asked, given = codes.index("PLAN_APP_AMT"), codes.index("PLAN_AMT")
    assert [(row[asked], row[given]) for row in rows[2:5]] == [(6800, 6000), (3200, 3200), (1180, 1180)]
    assert {row[codes.index("AGENCY_CODE")] for row in rows[2:5]} == {"301004"}


def _downloaded(page: Page, button: str, target: Path) -> list[list[Any]]:
    with page.expect_download() as saved:
        page.get_by_role("button", name=button).click()
    saved.value.save_as(target)
    book = openpyxl.load_workbook(target)
    assert book.active is not None
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def papers_are_printed(journey: Journey) -> None:
    """The clerk takes the demand sheet and the approval sheet."""
    page = journey.page("lin", journey.plan)
    expect(page.locator("h1")).to_contain_text("已批复")
    accessible(page)
    demand = _text_of(page, "打印需求表")
    for said in ("张湾区2026年12月用款计划需求表", "301004实验小学", "人民币壹万壹仟壹佰捌拾元整", "第1页共1页"):
        assert said in demand
    approval = _text_of(page, "下载批复单")
    for said in (
        "张湾区财政局用款计划批复单",
        "PF-2026-00001",
        "人民币壹万零叁佰捌拾元整",
        "按印刷合同价核定",
        "第1页共1页",
    ):
        assert said in approval


def _text_of(page: Page, link: str) -> str:
    """The text of the PDF behind the link, without its spaces."""
    address = page.get_by_role("link", name=link).get_attribute("href")
    answer = page.context.request.get(address or "")
    assert answer.headers["content-type"] == "application/pdf"
    return re.sub(r"\s", "", "".join(pages_of(answer.body())))


def auditor_sees_all_and_changes_nothing(journey: Journey) -> None:
    """石坚 reads the plan, the allotments and the history; the doors that write are closed."""
    page = journey.page("shi", journey.plan)
    expect(page.locator("main")).to_contain_text("按印刷合同价核定")
    expect(page.get_by_role("link", name=re.compile("修改|去审核|撤回"))).to_have_count(0)
    accessible(page)
    page = journey.page("shi", "/allotments?year=2026&q=30202")
    accessible(page)
    page = journey.page("shi", "/history?kind=plan")
    expect(page.locator("main")).to_contain_text("国库批复")
    accessible(page)
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    ask = page.context.request
    assert ask.get("/plans/new").status == 403
    assert ask.get(f"{journey.plan}/edit").status == 403
    for action in ("edit", "submit", "withdraw", "overwrite"):
        answer = ask.post(f"{journey.plan}/{action}", form={"csrf_token": token}, headers={"Referer": page.url})
        assert answer.status == 403, action


def log_administrator_reads_the_history(journey: Journey) -> None:
    """纪明 sees who did what, and no plan."""
    page = journey.page("ji", "/history")
    expect(page.locator("main")).to_contain_text("导出")
    page.get_by_label("办理人").fill("罗正")
    page.get_by_role("button", name="查找").click()
    page.wait_for_url("**/history?*")
    expect(page.locator("tbody tr").first).to_contain_text("罗正")
    accessible(page)
    assert page.context.request.get(journey.plan).status == 403
