"""Submitting over HTTP to the real server, one client and eight, on allotments that all of them share."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from bench.district import draft, fresh, more_allotments
from bench.filing import RawInserts, signed_in
from bench.floors import OwnSchema, Sent, recorded, write_by_psycopg
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from core import clock
from core.db import db, session
from core.roles import Roles, bootstrap
from core.settings import Settings
from tests import world as cast
from tests.postgres import as_role, create_database, run_sql, running_postgres
from tests.proven.books import Books
from tests.proven.servers import Site, Visitor
from tests.world import NOW, PASSWORD, World

HEADER: Final = (
    "| database | clients | server CPU ms | database CPU ms | both | times one client | median answer ms |"
    " raw inserts ms CPU | ratio | same rows, own schema ms CPU | ratio |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)
_LINES: Final = 20
_CLIENTS: Final = 8
_EACH: Final = 12
_ROUNDS: Final = 3
# So many submissions are recorded and written once more by the raw driver; the first only warms up.
_RECORDED: Final = 41
_TICK: Final = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ready:
    """A draft that can be submitted, and its version."""

    plan: str
    version: int


@dataclass(frozen=True)
class House:
    """A database to measure on, and how to get a copy of it that nobody else uses."""

    url: str
    copy: Callable[[], str]


@dataclass(frozen=True)
class Floors:
    """CPU in ms of 40 bare rows without keys, and of a submission's own rows in the house's schema."""

    bare: float
    own: float


@dataclass(frozen=True)
class Cost:
    """What one submission took, in ms."""

    server: float
    database: float
    answer: float

    @property
    def both(self) -> float:
        """CPU of the server and of the database together."""
        return self.server + self.database


def rows() -> Iterator[str]:
    """A row of the table for each database and number of clients."""
    for engine in ("sqlite", "postgresql"):
        with TemporaryDirectory(prefix="bench-") as folder, _database(engine, Path(folder)) as house:
            yield from _rows_of(engine, Path(folder), house)


def _rows_of(engine: str, folder: Path, house: House) -> Iterator[str]:
    """Taken in turn, one client and eight, so that both see the same machine; each the median of its rounds."""
    ready, own = _prepared(folder, house, _ROUNDS * (_CLIENTS + 1) * _EACH + _CLIENTS)
    drafts, floors = iter(ready), Floors(_floor(folder), own)
    site = Site(folder, house.url)
    site.start()
    clients = [Visitor(site.servers[0].port, "lin") for _ in range(_CLIENTS)]
    try:
        for client in clients:
            client.sign_in()
            _submit(client, [next(drafts)])
        one, eight = [], []
        for _ in range(_ROUNDS):
            one.append(_cost(site, clients[:1], [[next(drafts) for _ in range(_EACH)]]))
            eight.append(_cost(site, clients, [[next(drafts) for _ in range(_EACH)] for _ in clients]))
    finally:
        for client in clients:
            client.hang_up()
        site.stop()
    alone = statistics.median(cost.both for cost in one)
    yield from (_row(engine, count, costs, alone, floors) for count, costs in ((1, one), (_CLIENTS, eight)))


def _row(engine: str, count: int, costs: Sequence[Cost], alone: float, floors: Floors) -> str:
    server, database, answer = (
        statistics.median(values) for values in zip(*((c.server, c.database, c.answer) for c in costs), strict=True)
    )
    both = statistics.median(cost.both for cost in costs)
    return (
        f"| {engine} | {count} | {server:.1f} | {database:.1f} | {both:.1f} | {both / alone:.2f} | {answer:.0f} |"
        f" {floors.bare:.2f} | {both / floors.bare:.1f} | {floors.own:.2f} | {both / floors.own:.1f} |"
    )


def _cost(site: Site, clients: Sequence[Visitor], work: Sequence[Sequence[Ready]]) -> Cost:
    server, database = site.servers[0].process.pid, _backends(site.url)
    before = _cpu([server]), _cpu(database)
    took: list[float] = []
    threads = [
        threading.Thread(target=_submit_into, args=(took, client, mine))
        for client, mine in zip(clients, work, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = sum(map(len, work))
    if len(took) != count:
        raise RuntimeError(f"{len(took)} of {count} submissions were done:\n{site.said()}")
    after = _cpu([server]), _cpu(sorted({*database, *_backends(site.url)}))
    return Cost((after[0] - before[0]) / count, (after[1] - before[1]) / count, statistics.median(took))


def _submit_into(took: list[float], client: Visitor, drafts: Sequence[Ready]) -> None:
    took.extend(_submit(client, drafts))


def _submit(client: Visitor, drafts: Sequence[Ready]) -> list[float]:
    """How long each answer took, in ms; only a good one counts."""
    took = []
    for ready in drafts:
        began = time.perf_counter()
        answer = client.post(f"/plans/{ready.plan}/submit", version=ready.version)
        if answer.status == 302:
            took.append((time.perf_counter() - began) * 1000)
    return took


def _backends(url: str) -> list[int]:
    """Every process of the database but that which answers this question; SQLite works inside the server."""
    if url.startswith("sqlite"):
        return []
    asked = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    return [int(pid) for (pid,) in Books(url).rows(asked)]


def _cpu(processes: Sequence[int]) -> float:
    """User and system time of the processes so far, in ms; one that has ended counts nothing."""
    spent = 0.0
    for pid in processes:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text().rsplit(")", 1)[1].split()
            spent += (int(fields[11]) + int(fields[12])) * _TICK
    return spent


def _floor(folder: Path) -> float:
    """CPU of the bare driver's inserts of the lines and postings, as in bench/filing.py."""
    raw, spent = RawInserts(folder), []
    for place in range(30):
        began = time.process_time()
        raw.write(_LINES, place)
        spent.append((time.process_time() - began) * 1000)
    raw.handle.close()
    return statistics.median(spent)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[House]:
    if engine == "sqlite":
        yield House(f"sqlite:///{folder / 'bench.db'}", lambda: "")
        return
    lasting = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on")
    with running_postgres(None, **lasting) as admin:
        url = create_database(admin, "bench")
        run_sql(url, bootstrap(Roles()))
        role = Roles().application
        yield House(as_role(url, role), lambda: as_role(create_database(admin, "own", "bench"), role))


