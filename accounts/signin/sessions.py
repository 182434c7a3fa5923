"""Sessions: a row in the database says who is signed in, Flask's signed cookie keeps CSRF token and messages.

Two cookies, so that a page that only leaves a message for the next one writes nothing to the database.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Flask, Request, Response
from flask import session as flask_session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy import bindparam, select, update

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
# Under this name the signed cookie says which sign-in it belongs to.
_OF: Final = "of"
_LOGIN: Final = select(LoginSession.person_id, LoginSession.created_at, LoginSession.seen_at).where(
    LoginSession.key_hash == bindparam("key_hash")
)


@dataclass
class Login:
    """The sign-in behind one request; of its key only the hash is stored, and only the browser has the key."""

    key: str
    person_id: int
    seen_at: datetime
    ended: bool = False
    person: Person | None = None
    known: bool = False
    # The plans that the person is asked about just now, as far as anybody wanted to know.
    lent: frozenset[UUID] | None = None


class BrowserSession(SecureCookieSession):
    """What Flask keeps in the signed cookie, and the sign-in it was sent with."""

    login: Login | None = None


class Sessions(SecureCookieSessionInterface):
    """Opens both cookies; what the signed one says counts only together with the sign-in it was made for."""

    session_class = BrowserSession

    def __init__(self, options: Settings) -> None:
        self.idle = timedelta(minutes=options.idle_minutes)
        self.absolute = timedelta(hours=options.absolute_hours)

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """The session of this request; an ended one is a visitor's again, and starts empty."""
        login = self._login(request.cookies.get(COOKIE))
        owner = hash_of(login.key) if login else None
        opened = super().open_session(app, request)
        # A cookie planted by a visitor, or left by an earlier sign-in, brings no CSRF token into this one.
        if not isinstance(opened, BrowserSession) or opened.get(_OF) != owner:
            opened = BrowserSession({_OF: owner} if owner else {})
        opened.login = login
        return opened

    def _login(self, key: str | None) -> Login | None:
        if not key:
            return None
        row = database().execute(_LOGIN, {"key_hash": hash_of(key)}).first()
        if row is None or is_over(row.created_at, row.seen_at, clock.now(), self.idle, self.absolute):
            return None
        return Login(key, row.person_id, row.seen_at)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the signed cookie when it changed, and note at most once a minute that the person is still here."""
        login = session.login if isinstance(session, BrowserSession) else None
        if login and login.ended:
            session.clear()
            response.delete_cookie(COOKIE, path="/")
        elif login and clock.now() - login.seen_at > _TOUCH:
            _touch(login)
        super().save_session(app, session, response)


def _touch(login: Login) -> None:
    with transaction() as work:
        mine = LoginSession.key_hash == hash_of(login.key)
        work.execute(update(LoginSession).where(mine).values(seen_at=clock.now()))


def current() -> Login | None:
    """The sign-in of this request; None for a visitor."""
    found: Login | None = getattr(flask_session, "login", None)
    return found


def person_id() -> int | None:
    """Who has signed in; None for a visitor."""
    found = current()
    return found.person_id if found else None


def get_current() -> Login:
    """The sign-in of this request. Raises `Forbidden` for a visitor."""
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
