"""Who is asking, and whether the page is for him: `@requires` stands on every endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission, Person, Scope, check_may, may, scope_of
from accounts.people.store import find_person
from accounts.signin.sessions import current, get_current
from core import clock
from core.errors import Forbidden
from core.web import wants_json

View = TypeVar("View", bound=Callable[..., Any])

_PERMISSION: Final = "required_permission"
_LENDS: Final = "lends_plans"
# Open to everybody: sign-in itself, the health probe and Flask's own static files.
PUBLIC: Final = frozenset({"signin.sign_in", "signin.code", "health", "static"})
# Open while the first password must be changed.
_BEFORE_CHANGE: Final = frozenset({"signin.change_password", "signin.sign_out", *PUBLIC})


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission that it asks for; the guard checks it before the view runs."""

    def mark(view: View) -> View:
        setattr(view, _PERMISSION, permission)
        return view

    return mark


def required(view: Callable[..., Any]) -> Permission | None:
    """The permission that a view asks for; None when it was forgotten."""
    return cast("Permission | None", getattr(view, _PERMISSION, None))


def person() -> Person:
    """The signed-in person. Raises `Forbidden` for a visitor."""
    found = visitor_or_person()
    if found is None:
        raise Forbidden("请先登录。")
    return found


def visitor_or_person() -> Person | None:
    """The signed-in person, or None for a visitor; read once per request, so a disabled account is out at once."""
    opened = current()
    if opened is None:
        return None
    if not opened.known:
        # Kept on the sign-in, which belongs to one request, and not on `g`, which tests share between requests.
        opened.person, opened.known = find_person(opened.person_id, clock.today()), True
    return opened.person


def scope() -> Scope:
    """What the signed-in person may see: by his posts, and the plans that he is asked about in this moment."""
    found = scope_of(person())
    if found.whole_bureau or not allowed(Permission.REVIEW_PLANS):
        return found
    return replace(found, lent_plans=_lent())


def _lent() -> frozenset[UUID]:
    """Read once per request; whoever is no longer asked sees nothing more with the next one."""
    opened, lends = get_current(), current_app.extensions.get(_LENDS)
    if opened.lent is None:
        opened.lent = lends(opened.person_id) if lends else frozenset()
    return opened.lent


def lend(app: Flask, lends: Callable[[int], frozenset[UUID]]) -> None:
    """`lends` tells which plans a person is asked about; reviews stand to the right of this module."""
    app.extensions[_LENDS] = lends


def allowed(permission: Permission) -> bool:
    """Whether the signed-in person may, to show or hide a link; the guard decides all the same."""
    found = visitor_or_person()
    return found is not None and may(found, permission)


def start(app: Flask) -> None:
    """Check every request: signed in, password changed, permission held. An unmarked view is refused."""

    @app.before_request
    def check() -> ResponseReturnValue | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in PUBLIC:
            return None
        found = visitor_or_person()
        if found is None:
            return _to_sign_in()
        if found.must_change_password and endpoint not in _BEFORE_CHANGE:
            return redirect(url_for("signin.change_password"))
        permission = required(app.view_functions[endpoint])
        if permission is None:
            raise Forbidden()
        check_may(found, permission)
        return None


def _to_sign_in() -> ResponseReturnValue:
    """Scripts get 401; people get the sign-in page and come back to where they were (only by a GET)."""
    if wants_json():
        return {"error": "登录已超时，请在新窗口重新登录后再继续，已填写的内容仍在本页。"}, 401
    here = request.full_path if request.query_string else request.path
    back = here if request.method == "GET" else url_for("home")
    return redirect(url_for("signin.sign_in", next=back))
