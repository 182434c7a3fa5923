"""SQLite's authorizer: through the application's connections no statement takes a guard down or moves a balance."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError

from core import sqlite_guard
from core.db import db
from core.roles import migrating_engine
from core.sqlite_guard import AGEING, APPEND_ONLY
from tests.world import World

pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture
def bare(world: World, engine: str) -> Iterator[Connection]:
    """A connection as the application has it; nothing is kept."""
    assert world.allotments and engine == "sqlite"
    with db.engine.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id INTEGER)",
        "CREATE TEMPORARY TABLE mine (id INTEGER)",
        "CREATE TABLE mine AS SELECT * FROM person",
        "CREATE INDEX mine ON notice (id)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE TRIGGER mine AFTER INSERT ON posting BEGIN SELECT 1; END",
        "CREATE TEMPORARY TRIGGER posting_moves_money AFTER INSERT ON notice BEGIN UPDATE allotment SET held = 0; END",
        "CREATE VIRTUAL TABLE mine USING fts5(words)",
        "ALTER TABLE posting RENAME TO mine",
        "ALTER TABLE notice ADD COLUMN mine INTEGER",
        "DROP TABLE notice",
        "DROP TRIGGER posting_moves_money",
        "DROP INDEX uq_posting_once",
        "REINDEX",
        "ANALYZE",
        "ATTACH ':memory:' AS mine",
        "DETACH main",
        "INSERT INTO sqlite_master VALUES ('table', 'mine', 'mine', 0, '')",
        "UPDATE sqlite_master SET sql = ''",
        "DELETE FROM sqlite_master WHERE type = 'trigger'",
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA FOREIGN_KEYS(0)",
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA trusted_schema = ON",
        "PRAGMA journal_mode = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA legacy_alter_table = ON",
        "PRAGMA read_uncommitted = ON",
        "PRAGMA user_version = 7",
        "PRAGMA schema_version = 7",
        "UPDATE allotment SET granted = granted + 1",
        "UPDATE allotment SET held = 0, description = ''",
        "UPDATE Allotment SET POSTED = 0",
        "UPDATE OR REPLACE allotment SET posted = 0",
        "WITH posting_moves_money AS (SELECT 1) UPDATE allotment SET held = 0 FROM posting_moves_money",
        "INSERT INTO allotment SELECT * FROM allotment WHERE true ON CONFLICT DO UPDATE SET granted = 9",
        "SELECT load_extension('mine')",
    ],
)  # fmt: skip
def test_the_application_may_not(statement: str, bare: Connection) -> None:
    with pytest.raises(DatabaseError, match=r"not authorized|prohibited|may not be"):
        bare.execute(text(statement))


@pytest.mark.parametrize("table", sorted(APPEND_ONLY - AGEING))
def test_what_is_written_is_not_deleted(table: str, bare: Connection) -> None:
    with pytest.raises(DatabaseError, match="not authorized"):
        bare.execute(text(f"DELETE FROM {table}"))  # noqa: S608  our own names
    with pytest.raises(IntegrityError, match="append-only"):
        bare.execute(text("UPDATE history SET summary = ''"))


@pytest.mark.parametrize("statement", ["VACUUM", "VACUUM INTO '/dev/null'"])
def test_the_application_may_not_write_the_file_anew(statement: str, bare: Connection) -> None:
    bare.rollback()
    handle: Any = bare.connection.dbapi_connection
    handle.rollback()
    with pytest.raises(sqlite3.DatabaseError, match="authorization denied"):
        handle.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE allotment SET description = 'x'",
        "PRAGMA foreign_keys",
        "PRAGMA busy_timeout = 50",
        "PRAGMA table_info(allotment)",
        "PRAGMA integrity_check",
        "SAVEPOINT mine",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n",
        "DELETE FROM notice",
    ],
)
def test_the_application_may_do_its_work_works(statement: str, bare: Connection) -> None:
    bare.execute(text(statement))


def test_a_posting_moves_the_balance_works(bare: Connection, world: World) -> None:
    key = {"id": world.allotments["A1"]}
    before = bare.execute(text("SELECT granted FROM allotment WHERE id = :id"), key).scalar_one()
    bare.execute(GRANT, {**key, "amount": 700})
    assert bare.execute(text("SELECT granted FROM allotment WHERE id = :id"), key).scalar_one() == before + 700


GRANT = text(
    "INSERT OR IGNORE INTO posting (allotment_id, kind, amount, revision, reason, at)"
    " VALUES (:id, 'grant', :amount, 0, '', '2026-11-20 02:00:00.000000')"
)


def test_a_check_that_or_ignore_silences_is_looked_at_again(bare: Connection, world: World) -> None:
    """SQLite's hole: OR IGNORE outside reaches the UPDATE inside the trigger and silences its CHECK."""
    key = {"id": world.allotments["A1"]}
    with pytest.raises(DBAPIError, match="does not have so much"):
        bare.execute(GRANT, {**key, "amount": -(10**13)})
    assert bare.execute(text("SELECT count(*) FROM posting WHERE amount < 0")).scalar_one() == 0


def test_the_trigger_may_move_a_balance_under_its_own_name_only(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "small.db", isolation_level=None)) as handle:
        for name, table in (("posting_moves_money", "posting"), ("another", "other")):
            handle.execute("CREATE TABLE IF NOT EXISTS allotment (held INT)")
            handle.execute(f"CREATE TABLE {table} (amount INT)")
            body = "BEGIN UPDATE allotment SET held = NEW.amount; END"
            handle.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} {body}")
        sqlite_guard.stand(handle)
        handle.execute("INSERT INTO posting VALUES (1)")
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            handle.execute("INSERT INTO other VALUES (1)")


def test_the_migrating_engine_may_change_the_schema_works(bare: Connection) -> None:
    bare.close()
    with migrating_engine(str(db.engine.url), "").begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
        # Looked at once when all is done (`check_references`), for tables are built anew meanwhile.
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 0
    with db.engine.connect() as again:
        assert again.execute(text("PRAGMA foreign_keys")).scalar() == 1
        with pytest.raises(DatabaseError, match="not authorized"):
            again.execute(text("DROP TABLE mine"))
