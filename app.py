"""Joins the house: settings, database, files, sessions, blueprints, job handlers and commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate

from accounts.house.views import bp as house_pages
from accounts.people import passwords
from accounts.people.rules import Permission, Person
from accounts.people.views import bp as people_pages
from accounts.signin import guard, sessions
from accounts.signin.guard import allowed, requires, visitor_or_person
from accounts.signin.views import bp as signin_pages
from accounts.units.views import bp as unit_pages
from approvals.chains.views import bp as chain_commands
from approvals.reviews.desk import bp as review_pages
from approvals.reviews.store import open_count
from budget.allotments.views import bp as allotment_pages
from budget.codes.views import bp as code_pages
from budget.plans.views import bp as plan_pages
from budget.windows.store import current_window
from budget.windows.views import bp as window_pages
from core import clock, notices, web
from core import db as database
from core.blobs import LocalFiles
from core.settings import Settings
from demo.load import bp as demo_commands
from exports.documents.views import bp as document_pages
from exports.exchange.views import bp as exchange_pages
from exports.ledgers.views import bp as ledger_pages
from vouchers.papers.views import bp as paper_pages

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    signin_pages,
    review_pages,
    unit_pages,
    code_pages,
    allotment_pages,
    plan_pages,
    house_pages,
    people_pages,
    window_pages,
    paper_pages,
    document_pages,
    ledger_pages,
    exchange_pages,
    chain_commands,
    demo_commands,
)
_ROOT: Final = Path(__file__).parent


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail on the left: for whoever holds the permission."""

    label: str
    icon: str
    endpoint: str
    permission: Permission
    count: int = 0
    active: bool = False


NAV: Final = (
    NavItem("工作台", "home", "reviews.home", Permission.SIGNED_IN),
    NavItem("待办", "inbox", "reviews.queue", Permission.REVIEW_PLANS),
    NavItem("计划", "table-plus", "plans.index", Permission.VIEW_PLANS),
    NavItem("指标", "database", "allotments.index", Permission.VIEW_ALLOTMENTS),
    NavItem("台账", "book", "ledgers.index", Permission.VIEW_LEDGER),
    NavItem("单位", "building", "units.index", Permission.MANAGE_TABLES),
    NavItem("要素", "list-check", "codes.index", Permission.MANAGE_TABLES),
    NavItem("指标导入", "file-import", "allotments.import_file", Permission.MANAGE_TABLES),
    NavItem("窗口", "calendar", "windows.index", Permission.MANAGE_TABLES),
    NavItem("凭证规则", "paperclip", "papers.requirements", Permission.MANAGE_TABLES),
    NavItem("任务", "clock", "house.job_list", Permission.MANAGE_TABLES),
    NavItem("人员", "users", "people.index", Permission.MANAGE_PEOPLE),
    NavItem("岗位", "shield", "people.posts", Permission.MANAGE_POSTS),
    NavItem("日志", "history", "house.history", Permission.VIEW_HISTORY),
)


@dataclass(frozen=True)
class Deadline:
    """The filing window that closes next, as the top bar says it."""

    text: str
    left: str
    urgent: bool


def create_app(options: Settings | None = None) -> Flask:
    """The application over the given settings (from the environment when none are given)."""
    options = options or Settings.from_environment()
    app = Flask(__name__)
    guard.start(app)  # first of all checks: a visitor's upload is turned away before anything reads it
    web.configure(app, options)
    database.start(app)
    app.extensions["files"] = LocalFiles(options.data / "files")
    Migrate(app, database.db, directory=str(_ROOT / "migrations"), render_as_batch=True, compare_type=True)
    passwords.start(app, options)
    app.session_interface = sessions.Sessions(options)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(_around_pages)
    _add_doors(app)
    return app


def _add_doors(app: Flask) -> None:
    """The front door leads everybody to his desk; the health probe says that the process answers."""

    @app.get("/")
    @requires(Permission.SIGNED_IN)
    def home() -> ResponseReturnValue:
        return redirect(url_for("reviews.home"))

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}


def _around_pages() -> dict[str, Any]:
    """What the frame of every page shows: who is here, where to go, what waits, until when to file."""
    me = visitor_or_person()
    if me is None:
        return {"me": None, "nav": (), "notice_count": 0, "deadline": None, "place": "", "links": {}}
    return {
        "me": me,
        "nav": _nav(me),
        "notice_count": notices.unread_count(me.id),
        "deadline": _deadline(web.settings().division_code, clock.now()),
        "place": me.posts[0].place_name or f"{web.settings().division_name}财政局" if me.posts else "",
        "links": {
            "search": url_for("plans.index") if allowed(Permission.VIEW_PLANS) else "",
            "notices": url_for("house.notice_list"),
            "account": url_for("signin.change_password"),
        },
    }


# Pages of reviews that belong to another entry of the rail than their own part's first.
_INSIDE: Final = {
    **dict.fromkeys(("reviews.desk", "reviews.decide", "reviews.agree_batch"), "reviews.queue"),
    **dict.fromkeys(("reviews.show", "reviews.check", "reviews.submit", "reviews.withdraw"), "plans.index"),
}


def _nav(me: Person) -> list[NavItem]:
    at = _INSIDE.get(request.endpoint or "", request.endpoint or "")
    here = at.split(".")[0]
    shown = []
    for item in NAV:
        if allowed(item.permission):
            same_part = item.endpoint.split(".")[0] == here not in ("reviews", "house")
            active = item.endpoint == at or same_part
            count = open_count(me) if item.endpoint == "reviews.queue" else 0
            shown.append(replace(item, active=active, count=count))
    return shown


def _deadline(division_code: str, now: datetime) -> Deadline | None:
    window = current_window(division_code, now)
    if window is None:
        return None
    left = window.closes_at - now
    hours = left.seconds // 3600
    said = f"剩 {left.days} 天 {hours} 小时" if left.days else f"剩 {hours} 小时 {left.seconds % 3600 // 60} 分"
    closes = clock.local(window.closes_at)
    return Deadline(f"{window.month}月计划 {closes:%m月%d日 %H:%M} 截止", said, left.days < 1)
