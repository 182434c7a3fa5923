"""再次确认: before an act that asks for it the signed-in person gives a code of his authenticator.

The password was given at the sign-in; the code is the second factor, and whoever has none bound is told where to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import render_template, request
from flask import session as flask_session
from flask.typing import ResponseReturnValue

from accounts.signin.forms import ConfirmForm
from accounts.signin.guard import person
from accounts.signin.rules import is_fresh_until
from accounts.signin.store import find_code
from core import clock

# When it was given, in the signed cookie, which counts only together with this very sign-in.
_AT: Final = "confirmed_at"
# The page's own fields, beside those of the form that waits.
OWN: Final = frozenset({"csrf_token", "form_key", "confirm_code", "confirm_target", "confirm_said"})


def is_fresh() -> bool:
    """Whether the person has just given a code."""
    at = flask_session.get(_AT)
    return isinstance(at, int) and is_fresh_until(at, int(clock.now().timestamp()))


def note() -> None:
    """The person has given a code now."""
    flask_session[_AT] = int(clock.now().timestamp())


def ask(said: str) -> ResponseReturnValue:
    """The page that asks for a code instead of doing what was sent; all that was sent waits in it."""
    form = ConfirmForm(formdata=None, confirm_target=request.path, confirm_said=said)
    return page(form), 422


def page(form: ConfirmForm) -> str:
    """The same once more, after a wrong code; without an authenticator, with the way to bind one."""
    bound = find_code(person().id) is not None
    return render_template("accounts/signin/confirm.html", form=form, bound=bound, waiting=list(waiting()))


def waiting() -> Iterable[tuple[str, str]]:
    """What was sent and waits, in its order."""
    return ((name, value) for name, value in request.form.items(multi=True) if name not in OWN)
