"""A database with rows in it comes to the newest schema: what was there is there, and every guard stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Boolean, Connection, DateTime, Integer, MetaData, Numeric, Table, create_engine, insert, text
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from app import create_app
from core.db import db
from tests.conftest import options
from tests.postgres import create_database, running_postgres

PLAN = UUID(int=7)
PAPER = UUID(int=8)


@pytest.fixture
def url(engine: str, tmp_path: Path) -> Iterator[str]:
    """An empty database of one's own."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    with running_postgres() as admin:
        yield create_database(admin, "old")


def some(kind: TypeEngine[Any]) -> object:
    """Any value of a column's type."""
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, DateTime):
        return datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    return 1 if isinstance(kind, Integer | Numeric) else "x"


def put(connection: Connection, name: str, **values: object) -> None:
    """A row with these values, and anything in the other columns that must have one."""
    table = Table(name, MetaData(), autoload_with=connection)
    needed = {one.name: some(one.type) for one in table.columns if not one.nullable and one.server_default is None}
    connection.execute(insert(table).values({**needed, **values}))


def built_before_minus_lines(app: Flask, url: str) -> None:
    """The schema of 0013 with a draft of October in it, one line and the voucher that proves it."""
    with app.app_context():
        upgrade(revision="0013")
        db.engine.dispose()
    key = PLAN if url.startswith("postgresql") else PLAN.hex
    paper = PAPER if url.startswith("postgresql") else PAPER.hex
    with create_engine(url, poolclass=NullPool).begin() as connection:
        put(connection, "unit", id=1, parent_id=None)
        put(connection, "person", id=1)
        put(connection, "blob", digest="d")
        put(connection, "plan", id=key, month=10, state="draft", revision=0, kind="monthly")
        put(connection, "plan_line", id=1, plan_id=key, applied=100)
        put(connection, "paper", id=paper, plan_id=key, blob_digest="d", version=1)
        put(connection, "draw", paper_id=paper, plan_line_id=1)


def test_rows_come_along_works(engine: str, url: str, tmp_path: Path) -> None:
    app = create_app(options(tmp_path, url))
    built_before_minus_lines(app, url)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        lines = connection.execute(text("SELECT month, source_line_id, applied FROM plan_line")).all()
        assert lines == [(10, None, 100)]
        assert connection.execute(text("SELECT plan_line_id FROM draw")).all() == [(1,)]
        with pytest.raises(Exception, match=r"(?i)check"):
            connection.execute(text("UPDATE plan_line SET month = 13"))
