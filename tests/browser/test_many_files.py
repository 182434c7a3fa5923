"""Fifty files at once, and large ones over a line that breaks: nothing is lost, and nothing arrives twice."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.vouchers.samples import a_png, draft, papers
from tests.world import World

pytestmark = pytest.mark.browser

MANY = 50
# The parts that one test lets through before its line breaks.
THROUGH = 2


@pytest.fixture
def filed(house: Flask, world: World) -> tuple[UUID, list[int]]:
    with house.app_context():
        return draft(world)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A picture of noise, which is stored as large as it is: two and a half megabytes, in five parts."""
    path = tmp_path / "扫描件.bmp"
    width = height = 900
    head = b"BM" + (54 + width * height * 3).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    about = (40).to_bytes(4, "little") + width.to_bytes(4, "little") * 2 + (1).to_bytes(2, "little")
    path.write_bytes(head + about + (24).to_bytes(2, "little") + bytes(24) + os.urandom(width * height * 3))
    return path


def to_papers(page: Page, house: Flask, plan_id: UUID, line: int) -> None:
    page.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/papers?line={line}")


def stored(house: Flask, plan_id: UUID) -> list[str]:
    with house.app_context():
        return sorted(paper.name for paper in papers(plan_id))


def test_fifty_files_at_once_come_in_and_the_bad_one_says_why(
    lin: Page, house: Flask, filed: tuple[UUID, list[int]]
) -> None:
    plan_id, lines = filed
    to_papers(lin, house, plan_id, lines[0])
    names = [f"照片{number:02}.png" for number in range(MANY)]
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "image/png", "buffer": a_png(size=(40 + number, 60))}
        for number, name in enumerate(names)
    ]
    chosen[7]["buffer"] = b"MZ\x90 a program"
    lin.locator("input[type=file]").set_input_files(chosen)
    expect(lin.locator("[data-upload-list] .bad small")).to_have_text("“照片07.png”是可执行程序，不能作为凭证上传。")
    expect(lin.locator(".files .name")).to_have_count(MANY - 1)
    expect(lin.locator("[data-upload-list] progress")).to_have_count(0)
    assert stored(house, plan_id) == [name for name in names if name != names[7]]


def test_a_broken_line_is_mended_by_itself(
    lin: Page, house: Flask, filed: tuple[UUID, list[int]], large: Path
) -> None:
    plan_id, lines = filed
    to_papers(lin, house, plan_id, lines[0])
    asked: list[str] = []

    def broken(route: Route) -> None:
        method = route.request.method
        asked.append(method)
        if (method, asked.count(method)) in (("PATCH", THROUGH + 1), ("HEAD", 1)):
            route.abort("internetdisconnected")
        else:
            route.continue_()

    lin.route("**/papers/uploads/**", broken)
    lin.locator("input[type=file]").set_input_files(large)
    expect(lin.locator("[data-upload-list]")).to_contain_text("网络中断，正在重新连接")
    expect(lin.locator(".files .name")).to_have_text(["扫描件.bmp"])
    assert stored(house, plan_id) == ["扫描件.bmp"]
    assert asked == ["PATCH"] * (THROUGH + 1) + ["HEAD"] * 2 + ["PATCH"] * 3 + ["POST"]


def test_the_same_file_chosen_again_on_a_new_page_goes_on_where_it_was(
    lin: Page, house: Flask, filed: tuple[UUID, list[int]], large: Path
) -> None:
    plan_id, lines = filed
    to_papers(lin, house, plan_id, lines[0])
    sent: list[str] = []

    def broken(route: Route) -> None:
        sent.append(route.request.headers["upload-offset"])
        if len(sent) > THROUGH:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    lin.route("**/papers/uploads/**", broken)
    lin.locator("input[type=file]").set_input_files(large)
    expect(lin.locator("[data-upload-list]")).to_contain_text("网络中断，正在重新连接")
    lin.on("dialog", lambda dialog: dialog.accept())  # the page asks before files on their way are lost
    lin.unroute("**/papers/uploads/**")
    to_papers(lin, house, plan_id, lines[0])
    with lin.expect_request(lambda request: request.method == "PATCH") as first:
        lin.locator("input[type=file]").set_input_files(large)
    assert first.value.headers["upload-offset"] == str(THROUGH * 512 * 1024)
    expect(lin.locator(".files .name")).to_have_text(["扫描件.bmp"])
