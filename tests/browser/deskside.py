"""A served house, people signed in to it in browsers of their own, and what is done at every desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from uuid import UUID

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from app import create_app
from core import clock, jobs
from core.db import db
from tests.approvals.stories import reviewed, submitted, task_of
from tests.conftest import Prepared, options
from tests.listening import listening
from tests.world import NOW, PASSWORD, World
from work import HANDLERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AXE: Final = (Path(__file__).resolve().parent / "vendor/axe.min.js").read_text("utf-8")
WATCH: Final = (
    "window.refused = []; document.addEventListener('securitypolicyviolation',"
    " e => window.refused.push(e.violatedDirective + ' ' + e.blockedURI));"
)
# A refusal is an answer: the browser writes it to its console as well.
_ANSWERS: Final = ("status of 409", "status of 422")


def whole(app: Flask) -> WSGIApplication:
    """The application, each file read and closed at once, each answer before it is sent.

    The development server leaves an answer open whose reader has gone (it fails while it empties the socket), and
    an open file is an error in a test. A browser that leaves a page does go in the middle of its scripts.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.file_wrapper"] = _read
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


def _read(file: IO[bytes], _: int) -> list[bytes]:
    with file:
        return [file.read()]


@contextmanager
def at_an_address(app: Flask) -> Iterator[None]:
    """The application behind a real server; `SERVER_URL` in its config says where."""
    server = make_server("127.0.0.1", 0, whole(app), threaded=True)
    app.config["SERVER_URL"] = f"http://127.0.0.1:{server.server_port}"
    with listening(server):
        yield


@contextmanager
def serving(prepared: Prepared, data: Path) -> Iterator[Flask]:
    """The whole application behind a real server; `SERVER_URL` in its config says where."""
    app = create_app(options(data, prepared.copy(data)))
    with app.app_context(), clock.stopped(NOW):
        with at_an_address(app):
            yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def signed_in(browser: Browser, house: Flask, username: str) -> Iterator[Page]:
    """A browser in which somebody has signed in."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=house.config["SERVER_URL"]
    )
    with watched_page(context) as opened:
        context.request.post("/sign-in", form={"username": username, "password": PASSWORD}, max_redirects=0)
        yield opened


@contextmanager
def watched_page(context: BrowserContext) -> Iterator[Page]:
    """A page of this browser; a console error or a refusal by the content policy is a failure."""
    opened = context.new_page()
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in _ANSWERS):
            faults.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.add_init_script(WATCH)
    yield opened
    faults += opened.evaluate("window.refused || []")
    context.close()
    assert faults == []


def violations(page: Page) -> list[str]:
    """What axe finds on the whole page, one line each.

    A click does not wait for the page it leads to: whoever has clicked first expects something of that page.
    """
    page.wait_for_load_state()
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(r => r.violations)")
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def drawn() -> None:
    """All vouchers have their pictures."""
    while jobs.run_one(HANDLERS):
        pass
    db.session.rollback()


def open_plan(world: World, page: Page, *amounts: tuple[str, int]) -> UUID:
    """A plan that waits for 沈思远, its vouchers drawn, on her desk."""
    plan_id = submitted(world, *amounts)
    reviewed(world, plan_id, "he")
    drawn()
    at_desk(world, page, "shen", plan_id)
    return plan_id


def at_desk(world: World, page: Page, username: str, plan_id: UUID) -> None:
    """The person's desk with this plan on it."""
    task_id = task_of(world, username, plan_id).id
    db.session.rollback()
    page.goto(f"/queue/{task_id}")
    ready(page)


def ready(page: Page) -> None:
    """The desk's scripts have run, all of them: a line is chosen and every key means something."""
    expect(page.locator("tr.on")).to_be_visible()
    page.wait_for_load_state()


def current(page: Page) -> Locator:
    """The place of the chosen line."""
    return page.locator("tr.on td").first


def reason_at(page: Page) -> Locator:
    """The reason of the chosen line."""
    return page.locator("tr.lit .why")


def verdict_at(page: Page, value: str) -> Locator:
    """A verdict of the chosen line."""
    return page.locator(f"tr.on input[value={value}]")
