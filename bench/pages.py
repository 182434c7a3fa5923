"""Busy pages beside a bare Flask page that makes one query and fills one table of 50 rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from os import urandom
from typing import Final
from uuid import UUID, uuid4

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from approvals.reviews.actions import submit
from bench.district import draft, fresh
from bench.figures import Figure, compare
from bench.filing import signed_in
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import PlanLine
from core.db import session
from tests.world import World

QUEUE_AIM: Final = 34 / 3
ATTACH_AIM: Final = 11 / 3
_BARE: Final = (
    "<table>{% for a, b, c, d in rows %}<tr><td>{{ a }}</td><td>{{ b }}</td><td>{{ c }}</td><td>{{ d }}</td></tr>"
    "{% endfor %}</table>"
)


def figures(app: Flask, world: World) -> Iterator[Figure]:
    """The queue of 50, the entry page of 200 lines, and attaching a file of 200 KB."""
    _fill_queue(world)
    auditor, clerk = signed_in(app, "he"), signed_in(app, "lin")
    bare = _bare_app().test_client()

    def get(client: object, path: str) -> None:
        fresh()
        answer = client.get(path)  # type: ignore[attr-defined]  # a Flask test client of either application
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")

    name = "bare Flask page, one query, 50 rows"
    yield compare("queue page of 50", lambda _: get(auditor, "/queue"), name, lambda _: get(bare, "/"), QUEUE_AIM)
    plan_id = _draft(world, 200)
    yield compare(
        "entry page of 200 lines", lambda _: get(clerk, f"/plans/{plan_id}/edit"), name, lambda _: get(bare, "/")
    )
    for count in (20, 200):
        plan_id, files = _draft(world, count), [_picture() for _ in range(12)]
        yield compare(
            f"attach 200 KB to one of {count} lines", partial(_attach, clerk, plan_id, files),
            name, lambda _: get(bare, "/"), ATTACH_AIM,
        )  # fmt: skip


def _attach(clerk: FlaskClient, plan_id: UUID, files: Sequence[bytes], place: int) -> None:
    """One more paper for the first line; the answer is the list as it is then."""
    line_id = session().scalars(select(PlanLine.id).where(PlanLine.plan_id == plan_id)).first()
    fresh()
    data = {"kind": "11", "file": (BytesIO(files[place]), "发票.png"), "lines": [str(line_id)], "line": str(line_id)}
    answer = clerk.post(f"/plans/{plan_id}/papers", data=data, headers={"Accept": "application/json"})
    if answer.status_code != 200:
        raise RuntimeError(answer.get_data(as_text=True)[:2000])


def _bare_app() -> Flask:
    """The floor: Flask, Jinja and one query by the bare driver."""
    app = Flask("bare")
    handle = sqlite3.connect(":memory:", check_same_thread=False)
    handle.execute("CREATE TABLE t(a TEXT, b TEXT, c INT, d TEXT)")
    handle.executemany("INSERT INTO t VALUES(?,?,?,?)", [(f"单位{n}", f"YK-{n}", n, "待办") for n in range(50)])

    @app.get("/")
    def page() -> str:
        return render_template_string(_BARE, rows=handle.execute("SELECT a, b, c, d FROM t").fetchall())

    return app


def _fill_queue(world: World) -> None:
    for place in range(50):
        fresh()
        by = world.person("lin")
        plan_id = start_plan(world.units["201003"], 2026, 12, form_key=f"queue-{place}", by=by)
        submit(plan_id, save_plan(plan_id, draft(world, 5, place), 1, by=by), by=by)


def _draft(world: World, count: int) -> UUID:
    fresh()
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], 2026, 12, form_key=uuid4().hex, by=by)
    save_plan(plan_id, draft(world, count, 0), 1, by=by)
    return plan_id


def _picture() -> bytes:
    """A PNG of noise, about 200 KB."""
    file = BytesIO()
    Image.frombytes("RGB", (260, 260), urandom(260 * 260 * 3)).save(file, "PNG")
    return file.getvalue()
