"""A clerk hands in papers in a real browser: chosen, dropped, drawn, looked at and put right."""

from __future__ import annotations

import base64
from typing import Final
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from core.db import session
from tests.browser.deskside import violations
from tests.vouchers.samples import a_pdf, a_png, add, draft, papers, run_jobs
from tests.world import World
from vouchers.papers.matrix import cells_of

pytestmark = pytest.mark.browser

DROP: Final = """([name, content]) => {
  const data = new DataTransfer(), bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
  data.items.add(new File([bytes], name));
  document.querySelector('[data-upload]').dispatchEvent(
    new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


@pytest.fixture
def filed(house: Flask, world: World) -> tuple[UUID, list[int]]:
    """A draft of two lines that both need an invoice."""
    with house.app_context():
        return draft(world)


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def draw(house: Flask) -> None:
    """What the worker does meanwhile."""
    with house.app_context():
        run_jobs()
        session().rollback()


def to_papers(page: Page, house: Flask, plan_id: UUID, line: int | None = None) -> None:
    page.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/papers" + (f"?line={line}" if line else ""))


def test_files_are_chosen_drawn_and_looked_at(lin: Page, house: Flask, filed: tuple[UUID, list[int]]) -> None:
    plan_id, lines = filed
    to_papers(lin, house, plan_id, lines[0])
    expect(lin.locator("[data-papers-count]")).to_have_text("0 / 1")
    expect(lin.locator("form[data-upload] select[name=kind]")).to_have_value("11")
    chosen = [payload("购货发票.pdf", a_pdf(2)), payload("照片.png", a_png(size=(300, 400)))]
    lin.locator("input[type=file]").set_input_files(chosen)
    expect(lin.locator("[data-upload-list] li")).to_have_count(2)
    expect(lin.locator(".files li .name")).to_have_count(2)
    assert sorted(lin.locator(".files li .name").all_text_contents()) == ["照片.png", "购货发票.pdf"]
    expect(lin.locator("[data-papers-count]")).to_have_text("1 / 1")
    expect(lin.locator(".files")).to_contain_text("正在生成预览")
    assert violations(lin) == []

    draw(house)
    expect(lin.locator(".files li img")).to_have_count(2)
    expect(lin.locator(".files")).not_to_contain_text("正在生成预览")

    lin.get_by_role("link", name="购货发票.pdf").click()
    dialog = lin.locator("dialog[data-papers-dialog]")
    expect(dialog.locator(".leaf img")).to_have_count(2)
    expect(dialog.locator("[data-viewer-page]")).to_have_text("1 / 2")
    width = "document.querySelector('dialog .leaf img').getBoundingClientRect().width"
    before = lin.evaluate(width)
    lin.keyboard.press("+")
    lin.wait_for_function(f"before => {width} > before", arg=before)
    expect(dialog.locator("[data-viewer-zoom]")).to_contain_text("%")
    dialog.get_by_role("button", name="旋转").click()
    assert violations(lin) == []
    with lin.expect_download() as saved:
        dialog.get_by_role("link", name="原件").click()
    assert saved.value.suggested_filename == "购货发票.pdf"
    lin.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_a_dropped_file_is_kept_and_a_bad_one_says_why(lin: Page, house: Flask, filed: tuple[UUID, list[int]]) -> None:
    plan_id, lines = filed
    to_papers(lin, house, plan_id, lines[1])
    for name, data in (("发票.exe", b"MZ\x90\0"), ("合同.pdf", a_pdf())):
        lin.evaluate(DROP, [name, base64.b64encode(data).decode()])
    expect(lin.locator("[data-upload-list] li.bad")).to_contain_text("“发票.exe”是可执行程序，不能作为凭证上传。")
    expect(lin.locator(".files li .name")).to_have_text(["合同.pdf"])
    with house.app_context():
        (paper,) = papers(plan_id)
        assert cells_of(plan_id) == {lines[1]: {paper.id: None}}


def test_kind_lines_and_removal_without_leaving_the_page(
    lin: Page, house: Flask, world: World, filed: tuple[UUID, list[int]]
) -> None:
    plan_id, lines = filed
    with house.app_context():
        add(world, plan_id, lines[:1])
    to_papers(lin, house, plan_id, lines[0])
    lin.evaluate("window.stayed = true")
    lin.get_by_label("修改 发票.pdf").click()
    lin.locator("details.edit").get_by_label("第 2 行").check()
    lin.get_by_role("button", name="改对应的行").click()
    expect(lin.locator(".files li").first).to_contain_text("证明第 1、2 行")
    lin.get_by_label("修改 发票.pdf").click()
    lin.locator("details.edit select").select_option("14")
    lin.get_by_role("button", name="改种类").click()
    expect(lin.locator(".files li").first).to_contain_text("合同或协议")
    expect(lin.get_by_role("button", name="上传发票")).to_be_visible()
    lin.get_by_label("修改 发票.pdf").click()
    lin.get_by_role("button", name="移除附件").click()
    expect(lin.locator(".files li .name")).to_have_count(0)
    assert lin.evaluate("window.stayed")


def test_beside_the_plan_the_papers_follow_the_line(
    lin: Page, house: Flask, world: World, filed: tuple[UUID, list[int]]
) -> None:
    plan_id, lines = filed
    with house.app_context():
        add(world, plan_id, lines[1:])
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/edit")
    expect(lin.locator("aside [data-papers-count]")).to_have_text("1 份")
    lin.locator("[data-col=purpose] input").nth(1).click()
    expect(lin.locator("aside .panel-h h2")).to_have_text("第 2 行附件")
    lin.locator("[data-col=purpose] input").nth(0).click()
    expect(lin.locator("aside .panel-h h2")).to_have_text("第 1 行附件")
    lin.locator("aside input[type=file]").set_input_files([payload("发票一.pdf", a_pdf())])
    expect(lin.locator("aside .files .name")).to_have_text(["发票一.pdf"])
    expect(lin.locator("#lines tbody tr").first.locator("[data-col=papers]")).to_contain_text("1")


def test_the_pages_of_papers_have_no_barriers(
    lin: Page, house: Flask, world: World, filed: tuple[UUID, list[int]]
) -> None:
    plan_id, lines = filed
    with house.app_context():
        add(world, plan_id, lines)
        add(world, plan_id, [], a_png(), "照片.png")
        run_jobs()
    to_papers(lin, house, plan_id)
    assert violations(lin) == []
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/lines/{lines[0]}/papers")
    expect(lin.locator(".leaf img")).to_have_count(1)
    assert violations(lin) == []


def test_the_requirement_table_has_no_barriers(lin: Page, house: Flask) -> None:
    url = house.config["SERVER_URL"]
    lin.goto(f"{url}/plans")
    lin.locator("details.who summary").click()
    lin.get_by_role("button", name="退出登录").click()
    lin.wait_for_url("**/sign-in*")
    lin.locator("[name=username]").fill("xi")
    lin.locator("[name=password]").fill("Kaixin-2026!")
    lin.keyboard.press("Enter")
    lin.wait_for_url("**/home")
    lin.goto(f"{url}/requirements")
    lin.get_by_role("button", name="装入默认要求").click()
    expect(lin.locator("tbody tr")).to_have_count(50)
    assert violations(lin) == []
    lin.get_by_role("link", name="新增要求").click()
    expect(lin.get_by_label("附件名称")).to_be_visible()
    lin.get_by_label("附件名称").fill("验收单")
    lin.get_by_role("button", name="保存").click()
    expect(lin.get_by_role("alert")).to_contain_text("请至少选择一种凭证。")
    assert violations(lin) == []
    lin.get_by_label("验收单或入库单").check()
    lin.get_by_role("button", name="保存").click()
    expect(lin.locator(".flash")).to_contain_text("已新增凭证要求。")
