"""Saving, submitting and deciding through the whole application, beside raw inserts of the same rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from approvals.reviews import store as desk
from bench.district import draft, fresh
from bench.figures import ROUNDS, Figure, compare
from bench.floors import OwnSchema, Sent, recorded
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from core.db import db, session
from tests.world import PASSWORD, World

# A third of the best of the peers of this kind, in ms of server CPU.
AIMS: Final = {20: 47 / 3, 200: 147 / 3}
STEP_AIM: Final = 32 / 3


def signed_in(app: Flask, username: str) -> FlaskClient:
    """A browser of the cast."""
    client = app.test_client()
    client.post("/sign-in", data={"username": username, "password": PASSWORD})
    return client


class RawInserts:
    """The floor: the same lines with their postings, by the bare driver, in one transaction with FULL sync."""

    def __init__(self, folder: Path) -> None:
        self.handle = sqlite3.connect(folder / "raw.db", isolation_level=None)
        self.handle.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE line(id INTEGER PRIMARY KEY, plan TEXT, position INT, allotment INT, applied INT,"
            " purpose TEXT);"
            "CREATE TABLE posting(id INTEGER PRIMARY KEY, allotment INT, kind TEXT, amount INT, line INT)"
        )

    def write(self, count: int, round_no: int) -> None:
        """Insert the lines and one posting for each."""
        lines = [(str(round_no), place, place, 100, f"第{place}项工资支出") for place in range(count)]
        self.handle.execute("BEGIN IMMEDIATE")
        self.handle.executemany(
            "INSERT INTO line(plan, position, allotment, applied, purpose) VALUES(?,?,?,?,?)", lines
        )
        self.handle.executemany(
            "INSERT INTO posting(allotment, kind, amount, line) VALUES(?,'hold',?,?)",
            [(place, 100, place) for place in range(count)],
        )
        self.handle.execute("COMMIT")


def figures(app: Flask, world: World) -> Iterator[Figure]:
    """Save, submit and decide, for 20 and 200 lines."""
    clerk, auditor = signed_in(app, "lin"), signed_in(app, "he")
    with TemporaryDirectory(prefix="bench-raw-") as folder:
        raw = RawInserts(Path(folder))
        for count in (20, 200):
            yield from _of_size(world, clerk, auditor, raw, count)


def _of_size(world: World, clerk: FlaskClient, auditor: FlaskClient, raw: RawInserts, count: int) -> Iterator[Figure]:
    started = [_started(world, count, place) for place in range(20)]
    forms = [_form(world, plan_id, count) for plan_id in started]
    yield _beside_floors(
        f"save {count} lines", lambda place: _post(clerk, f"/plans/{started[place]}/edit", forms[place]),
        raw, count, AIMS[count],
    )  # fmt: skip
    versions = [_version(plan_id) for plan_id in started]
    yield _beside_floors(
        f"submit {count} lines",
        lambda place: _post(clerk, f"/plans/{started[place]}/submit", {"version": versions[place]}),
        raw, count, AIMS[count],
    )  # fmt: skip
    tasks = [_task(plan_id) for plan_id in started[:10]]
    yield _beside_floors(
        f"one approval step of {count} lines",
        lambda place: _post(auditor, f"/queue/{tasks[place][0]}/decide", tasks[place][1]),
        raw, count, STEP_AIM,
    )  # fmt: skip


def _beside_floors(name: str, operation: Callable[[int], None], raw: RawInserts, count: int, aim: float) -> Figure:
    """The operation beside bare rows without keys, and beside its own rows in a copy of the house's schema."""
    source, sent = Path(str(db.engine.url.database)), [Sent() for _ in range(ROUNDS + 1)]
    with TemporaryDirectory(prefix="bench-own-") as folder:
        own = OwnSchema(source, Path(folder))

        def work(place: int) -> None:
            with recorded(db.engine, sent[place]):
                operation(place)

        figure = compare(
            name, work, f"raw insert of {count} lines and {count} postings", lambda place: raw.write(count, place), aim,
            own=lambda place: own.write(sent[place]),
        )  # fmt: skip
        own.handle.close()
    return replace(figure, name=f"{name} ({sent[-1].said})")


def _started(world: World, count: int, place: int) -> UUID:
    fresh()
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], 2026, 12, form_key=f"bench-{count}-{place}", by=by)
    save_plan(plan_id, draft(world, count, 0), 1, by=by)
    fresh()
    return plan_id


def _form(world: World, plan_id: UUID, count: int) -> dict[str, object]:
    """The entry page as the browser would send it: every line changed in its amount."""
    plan = session().get_one(Plan, plan_id)
    changed = draft(world, count, 1).lines
    pairs = list(zip(plan.lines, changed, strict=True))
    return {
        "version": plan.version,
        "line_id": [str(line.id) for line, _ in pairs],
        "allotment": [line.allotment.label if line.allotment else "" for line, _ in pairs],
        "applied": [str(new.applied) for _, new in pairs],
        "purpose": [new.purpose for _, new in pairs],
        "pay_date": [""] * count,
        "payee": [""] * count,
        "note": [""] * count,
        "month": [""] * count,
    }


def _post(client: FlaskClient, path: str, data: dict[str, object]) -> None:
    """A good POST answers with a redirect; anything else spoils the figure."""
    fresh()
    answer = client.post(path, data=data)
    if answer.status_code != 302:
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.get_data(as_text=True)[:2000]}")


def _version(plan_id: UUID) -> int:
    fresh()
    return session().get_one(Plan, plan_id).version


def _task(plan_id: UUID) -> tuple[UUID, dict[str, object]]:
    fresh()
    task = desk.tasks_of(plan_id, 1)[0]
    lines = desk.lines_of(task)
    sent: dict[str, object] = {f"verdict-{line.id}": "agree" for line in lines}
    sent["digest"] = desk.decisions_of(plan_id)[-1].digest
    found = task.id
    fresh()
    return found, sent
