"""再次确认: before an act that asks for it the signed-in person gives his password once more.

A second factor apart from the password (a one-time code) does not exist yet; whatever it will be, it is asked for here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import render_template, request
from flask import session as flask_session
from flask.typing import ResponseReturnValue

from accounts.signin.forms import ConfirmForm
from accounts.signin.rules import is_fresh_until
from core import clock

# When it was given, in the signed cookie, which counts only together with this very sign-in.
_AT: Final = "confirmed_at"
# The page's own fields, beside those of the form that waits.
OWN: Final = frozenset({"csrf_token", "form_key", "confirm_password", "confirm_target", "confirm_said"})


def is_fresh() -> bool:
    """Whether the person has just given his password again."""
    at = flask_session.get(_AT)
    return isinstance(at, int) and is_fresh_until(at, int(clock.now().timestamp()))


def note() -> None:
    """The person has given his password again now."""
    flask_session[_AT] = int(clock.now().timestamp())


def ask(said: str) -> ResponseReturnValue:
    """The page that asks for the password instead of doing what was sent; all that was sent waits in it."""
    form = ConfirmForm(formdata=None, confirm_target=request.path, confirm_said=said)
    return page(form), 422


def page(form: ConfirmForm) -> str:
    """The same once more, after a wrong password."""
    return render_template("accounts/signin/confirm.html", form=form, waiting=list(waiting()))


def waiting() -> Iterable[tuple[str, str]]:
    """What was sent and waits, in its order."""
    return ((name, value) for name, value in request.form.items(multi=True) if name not in OWN)
