"""The entry grid keeps what clerks expect of a sheet, in a real browser, under the house's content policy."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.busy import working_at_most
from tests.browser.deskside import violations

pytestmark = pytest.mark.browser


def cell(page: Page, row: int, col: str) -> Locator:
    """The control in a cell; rows count from 1."""
    place = page.locator(f"#lines tbody tr:nth-child({row}) [data-col={col}]")
    return place.locator("input:not([type=hidden]), select")


def total(page: Page) -> Locator:
    return page.locator("#lines tfoot [data-sum=amount]")


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def expect_copied(page: Page, text: str) -> None:
    """The clipboard holds this text; the browser puts it there in its own time."""
    page.wait_for_function(
        "async text => (await navigator.clipboard.readText()).replaceAll('\\r\\n', '\\n') === text", arg=text
    )


def undo(page: Page) -> None:
    page.keyboard.press("Control+z")


def test_typing_replaces_the_cell_and_enter_goes_down(page: Page) -> None:
    cell(page, 1, "amount").focus()
    page.keyboard.type("2345.5")
    page.keyboard.press("Enter")
    expect(cell(page, 2, "amount")).to_be_focused()
    expect(cell(page, 1, "amount")).to_have_value("2,345.50")
    expect(total(page)).to_have_text("4,348.50")
    page.keyboard.press("Shift+Enter")
    expect(cell(page, 1, "amount")).to_be_focused()


def test_enter_on_the_last_row_adds_one(page: Page) -> None:
    cell(page, 3, "amount").focus()
    page.keyboard.press("Enter")
    expect(cell(page, 4, "amount")).to_be_focused()
    expect(cell(page, 4, "amount")).to_have_attribute("name", "lines-3-amount")
    expect(cell(page, 4, "amount")).to_have_attribute("aria-label", "第 4 行 本月申报")
    expect(page.locator("#row-3 [data-no]")).to_have_text("4")


def test_arrows_step_over_read_only_cells(page: Page) -> None:
    cell(page, 1, "allotment").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "amount")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell(page, 2, "amount")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 2, "allotment")).to_be_focused()


def two_hundred(amount: str = '"1,000.00"') -> str:
    """200 rows of four columns as Excel puts them on the clipboard; the last purpose has a line end inside."""
    rows = [f"青财教〔2026〕{12 + n % 5}号\t{amount}\t收款人{n}\t用途{n}" for n in range(199)]
    return "\r\n".join([*rows, f'青财教〔2026〕12号\t{amount}\t收款人\t"用途\n两行 ""引号"""']) + "\r\n"


def test_a_paste_of_200_rows_adds_rows_and_is_one_step(page: Page) -> None:
    cell(page, 1, "allotment").focus()
    with working_at_most(5, page):
        paste(page, two_hundred())
        expect(total(page)).to_have_text("200,000.00")
    expect(page.locator("#lines tbody tr")).to_have_count(200)
    expect(cell(page, 200, "amount")).to_have_value("1,000.00")
    expect(cell(page, 200, "purpose")).to_have_value('用途 两行 "引号"')
    expect(cell(page, 5, "allotment")).to_have_value("青财教〔2026〕16号 校舍维修改造")
    expect(page.locator("#row-4 [data-allotment-key]")).to_have_value("104")
    expect(page.locator("#fg-live")).to_contain_text("已粘贴 200 行")
    undo(page)
    expect(total(page)).to_have_text("3,003.00")
    expect(page.locator("#lines tbody tr")).to_have_count(3)
    page.keyboard.press("Control+y")
    expect(total(page)).to_have_text("200,000.00")
    expect(page.locator("#lines tbody tr")).to_have_count(200)


def test_a_paste_with_a_line_of_names_sorts_its_columns(page: Page) -> None:
    cell(page, 1, "allotment").focus()
    paste(page, "用途\t指标余额\t本月申报\n第四季度运维\t9\t6000")
    expect(cell(page, 1, "amount")).to_have_value("6,000.00")
    expect(cell(page, 1, "purpose")).to_have_value("第四季度运维")
    expect(cell(page, 1, "payee")).to_have_value("青禾区文博商贸行")


