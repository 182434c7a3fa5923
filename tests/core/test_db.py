"""The database: one transaction for one use case, all or nothing, and the safe settings of SQLite."""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError

from core import clock
from core.db import MoneyColumn, UtcDateTime, db, session, transaction
from core.money import Money
from core.notices import Notice, mark_read
from tests.world import NOW

DIALECT = sqlite.dialect()


def notice(text_: str = "您好") -> Notice:
    return Notice(person_id=1, text=text_, link="/", created_at=clock.now())


def texts() -> list[str]:
    return list(session().scalars(select(Notice.text).order_by(Notice.id)))


@pytest.mark.usefixtures("app")
def test_a_transaction_keeps_everything_works() -> None:
    with transaction() as work:
        work.add_all([notice("一"), notice("二")])
    session().rollback()
    assert texts() == ["一", "二"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failed_transaction_leaves_nothing(failure: type[BaseException]) -> None:
    with pytest.raises(failure), transaction() as work:
        work.add(notice())
        work.flush()
        raise failure
    assert texts() == []
    with transaction() as work:
        work.add(notice("再来"))
    assert texts() == ["再来"]


@pytest.mark.usefixtures("app")
def test_a_transaction_inside_a_transaction_raises_and_undoes_the_outer_one() -> None:
    with pytest.raises(RuntimeError, match="transaction inside a transaction"), transaction() as work:
        work.add(notice())
        with transaction():
            pass
    assert texts() == []


@pytest.mark.usefixtures("app")
def test_a_write_outside_a_transaction_raises() -> None:
    session().add(notice())
    with pytest.raises(RuntimeError, match="outside transaction"):
        session().flush()
    session().rollback()
    with pytest.raises(RuntimeError, match="outside transaction"):
        mark_read(1)
    assert texts() == []


@pytest.mark.usefixtures("app")
def test_a_changed_row_outside_a_transaction_is_never_written() -> None:
    with transaction() as work:
        work.add(notice())
    session().scalars(select(Notice)).one().text = "改"
    with pytest.raises(RuntimeError, match="outside transaction"):
        texts()
    session().rollback()
    assert texts() == ["您好"]


@pytest.mark.usefixtures("app")
def test_a_transaction_begins_with_what_is_in_the_database_now() -> None:
    with transaction() as work:
        work.add(notice())
    seen = session().scalars(select(Notice)).one()
    elsewhere(text("UPDATE notice SET text = '别处改的'"))
    assert seen.text == "您好"
    with transaction():
        assert seen.text == "别处改的"


def elsewhere(*statements: object) -> None:
    """Statements over a connection of their own."""
    with db.engine.connect() as other:
        for statement in statements:
            other.execute(statement)  # type: ignore[call-overload]
        other.commit()


@pytest.mark.usefixtures("app")
@pytest.mark.only_on("sqlite")
def test_sqlite_has_its_safe_settings_on_every_connection() -> None:
    with db.engine.connect() as one, db.engine.connect() as two:
        for connection in (one, two):
            asked = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
            }
            assert asked == {
                "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1,
                "busy_timeout": 10000,
            }  # fmt: skip


@pytest.mark.usefixtures("app")
@pytest.mark.only_on("sqlite")
def test_sqlite_takes_the_write_lock_at_the_beginning() -> None:
    """BEGIN IMMEDIATE: a reader that becomes a writer later could find its snapshot stale and fail."""
    with transaction():
        other = sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)
        try:
            assert other.execute("SELECT count(*) FROM notice").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()


@pytest.mark.usefixtures("app")
@pytest.mark.only_on("sqlite")
def test_sqlite_refuses_a_row_that_points_nowhere() -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), transaction() as work:
        work.execute(text("INSERT INTO paper_page (paper_id, number, blob_digest, width, height) VALUES (1,1,'x',1,1)"))


def test_writers_of_one_process_wait_for_each_other(app: Flask) -> None:
    counted = Notice(person_id=1, text="0", link="/", created_at=clock.now())
    with transaction() as work:
        work.add(counted)
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with app.app_context(), transaction() as work:
                    row = work.scalars(select(Notice).with_for_update()).one()
                    row.text = str(int(row.text) + 1)
        except BaseException as failure:  # a thread's failure would be lost
            failures.append(failure)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    session().rollback()
    assert failures == []
    assert texts() == ["40"]


@pytest.mark.usefixtures("app")
def test_a_child_process_opens_handles_of_its_own() -> None:
    with db.engine.connect() as connection:
        parents = connection.connection.dbapi_connection
    child = os.fork()
    if child == 0:
        answer = 2
        try:
            with db.engine.connect() as connection:
                answer = int(connection.connection.dbapi_connection is parents)
        finally:
            os._exit(answer)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.usefixtures("app")
@pytest.mark.only_on("sqlite")
def test_a_writer_elsewhere_is_waited_for_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)
    monkeypatch.setattr("core.db._writer", threading.RLock())
    session().connection().exec_driver_sql("PRAGMA busy_timeout = 50")
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="database is locked"), transaction():
            pass
        other.execute("ROLLBACK")
        with transaction() as work:
            work.add(notice())
    finally:
        other.close()
    assert texts() == ["您好"]


def test_moments_are_stored_in_utc_and_naive_ones_are_refused() -> None:
    column = UtcDateTime()
    assert column.process_bind_param(NOW, DIALECT) == datetime(2026, 11, 20, 2, 0)  # noqa: DTZ001  as it is stored
    assert column.process_bind_param(clock.local(NOW), DIALECT) == NOW.replace(tzinfo=None)
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(NOW.replace(tzinfo=None), DIALECT) == NOW
    assert column.process_result_value(None, DIALECT) is None
    assert NOW.tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        column.process_bind_param(NOW.replace(tzinfo=None), DIALECT)


def test_money_is_stored_in_fen() -> None:
    column = MoneyColumn()
    assert column.process_bind_param(Money(12345), DIALECT) == 12345
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(12345, DIALECT) == Money(12345)
    assert column.process_result_value(None, DIALECT) is None
