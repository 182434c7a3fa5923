"""Joins the house: settings, database, files, sessions, blueprints, job handlers and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate

import accounts.people.models
import accounts.signin.models
import accounts.units.models
import approvals.chains.models
import approvals.reviews.models
import budget.allotments.models
import budget.codes.models
import budget.ledger.models
import budget.plans.models
import budget.windows.models
import vouchers.papers.models
from accounts.people.rules import Permission
from accounts.signin import guard, passwords, sessions
from accounts.signin.guard import allowed, requires, visitor_or_person
from accounts.signin.views import bp as signin_pages
from budget.windows.store import current_window
from core import clock, jobs, notices, web
from core import db as database
from core.blobs import LocalFiles
from core.settings import Settings

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (signin_pages,)
HANDLERS: Final[Mapping[str, jobs.Handler]] = {}
_ROOT: Final = Path(__file__).parent


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail on the left."""

    label: str
    icon: str
    endpoint: str
    permission: Permission
    count: int = 0
    active: bool = False


def create_app(options: Settings | None = None) -> Flask:
    """The application over the given settings (from the environment when none are given)."""
    options = options or Settings.from_environment()
    app = Flask(__name__)
    web.configure(app, options)
    database.start(app)
    app.extensions["files"] = LocalFiles(options.data / "files")
    Migrate(app, database.db, directory=str(_ROOT / "migrations"), render_as_batch=True, compare_type=True)
    passwords.start(app, options)
    app.session_interface = sessions.Sessions(options)
    guard.start(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(dict)
    _add_doors(app)
    return app


def _add_doors(app: Flask) -> None:
    """The front door leads everybody to his desk; the health probe says that the process answers."""

    @app.get("/")
    @requires(Permission.SIGNED_IN)
    def home() -> ResponseReturnValue:
        return redirect(url_for("desk.show"))

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}