def test_a_paste_beyond_the_limit_says_what_was_left_out(page: Page) -> None:
    cell(page, 1, "amount").focus()
    paste(page, "\n".join(["1"] * 300))
    expect(page.locator("#lines tbody tr")).to_have_count(260)
    expect(page.locator("[data-fg-note]")).to_contain_text("超过 260 行的 40 行没有粘贴")


def test_a_wide_paste_says_which_columns_had_no_place(page: Page) -> None:
    cell(page, 1, "purpose").focus()
    paste(page, "甲\t直接支付\t丙\t丁")
    expect(page.locator("[data-fg-note]")).to_contain_text("右边多出的 2 列没有粘贴")


def test_full_width_digits_and_the_signs_of_money_are_read(page: Page) -> None:
    for typed, shown in {"￥１，２３４．５": "1,234.50", "86,500元": "86,500.00", "（12）": "-12.00"}.items():
        cell(page, 1, "amount").focus()
        page.keyboard.insert_text(typed)
        page.keyboard.press("Enter")
        expect(cell(page, 1, "amount")).to_have_value(shown)
    expect(cell(page, 1, "amount")).to_have_attribute("aria-invalid", "true")


def test_three_decimals_turn_red_and_are_not_rounded(page: Page) -> None:
    cell(page, 1, "amount").focus()
    page.keyboard.type("1.005")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "amount")).to_have_value("1.005")
    expect(cell(page, 1, "amount")).to_have_attribute("title", "金额“1.005”超过两位小数，请精确到分。")
    expect(total(page)).to_have_text("2,003.00")


def test_an_input_method_may_compose_over_a_chosen_cell(page: Page) -> None:
    cell(page, 1, "purpose").focus()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "ban", "selectionStart": 3, "selectionEnd": 3})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    expect(cell(page, 1, "purpose")).to_be_focused()
    keys.send("Input.insertText", {"text": "办公用品"})
    expect(cell(page, 1, "purpose")).to_have_value("办公用品")
    page.keyboard.press("Enter")
    expect(cell(page, 2, "purpose")).to_be_focused()
    undo(page)
    expect(cell(page, 1, "purpose")).to_have_value("用途 1")


def test_an_unknown_allotment_stays_and_turns_red(page: Page) -> None:
    cell(page, 2, "allotment").focus()
    paste(page, "青财教〔2025〕99号 不存在\t500")
    expect(cell(page, 2, "allotment")).to_have_value("青财教〔2025〕99号 不存在")
    expect(cell(page, 2, "allotment")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#row-1 [data-allotment-key]")).to_have_value("")
    expect(total(page)).to_have_text("2,502.00")
    expect(page.locator("[data-fg-problems]")).to_have_text("1")


def test_an_allotment_is_found_by_pinyin_initials(page: Page) -> None:
    page.locator("[data-fg-do=add]").click()
    expect(cell(page, 4, "allotment")).to_be_focused()
    page.keyboard.type("jtb")
    expect(page.locator(".fg-pop li[aria-selected=true]")).to_contain_text("津贴补贴和绩效")
    assert violations(page) == []
    page.keyboard.press("Tab")
    expect(cell(page, 4, "amount")).to_be_focused()
    expect(page.locator("#row-3 [data-allotment-key]")).to_have_value("101")
    expect(page.locator("#row-3 [data-col=guarantee]")).to_have_text("保工资")
    expect(page.locator("#row-3 [data-remaining]")).to_have_text("85,499.00")


def test_alt_down_opens_the_whole_list_and_escape_closes_it(page: Page) -> None:
    cell(page, 1, "allotment").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".fg-pop li")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.locator(".fg-pop")).to_be_hidden()
    expect(cell(page, 1, "allotment")).to_have_value("青财教〔2026〕12号 在职人员工资")


