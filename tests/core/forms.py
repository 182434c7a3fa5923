"""A view for tests that tells its reader something each time it runs, and ways to send to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from accounts.signin.sessions import COOKIE
from core import notices
from core.db import session, transaction
from core.errors import Refused
from core.keys import FormAnswer
from core.notices import Notice


def add_view(app: Flask, view: Callable[[], ResponseReturnValue], endpoint: str = "sample") -> None:
    """POST /sample for everybody who has signed in."""
    app.view_functions[endpoint] = requires(Permission.SIGNED_IN)(view)
    app.url_map.add(app.url_rule_class(f"/{endpoint}", endpoint=endpoint, methods={"POST"}))


def tell(text: str) -> None:
    with transaction():
        notices.tell([person().id], text, "/")


def telling() -> ResponseReturnValue:
    """Nothing but the form key keeps this from happening twice."""
    text = request.form["text"]
    tell(text)
    if text == "坏":
        raise Refused("这句话不能说。")
    return redirect(f"/notices#{text}")


def same(first: Any, second: Any) -> bool:
    """Whether two answers send the browser to the same place."""
    return (first.status_code, first.location) == (second.status_code, second.location)


def sending(text: str = "好", **more: Any) -> dict[str, Any]:
    return {"text": text, "form_key": uuid4().hex, **more}


def texts() -> list[str]:
    session().rollback()
    return list(session().scalars(select(Notice.text).order_by(Notice.id)))


def answers() -> int:
    session().rollback()
    return session().scalar(select(func.count()).select_from(FormAnswer)) or 0


def in_parallel(app: Flask, client: FlaskClient, count: int, send: Callable[[FlaskClient], Any]) -> list[Any]:
    """The answers of as many browsers that share one sign-in and send in the same moment."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    start, found = threading.Barrier(count), list[Any]()

    def one() -> None:
        with app.app_context():
            mine = app.test_client()
            mine.set_cookie(COOKIE, cookie.value)
            start.wait()
            found.append(send(mine))

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == count
    return found
