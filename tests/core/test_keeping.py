"""Stored files are hashed again when asked, and what nothing names goes after a day, however the uploads run."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from core import blobs, clock, jobs, keeping
from core.blobs import Blob
from core.db import session, transaction
from core.errors import Refused
from core.stores import Stored
from tests.stored import local
from tests.vouchers.samples import add, draft, papers, run_jobs
from tests.world import NOW, World

OLD = NOW - timedelta(days=3)


def stored(content: bytes, *, row: bool, old: bool) -> str:
    """A file that no paper names."""
    found = blobs.files().put(BytesIO(content), 100)
    if row:
        with clock.stopped(OLD if old else NOW), transaction():
            blobs.keep(found, "image/png")
    touched(local().path(found.digest), old=old)
    return found.digest


def touched(path: Path, *, old: bool) -> None:
    at = (OLD if old else NOW).timestamp()
    os.utime(path, (at, at))


def run(app: Flask, command: str) -> Any:
    return app.test_cli_runner().invoke(args=["blobs", command])


def known() -> set[str]:
    return set(session().scalars(select(Blob.digest)))


def lying() -> set[str]:
    return {entry.name for entry in blobs.files().entries()}


def test_verify_hashes_all_and_is_content_works(app: Flask, world: World) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines)
    run_jobs()
    said = run(app, "verify")
    assert (said.exit_code, said.output) == (0, "共 3 个文件，0 个有问题。\n")


def test_verify_names_what_is_damaged_or_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_PIECE", 1)
    damaged, gone = stored(b"one", row=True, old=False), stored(b"two", row=True, old=False)
    local().path(damaged).write_bytes(b"One")
    local().path(gone).unlink()
    said = run(app, "verify")
    assert said.exit_code == 1
    assert f"{damaged} 文件内容与摘要不符" in said.stderr
    assert f"{gone} 文件不在了" in said.stderr
    assert said.stdout.splitlines() == ["已核对 1/2 个文件", "已核对 2/2 个文件", "共 2 个文件，2 个有问题。"]


def test_the_sweep_takes_what_nothing_names_and_nothing_else_works(app: Flask, world: World) -> None:
    plan_id, lines = draft(world)
    with clock.stopped(OLD):
        add(world, plan_id, lines)
        run_jobs()
    for name in lying():
        touched(local().path(name), old=True)
    named = known()
    young = {stored(b"young row", row=True, old=False), stored(b"young file", row=False, old=False)}
    stored(b"old row", row=True, old=True)
    stored(b"old file", row=False, old=True)
    half = local().folder / "part-0"
    half.write_bytes(b"half")
    touched(half, old=True)
    said = run(app, "sweep")
    assert said.output.splitlines()[-1] == "共清理 1 条登记、3 个文件。"
    assert lying() == named | young
    assert known() <= named | young
    assert papers(plan_id)[0].blob_digest in known()
    assert run(app, "verify").exit_code == 0


def test_the_sweep_goes_on_until_nothing_is_left(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 2)
    for number in range(5):
        stored(b"%d" % number, row=True, old=True)
    assert keeping.sweep(lambda _: None) == (5, 5)
    assert (known(), lying()) == (set(), set())


def test_a_file_that_an_upload_writes_again_stays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep has read the table already when the same content comes again."""
    digest = stored(b"again", row=False, old=True)
    blobs.files().put(BytesIO(b"again"), 100)
    touched(local().path(digest), old=False)
    assert blobs.files().discard([digest], NOW - keeping.KEPT) == 0
    assert lying() == {digest}


def test_it_is_a_job_of_every_day(app: Flask) -> None:
    stored(b"old", row=True, old=True)
    assert jobs.daily(keeping.SWEEP, clock.today(), by=SYSTEM)
    run_jobs()
    job = jobs.latest(keeping.SWEEP, clock.today())
    assert job is not None
    assert job.answer == {"rows": 1, "files": 1}


def test_a_file_swept_away_before_its_row_is_told_at_once(app: Flask) -> None:
    found = blobs.files().put(BytesIO(b"content"), 100)
    assert blobs.files().discard([found.digest], clock.now() + timedelta(days=9000)) == 1
    with pytest.raises(Refused, match="请重新上传一次"), transaction():
        blobs.keep(found, "image/png")
    assert known() == set()


def test_a_row_that_comes_during_the_sweep_keeps_its_file(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload names an old stray file after the sweep has looked which are strays."""
    digest = stored(b"again", row=False, old=True)
    delete_stray = keeping._discard

    def late(names: list[str], before: datetime) -> int:
        with transaction():
            blobs.keep(Stored(digest, 5), "image/png")
        return delete_stray(names, before)

    monkeypatch.setattr(keeping, "_discard", late)
    assert keeping.sweep(lambda _: None) == (0, 0)
    assert lying() == {digest}
