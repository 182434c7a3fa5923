"""Seals: a root over every decision, once each, in one chain that nobody can change; asked for once a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from accounts.people.rules import SYSTEM
from approvals.proof import store
from approvals.proof.actions import SEAL, seal_day
from approvals.proof.models import Seal
from approvals.reviews.models import Decision
from core import clock, jobs
from core.db import session, transaction
from core.digests import merkle_climb, merkle_path, merkle_root, merkle_tops, sha256
from core.jobs import Job
from tests.approvals.stories import reviewed, submitted
from tests.world import DIVISION, NOW, World
from work import HANDLERS

TODAY = NOW.date()


def seals() -> list[Seal]:
    return list(session().scalars(select(Seal).order_by(Seal.number)))


def test_everything_decided_is_sealed_once_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000))
    reviewed(world, plan_id, "he", "shen")
    assert seal_day(DIVISION, TODAY, by=SYSTEM) == 1
    reviewed(world, plan_id, "fang", "luo")
    assert seal_day(DIVISION, TODAY, by=SYSTEM) == 2
    assert seal_day(DIVISION, TODAY, by=SYSTEM) == 3

    first, second, third = seals()
    assert [seal.leaves for seal in (first, second, third)] == [3, 2, 0]
    digests = list(session().scalars(select(Decision.sha256).order_by(Decision.number)))
    assert first.root == merkle_root(digests[:3])
    assert (first.prev_sha256, second.prev_sha256, third.prev_sha256) == ("", first.sha256, second.sha256)
    assert second.sha256 == sha256(second.body)
    assert store.unsealed(DIVISION) == []


@pytest.mark.parametrize("size", range(1, 10))
def test_a_path_of_the_tree_leads_from_each_leaf_to_the_root(size: int) -> None:
    leaves = [sha256(str(place)) for place in range(size)]
    root = merkle_root(leaves)
    for place, leaf in enumerate(leaves):
        assert merkle_climb(leaf, merkle_path(leaves, place)) == root
        assert merkle_climb(sha256("other"), merkle_path(leaves, place)) != root


def test_a_seal_cannot_be_changed_or_put_between(world: World) -> None:
    submitted(world, ("A1", 100_000))
    seal_day(DIVISION, TODAY, by=SYSTEM)
    statements = ["UPDATE seal SET root = ''", "DELETE FROM seal_leaf", "DELETE FROM seal"]
    if session().get_bind().dialect.name == "postgresql":
        statements.append("TRUNCATE seal CASCADE")
    for statement in statements:
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(text(statement))
    copied = (
        "INSERT INTO seal (division_code, number, day, leaves, root, prev_sha256, body, sha256, sm3, at)"
        " SELECT division_code, number + 1, day, leaves, root, '', body, sha256, sm3, at FROM seal"
    )
    with pytest.raises(IntegrityError, match="names the one before it"), transaction() as work:
        work.execute(text(copied))


def test_the_daily_seal_is_asked_for_once_a_day_and_made(app: Flask, world: World) -> None:
    submitted(world, ("A1", 100_000))
    for _ in range(2):
        jobs.daily(SEAL, TODAY, by=SYSTEM)
    with clock.stopped(NOW + timedelta(seconds=1)):
        jobs.daily(SEAL, TODAY + timedelta(days=1), by=SYSTEM)
    asked = select(Job).where(Job.kind == SEAL).order_by(Job.subject)
    assert [job.subject for job in session().scalars(asked)] == ["2026-11-20", "2026-11-21"]
    with clock.stopped(NOW + timedelta(days=1)):
        while jobs.run_one(HANDLERS):
            pass
    assert [seal.day for seal in seals()] == [date(2026, 11, 20), date(2026, 11, 21)]
    assert [seal.leaves for seal in seals()] == [1, 0]


def test_the_worker_asks_for_the_day_that_has_ended(app: Flask) -> None:
    from work import _ask_daily

    assert _ask_daily(app, None) == TODAY
    assert _ask_daily(app, TODAY) == TODAY
    with clock.stopped(NOW + timedelta(days=1)):
        assert _ask_daily(app, TODAY) == TODAY + timedelta(days=1)
    subjects = list(session().scalars(select(Job.subject).where(Job.kind == SEAL).order_by(Job.subject)))
    assert subjects == ["2026-11-19", "2026-11-20"]


def test_the_auditor_sees_the_seals_and_a_clerk_does_not(world: World, sign_in: Callable[[str], FlaskClient]) -> None:
    assert "还没有封存" in sign_in("shi").get("/seals").get_data(as_text=True)
    seal_day(DIVISION, TODAY, by=SYSTEM)
    for username in ("shi", "ji"):
        assert seals()[0].sha256 in sign_in(username).get("/seals").get_data(as_text=True)
    assert sign_in("lin").get("/seals").status_code == 403


def test_sealing_by_command_says_what_to_keep(app: Flask, world: World) -> None:
    said = app.test_cli_runner().invoke(args=["audit", "seal"]).output
    assert "第 1 号封存" in said
    assert seals()[0].sha256 in said


@pytest.mark.parametrize(("size", "most", "each", "knots"), [(5, 8, 1, 5), (5, 4, 2, 3), (9, 3, 4, 3), (1, 1, 1, 1)])
def test_the_top_of_a_tree_joins_to_its_root(size: int, most: int, each: int, knots: int) -> None:
    leaves = [sha256(str(place)) for place in range(size)]
    covered, row = merkle_tops(leaves, most)
    assert (covered, len(row)) == (each, knots)
    knotted = [bytes.fromhex(knot) for knot in row]
    while len(knotted) > 1:
        pairs = [sha256_of(b"\x01" + b"".join(knotted[at : at + 2])) for at in range(0, len(knotted) - 1, 2)]
        knotted = pairs + knotted[len(pairs) * 2 :]
    assert knotted[0].hex() == merkle_root(leaves)


def sha256_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
