"""Sessions on the server: until sign-in Flask's signed cookie (CSRF only), from then on a row in the database."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any, Final

from flask import Flask, Request, Response
from flask import session as flask_session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from accounts.people.rules import Person
from accounts.signin.models import LoginSession
from accounts.signin.rules import is_over
from core import clock
from core.db import session as database
from core.db import transaction
from core.errors import Forbidden
from core.settings import Settings

COOKIE: Final = "yk_session"
_TOUCH: Final = timedelta(minutes=1)


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What one signed-in browser carries; only the row's key leaves the house."""

    def __init__(self, key: str, row: LoginSession) -> None:
        def changed(_: CallbackDict[str, Any]) -> None:
            self.modified = True

        super().__init__(json.loads(row.data), changed)
        self.key = key
        self.person_id = row.person_id
        self.seen_at = row.seen_at
        self.ended = False
        self.person: Person | None = None
        self.known = False
        self.modified = False


class Sessions(SecureCookieSessionInterface):
    """Opens the row for a known key, otherwise the signed cookie of a visitor."""

    def __init__(self, options: Settings) -> None:
        self.idle = timedelta(minutes=options.idle_minutes)
        self.absolute = timedelta(hours=options.absolute_hours)
        self.secure = options.secure_cookies

    def open_session(self, app: Flask, request: Request) -> Any:
        """The session of this request; an ended one is a visitor's again."""
        key = request.cookies.get(COOKIE)
        row = database().get(LoginSession, hash_of(key)) if key else None
        if key and row and not is_over(row.created_at, row.seen_at, clock.now(), self.idle, self.absolute):
            return ServerSession(key, row)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the row when it changed, and its last-seen time at most once a minute."""
        if not isinstance(session, ServerSession):
            super().save_session(app, session, response)
        elif session.ended:
            response.delete_cookie(COOKIE, path="/")
        elif session.modified or clock.now() - session.seen_at > _TOUCH:
            _save(session)


def _save(session: ServerSession) -> None:
    with transaction() as work:
        row = work.get(LoginSession, hash_of(session.key))
        if row is not None:
            row.data, row.seen_at = json.dumps(dict(session), ensure_ascii=False), clock.now()


def current() -> ServerSession | None:
    """The signed-in session of this request; None for a visitor."""
    found = flask_session._get_current_object()  # type: ignore[attr-defined]  # Flask hands out a proxy
    return found if isinstance(found, ServerSession) else None


def get_current() -> ServerSession:
    """The signed-in session of this request. Raises `Forbidden` for a visitor."""
    found = current()
    if found is None:
        raise Forbidden("请先登录。")
    return found


def hash_of(key: str) -> str:
    """The stored form of a session key."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """128 random bits and more."""
    return secrets.token_urlsafe(32)


def set_cookie(response: Response, key: str, secure: bool) -> None:
    """Hand the browser its key."""
    response.set_cookie(COOKIE, key, httponly=True, samesite="Lax", secure=secure, path="/")
