"""A real Chromium, and a small server that shows the harness page under the house's own strict headers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from app import create_app
from core import clock
from core.db import db
from core.settings import Settings
from tests.browser.deskside import at_an_address, serving, signed_in
from tests.conftest import Prepared
from tests.world import NOW, PASSWORD, World

# The journey's steps assert in modules of their own; their failures should speak as well as a test's.
pytest.register_assert_rewrite("tests.browser.journey")

# How long an expectation waits for what is on its way: a busy machine is no fault of the code.
expect.set_options(timeout=30_000)

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
ARGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES: Final = ("在职人员工资", "津贴补贴和绩效", "生均公用经费", "困难学生生活补助", "校舍维修改造")
INITIALS: Final = ("zzrygz", "jtbthjx", "sjgyjf", "knxsshbz", "xswxgz")


def allotments() -> list[dict[str, Any]]:
    """Five invented allotments; the first three are 基本支出."""
    return [
        {
            "v": f"青财教〔2026〕{12 + n}号 {name}",
            "k": str(100 + n),
            "c": str(12 + n),
            "py": INITIALS[n],
            "b": "余额 86,500.00",
            "balance": "86500.00",
            "group": "basic fund-1" if n < 3 else "project fund-2",
            "cells": {"guarantee": "保工资" if n < 2 else "", "payee": "本单位职工" if n == 0 else ""},
        }
        for n, name in enumerate(NAMES)
    ]


def lines(count: int) -> list[dict[str, Any]]:
    """Rows as the server would send them."""
    known = allotments()
    return [
        {**known[n % 5], "amount": f"{1000 + n}.00", "payee": "青禾区文博商贸行", "purpose": f"用途 {n + 1}"}
        for n in range(count)
    ]


def make_app() -> Flask:
    """The harness page and the few addresses its scripts call; answers are set by the tests in `app.answers`."""
    app = Flask("harness", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), FileSystemLoader(HERE)])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config.update(SECRET_KEY="harness", WTF_CSRF_TIME_LIMIT=None)
    app.jinja_env.globals["form_key"] = lambda: uuid4().hex
    CSRFProtect(app)
    app.extensions["answers"] = {}
    app.extensions["posted"] = []
    _add_frame(app)
    _add_addresses(app)
    return app


def _add_frame(app: Flask) -> None:
    class Person:
        id, name, post_names = 1, "林晓敏", ["单位经办"]

    @app.context_processor
    def frame() -> dict[str, Any]:
        places = [("工作台", "home", 0), ("待办", "inbox", 2), ("申报", "table-plus", 0), ("指标", "database", 0)]
        nav = [
            {"label": label, "icon": icon, "endpoint": "page", "count": count, "active": label == "申报"}
            for label, icon, count in places
        ]
        deadline = {"text": "12月计划 11月25日 17:00 截止", "left": "剩 1 天 20 小时", "urgent": False}
        return {"me": Person, "nav": nav, "notice_count": 3, "deadline": deadline, "place": "青禾区实验小学"}

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response


def _add_addresses(app: Flask) -> None:
    @app.get("/")
    def page() -> str:
        rows = int(request.args.get("rows", "3"))
        return render_template("harness.html", lines=lines(rows), allotments=allotments())

    @app.get("/favicon.ico")
    def no_icon() -> ResponseReturnValue:
        return "", 204

    @app.get("/viewer")
    def viewer() -> str:
        return render_template("viewer.html")

    @app.post("/post")
    def post() -> ResponseReturnValue:
        app.extensions["posted"].append(request.form.to_dict(flat=False))
        return "ok"

    @app.post("/autosave")
    def autosave() -> ResponseReturnValue:
        app.extensions["posted"].append(request.form.to_dict(flat=False))
        status, said = app.extensions["answers"].get("autosave", (200, {"version": 8, "saved_at": "15:42"}))
        return jsonify(said), status

    @app.post("/upload")
    def upload() -> ResponseReturnValue:
        name = request.files["file"].filename or ""
        if name.endswith(".exe"):
            return jsonify(error="只收 PDF、OFD 和图片。"), 422
        return jsonify(html=f"<li>{name}</li>")


@pytest.fixture(scope="session")
def harness() -> Iterator[Flask]:
    """The running harness; `SERVER_URL` in its config says where."""
    app = make_app()
    with at_an_address(app):
        yield app


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one `CHROMIUM` names; without any the tests fail: a check that was left out is none."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.fail(
            f"没有 Chromium（{path}），浏览器测试没有执行；请安装 chromium，或用 CHROMIUM 指明它在哪里", pytrace=False
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield started
        started.close()


@contextmanager
def watched(browser: Browser) -> Iterator[Page]:
    """A fresh page; a console error, a script error or a refusal by the content policy fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    faults: list[str] = []
    expected = ("status of 409", "status of 422", "status of 401", "status of 503", "ERR_INTERNET_DISCONNECTED")

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in expected):
            faults.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation',"
        " e => window.refused.push(e.violatedDirective + ' ' + e.blockedURI));"
    )
    yield opened
    faults += opened.evaluate("window.refused || []")
    context.close()
    assert faults == []


@pytest.fixture
def page(browser: Browser, harness: Flask) -> Iterator[Page]:
    """The harness page, watched."""
    harness.extensions["answers"].clear()
    harness.extensions["posted"].clear()
    with watched(browser) as opened:
        opened.goto(harness.config["SERVER_URL"] + "/")
        yield opened


@pytest.fixture
def house(sqlite_prepared: Any, tmp_path: Path) -> Iterator[Flask]:
    """The whole system on a fresh SQLite world, tokens checked, its clock stopped; `SERVER_URL` says where."""
    data = Settings(
        data=tmp_path, database_url=sqlite_prepared.copy(tmp_path), secret_key="only for tests", argon2_memory_kib=64
    )
    app = create_app(data)
    with clock.stopped(NOW), at_an_address(app):
        yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def served(sqlite_prepared: Prepared, tmp_path: Path) -> Iterator[Flask]:
    """The same as the tests of a desk need it: they act on its database themselves, and fetch no tokens."""
    with serving(sqlite_prepared, tmp_path) as app:
        yield app


@pytest.fixture
def world(sqlite_prepared: Prepared) -> World:
    """The ids of the cast in whichever house is served."""
    return sqlite_prepared.world


@pytest.fixture
def desk(browser: Browser, served: Flask) -> Iterator[Page]:
    """The browser of 沈思远."""
    with signed_in(browser, served, "shen") as opened:
        yield opened


@pytest.fixture
def lin(browser: Browser, house: Flask) -> Iterator[Page]:
    """The clerk of the primary school at the real system, signed in by the keyboard, watched."""
    with watched(browser) as opened:
        opened.goto(house.config["SERVER_URL"] + "/sign-in?next=/plans")
        opened.locator("[name=username]").focus()
        opened.keyboard.type("lin")
        opened.keyboard.press("Tab")
        opened.keyboard.type(PASSWORD)
        opened.keyboard.press("Enter")
        expect(opened.get_by_role("heading", name="用款计划", exact=True)).to_be_visible()
        opened.wait_for_load_state()  # the heading stands before the scripts that know the shortcuts
        yield opened
