"""审核台 in a real browser: a reviewer works a plan from the keyboard alone, under the house's own headers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from app import create_app
from approvals.reviews import store
from approvals.reviews.rules import Act, Verdict
from core import clock, jobs
from core.db import db
from core.money import Money
from tests.approvals.stories import plan, reviewed, submitted, task_of
from tests.conftest import Prepared, options
from tests.world import NOW, PASSWORD, World
from work import HANDLERS

pytestmark = pytest.mark.browser

AXE: Final = Path(__file__).resolve().parent / "vendor/axe.min.js"
WATCH: Final = (
    "window.refused = []; document.addEventListener('securitypolicyviolation',"
    " e => window.refused.push(e.violatedDirective + ' ' + e.blockedURI));"
)


@pytest.fixture
def house(sqlite_prepared: Prepared, tmp_path: Path) -> Iterator[Flask]:
    """The whole application behind a real server; `SERVER_URL` in its config says where."""
    app = create_app(options(tmp_path, sqlite_prepared.copy(tmp_path)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["SERVER_URL"] = f"http://127.0.0.1:{server.server_port}"
    runner = threading.Thread(target=server.serve_forever, daemon=True)
    with app.app_context(), clock.stopped(NOW):
        runner.start()
        yield app
        server.shutdown()
        runner.join()
        server.server_close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(sqlite_prepared: Prepared, house: Flask) -> World:
    return sqlite_prepared.world


@pytest.fixture
def desk(browser: Browser, house: Flask) -> Iterator[Page]:
    """A browser in which 沈思远 has signed in; a console error or a refusal by the content policy fails the test."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=house.config["SERVER_URL"]
    )
    opened = context.new_page()
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 422" not in message.text:
            faults.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.add_init_script(WATCH)
    context.request.post("/sign-in", form={"username": "shen", "password": PASSWORD}, max_redirects=0)
    yield opened
    faults += opened.evaluate("window.refused || []")
    context.close()
    assert faults == []


def violations(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(r => r.violations)")
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def open_plan(world: World, page: Page, *amounts: tuple[str, int]) -> UUID:
    """A plan that waits for 沈思远, its vouchers drawn, on her desk."""
    plan_id = submitted(world, *amounts)
    reviewed(world, plan_id, "he")
    while jobs.run_one(HANDLERS):
        pass
    task_id = task_of(world, "shen", plan_id).id
    db.session.rollback()
    page.goto(f"/queue/{task_id}")
    expect(page.locator("tr.on")).to_be_visible()  # the scripts have run
    return plan_id


def current(page: Page) -> str:
    return page.locator("tr.on td").first.inner_text()


def test_a_plan_is_worked_from_the_keyboard_alone(world: World, desk: Page) -> None:
    second = submitted(world, ("A1", 777))
    reviewed(world, second, "he")
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50), ("A3", 20), ("A1", 10))
    keys, seen = desk.keyboard, desk.locator("[data-seen]")
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(1)
    assert current(desk) == "1"
    keys.press("a")
    assert current(desk) == "2"
    keys.press("e")
    keys.type("40")
    keys.press("Enter")
    expect(desk.locator("tr.on .reason input")).to_be_focused()
    keys.type("按进度")
    keys.press("Enter")
    keys.press("ArrowDown")
    assert current(desk) == "3"
    keys.press("v")
    expect(desk.locator(".stage")).to_be_focused()
    keys.press("Escape")
    keys.press("a")
    expect(seen).to_have_text("已审 3 / 4 行")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Alt+a")
    expect(seen).to_have_text("已审 4 / 4 行")
    expect(desk.locator(".nums [data-sum=cut]")).to_have_text("10.00")
    expect(desk.locator("tfoot [data-sum=amount]")).to_have_text("170.00")
    keys.press("Control+Enter")
    expect(desk.locator(".flash.ok")).to_contain_text("审核通过")
    expect(desk.locator(".mid .nums")).to_contain_text("777.00")
    db.session.rollback()
    assert plan(plan_id).lines[1].suggested == Money.yuan(40)
    assert plan(plan_id).step_no == 3