def _prepared(folder: Path, house: House, count: int) -> tuple[list[Ready], float]:
    """So many plans of 20 lines on the same 20 allotments, and the floor of their own rows."""
    migrator = "" if house.url.startswith("sqlite") else as_role(house.url, Roles().migrator)
    options = Settings(
        data=folder, database_url=house.url, migration_url=migrator, secret_key=PASSWORD, argon2_memory_kib=64,
        extra={"WTF_CSRF_ENABLED": False},
    )  # fmt: skip
    app = create_app(options)
    with app.app_context(), clock.stopped(NOW):
        upgrade()
        world = cast.build()
        more_allotments(world)
        found = [_draft(world, place) for place in range(count + _RECORDED)]
        own = _own_floor(app, folder, house, found[count:])
        _let_go()
    return found[:count], own


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()


def _own_floor(app: Flask, folder: Path, house: House, drafts: Sequence[Ready]) -> float:
    """Submit in this process, record, and write the same into a copy that was taken before."""
    _let_go()
    if house.url.startswith("sqlite"):
        own = OwnSchema(folder / "bench.db", folder)
        sent = _recorded(app, drafts)
        spent = [_timed(own.write, one) for one in sent]
        own.handle.close()
        return statistics.median(spent[1:])
    copy = house.copy()
    sent = _recorded(app, drafts)
    with psycopg.connect(copy.replace("+psycopg", "")) as connection:
        write_by_psycopg(connection, sent[0])
        before = _cpu(_backends(copy))
        spent = [_timed(partial(write_by_psycopg, connection), one) for one in sent[1:]]
        return statistics.median(spent) + (_cpu(_backends(copy)) - before) / len(spent)


def _timed(write: Callable[[Sent], None], sent: Sent) -> float:
    began = time.process_time()
    write(sent)
    return (time.process_time() - began) * 1000


def _recorded(app: Flask, drafts: Sequence[Ready]) -> list[Sent]:
    clerk, found = signed_in(app, "lin"), []
    for ready in drafts:
        fresh()
        sent = Sent()
        with recorded(db.engine, sent):
            answer = clerk.post(f"/plans/{ready.plan}/submit", data={"version": ready.version})
        if answer.status_code != 302:
            raise RuntimeError(f"the submission answered {answer.status_code}")
        found.append(sent)
    return found


def _draft(world: World, place: int) -> Ready:
    fresh()
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], 2026, 12, form_key=f"clients-{place}", by=by)
    save_plan(plan_id, draft(world, _LINES, 0), 1, by=by)
    fresh()
    return Ready(str(plan_id), session().get_one(Plan, plan_id).version)
