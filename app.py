"""Joins the house: settings, database, files, sessions, blueprints, job handlers and commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate

from accounts.delegations.views import bp as delegation_pages
from accounts.house.views import bp as house_pages
from accounts.outbox.views import bp as outbox_pages
from accounts.people import commands as people_commands
from accounts.people import passwords
from accounts.people.rules import Permission, Person
from accounts.people.views import bp as people_pages
from accounts.signin import commands as signin_commands
from accounts.signin import guard, sessions
from accounts.signin.code_pages import bp as dynamic_code_pages
from accounts.signin.guard import allowed, requires, visitor_or_person
from accounts.signin.views import bp as signin_pages
from accounts.units.views import bp as unit_pages
from approvals.chains.views import bp as chain_pages
from approvals.desks.views import bp as desk_pages
from approvals.habits.views import bp as habit_pages
from approvals.limits.views import bp as limit_pages
from approvals.proof.views import bp as proof_pages
from approvals.reconciliation.views import bp as reconciliation_pages
from approvals.rehearsal.views import bp as rehearsal_pages
from approvals.reviews.act_batch_pages import bp as review_pages
from approvals.reviews.queue import open_count
from approvals.reviews.seats import lent_to
from approvals.words.views import bp as word_pages
from budget.allotments.views import bp as allotment_pages
from budget.calendar.views import bp as calendar_pages
from budget.codes.views import bp as code_pages
from budget.payments.views import bp as payment_pages
from budget.plans.move_pages import bp as move_pages
from budget.plans.views import bp as plan_pages
from budget.reductions.lapse_pages import bp as lapse_pages
from budget.reductions.views import bp as reduction_pages
from budget.windows.permit_pages import bp as permit_pages
from budget.windows.store import current_window
from budget.windows.views import bp as window_pages
from budget.years.views import bp as year_pages
from core import clock, keys, notices, waiting, web
from core import db as database
from core.blobs import open_files
from core.keeping import bp as blob_commands
from core.parts import Parts
from core.roles import bp as role_commands
from core.settings import Settings
from demo.load import bp as demo_commands
from exports.documents.receipt_pages import bp as receipt_pages
from exports.documents.seal_pages import bp as seal_sheet_pages
from exports.documents.views import bp as document_pages
from exports.exchange.views import bp as exchange_pages
from exports.ledgers.views import bp as ledger_pages
from vouchers.papers.register_pages import bp as register_pages
from vouchers.papers.views import bp as paper_pages

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    signin_pages,
    dynamic_code_pages,
    review_pages,
    word_pages,
    habit_pages,
    limit_pages,
    unit_pages,
    code_pages,
    allotment_pages,
    plan_pages,
    reduction_pages,
    lapse_pages,
    move_pages,
    payment_pages,
    house_pages,
    outbox_pages,
    people_pages,
    delegation_pages,
    desk_pages,
    window_pages,
    calendar_pages,
    permit_pages,
    year_pages,
    paper_pages,
    register_pages,
    document_pages,
    receipt_pages,
    seal_sheet_pages,
    ledger_pages,
    exchange_pages,
    reconciliation_pages,
    chain_pages,
    rehearsal_pages,
    proof_pages,
    demo_commands,
    role_commands,
    blob_commands,
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
    NavItem("委托", "arrow-forward-up", "delegations.index", Permission.REVIEW_PLANS),
    NavItem("计划", "table-plus", "plans.index", Permission.VIEW_PLANS),
    NavItem("凭证", "file-text", "register.index", Permission.VIEW_PLANS),
    NavItem("指标", "database", "allotments.index", Permission.VIEW_ALLOTMENTS),
    NavItem("台账", "book", "ledgers.index", Permission.VIEW_LEDGER),
    NavItem("支付", "receipt", "payments.index", Permission.VIEW_LEDGER),
    NavItem("退回分析", "chart-bar", "habits.index", Permission.REVIEW_PLANS),
    NavItem("超时", "clock", "limits.index", Permission.WATCH_LIMITS),
    NavItem("例外", "key", "permits.index", Permission.GRANT_PERMITS),
    NavItem("年终注销", "arrow-back-up", "lapses.index", Permission.LAPSE_PLANS),
    NavItem("年结", "lock", "years.index", Permission.CLOSE_YEARS),
    NavItem("单位", "building", "units.index", Permission.MANAGE_TABLES),
    NavItem("要素", "list-check", "codes.index", Permission.MANAGE_TABLES),
    NavItem("指标导入", "file-import", "allotments.import_file", Permission.MANAGE_TABLES),
    NavItem("窗口", "calendar", "windows.index", Permission.MANAGE_TABLES),
    NavItem("凭证规则", "paperclip", "papers.requirements", Permission.MANAGE_TABLES),
    NavItem("审核用语", "message", "words.bureau", Permission.MANAGE_TABLES),
    NavItem("流程", "git-compare", "chains.index", Permission.MANAGE_CHAINS),
    NavItem("消息外发", "send", "outbox.robots", Permission.MANAGE_TABLES),
    NavItem("任务", "clock", "house.job_list", Permission.MANAGE_TABLES),
    NavItem("人员", "users", "people.index", Permission.MANAGE_PEOPLE),
    NavItem("岗位", "shield", "people.posts", Permission.MANAGE_POSTS),
    NavItem("离岗交接", "logout", "desks.leavers", Permission.MANAGE_POSTS),
    NavItem("无人办理", "alert-triangle", "desks.unmanned", Permission.MANAGE_PEOPLE),
    NavItem("日志", "history", "house.history", Permission.VIEW_HISTORY),
    NavItem("对账", "scale", "reconciliation.index", Permission.VIEW_HISTORY),
    NavItem("封存", "shield-check", "proof.seals", Permission.VIEW_HISTORY),
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
    app = keys.KeyedFlask(__name__)
    guard.start(app)  # first of all checks: a visitor's upload is turned away before anything reads it
    web.configure(app, options)
    database.start(app)
    waiting.start(app)
    keys.start(app, sessions.person_id)
    guard.lend(app, lent_to)
    app.extensions["files"] = open_files(options)
    app.extensions["parts"] = Parts(options.data / "uploads")
    Migrate(app, database.db, directory=str(_ROOT / "migrations"), render_as_batch=True, compare_type=True)
    passwords.start(app, options)
    app.session_interface = sessions.Sessions(options)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    people_pages.cli.add_command(signin_commands.reset_code)  # who signs in lies to the right of people
    unit_pages.cli.add_command(people_commands.merge)  # a merger ends posts, which lie to the right of units
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
        "deadline": _deadline(web.settings().division_code, clock.now(), me.department_code),
        "place": me.posts[0].place_name or f"{web.settings().division_name}财政局" if me.posts else "",
        "links": {
            "search": url_for("plans.index") if allowed(Permission.VIEW_PLANS) else "",
            "notices": url_for("house.notice_list"),
            "account": url_for("signin.change_password"),
            "codes": url_for("dynamic_codes.own"),
            "words": url_for("words.own") if allowed(Permission.REVIEW_PLANS) else "",
        },
    }


# Pages of reviews that belong to another entry of the rail than their own part's first.
_INSIDE: Final = {
    "people.merge_unit": "units.index",
    "dynamic_codes.people": "people.posts",
    **dict.fromkeys(("reviews.desk", "reviews.decide", "reviews.batch", "reviews.agree_batch"), "reviews.queue"),
    **dict.fromkeys(("reviews.save_view", "reviews.view_list", "reviews.rename_view"), "reviews.queue"),
    **dict.fromkeys(("reviews.show", "reviews.check", "reviews.submit", "reviews.withdraw"), "plans.index"),
    **dict.fromkeys(("reviews.object_form", "reviews.object_to", "reviews.void_form", "reviews.void"), "plans.index"),
    **dict.fromkeys(("reviews.cancel_form", "reviews.cancel", "limits.nudge"), "plans.index"),
    **dict.fromkeys(("moves.move", "receipts.index", "receipts.paper"), "plans.index"),
    **{f"reviews.{name}": "reviews.queue" for name in ("consult", "hand_over", "send_back", "asked", "answer")},
    **{f"reviews.{name}_form": "reviews.queue" for name in ("consult", "hand_over", "send_back")},
    **dict.fromkeys(("reviews.consult_find", "reviews.hand_over_find"), "reviews.queue"),
    **{f"reviews.{name}": "reviews.queue" for name in ("phone", "phone_desk", "phone_agree", "phone_return")},
    "reviews.seen": "plans.index",
    **dict.fromkeys(("reductions.minus", "reductions.save_and_check", "reductions.overwrite"), "plans.index"),
    **dict.fromkeys(("rehearsal.preview", "rehearsal.rehearse"), "chains.index"),
    "seal_sheets.sheet": "proof.seals",
    "words.own": "reviews.queue",
    **dict.fromkeys(("papers.reuses", "papers.reuse", "papers.beside"), "reviews.queue"),
    **dict.fromkeys(("calendar.index", "calendar.save", "calendar.load"), "windows.index"),
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


def _deadline(division_code: str, now: datetime, department: str) -> Deadline | None:
    window = current_window(division_code, now, department)
    if window is None:
        return None
    left = window.closes_at - now
    hours = left.seconds // 3600
    said = f"剩 {left.days} 天 {hours} 小时" if left.days else f"剩 {hours} 小时 {left.seconds % 3600 // 60} 分"
    closes = clock.local(window.closes_at)
    return Deadline(f"{window.month}月计划 {closes:%m月%d日 %H:%M} 截止", said, left.days < 1)
