"""Uploads that come in parts: each a growing file on the disk, which a broken line and a restart leave as it is.

How much has come is the length of the file itself; what it is called and how long it will be stands in a note beside
it. Both are named after whose upload it is, so nobody finds another's.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from uuid import UUID, uuid4

from flask import current_app

from core.errors import Missing

# One person's uploads under way; a further one takes the place of the one that has rested longest.
MOST: Final = 20
ALGORITHMS: Final = ("sha256", "sha1")
_PIECE: Final = 256 * 1024


class Elsewhere(Exception):  # noqa: N818  an answer, not an error
    """The part does not begin where the upload has come to."""


class Taken(Exception):  # noqa: N818  an answer, not an error
    """Another request is writing to this upload just now."""


class Garbled(Exception):  # noqa: N818  an answer, not an error
    """The part is not what its checksum says, or longer than what was announced; nothing of it was kept."""


@dataclass(frozen=True)
class Part:
    """An upload under way: whose, for what, what the file is called, how many bytes it will have; or it is over."""

    id: UUID
    person_id: int
    subject: str
    name: str
    length: int
    is_over: bool = False


class Parts:
    """A folder of uploads under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, person_id: int, subject: object, name: str, length: int) -> Part:
        """Announce a file."""
        part = Part(uuid4(), person_id, str(subject), name, length)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_room(person_id)
        self._file(part).touch(mode=0o600)
        self._write_note(part)
        return part

    def get(self, upload_id: UUID, person_id: int, subject: object) -> Part:
        """The upload that this person has begun for this subject. Raises `Missing`."""
        try:
            said = json.loads(self._note(person_id, upload_id).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as absent:  # a note that a power failure has cut is none
            raise Missing() from absent
        if said["subject"] != str(subject):
            raise Missing()
        return Part(upload_id, person_id, said["subject"], said["name"], said["length"], said["is_over"])

    def offset(self, part: Part) -> int:
        """How many bytes have come."""
        with _found():
            return self._file(part).stat().st_size

    def append(self, part: Part, offset: int, stream: IO[bytes], checksum: str = "") -> int:
        """Write on from `offset`, durably, and give where it ends now. What a broken line has brought is kept.

        `checksum` is "sha256 …" or "sha1 …" in Base64. Raises `Taken`, `Elsewhere` or `Garbled`.
        """
        with self._alone(part) as file:
            begin = file.seek(0, os.SEEK_END)
            if begin != offset:
                raise Elsewhere
            try:
                self._write(file, part.length - begin, stream, checksum)
            except Garbled:
                file.truncate(begin)
                raise
            finally:
                file.flush()
                os.fsync(file.fileno())
            return file.tell()

    def _write(self, file: IO[bytes], most: int, stream: IO[bytes], checksum: str) -> None:
        named, _, told = checksum.partition(" ")
        hashed = hashlib.new(named or ALGORITHMS[0], usedforsecurity=False)
        while piece := stream.read(min(_PIECE, most + 1)):
            most -= len(piece)
            if most < 0:
                raise Garbled
            hashed.update(piece)
            file.write(piece)
        if checksum and hashed.digest() != _decoded(told):
            raise Garbled

    @contextmanager
    def opened(self, part: Part) -> Iterator[IO[bytes]]:
        """What has come, from the beginning."""
        with _found(), self._file(part).open("rb") as file:
            yield file

    def close(self, part: Part) -> None:
        """What has come was taken over; the note stays for whoever has not heard the answer."""
        self._write_note(replace(part, is_over=True))
        self._file(part).unlink(missing_ok=True)

    def discard(self, part: Part) -> None:
        """Forget it."""
        self._drop(self._note(part.person_id, part.id))

    def sweep(self, before: datetime) -> int:
        """Forget all that have rested since before that moment; how many."""
        resting = [note for note in self.folder.glob("*.json") if _rested(note) < before.timestamp()]
        for note in resting:
            self._drop(note)
        return len(resting)

    def _make_room(self, person_id: int) -> None:
        own = sorted(self.folder.glob(f"{person_id}-*.json"), key=_rested)
        for note in own[: max(0, len(own) - MOST + 1)]:
            self._drop(note)

    def _drop(self, note: Path) -> None:
        """The note goes last: what has no note is never found."""
        note.with_suffix(".part").unlink(missing_ok=True)
        note.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, part: Part) -> Iterator[IO[bytes]]:
        with _found(), self._file(part).open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                raise Taken from busy
            yield file

    def _write_note(self, part: Part) -> None:
        """Whole or not at all: a note that is read while it is written would be none."""
        note = self._note(part.person_id, part.id)
        fresh = note.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(part), default=str), encoding="utf-8")
        fresh.replace(note)

    def _note(self, person_id: int, upload_id: UUID) -> Path:
        return self.folder / f"{person_id}-{upload_id.hex}.json"

    def _file(self, part: Part) -> Path:
        return self._note(part.person_id, part.id).with_suffix(".part")


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as absent:
        raise Missing() from absent


def _rested(note: Path) -> float:
    """When something came last, or it was over."""
    for path in (note.with_suffix(".part"), note):
        with suppress(FileNotFoundError):
            return path.stat().st_mtime
    return 0.0


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def parts() -> Parts:
    """The uploads under way of the running application."""
    found: Parts = current_app.extensions["parts"]
    return found
