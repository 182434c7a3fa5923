"""The checkers can fail: each promise is broken on purpose, and the checker of that promise says so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from flask import Flask

from core.db import db
from tests.approvals.stories import reviewed, submitted
from tests.proven import books, histories
from tests.proven.crowd import Call, Log
from tests.proven.histories import Done
from tests.world import World

# What an unbound hand does to the tables, and what the auditor then says.
_TAMPERING: Final = (
    ("UPDATE allotment SET held = held + 1 WHERE bgt_id = 'A1'", "I2"),
    ("UPDATE posting SET amount = 100000000000 WHERE kind = 'hold'", "I1"),
    ("UPDATE ledger_entry SET number = number + 1", "I8"),
    ("DELETE FROM ledger_entry WHERE number = 1", "the ledger says"),
    ("UPDATE decision SET body = body || ' '", "digest of its body"),
    ("DELETE FROM decision WHERE number = 2", "are numbered"),
    ("DELETE FROM history WHERE action = 'submit'", "0 events"),
    ("DELETE FROM posting WHERE kind = 'hold'", "should hold"),
    ("UPDATE plan SET state = 'draft' WHERE state = 'in_review'", "the last decision is"),
    ("UPDATE review_task SET state = 'done'", "0 open desks"),
    ("DELETE FROM plan_revision", "contents kept"),
    ("DELETE FROM job", "without a job"),
    ("UPDATE job SET state = 'done'", "done without a document"),
    ("UPDATE blob SET size = size + 1", "another content"),
    ("UPDATE blob SET digest = '0' || substr(digest, 2)", "has no file"),
)


@pytest.mark.only_on("sqlite")
def test_the_auditor_finds_every_promise_that_is_broken(app: Flask, world: World) -> None:
    approved = submitted(world, ("A1", 100))
    reviewed(world, approved, "he", "shen", "fang", "luo")
    submitted(world, ("A1", 50), ("A3", 10))
    db.session.remove()
    db.engine.dispose()
    url, files = str(app.config["SQLALCHEMY_DATABASE_URI"]), Path(app.extensions["files"].folder)
    assert books.faults(url, files) == []
    unnoticed = [statement for statement, said in _TAMPERING if said not in _after(url, statement, files)]
    assert unnoticed == []


def _after(url: str, statement: str, files: Path) -> str:
    """What the auditor says of a copy of the database in which the statement was carried out, guards or not."""
    original, copy = Path(url.removeprefix("sqlite:///")), Path(url.removeprefix("sqlite:///") + "-tampered")
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as handle:
        source.backup(handle)
        for (name,) in handle.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            handle.execute(f'DROP TRIGGER "{name}"')
        handle.execute("PRAGMA ignore_check_constraints = ON")
        handle.execute(statement)
        handle.commit()
    said = "\n".join(books.faults(f"sqlite:///{copy}", files))
    copy.unlink()
    return said


_NAMES: Final = {"lin": "林晓敏", "luo": "罗局"}
_SUBMIT: Final = Call(10.0, 11.0, "lin", "submit", "p1", 302)
_APPROVE: Final = Call(12.0, 13.0, "luo", "decide", "p1", 302, "第0000001号")
_SUBMITTED: Final = Done(1, "p1", "submit", "林晓敏", "送审 1 行", 10.5)
_APPROVED: Final = Done(2, "p1", "approve", "罗局", "批复 1.00 元；第0000001号", 12.5, (1, 2))
_LATER: Final = (
    Call(14.0, 15.0, "luo", "decide", "p2", 302, "第0000002号"),
    Done(3, "p2", "approve", "罗局", "批复 1.00 元；第0000002号", 14.5, (3,)),
)


def _judged(*found: Call | Done) -> str:
    calls = [one for one in found if isinstance(one, Call)]
    return "\n".join(histories.faults(calls, [one for one in found if isinstance(one, Done)], _NAMES, 0.0))


def test_a_sound_history_has_no_fault() -> None:
    assert _judged(_SUBMIT, _APPROVE, _SUBMITTED, _APPROVED, *_LATER) == ""


def test_an_acknowledged_act_without_decision_is_lost() -> None:
    assert "lost" in _judged(_SUBMIT, _APPROVE, _SUBMITTED)
    assert "lost" in _judged(_SUBMIT, _APPROVE, _APPROVED)


def test_a_decision_after_a_refusal_comes_from_nowhere() -> None:
    assert "from nowhere" in _judged(_SUBMIT, replace(_APPROVE, status=409), _SUBMITTED, _APPROVED)
    assert "from nowhere" in _judged(replace(_SUBMIT, status=422), _APPROVE, _SUBMITTED, _APPROVED)


def test_a_call_that_was_decided_twice_is_found() -> None:
    again = replace(_APPROVED, id=3, act="agree", ledger=())
    assert "twice: 2 decisions bear the mark 第0000001号" in _judged(_SUBMIT, _APPROVE, _SUBMITTED, _APPROVED, again)


def test_another_day_goes_on_with_its_marks() -> None:
    log = Log(1)
    assert [next(one.marks) for one in (log, log.another_day(), log.another_day().another_day())] == [0, 1, 2]


def test_what_was_cut_short_may_be_done_or_not() -> None:
    assert _judged(replace(_SUBMIT, status=0), _SUBMITTED) == ""
    assert _judged(replace(_SUBMIT, status=0)) == ""


def test_an_order_against_the_clock_on_the_wall_is_found() -> None:
    call, done = _LATER
    assert "out of order" in _judged(_SUBMIT, _APPROVE, _SUBMITTED, replace(_APPROVED, id=9), call, done)
    assert "out of order" in _judged(_SUBMIT, _APPROVE, _SUBMITTED, _APPROVED, call, replace(done, ledger=(1,)))
