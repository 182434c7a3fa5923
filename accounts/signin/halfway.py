"""What a browser has begun and not ended, in its signed cookie: a sign-in that awaits a code, a binding."""

from __future__ import annotations

from typing import Final

from flask import session as flask_session

from accounts.signin.actions import Awaited
from accounts.signin.rules import BINDING_SECONDS, WAITING_SECONDS, is_fresh_until
from core import clock

_AWAITED: Final = "awaited"
_BINDING: Final = "binding"


def _now() -> int:
    return int(clock.now().timestamp())


def await_code(awaited: Awaited) -> None:
    """The password was right just now; nobody has signed in yet."""
    flask_session[_AWAITED] = [awaited.person_id, awaited.mark, _now()]


def awaited() -> Awaited | None:
    """Whose code this browser is asked for; None when it is not, or no longer."""
    match flask_session.get(_AWAITED):
        case [int(person_id), str(mark), int(since)] if is_fresh_until(since, _now(), WAITING_SECONDS):
            return Awaited(person_id, mark)
    return None


def no_longer_await() -> None:
    """The code was given, or it is too late for it."""
    flask_session.pop(_AWAITED, None)


def begin_binding(salt: str) -> None:
    """The password was given just now. The salt is no secret without the key of the application."""
    flask_session[_BINDING] = [salt, _now()]


def binding() -> str | None:
    """The salt of the binding that was begun in this browser; None when there is none, or no longer."""
    match flask_session.get(_BINDING):
        case [str(salt), int(since)] if is_fresh_until(since, _now(), BINDING_SECONDS):
            return salt
    return None


def end_binding() -> None:
    """It was ended, or given up."""
    flask_session.pop(_BINDING, None)
