"""No room left, for data and for files: refused in words, nothing lost, and on with it when there is room again."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import make_url

from core.db import db
from tests.approvals.stories import PNG, filed, plan
from tests.proven import books
from tests.proven.books import Books
from tests.world import World

FULL = "服务器的存储空间已满，这次操作没有保存"


@contextmanager
def no_page_more(app: Flask) -> Iterator[None]:
    """SQLite as on a full disk, without being root: the file may not grow by a page (SQLITE_FULL, its own words)."""

    def limit(handle: sqlite3.Connection, *_: object) -> None:
        with closing(handle.execute("PRAGMA page_count")) as counted:
            pages = counted.fetchone()[0]
        handle.execute(f"PRAGMA max_page_count = {pages}").close()

    db.engine.dispose()
    event.listen(db.engine, "connect", limit, insert=True)  # before the house forbids pragmas
    try:
        yield
    finally:
        event.remove(db.engine, "connect", limit)
        db.session.remove()
        db.engine.dispose()


def _start(client: FlaskClient, world: World) -> Any:
    """One more plan, as a clerk begins it."""
    form = {"unit": world.units["201003"], "month": "2026-12", "form_key": uuid4().hex}
    return client.post("/plans/new", data=form)


@pytest.mark.only_on("sqlite")
def test_a_full_database_refuses_in_words_and_goes_on(app: Flask, world: World, sign_in: Any) -> None:
    data_by_limit(app, world, sign_in)


def data_by_limit(app: Flask, world: World, sign_in: Any) -> None:
    """A database that may not grow by a page."""
    client = sign_in("lin")
    acknowledged: list[Any] = []
    refused: list[Any] = []
    with no_page_more(app):
        for _ in range(60):
            answer = _start(client, world)
            (acknowledged if answer.status_code == 302 else refused).append(answer)
    assert {answer.status_code for answer in refused} == {507}
    assert FULL in refused[0].text
    stored = {plan for (plan,) in Books(_url(app)).rows("SELECT id FROM plan")}
    assert stored == {answer.location.split("/")[2].replace("-", "") for answer in acknowledged}
    assert _start(client, world).status_code == 302
    assert books.faults(_url(app)) == []


@pytest.mark.only_on("postgresql")
def test_a_full_disk_of_postgresql_refuses_in_words_and_goes_on(app: Flask, world: World, sign_in: Any) -> None:
    data_by_error(app, world, sign_in)


def data_by_error(app: Flask, world: World, sign_in: Any) -> None:
    """The class of error that PostgreSQL gives for a full disk (53100), raised where a row would be written."""
    client = sign_in("lin")
    url = _url(app)
    plans = Books(url).rows("SELECT COUNT(*) FROM plan")
    _as_owner(
        url,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON plan FOR EACH ROW EXECUTE FUNCTION no_room()",
    )
    answer = _start(client, world)
    assert (answer.status_code, FULL in answer.text) == (507, True)
    assert Books(url).rows("SELECT COUNT(*) FROM plan") == plans
    _as_owner(url, "DROP TRIGGER no_room ON plan")
    assert _start(client, world).status_code == 302
    assert books.faults(url) == []


@contextmanager
def no_byte_more(app: Flask) -> Iterator[None]:
    """A file of this process may not be longer than 32 KB: what a full disk or a quota is to whoever writes a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _upload(client: FlaskClient, plan_id: object, line: int, data: bytes) -> Any:
    sent = {"kind": "11", "lines": str(line), "form_key": uuid4().hex, "file": (BytesIO(data), "发票.png")}
    return client.post(f"/plans/{plan_id}/papers", data=sent, content_type="multipart/form-data")


def test_no_room_for_files_leaves_no_row_without_its_file(app: Flask, world: World, sign_in: Any) -> None:
    files_by_limit(app, world, sign_in)


def files_by_limit(app: Flask, world: World, sign_in: Any) -> None:
    """Files that may not grow beyond a size."""
    client, plan_id = sign_in("lin"), filed(world, ("A1", 100))
    line, large = plan(plan_id).lines[0].id, PNG + bytes(100_000)
    papers = "SELECT COUNT(*) FROM paper"
    before = Books(_url(app)).rows(papers)
    with no_byte_more(app):
        answer = _upload(client, plan_id, line, large)
    assert (answer.status_code, FULL in answer.text) == (507, True)
    assert Books(_url(app)).rows(papers) == before
    folder = Path(app.extensions["files"].folder)
    assert list(folder.rglob("part-*")) == []
    assert _upload(client, plan_id, line, large).status_code == 302
    assert (folder / sha256(large).hexdigest()[:2] / sha256(large).hexdigest()).is_file()
    assert books.faults(_url(app), folder) == []


def _url(app: Flask) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


def _as_owner(url: str, *statements: str) -> None:
    """As the cluster's own account, which the application is not."""
    owner = make_url(url).set(drivername="postgresql", username="postgres", password=None)
    with psycopg.connect(owner.render_as_string(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
