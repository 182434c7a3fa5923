"""Files by content: whole or not at all, the same content once, and never larger than allowed."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from flask import Flask
from sqlalchemy import select

from core import blobs
from core.blobs import Blob
from core.db import session, transaction
from core.errors import Missing, Refused
from core.folders import LocalFiles

MEGABYTE = 1024 * 1024


class Torn:
    """A stream that breaks off in the middle, as when the browser goes away or the power fails."""

    def __init__(self) -> None:
        self.pieces = [b"half of it"]

    def read(self, _size: int) -> bytes:
        if self.pieces:
            return self.pieces.pop()
        raise OSError("gone")


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files")


def names(files: LocalFiles) -> list[str]:
    return sorted(path.name for path in files.folder.rglob("*") if path.is_file())


def test_a_file_is_kept_under_its_hash_works(files: LocalFiles) -> None:
    data = os.urandom(MEGABYTE * 2 + 7)
    stored = files.put(BytesIO(data), 3 * MEGABYTE)
    assert stored.digest == hashlib.sha256(data).hexdigest()
    assert stored.size == len(data)
    assert files.read(stored.digest) == data
    assert [len(piece) for piece in files.pieces(stored.digest)] == [MEGABYTE, MEGABYTE, 7]
    assert files.path(stored.digest) == files.folder / stored.digest[:2] / stored.digest


def test_the_same_content_is_one_file(files: LocalFiles) -> None:
    first, second = files.put(BytesIO(b"same"), 10), files.put(BytesIO(b"same"), 10)
    assert first == second
    assert names(files) == [first.digest]


def test_an_empty_file_is_a_file(files: LocalFiles) -> None:
    stored = files.put(BytesIO(b""), 10)
    assert (stored.size, files.read(stored.digest)) == (0, b"")


def test_a_file_as_large_as_allowed_is_taken_and_one_byte_more_leaves_nothing(files: LocalFiles) -> None:
    files.put(BytesIO(b"x" * MEGABYTE), MEGABYTE)
    before = names(files)
    with pytest.raises(Refused, match="文件超过 1 MB，请压缩或拆分后再上传。"):
        files.put(BytesIO(b"x" * (MEGABYTE + 1)), MEGABYTE)
    assert names(files) == before


def test_too_large_a_file_is_not_read_to_its_end(files: LocalFiles) -> None:
    stream = BytesIO(b"x" * (10 * MEGABYTE))
    with pytest.raises(Refused):
        files.put(stream, MEGABYTE)
    assert stream.tell() == 2 * MEGABYTE


def test_a_torn_upload_leaves_no_half_file(files: LocalFiles) -> None:
    with pytest.raises(OSError, match="gone"):
        files.put(cast(BinaryIO, Torn()), MEGABYTE)
    assert names(files) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_no_half_file(files: LocalFiles, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    owner: object = os if call == "fsync" else Path
    monkeypatch.setattr(owner, call, fail)
    with pytest.raises(OSError, match="disk full"):
        files.put(BytesIO(b"content"), MEGABYTE)
    monkeypatch.undo()
    assert names(files) == []


def test_the_content_is_synced_before_it_gets_its_name(files: LocalFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        done.append("sync")
        sync(handle)

    def noted_rename(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    files.put(BytesIO(b"content"), MEGABYTE)
    assert done == ["sync", "rename", "sync", "sync"]


def test_absent_content_is_missing(files: LocalFiles) -> None:
    with pytest.raises(Missing, match="文件不存在"):
        files.read("0" * 64)


def test_the_same_content_is_one_row(app: Flask) -> None:
    stored = blobs.files().put(BytesIO(b"same"), 10)
    for _ in range(2):
        with transaction():
            blobs.keep(stored, "image/png")
    rows = session().scalars(select(Blob)).all()
    assert [(row.digest, row.size, row.media_type) for row in rows] == [(stored.digest, 4, "image/png")]
    assert blobs.files() is app.extensions["files"]
