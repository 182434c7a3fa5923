"""The small scripts beside the grid: saving by itself, uploads, dialogs, shortcuts and the voucher viewer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Dialog, FilePayload, Page, expect

from tests.world import NOW

pytestmark = pytest.mark.browser


def change_a_cell(page: Page, text: str = "食堂燃气费") -> None:
    page.locator("[name=lines-0-purpose]").fill(text)
    page.keyboard.press("Enter")


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def expect_copies(page: Page, count: int) -> None:
    """So many copies of what was typed are kept on this computer."""
    kept = "Object.keys(localStorage).filter(k => k.startsWith('yk:draft:')).length"
    page.wait_for_function(f"count => {kept} === count", arg=count)


def test_a_change_is_saved_by_itself_and_the_version_moves_on(page: Page, harness: Flask) -> None:
    change_a_cell(page)
    expect(page.locator("[data-autosave-note]")).to_have_text("15:42 已自动保存")
    sent = harness.extensions["posted"][-1]
    assert sent["lines-0-purpose"] == ["食堂燃气费"]
    assert sent["version"] == ["7"]
    expect(page.locator("[name=version]").first).to_have_value("8")
    expect_copies(page, 0)


def test_somebody_elses_save_stops_ours_and_says_so(page: Page, harness: Flask) -> None:
    harness.extensions["answers"]["autosave"] = (409, {"error": "周建华刚刚改过这份计划。", "url": "/?fresh"})
    change_a_cell(page)
    expect(page.locator("[data-autosave-note]")).to_contain_text("周建华刚刚改过这份计划。")
    expect(page.locator("[data-autosave-note] a")).to_have_attribute("href", "/?fresh")
    expect_copies(page, 1)
    page.on("dialog", lambda asked: asked.accept())


def test_a_lost_session_loses_nothing_typed(page: Page, harness: Flask) -> None:
    harness.extensions["answers"]["autosave"] = (401, {"error": "请登录"})
    page.locator("[data-fg-do=add]").click()
    page.locator("[name=lines-3-purpose]").fill("新增一行")
    page.locator("[name=lines-3-amount]").fill("88")
    page.locator("[name=lines-0-pay]").select_option("2")
    expect(page.locator("[data-autosave-note]")).to_contain_text("登录已失效")
    page.on("dialog", lambda asked: asked.accept())
    page.reload()
    expect(page.locator("#lines tbody tr")).to_have_count(3)
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("[name=lines-3-purpose]")).to_have_value("新增一行")
    expect(page.locator("[name=lines-3-amount]")).to_have_value("88.00")
    expect(page.locator("[name=lines-0-pay]")).to_have_value("2")
    expect(page.locator("#lines tfoot [data-sum=amount]")).to_have_text("3,091.00")


def test_leaving_with_unsaved_changes_asks_first(page: Page) -> None:
    page.locator("[name=lines-0-purpose]").click()
    page.keyboard.type("改")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.reload()
    assert asked == ["beforeunload"]


def test_signing_out_removes_the_copies(page: Page, harness: Flask) -> None:
    harness.extensions["answers"]["autosave"] = (503, {})
    change_a_cell(page)
    expect(page.locator("[data-autosave-note]")).to_contain_text("稍后自动重试")
    expect_copies(page, 1)
    page.evaluate("document.querySelector('[data-sign-out]').addEventListener('submit', e => e.preventDefault())")
    page.locator(".who summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect_copies(page, 0)
    page.on("dialog", lambda asked: asked.accept())


def test_a_manual_save_goes_through_once(page: Page, harness: Flask) -> None:
    page.clock.install(time=NOW)
    page.reload()
    page.clock.pause_at(NOW + timedelta(hours=1))  # however slow the machine, nothing is saved by itself meanwhile
    change_a_cell(page)
    page.keyboard.press("Control+s")
    expect(page.locator("body")).to_have_text("ok")
    assert [sent["lines-0-purpose"] for sent in harness.extensions["posted"]] == [["食堂燃气费"]]


def test_a_voucher_is_uploaded_and_shown(page: Page) -> None:
    page.locator("[data-upload] input[type=file]").set_input_files([a_file("合同.pdf", b"%PDF-1.7")])
    expect(page.locator("#files li")).to_have_count(2)
    expect(page.locator("#files")).to_contain_text("合同.pdf")


def test_a_refused_voucher_shows_the_servers_sentence(page: Page) -> None:
    page.locator("[data-upload] input[type=file]").set_input_files(
        [a_file("a.exe", b"MZ"), a_file("大.pdf", b"x" * 1_200_000), a_file("空.pdf", b"")]
    )
    said = page.locator(".ups li.bad small")
    expect(said).to_have_text(["只收 PDF、OFD 和图片。", "文件超过 1 MB，请压缩或拆分后再上传。", "这是一个空文件。"])


PASTE_FILE = """types => { const d = new DataTransfer();
    d.items.add(new File(['x'], 'image.png', {type: 'image/png'}));
    if (types.includes('text')) d.setData('text/plain', '1\\t2');
    document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true})); }"""


def test_a_pasted_screenshot_is_uploaded_but_cells_are_not(page: Page) -> None:
    page.evaluate(PASTE_FILE, ["text"])
    page.evaluate(PASTE_FILE, [])
    expect(page.locator("#files li")).to_have_count(2)
    expect(page.locator("#files li").last).to_contain_text("截图20")


def test_shortcuts_are_off_while_typing_and_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("?/")
    expect(page.locator("#find")).to_have_value("?/")
    expect(page.locator("#keys-help")).to_be_hidden()
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    expect(page.locator("[data-keylist]")).to_contain_text("保存")
    page.locator("[data-keys-off]").check()
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_hidden()


def test_a_dialog_opens_and_closes(page: Page) -> None:
    page.locator("[data-dialog=send]").click()
    expect(page.locator("#send")).to_be_visible()
    page.get_by_role("button", name="取消").click()
    expect(page.locator("#send")).to_be_hidden()


def test_the_viewer_zooms_turns_and_pages(page: Page, harness: Flask) -> None:
    page.goto(harness.config["SERVER_URL"] + "/viewer")
    stage, zoom = page.locator(".stage"), page.locator("[data-viewer-zoom]")
    expect(page.locator("[data-viewer-page]")).to_have_text("1 / 3")
    page.locator("[data-viewer-do=next]").click()
    expect(page.locator("[data-viewer-page]")).to_have_text("2 / 3")
    page.locator("[data-viewer-tab=b]").click()
    expect(page.locator("[data-viewer-page]")).to_have_text("3 / 3")
    expect(page.locator("[data-viewer-tab=b]")).to_have_attribute("aria-current", "true")
    stage.focus()
    page.keyboard.press("+")
    expect(zoom).not_to_have_text("适宽")
    page.keyboard.press("0")
    expect(zoom).to_have_text("适宽")
    box = page.locator(".leaf").last.bounding_box()
    page.keyboard.press("r")
    turned = page.locator(".leaf").last.bounding_box()
    assert box and turned
    assert turned["width"] == pytest.approx(box["width"], abs=2)
    assert turned["height"] / turned["width"] == pytest.approx(box["width"] / box["height"], abs=0.02)
    drawn = page.locator(".leaf img").last.bounding_box()
    assert drawn
    assert drawn["x"] == pytest.approx(turned["x"], abs=1)
    assert drawn["width"] == pytest.approx(turned["width"], abs=1)