def test_rows_of_one_allotment_share_its_balance(page: Page) -> None:
    cell(page, 2, "allotment").focus()
    paste(page, "青财教〔2026〕12号 在职人员工资\t86000")
    expect(page.locator("#row-0 [data-remaining]")).to_have_text("500.00")
    expect(page.locator("#row-1 [data-remaining]")).to_have_text("85,500.00")
    for row in (1, 2):
        expect(cell(page, row, "amount")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-fg-total=basic]")).to_have_text("88,002.00")
    cell(page, 1, "amount").fill("500")
    page.keyboard.press("Enter")
    for row in (1, 2):
        expect(cell(page, row, "amount")).not_to_have_attribute("aria-invalid", "true")


def test_fill_down_edit_in_place_and_escape(page: Page) -> None:
    cell(page, 2, "payee").fill("国网青禾供电公司")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+d")
    expect(cell(page, 3, "payee")).to_have_value("国网青禾供电公司")
    page.keyboard.press("F2")
    page.keyboard.type("（11月）")
    expect(cell(page, 3, "payee")).to_have_value("国网青禾供电公司（11月）")
    page.keyboard.press("Escape")
    expect(cell(page, 3, "payee")).to_have_value("国网青禾供电公司")


def test_a_range_is_copied_as_plain_tsv_and_pasted_back_in_place(page: Page) -> None:
    cell(page, 1, "amount").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(f"Shift+{key}")
    page.keyboard.press("Control+C")
    expect_copied(page, "1000.00\t1%\t青禾区文博商贸行\n1001.00\t1%\t青禾区文博商贸行")
    cell(page, 3, "amount").focus()
    page.keyboard.press("Control+V")
    expect(cell(page, 4, "amount")).to_have_value("1,001.00")
    expect(cell(page, 4, "payee")).to_have_value("青禾区文博商贸行")


def test_delete_empties_a_range_in_one_step(page: Page) -> None:
    cell(page, 1, "amount").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Delete")
    expect(total(page)).to_have_text("1,002.00")
    undo(page)
    expect(total(page)).to_have_text("3,003.00")


def test_removed_rows_come_back(page: Page) -> None:
    page.get_by_label("第 2 行 选中").check()
    page.locator("[data-fg-do=remove]").click()
    expect(total(page)).to_have_text("2,002.00")
    expect(page.get_by_label("第 2 行 本月申报")).to_have_value("1,002.00")
    page.locator("[data-fg-do=undo]").click()
    expect(total(page)).to_have_text("3,003.00")
    expect(page.get_by_label("第 2 行 本月申报")).to_have_value("1,001.00")


def test_capitals_follow_the_total(page: Page) -> None:
    cell(page, 1, "amount").fill("100.05")
    page.keyboard.press("Enter")
    expect(page.locator("[data-capitals]")).to_have_text("贰仟壹佰零叁元零伍分")


def test_the_page_has_no_accessibility_fault(page: Page) -> None:
    assert violations(page) == []
    cell(page, 1, "amount").fill("x")
    page.keyboard.press("Enter")
    page.locator("[data-dialog=send]").click()
    assert violations(page) == []


def test_the_page_does_not_scroll_sideways(page: Page) -> None:
    for width, height in ((1366, 640), (1366, 768), (1920, 1080), (683, 384)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => innerWidth === width", arg=width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_keys_stay_quick_with_200_rows(page: Page, harness: Flask) -> None:
    page.goto(harness.config["SERVER_URL"] + "/?rows=200")
    cell(page, 100, "amount").focus()
    expect(total(page)).to_have_text("219,900.00")
    for key in (*"12345.67", "Enter"):
        with working_at_most(0.5, page):
            page.keyboard.press(key)
    expect(cell(page, 101, "amount")).to_be_focused()


def test_without_script_it_is_a_plain_form(browser: Browser, harness: Flask) -> None:
    harness.extensions["posted"].clear()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(harness.config["SERVER_URL"] + "/")
    cell(plain, 1, "amount").fill("77.70")
    plain.get_by_role("button", name="保存").click()
    expect(plain.locator("body")).to_have_text("ok")
    context.close()
    assert harness.extensions["posted"][0]["lines-0-amount"] == ["77.70"]
