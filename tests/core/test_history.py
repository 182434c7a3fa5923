"""The history: what is kept of an event, and that the database lets nobody change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from core import clock, history
from core.db import db, session, transaction
from core.history import Event
from tests.world import NOW


@dataclass(frozen=True)
class Actor:
    id: int | None = 7
    name: str = "林晓敏"


LIN = Actor()


@pytest.mark.usefixtures("app")
def test_an_event_says_who_did_what_to_what_and_when() -> None:
    with transaction():
        history.record("lamp", 5, "light", "点灯", by=LIN, details={"b": "二", "a": 1})
    event = history.of("lamp", "5")[0]
    assert (event.actor_id, event.actor_name, event.action, event.summary) == (7, "林晓敏", "light", "点灯")
    assert event.at == NOW
    assert event.details == '{"a": 1, "b": "二"}'


@pytest.mark.usefixtures("app")
def test_a_subjects_events_come_oldest_first_and_the_house_s_newest_first() -> None:
    for day in range(3):
        with clock.stopped(NOW + timedelta(days=day)), transaction():
            history.record("lamp", 5, "light", f"第{day}天", by=LIN)
            history.record("lamp", 6, "light", "别的灯", by=LIN)
    assert [event.summary for event in history.of("lamp", 5)] == ["第0天", "第1天", "第2天"]
    assert [event.subject_id for event in history.recent(3, "lamp")] == ["6", "5", "6"]


@pytest.mark.usefixtures("app")
def test_an_event_goes_with_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        history.record("lamp", 5, "light", "点灯", by=LIN)
        raise ZeroDivisionError
    assert history.of("lamp", 5) == []


@pytest.mark.usefixtures("app")
def test_no_event_is_changed_or_deleted() -> None:
    with transaction():
        history.record("lamp", 5, "light", "点灯", by=LIN)
    for statement in (update(Event).values(summary="没有点灯"), delete(Event)):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(statement)
    assert history.of("lamp", 5)[0].summary == "点灯"


def test_no_event_is_changed_past_our_own_code_either(app: Flask) -> None:
    """A bare connection, as a tool of an operator has it: the guard is in the database."""
    with transaction():
        history.record("lamp", 5, "light", "点灯", by=LIN)
    session().rollback()
    statements = ["UPDATE history SET summary = ''", "DELETE FROM history"]
    if db.engine.dialect.name == "postgresql":
        statements.append("TRUNCATE history")
    for statement in statements:
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), db.engine.connect() as bare:
            bare.execute(text(statement))
    assert app.extensions["settings"]


@pytest.mark.only_on("sqlite")
def test_replacing_a_row_is_deleting_it(app: Flask) -> None:
    """OR REPLACE deletes without asking unless recursive triggers are on: SQLite's way around append-only."""
    with transaction():
        history.record("lamp", 5, "light", "点灯", by=LIN)
    event = history.of("lamp", 5)[0]
    row = {"id": event.id, "at": "2026-01-01 00:00:00.000000"}
    session().rollback()
    statement = text(
        "INSERT OR REPLACE INTO history (id, at, actor_name, subject_kind, subject_id, action, summary, details)"
        " VALUES (:id, :at, '', '', '', '', '', '')"
    )
    with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), db.engine.connect() as bare:
        bare.execute(statement, row)
    assert history.of("lamp", 5)[0].summary == "点灯"
    assert app.extensions["settings"]
