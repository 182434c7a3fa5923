"""A volume of its own that is full, under the real server: refused in words, nothing lost, and on with it afterwards.

Where mounting is not allowed, limits stand in for the volume; each test says which way it took.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from core.db import db
from tests.approvals.stories import PNG, filed, plan
from tests.postgres import program, running_postgres
from tests.proven import books, test_disk_full
from tests.proven.books import Books
from tests.proven.servers import Answer, Site, Visitor
from tests.proven.volumes import Volume, small_volume
from tests.world import World

_FULL = test_disk_full.FULL
# A minute each; the same promises are kept by limits, in seconds, in test_disk_full.py.
pytestmark = pytest.mark.slow


def test_a_full_volume_of_data(
    app: Flask, world: World, tmp_path: Path, engine: str, sign_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_volume(16 if engine == "sqlite" else 200) as volume:
        _say(volume, capsys)
        if not volume.real:
            {"sqlite": test_disk_full.data_by_limit, "postgresql": test_disk_full.data_by_error}[engine](
                app, world, sign_in
            )
            return
        plan_id = filed(world, ("A1", 100))
        with _moved(app, engine, volume, tmp_path) as site, _at_work(site) as clerk:
            before = _begin(clerk, world)
            volume.fill(leave=0)
            tried = [_begin(clerk, world) for _ in range(60)]
            tried.extend(_submit(clerk, plan_id) for _ in range(3))
            _judge(tried)
            assert clerk.get("/plans").status == 200
            volume.free()
            _all_is_there(site, [before, *tried, after := _begin(clerk, world)])
            assert after.status == 302, site.said()
            assert tried[-1].status == 302 or _submit(clerk, plan_id).status == 302, site.said()
            _sound(site)


def test_a_full_volume_of_files(
    app: Flask, world: World, tmp_path: Path, site: Site, sign_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_volume(4, site.data / "files") as volume:
        _say(volume, capsys)
        if not volume.real:
            test_disk_full.files_by_limit(app, world, sign_in)
            return
        plan_id = filed(world, ("A1", 100))
        line = plan(plan_id).lines[0].id
        shutil.copytree(app.extensions["files"].folder, volume.folder, dirs_exist_ok=True)
        db.session.remove()
        with _at_work(site) as clerk:
            volume.fill(leave=500_000)
            tried = [_upload(clerk, plan_id, line, number) for number in range(12)]
            _judge(tried)
            assert tried[0].status == 302
            assert list(volume.folder.rglob("part-*")) == []
            volume.free()
            assert _upload(clerk, plan_id, line, 99).status == 302, site.said()
            kept = sum(answer.status == 302 for answer in tried) + 2  # and the invoice of the beginning
            assert Books(site.url).rows("SELECT COUNT(*) FROM paper") == [(kept,)]
            _sound(site)


def _say(volume: Volume, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        way = "a tmpfs" if volume.real else "limits of this process: mounting is not allowed here"
        print(f"\nno room left: on {way}")  # noqa: T201  which way the test took


@contextmanager
def _moved(app: Flask, engine: str, volume: Volume, tmp_path: Path) -> Iterator[Site]:
    """Servers whose database lies on the volume: SQLite's whole data folder, PostgreSQL's own cluster."""
    source = str(app.config["SQLALCHEMY_DATABASE_URI"])
    files = Path(app.extensions["files"].folder)
    db.session.remove()
    db.engine.dispose()
    with _database(engine, source, volume.folder) as url:
        site = Site(volume.folder if engine == "sqlite" else tmp_path / "served", url)
        shutil.copytree(files, site.data / "files")
        try:
            yield site
        finally:
            site.stop()


@contextmanager
def _database(engine: str, source: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        shutil.copy(source.removeprefix("sqlite:///"), folder / "test.db")
        yield f"sqlite:///{folder / 'test.db'}"
        return
    lasting = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on")
    with running_postgres(folder, **lasting, min_wal_size="32MB", max_wal_size="48MB") as admin:
        old, new = (
            make_url(url).set(drivername="postgresql", username="postgres", database=name)
            for url, name in ((source, make_url(source).database), (admin, "postgres"))
        )
        _pour(["pg_dumpall", "--roles-only", "-d", old.render_as_string()], new.render_as_string())
        _pour(["pg_dump", "-C", "-d", old.render_as_string()], new.render_as_string())
        yield make_url(source).set(port=new.port).render_as_string()


def _pour(command: list[str], target: str) -> None:
    dumped = subprocess.run([str(program(command[0])), *command[1:]], capture_output=True, check=True).stdout
    subprocess.run([str(program("psql")), "-q", "-d", target], input=dumped, capture_output=True, check=True)


@contextmanager
def _at_work(site: Site) -> Iterator[Visitor]:
    clerk = Visitor(site.start().port, "lin")
    try:
        clerk.sign_in()
        yield clerk
    finally:
        clerk.hang_up()


def _begin(clerk: Visitor, world: World) -> Answer:
    return clerk.post("/plans/new", unit=world.units["201003"], month="2026-12")


def _submit(clerk: Visitor, plan_id: UUID) -> Answer:
    version = re.search(r'name="version"[^>]*value="(\d+)"', clerk.get(f"/plans/{plan_id}/check").text)
    return clerk.post(f"/plans/{plan_id}/submit", version=version[1] if version else "")


def _upload(clerk: Visitor, plan_id: UUID, line: int, number: int) -> Answer:
    data = PNG + bytes([number]) * 100_000
    return clerk.upload(f"/plans/{plan_id}/papers", "发票.png", data, kind="11", lines=str(line))


def _judge(tried: list[Answer]) -> None:
    """Done or refused in words, and some of each would be missing if the volume had not been full."""
    assert {answer.status for answer in tried} <= {302, 507}, [answer.text[-600:] for answer in tried][-1]
    refused = [answer for answer in tried if answer.status == 507]
    assert refused
    assert all(_FULL in answer.text for answer in refused)


def _all_is_there(site: Site, tried: list[Answer]) -> None:
    begun = {
        answer.location.split("/")[2].replace("-", "") for answer in tried if answer.location.startswith("/plans/")
    }
    stored = {one for (one,) in Books(site.url).rows("SELECT id FROM plan")}
    assert begun <= stored
    assert len(stored) <= len(begun) + 1  # and the plan of the beginning


def _sound(site: Site) -> None:
    assert books.faults(site.url, site.data / "files") == []
    assert site.audit() == []
