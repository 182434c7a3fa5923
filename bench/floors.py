"""The honest floor: the very rows that an operation writes, by the raw driver, into the house's own schema.

A real operation is recorded, statement by statement, from what the house sends to its driver. A copy of the database
as it was before takes the same writes once more: with all keys, indexes, triggers and checks, in one transaction with
synchronous FULL, but without the house: nothing is read, nothing checked in Python, no page, no session.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, event

from core.sqlite_guard import prepare

_WRITES: Final = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Sent:
    """What one operation sent to the database: how many statements, and those that write.

    `rows` is known once they were written again: one statement may carry many.
    """

    count: int = 0
    rows: int = 0
    writes: list[tuple[str, list[Any]]] = field(default_factory=list)

    @property
    def batches(self) -> list[tuple[str, list[Any]]]:
        """The writes with equal neighbours put together, as a program that knows all rows beforehand would send them.

        What a row was given (RETURNING) is of no use to it.
        """
        bare = ((statement.split(" RETURNING ")[0], rows) for statement, rows in self.writes)
        return [
            (statement, [row for _, rows in same for row in rows]) for statement, same in groupby(bare, itemgetter(0))
        ]

    @property
    def said(self) -> str:
        """33 statements, 9 of them write 66 rows."""
        return f"{self.count} statements, {len(self.writes)} of them write {self.rows} rows"


@contextmanager
def recorded(engine: Engine, into: Sent) -> Iterator[None]:
    """Note what goes to the database meanwhile."""

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        into.count += 1
        if statement.startswith(_WRITES):
            into.writes.append((statement, list(parameters) if isinstance(parameters, list) else [parameters]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


class OwnSchema:
    """A copy of a SQLite database, which takes recorded writes by the bare driver under the house's own settings."""

    def __init__(self, source: Path, folder: Path) -> None:
        for old in folder.glob("copy.db*"):
            old.unlink()
        self.handle = sqlite3.connect(folder / "copy.db", isolation_level=None)
        with sqlite3.connect(source) as original:
            original.backup(self.handle)
        original.close()
        prepare(self.handle, None)

    def write(self, sent: Sent) -> None:
        """All of it in one transaction."""
        self.handle.execute("BEGIN IMMEDIATE")
        sent.rows = sum(self.handle.executemany(statement, rows).rowcount for statement, rows in sent.batches)
        self.handle.execute("COMMIT")


def write_by_psycopg(connection: psycopg.Connection[Any], sent: Sent) -> None:
    """The same on PostgreSQL, pipelined as psycopg does for many rows of one statement."""
    with connection.transaction(), connection.cursor() as cursor:
        for statement, rows in sent.batches:
            cursor.executemany(statement, rows)
            sent.rows += cursor.rowcount
