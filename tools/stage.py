"""The demonstration as a stage for pictures: on a free port, its clock standing still, its people signed in."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from accounts.people.rules import Role
from app import create_app
from budget.allotments.store import usable
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState
from core import clock, jobs
from core.db import db, session
from core.files import MAX_BYTES
from core.money import ZERO, Money
from core.settings import Settings
from demo.cast import DEMO_PASSWORD, member
from demo.load import load_demo
from demo.papers import sample_paper
from vouchers.papers.actions import add_paper
from vouchers.papers.faces import Face
from vouchers.papers.registering import describe_paper, draw_on
from work import HANDLERS

WIDTH: Final = 1366
HEIGHT: Final = 768
DIVISION: Final = "420303000"
LOADED: Final = clock.at(2026, 11, 20, 9, 10)
NOW: Final = clock.at(2026, 11, 20, 10, 5)
CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# No sandbox in a container, and nothing that looks at the network.
ARGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync")  # fmt: skip
# What clerk1 is about to ask for: economic class, yuan, purpose, payee.
DRAFT: Final = (
    ("30101", "213089.43", "在职人员12月基本工资", "单位职工（样例）"),
    ("30107", "186013.10", "在职人员12月绩效工资", "单位职工（样例）"),
    ("30113", "48769.75", "12月住房公积金单位部分", "市住房公积金中心（样例）"),
    ("30229", "2545.80", "职工福利费", "单位职工（样例）"),
    ("30216", "6400", "骨干教师校本培训", "教师发展中心（样例）"),
)


@dataclass(frozen=True)
class Scene:
    """The running house and a way in for everybody."""

    app: Flask
    url: str
    browser: Browser
    visits: dict[str, BrowserContext]

    def page(self, username: str, address: str = "/home") -> Page:
        """A page of somebody who has signed in."""
        if username not in self.visits:
            context = self.browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", base_url=self.url
            )
            context.set_default_timeout(15_000)
            self.visits[username] = context
            self._sign_in(context, username)
        page = self.visits[username].new_page()
        page.goto(address, wait_until="networkidle")
        return page

    def _sign_in(self, context: BrowserContext, username: str) -> None:
        page = context.new_page()
        page.goto("/sign-in")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(DEMO_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/home")
        page.close()

    def plan(self, state: PlanState, username: str) -> UUID:
        """The newest plan in this state that the person began."""
        with self.app.app_context():
            author = member(username, NOW.date()).id
            query = select(Plan.id).where(Plan.author_id == author, Plan.state == state).order_by(Plan.number.desc())
            return session().scalars(query.limit(1)).one()


@contextmanager
def open_scene() -> Iterator[Scene]:
    """The demonstration on a free port of this machine, with a browser before it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder)
        app = create_app(Settings(data, f"sqlite:///{data / 'pictures.db'}", "pictures", argon2_memory_kib=64))
        _load(app)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        with clock.stopped(NOW):
            yield Scene(app, f"http://127.0.0.1:{server.server_port}", browser, {})
        browser.close()
        server.shutdown()
        server.server_close()


def _load(app: Flask) -> None:
    with app.app_context():
        upgrade()
        with clock.stopped(LOADED):
            load_demo(DIVISION, clock.today())
        with clock.stopped(NOW):
            _start_draft()
            while jobs.run_one(HANDLERS):
                pass
        db.session.remove()


def _start_draft() -> None:
    by = member("clerk1", clock.today())
    unit_id = next(iter(by.unit_ids(Role.UNIT_CLERK)))
    granted = {allotment.dep_eco_code: allotment.id for allotment in reversed(usable(unit_id, 2026))}
    lines = [
        LineDraft(None, granted[eco], Money.yuan(yuan), purpose, date(2026, 12, 10), payee)
        for eco, yuan, purpose, payee in DRAFT
    ]
    plan_id = start_plan(unit_id, 2026, 12, form_key="pictures", by=by)
    save_plan(plan_id, PlanDraft(tuple(lines), contact_phone="0719-8650001"), 1, by=by)
    plan = session().get_one(Plan, plan_id, populate_existing=True)
    for line, kind, title in zip(
        plan.lines, ("01", "01", "03"), ("工资发放表", "绩效发放表", "缴费核定单"), strict=False
    ):
        facts = (("单位", "实验小学"), ("收款人", line.payee), ("事由", line.purpose))
        data = sample_paper(f"{title}（样张）", facts, line.applied or ZERO, pdf=True)
        name, amount = f"12月{title}.pdf", line.applied or ZERO
        paper_id = add_paper(plan_id, kind, name, BytesIO(data), [line.id], limit=MAX_BYTES, by=by)
        describe_paper(paper_id, Face(f"FF-2026-{line.position:03d}", date(2026, 12, 1), "", amount), by=by)
        draw_on(paper_id, line.id, amount, by=by)
