"""The stage of the journey: an empty house at a real address, and everybody's own browser, watched all the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from app import create_app
from core import clock, jobs
from core.db import db
from core.settings import Settings
from tests.browser.deskside import at_an_address, violations
from tests.world import NOW
from work import HANDLERS

OWN_PASSWORD: Final = "Datang-2026!"


@dataclass
class Journey:
    """What the story knows on its way: who got which first password, and the address of the plan."""

    app: Flask
    url: str
    browser: Browser
    first_passwords: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    plan: str = ""

    def command(self, *words: str) -> str:
        """A command of the application, as `./run flask …` gives it."""
        with self.app.app_context():
            answer = self.app.test_cli_runner().invoke(args=list(words))
            db.session.remove()
        assert answer.exit_code == 0, answer.output
        return answer.output

    def work(self) -> None:
        """What the worker process does meanwhile; no job may fail."""
        with self.app.app_context():
            while jobs.run_one(HANDLERS):
                pass
            assert [job.note for job in jobs.recent() if job.state is not jobs.JobState.DONE] == []
            db.session.remove()

    def page(self, username: str, address: str = "/home") -> Page:
        """The person's one page at this address; at the first time she signs in and sets her own password."""
        if username not in self.contexts:
            self._enter(username)
        page = self.contexts[username].pages[0]
        page.goto(address)
        return page

    def _enter(self, username: str) -> None:
        context = self.browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=self.url, accept_downloads=True
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(60_000)  # a busy machine reads 2,722 allotments slowly
        self.contexts[username] = context
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.goto("/")
        page.get_by_label("用户名").focus()
        for word in (username, self.first_passwords[username]):
            page.keyboard.type(word)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/password")
        for label, word in (
            ("原密码", self.first_passwords[username]),
            ("新密码", OWN_PASSWORD),
            ("再输一次新密码", OWN_PASSWORD),
        ):
            page.get_by_label(label, exact=True).fill(word)
        page.get_by_role("button", name="修改密码").click()
        expect(page.locator(".flash.ok")).to_have_text("密码已修改。")

    def _listen(self, message: ConsoleMessage) -> None:
        """Refusals by the content policy are console errors as well."""
        if message.type == "error":
            self.faults.append(f"{message.location.get('url', '')}: {message.text}")


@contextmanager
def empty_house(browser: Browser, data: Path) -> Iterator[Journey]:
    """A migrated, empty SQLite house, tokens checked, its clock stopped; at the end nobody's console held an error."""
    app = create_app(Settings(data, f"sqlite:///{data / 'house.db'}", "only for tests", argon2_memory_kib=64))
    with app.app_context():
        upgrade()
    with clock.stopped(NOW), at_an_address(app):
        journey = Journey(app, app.config["SERVER_URL"], browser)
        try:
            yield journey
        finally:
            for context in journey.contexts.values():
                context.close()
    with app.app_context():
        db.engine.dispose()
    assert not journey.faults, "\n".join(journey.faults)


def accessible(page: Page) -> None:
    """Axe finds nothing on this page, which whoever has just clicked must have seen to be the right one."""
    found = violations(page)
    assert not found, "\n".join([page.url, *found])