def test_a_returned_line_asks_for_its_reason_and_a_refusal_keeps_all(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50))
    keys = desk.keyboard
    keys.press("x")
    reason = desk.locator("tr.on .reason input")
    expect(reason).to_be_focused()
    keys.press("Escape")
    keys.press("Control+Enter")
    expect(desk.locator(".errs")).to_contain_text("第 1 行退回须写明原因")
    expect(desk.locator(".errs")).to_contain_text("第 2 行还没有审核意见")
    expect(desk.locator(".errs")).to_be_focused()
    expect(desk.locator("tr[data-line] input[value=return]").first).to_be_checked()
    assert violations(desk) == []
    desk.locator("tr[data-line]").first.locator(".reason input").fill("缺合同")
    keys.press("Escape")
    keys.press("ArrowDown")
    keys.press("a")
    keys.press("Control+Enter")
    expect(desk).to_have_url("/queue")
    db.session.rollback()
    said = store.opinions_in_round(plan_id, 1, 2)
    assert [(opinion.verdict, opinion.reason) for opinion in said] == [(Verdict.RETURN, "缺合同"), (Verdict.AGREE, "")]
    assert store.decisions_of(plan_id)[-1].act is Act.RETURN


def test_j_and_k_walk_through_the_queue(world: World, desk: Page) -> None:
    first = submitted(world, ("A1", 1))
    reviewed(world, first, "he")
    open_plan(world, desk, ("A1", 2))
    desk.goto(f"/queue/{task_of(world, 'shen', first).id}")
    ready = desk.locator("tr.on")  # the scripts have run
    expect(ready).to_be_visible()
    desk.keyboard.press("j")
    expect(desk.locator(".nums")).to_contain_text("申报2.00")
    expect(ready).to_be_visible()
    desk.keyboard.press("k")
    expect(desk.locator(".nums")).to_contain_text("申报1.00")


def test_a_higher_amount_is_marked_and_the_old_one_is_no_cut(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100))
    box, row = desk.locator(".fin"), desk.locator("tr[data-line]")
    box.fill("100.01")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("99")
    expect(row.locator("input[value=cut]")).to_be_checked()
    box.fill("100")
    expect(row.locator("input[value=agree]")).to_be_checked()
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_a_batch_counts_what_is_ticked(world: World, desk: Page) -> None:
    for yuan in (100, 250):
        reviewed(world, submitted(world, ("A1", yuan)), "he")
    db.session.rollback()
    desk.goto("/queue")
    expect(desk.get_by_role("button", name="批量同意")).to_be_disabled()
    desk.locator("input[name=task]").first.check()
    expect(desk.locator("[data-ticked]")).to_have_text("已选 1 份，合计 100.00 元")
    desk.locator("[data-tick-all]").check()
    expect(desk.locator("[data-ticked]")).to_have_text("已选 2 份，合计 350.00 元")
    assert violations(desk) == []
    desk.get_by_role("button", name="批量同意").click()
    expect(desk.locator(".flash.ok")).to_contain_text("已同意 2 份")
    assert violations(desk) == []


def test_nothing_stands_in_the_way_of_anybody(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A4", 50), ("A2", 20))
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(1)
    assert violations(desk) == []
    for path in ("/home", f"/plans/{plan_id}", "/queue?done=1"):
        desk.goto(path)
        assert violations(desk) == [], path


def test_the_desk_fits_a_low_screen(world: World, desk: Page) -> None:
    desk.set_viewport_size({"width": 1366, "height": 640})
    open_plan(world, desk, ("A1", 100), ("A2", 20))
    expect(desk.locator("details.low")).not_to_have_attribute("open", "")
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth && scrollY === 0")
    bottom = desk.locator(".act").bounding_box()
    assert bottom
    assert bottom["y"] + bottom["height"] <= 640
