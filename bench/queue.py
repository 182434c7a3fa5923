"""The desk: the queue beside a hundred thousand open lines, the next plan, one decision, and fifty in one request."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, cast
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, insert, select

from accounts.units.models import Unit
from accounts.units.rules import UnitKind
from approvals.reviews import store
from approvals.reviews.models import ReviewTask, TaskLine
from bench.district import district, fresh
from bench.figures import Figure, compare
from bench.filing import signed_in
from budget.plans.models import Plan, PlanLine, PlanRevision
from core.db import session
from tests.approvals.stories import reviewed, submitted, task_of
from tests.approvals.tampering import past_all_guards
from tests.world import DIVISION, World

# Plans and lines of each: the smallest house, and a hundred thousand open lines in two shapes.
SMALL: Final = (100, 1)
CROWDS: Final = ((5_000, 20), (100_000, 1))
# A page of the queue may take so many times as long as with a hundred lines.
MOST: Final = 1.3
NEXT_AIM: Final = 100
ROUNDS: Final = 21
BATCH: Final = 50
BATCHES: Final = 3
UNITS: Final = 300
_COPIED: Final = tuple(cast("Table", one.__table__) for one in (Plan, PlanLine, PlanRevision, ReviewTask, TaskLine))


def figures(_app: Flask, _world: World) -> Iterator[Figure]:
    """Each shape in a house of its own, open at the same time as the small one."""
    with ExitStack() as houses:
        few = _crowd(houses, *SMALL)
        for plans, lines in CROWDS:
            many = _crowd(houses, plans, lines)
            yield from _of_pages(few, many, f"{plans * lines:,} open lines in {plans:,} plans")
    for lines in (1, 20):
        with district() as (app, world):
            yield _of_batches(app, world, lines)


def _of_pages(few: tuple[FlaskClient, UUID], many: tuple[FlaskClient, UUID], crowd: str) -> Iterator[Figure]:
    """The same page in both houses, in turn; the aim is that of the floor, times the most that is allowed."""
    beside = f"the same with {SMALL[0]} open lines"
    first, small = (partial(_get, one[0], "/queue") for one in (many, few))
    page = compare(f"queue page, {crowd}", first, beside, small, rounds=ROUNDS)
    yield replace(page, target=page.floor_milliseconds * MOST)
    after, small = (partial(_get, one[0], f"/queue/{one[1]}") for one in (many, few))
    yield compare(f"next plan, {crowd}", after, beside, small, NEXT_AIM, rounds=ROUNDS)


def _get(client: FlaskClient, path: str, _place: int) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _crowd(houses: ExitStack, plans: int, lines: int) -> tuple[FlaskClient, UUID]:
    """A house with so many plans of so many lines at one desk; its reviewer's browser, and the task of a whole plan."""
    app, world = houses.enter_context(district())
    plan_id = submitted(world, *((f"L{place}", 100 + place) for place in range(lines)))
    reviewed(world, plan_id, "he", "shen")
    task_id = task_of(world, "fang", plan_id).id
    fresh()
    with past_all_guards() as connection:
        places = _units(connection, world)
        pattern = {table: _rows(connection, table, plan_id) for table in _COPIED}
        for first in range(1, plans, 1_000):
            _copy(connection, pattern, places, range(first, min(first + 1_000, plans)))
    return signed_in(app, "fang"), task_id


def _units(connection: Connection, world: World) -> list[tuple[int, str, int]]:
    """Units of sixty departments, each with an office: ids, codes and offices."""
    offices = (world.offices["04"], world.offices["06"])
    for number in range(UNITS):
        department = 210 + number % 60
        connection.execute(
            insert(Unit).values(
                division_code=DIVISION, code=f"{department}{number:03d}", name=f"区直单位{number}",
                kind=UnitKind.INSTITUTION, is_leaf=True, enabled=True, office_id=offices[department % 2],
            )
        )  # fmt: skip
    query = select(Unit.id, Unit.code, Unit.office_id).where(Unit.code >= "210", Unit.code < "300")
    return [(row.id, row.code, row.office_id) for row in connection.execute(query)]


