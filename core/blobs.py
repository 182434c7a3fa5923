"""Files kept by the hash of their content: written to the end and synced before any row may name them."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Code, Model, Name, session, together
from core.errors import Missing, Refused

_PIECE = 1024 * 1024
# Rows that nothing names are taken away by one who is alone with this purpose.
SWEEPING = "sweep blobs"
_GONE = "文件不存在，可能已被清理，请联系系统管理员。"


class Blob(Model):
    """A stored file: its SHA-256, size in bytes and media type."""

    __tablename__ = "blob"

    digest: Mapped[Code] = mapped_column(primary_key=True)
    size: Mapped[int]
    media_type: Mapped[Name]  # the office formats have names of over 64 letters
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Stored:
    """What `put` wrote: the SHA-256 in hex and the size in bytes."""

    digest: str
    size: int


class LocalFiles:
    """A folder of files named by content. `put` leaves either the whole file or nothing of that name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO, limit: int) -> Stored:
        """Hash while writing to a temporary file, sync, rename, sync the folder.

        Raises `Refused` when the stream is longer than `limit` bytes, before it is read to its end.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix="part-", delete=False) as part:
            try:
                stored = _copy(stream, part, limit)
                part.flush()
                os.fsync(part.fileno())
                self._settle(Path(part.name), stored.digest)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        return stored

    def _settle(self, part: Path, digest: str) -> None:
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _held(self.folder, fcntl.LOCK_SH):
            part.replace(target)
        for folder in (target.parent, self.folder):
            _sync_folder(folder)

    def fault(self, digest: str, size: int) -> str:
        """What is wrong with a stored file, hashed again piece by piece; "" when nothing is."""
        hashed, length = hashlib.sha256(), 0
        try:
            for piece in self.pieces(digest):
                hashed.update(piece)
                length += len(piece)
        except Missing:
            return "文件不在了"
        return "" if (hashed.hexdigest(), length) == (digest, size) else "文件内容与摘要不符"

    def paths(self) -> list[Path]:
        """Every file that lies here, halves of uploads too."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def discard(self, path: Path, before: datetime) -> bool:
        """Delete the file if it was written before that moment. One that an upload writes again just now stays."""
        with _held(self.folder, fcntl.LOCK_EX):
            if not path.is_file() or path.stat().st_mtime >= before.timestamp():
                return False
            path.unlink()
            return True

    def path(self, digest: str) -> Path:
        """Where the content of this hash lies."""
        return self.folder / digest[:2] / digest

    def read(self, digest: str) -> bytes:
        """The whole content. Raises `Missing` when it is not here."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError as absent:
            raise Missing(_GONE) from absent

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The content in pieces of one megabyte, for streaming. Raises `Missing` before the first piece."""
        if not self.path(digest).is_file():
            raise Missing(_GONE)
        return self._pieces(digest)

    def _pieces(self, digest: str) -> Iterator[bytes]:
        with self.path(digest).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _copy(stream: BinaryIO, target: IO[bytes], limit: int) -> Stored:
    digest = hashlib.sha256()
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > limit:
            raise Refused(f"文件超过 {limit // _PIECE} MB，请压缩或拆分后再上传。")
        digest.update(piece)
        target.write(piece)
    return Stored(digest.hexdigest(), size)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    """Uploads hold the folder together, whoever deletes holds it alone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files() -> LocalFiles:
    """The file store of the running application."""
    store: LocalFiles = current_app.extensions["files"]
    return store


def keep(stored: Stored, media_type: str) -> None:
    """Name a stored file in the database, inside the caller's transaction; the same content is one row."""
    work = session()
    together(SWEEPING)
    if work.get(Blob, stored.digest) is None:
        work.add(Blob(digest=stored.digest, size=stored.size, media_type=media_type, created_at=clock.now()))
        work.flush()  # rows that point to this blob follow in the same transaction
