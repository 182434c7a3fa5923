"""Files kept by the hash of their content: written to the end and synced before any row may name them."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Code, Model, Name, session, together
from core.errors import Refused
from core.folders import LocalFiles
from core.settings import Settings
from core.stores import Files, Plain, Seals, Stored

# Rows that nothing names are taken away by one who is alone with this purpose.
SWEEPING: Final = "sweep blobs"


class Blob(Model):
    """A stored file: its SHA-256, size in bytes and media type."""

    __tablename__ = "blob"

    digest: Mapped[Code] = mapped_column(primary_key=True)
    size: Mapped[int]
    media_type: Mapped[Name]  # the office formats have names of over 64 letters
    created_at: Mapped[datetime]


def open_files(options: Settings) -> Files:
    """The store that the settings name. Raises RuntimeError when what it needs is not installed."""
    seals = _seals(options)
    if options.bucket is None:
        return LocalFiles(options.data / "files", seals)
    _check_installed("obstore", "YK_FILES")
    store: Files = import_module("core.objects").BucketFiles(options.bucket, seals)
    return store


def _seals(options: Settings) -> Seals:
    if options.files_key is None:
        return Plain()
    _check_installed("cryptography", "YK_FILES_KEY")
    sealing = import_module("core.sealing")
    seals: Seals = sealing.Sealing(sealing.read_masters(options.files_key))
    return seals


def _check_installed(package: str, setting: str) -> None:
    if find_spec(package) is None:
        raise RuntimeError(f"{setting} needs the package {package}: install the extra `files`")


def files() -> Files:
    """The file store of the running application."""
    store: Files = current_app.extensions["files"]
    return store


def keep(stored: Stored, media_type: str) -> None:
    """Name a stored file in the database, inside the caller's transaction; the same content is one row.

    Raises `Refused` when the sweep has taken the file away since it was put.
    """
    work = session()
    together(SWEEPING)
    if work.get(Blob, stored.digest) is None:
        if not files().holds(stored.digest):
            raise Refused("文件在保存的同时被清理了，请重新上传一次。")
        work.add(Blob(digest=stored.digest, size=stored.size, media_type=media_type, created_at=clock.now()))
        work.flush()  # rows that point to this blob follow in the same transaction
