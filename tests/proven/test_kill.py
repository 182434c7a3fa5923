"""kill -9 of the server and of the worker while people work: what was answered is there, and nothing is by half."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from core.db import db
from tests.proven import crowd, hiring, judging
from tests.proven.books import Books
from tests.proven.crowd import Call, Log, Someone
from tests.proven.servers import PATIENCE, Served, Site, until
from tests.world import World

_CROWD: Final = ("lin", "lin2", "lin", "zhou", "he", "zheng", "shen", "qin", "fang", "luo")
_BACK_WITHIN: Final = 30.0
_LEASE: Final = 400.0
# The server is killed while somebody asks for one of these, in turn.
_STRUCK: Final = ("submit", "decide", "upload", "export")
_CUT_AT_LEAST: Final = 5
_RUNNING: Final = "SELECT id FROM job WHERE state = 'running'"


@pytest.fixture
def durable(site: Site) -> Iterator[Site]:
    """PostgreSQL as a bureau runs it: what is committed is on the disk."""
    if site.url.startswith("sqlite"):
        yield site
        return
    with _settings(site.url, "fsync", "synchronous_commit", "full_page_writes"):
        yield site
        site.stop()


@contextmanager
def _settings(url: str, *names: str) -> Iterator[None]:
    admin = make_url(url).set(drivername="postgresql", username="postgres", password=None)
    with psycopg.connect(admin.render_as_string(), autocommit=True) as connection:
        before = {name: connection.execute(f"SHOW {name}").fetchone() for name in names}
        for name in names:
            connection.execute(f"ALTER SYSTEM SET {name} = 'on'")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            for name, value in before.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value[0] if value else 'on'}'")
            connection.execute("SELECT pg_reload_conf()")


def test_what_was_answered_survives_a_kill(app: Flask, world: World, durable: Site, full: bool, seed: int) -> None:
    rounds, dice = (100 if full else 2), random.Random(seed)  # noqa: S311  repeatable, no secret
    names, purses = hiring.names(), hiring.purses(app, world, 8_000 if full else 700)
    db.session.remove()
    served = durable.start()
    people = hiring.gather([served.port], _CROWD, purses, seed)
    calls: list[Call] = []
    slowest, first = 0.0, dice.randrange(len(_STRUCK))
    log = Log(10**9)
    for number in range(rounds):
        if number:
            served = durable.start(served.port)
            slowest = max(slowest, served.seconds)
        log = log.another_day()
        calls.extend(_a_day_cut_short(people, served, dice, log, durable.url, _STRUCK[(first + number) % len(_STRUCK)]))
        assert judging.wrong(durable, calls, names) == [], durable.said()
    _take_up_what_was_left(durable, everything=full)
    assert judging.wrong(durable, calls, names) == []
    cut, again = Counter(call.act for call in calls if call.status == 0), _taken_up(durable)
    print(f"{rounds} kills of each, {len(calls)} calls, {sum(call.done for call in calls)} acknowledged;")  # noqa: T201  the figures of a run
    print(f"cut short: {dict(cut)}; jobs taken up again: {again}; back after {slowest:.1f} s at most")  # noqa: T201  the figures of a run
    assert slowest <= (_BACK_WITHIN if full else PATIENCE)  # a machine full of other tests is no measure
    assert [call for call in calls if call.status >= 500] == [], durable.said()
    if full:
        assert all(cut[act] >= _CUT_AT_LEAST for act in _STRUCK), cut
        assert again >= _CUT_AT_LEAST


def _a_day_cut_short(
    people: list[Someone], served: Served, dice: random.Random, log: Log, url: str, struck: str
) -> list[Call]:
    """People work; first the worker is killed, at a job if there is one, and comes back; then the server is killed."""
    threads = crowd.set_to_work(people, log)
    _after_some_work(log, dice)
    _worker_has_begun(Books(url))
    workers = served.workers()
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    assert until(lambda: bool(set(served.workers()) - set(workers)), PATIENCE), "no worker came back"
    _after_some_work(log, dice)
    until(lambda: struck in log.asking.values(), 20)
    time.sleep(dice.uniform(0.0, 0.1))
    served.kill()
    crowd.wait_for(threads, log)
    return log.calls


def _worker_has_begun(books: Books) -> None:
    """A job has just been taken; one that an earlier kill left behind says so too, until its lease is over."""
    left = set(books.rows(_RUNNING))
    until(lambda: bool(set(books.rows(_RUNNING)) - left), 5, pause=0.01)


def _after_some_work(log: Log, dice: random.Random) -> None:
    """A random moment, counted in calls so that a slow machine gets as far as a fast one."""
    wanted = len(log.calls) + dice.randint(5, 30)
    until(lambda: len(log.calls) >= wanted, 20)


def _take_up_what_was_left(site: Site, *, everything: bool) -> None:
    """After the leases of killed workers are over, their jobs are done; with time enough, all that was asked for."""
    open_jobs = "SELECT id FROM job WHERE state IN ('waiting', 'running')"
    left = set(Books(site.url).rows(open_jobs if everything else "SELECT id FROM job WHERE state = 'running'"))
    if left:
        site.shift += _LEASE
        site.start()
    patience = 3_600 if everything else 600  # a thousand papers are made one after the other
    assert until(lambda: not left & set(Books(site.url).rows(open_jobs)), patience), "jobs are left"


def _taken_up(site: Site) -> int:
    """How many jobs were begun more than once and done."""
    counted = Books(site.url).rows("SELECT COUNT(*) FROM job WHERE attempts > 1 AND state = 'done'")
    return int(counted[0][0])
