"""A way into the database past the application: raw SQL on SQLite and PostgreSQL, and what the tables hold then."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

ROOT: Final = Path(__file__).resolve().parents[2]
REFUSALS: Final = (sqlite3.IntegrityError, sqlite3.OperationalError, psycopg.Error)


def migration(name: str) -> ModuleType:
    """A migration as a module, to read its guards as data."""
    spec = importlib.util.spec_from_file_location(f"migration_{name}", ROOT / f"migrations/versions/{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Raw:
    """One connection of the owner of the database."""

    def __init__(self, engine: str, handle: Any) -> None:
        self.engine = engine
        self._handle = handle
        self.guards = self._guards()

    def _guards(self) -> dict[str, str]:
        """All triggers that stand now, each with its table."""
        if self.engine == "sqlite":
            return dict(self.rows("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"))
        return dict(
            self.rows(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace"
            )
        )

    def run(self, statement: str) -> int:
        """Run one statement; gives how many rows it touched."""
        return int(self._handle.execute(statement).rowcount)

    def close(self) -> None:
        """The connection is given back."""
        self._handle.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query, UUIDs as SQLite keeps them."""
        found = self._handle.execute(query).fetchall()
        return [tuple(one.hex if isinstance(one, UUID) else one for one in row) for row in found]

    def one(self, query: str) -> Any:
        """The single value of a query."""
        return self.rows(query)[0][0]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        cursor = self._handle.execute(f"SELECT * FROM {table} WHERE 1 = 0")
        return [column[0] for column in cursor.description]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all guarded tables."""
        return {table: sorted(self.rows(f"SELECT * FROM {table}"), key=repr) for table in set(self.guards.values())}

    def refusal(self, statement: str) -> str | None:
        """What the database refuses the statement with, and None when it is accepted."""
        self.run("SAVEPOINT attempt")
        try:
            self.run(statement)
        except REFUSALS as refusal:
            self.run("ROLLBACK TO SAVEPOINT attempt")
            return str(refusal)
        return None

    def effect(self, statement: str) -> int:
        """How many rows the statement changes; none when the database refuses it."""
        try:
            return self.run(statement)
        except REFUSALS:
            return 0

    def stamp(self) -> Any:
        """Another one whenever somebody else has changed the database."""
        return self.one("PRAGMA data_version" if self.engine == "sqlite" else "SELECT pg_current_wal_insert_lsn()")

    def drop(self, guard: str) -> None:
        """Take down one guard."""
        self.run(f"DROP TRIGGER {guard}" + (f" ON {self.guards[guard]}" if self.engine == "postgresql" else ""))

    def copied(self, table: str, where: str, **other: str) -> str:
        """A statement that copies a row, with other values (SQL) for some columns; an id is given by the database."""
        names = [name for name in self.columns(table) if name != "id" or name in other]
        values = [other.get(name, name) for name in names]
        return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} WHERE {where} LIMIT 1"


def connected(engine: str, url: str) -> Raw:
    """The owner's connection; each statement by itself is kept, unless a transaction is begun."""
    parts = make_url(url)
    if engine == "sqlite":
        with_safety = sqlite3.connect(str(parts.database), isolation_level=None)
        for pragma in ("foreign_keys = ON", "recursive_triggers = ON"):
            with_safety.execute(f"PRAGMA {pragma}")
        return Raw(engine, with_safety)
    owner: Any = psycopg.connect(
        host=parts.host, port=parts.port, dbname=parts.database, user="postgres", autocommit=True
    )
    return Raw(engine, owner)
