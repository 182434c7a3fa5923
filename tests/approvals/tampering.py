"""Somebody who owns the database and the disk: past every guard of ours, and able to compute digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url

from core.db import db
from core.digests import canonical, merkle_root, sha256, sm3

_TABLES: Final = "SELECT relid::regclass::text FROM pg_stat_user_tables"


@contextmanager
def past_all_guards() -> Iterator[Connection]:
    """A connection of the owner, on which no trigger and no foreign key stands in the way."""
    db.session.rollback()
    engine = _engine()
    try:
        with engine.begin() as connection:
            _let_down(connection)
            yield connection
    finally:
        engine.dispose()
    db.session.rollback()


def _engine() -> Engine:
    url = make_url(str(db.engine.url.render_as_string(hide_password=False)))
    return create_engine(url if url.get_backend_name() == "sqlite" else url.set(username="postgres"))


def _let_down(connection: Connection) -> None:
    """Take down every trigger; on PostgreSQL those that keep foreign keys too, on SQLite they are off by themselves."""
    if connection.dialect.name == "postgresql":
        query, statement = _TABLES, "ALTER TABLE {} DISABLE TRIGGER ALL"
    else:
        query, statement = "SELECT name FROM sqlite_master WHERE type = 'trigger'", "DROP TRIGGER {}"
    for name in connection.execute(text(query)).scalars().all():
        connection.execute(text(statement.format(name)))


def run(connection: Connection, statement: str, **values: Any) -> None:
    """One statement, which must find a row."""
    found = connection.execute(text(statement), values)
    assert found.rowcount > 0, statement


def rechain(connection: Connection, comment: str) -> None:
    """Give every first decision another comment, and compute all digests, seals included, anew."""
    digests: dict[int, str] = {}
    for plan_id in connection.execute(text("SELECT DISTINCT plan_id FROM decision")).scalars().all():
        before = {"sha256": "", "sm3": ""}
        query = "SELECT id, number, body FROM decision WHERE plan_id = :plan_id ORDER BY number"
        for row in connection.execute(text(query), {"plan_id": plan_id}).all():
            body = {**json.loads(row.body), "prev": before}
            if row.number == 1:
                body["comment"] = comment
            before = _store(connection, "decision", row.id, body)
            run(connection, "UPDATE decision SET comment = :said WHERE id = :id", said=body["comment"], id=row.id)
            digests[row.id] = before["sha256"]
    _reseal(connection, digests)


def _reseal(connection: Connection, digests: dict[int, str]) -> None:
    before = {"sha256": "", "sm3": ""}
    for seal in connection.execute(text("SELECT id, body FROM seal ORDER BY number")).all():
        query = "SELECT decision_id FROM seal_leaf WHERE seal_id = :id ORDER BY position"
        leaves = connection.execute(text(query), {"id": seal.id}).scalars().all()
        root = merkle_root([digests[leaf] for leaf in leaves])
        values = {"root": root, "prev": before["sha256"], "id": seal.id}
        run(connection, "UPDATE seal SET root = :root, prev_sha256 = :prev WHERE id = :id", **values)
        before = _store(connection, "seal", seal.id, {**json.loads(seal.body), "root": root, "prev": before})


def _store(connection: Connection, table: str, row_id: int, body: dict[str, Any]) -> dict[str, str]:
    text_of = canonical(body)
    digests = {"sha256": sha256(text_of), "sm3": sm3(text_of)}
    statement = f"UPDATE {table} SET body = :body, sha256 = :sha256, sm3 = :sm3 WHERE id = :id"  # noqa: S608  ours
    run(connection, statement, body=text_of, id=row_id, **digests)
    return digests