def _rows(connection: Connection, table: Table, plan_id: UUID) -> list[dict[str, Any]]:
    """The rows of the pattern; of its tasks the open one, with its lines."""
    task = select(ReviewTask.id).where(ReviewTask.plan_id == plan_id, ReviewTask.state == "open").scalar_subquery()
    column, wanted = {"plan": ("id", plan_id), "review_task": ("id", task), "task_line": ("task_id", task)}.get(
        table.name, ("plan_id", plan_id)
    )
    kept = [one for one in table.c if one.name != "seat"]  # the database works it out
    return [dict(row) for row in connection.execute(select(*kept).where(table.c[column] == wanted)).mappings()]


def _copy(
    connection: Connection, pattern: dict[Table, list[dict[str, Any]]], places: Sequence[Any], numbers: range
) -> None:
    """More plans like the pattern, of other units, due on other days, some of them 三保."""
    plan, lines, revisions, tasks, asked = pattern.values()
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in pattern}
    for number in numbers:
        plan_id, task_id = uuid4(), uuid4()
        unit_id, code, office = places[number % len(places)]
        step = number * 1_000_000
        shown = {
            "unit_code": code, "department_code": code[:3], "unit_office_id": office, "lane": int(number % 3 > 0),
            "plan_number": f"YK-202612-{number:06d}", "due_at": tasks[0]["due_at"] + timedelta(days=number % 7),
        }  # fmt: skip
        told = (
            [{**plan[0], "id": plan_id, "unit_id": unit_id, "number": shown["plan_number"], "form_key": uuid4().hex}],
            [{**one, "id": one["id"] + step, "plan_id": plan_id} for one in lines],
            [{**revisions[0], "id": revisions[0]["id"] + step, "plan_id": plan_id, "content": "{}"}],
            [{**tasks[0], **shown, "id": task_id, "plan_id": plan_id}],
            [{"task_id": task_id, "plan_line_id": one["plan_line_id"] + step} for one in asked],
        )
        for table, more in zip(pattern, told, strict=True):
            rows[table].extend(more)
    for table, found in rows.items():
        connection.execute(insert(table), found)


def _of_batches(app: Flask, world: World, lines: int) -> Figure:
    """CPU for each plan in a batch of fifty, beside that of a plan decided alone; in turn, the median of the rounds."""
    reviewer = signed_in(app, "he")
    together, alone = [], []
    for number in range(BATCHES + 1):
        batch, single = ([_ready(world, lines) for _ in range(BATCH)] for _ in range(2))
        fresh()
        cost = _cpu(partial(_agree, reviewer, batch)) / BATCH
        each = [_cpu(partial(_decide, reviewer, *one)) for one in single]
        if number:
            together.append(cost)
            alone.append(statistics.mean(each))
    floor = statistics.median(alone)
    name = f"one plan of {lines} line{'s' * (lines > 1)} in a batch of {BATCH}"
    return Figure(name, statistics.median(together), "the same decided alone", floor, floor / 2)


def _ready(world: World, lines: int) -> tuple[UUID, dict[str, str]]:
    """A submitted plan at its first desk, and the form that agrees to it."""
    plan_id = submitted(world, *((f"L{place}", 100 + place) for place in range(lines)))
    task = store.tasks_of(plan_id, 1)[0]
    form = {f"verdict-{line.id}": "agree" for line in store.lines_of(task)}
    return task.id, {**form, "digest": store.decisions_of(plan_id)[-1].digest, "form_key": uuid4().hex}


def _agree(reviewer: FlaskClient, batch: Sequence[tuple[UUID, dict[str, str]]]) -> None:
    sent: dict[str, Any] = {f"digest-{task_id}": form["digest"] for task_id, form in batch}
    answer = reviewer.post("/queue/agree", data={**sent, "task": [str(one) for one, _ in batch],
                                                 "form_key": uuid4().hex})  # fmt: skip
    if f"已同意 {BATCH} 份。" not in answer.get_data(as_text=True):
        raise RuntimeError(answer.get_data(as_text=True)[:2000])


def _decide(reviewer: FlaskClient, task_id: UUID, form: dict[str, str]) -> None:
    answer = reviewer.post(f"/queue/{task_id}/decide", data=form)
    if answer.status_code != 302:
        raise RuntimeError(answer.get_data(as_text=True)[:2000])
    session().expunge_all()


def _cpu(work: Any) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000
