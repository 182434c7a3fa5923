"""Uploads in parts on the disk: they grow from where they are, belong to one person, and do not stay for ever."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, cast
from uuid import uuid4

import pytest

from core import parts as uploads
from core.errors import Missing
from core.parts import Elsewhere, Garbled, Part, Parts, Taken
from tests.core.test_blobs import Torn

NOW = datetime.now(UTC)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path / "uploads")


def content(parts: Parts, part: Part) -> bytes:
    with parts.opened(part) as file:
        return file.read()


def summed(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def test_an_upload_grows_part_by_part_works(parts: Parts) -> None:
    part = parts.begin(7, "plan", "合同.pdf", 10)
    assert parts.append(part, 0, BytesIO(b"hello")) == 5
    again = Parts(parts.folder).get(part.id, 7, "plan")  # as after a restart
    assert (again, parts.offset(again)) == (part, 5)
    assert parts.append(again, 5, BytesIO(b"world"), summed(b"world")) == 10
    assert content(parts, part) == b"helloworld"


def test_a_part_for_another_place_is_refused_and_changes_nothing(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 10)
    parts.append(part, 0, BytesIO(b"hello"))
    for offset in (0, 4, 6):
        with pytest.raises(Elsewhere):
            parts.append(part, offset, BytesIO(b"world"))
    assert content(parts, part) == b"hello"


@pytest.mark.parametrize("checksum", [summed(b"other"), summed(b"other", "sha1"), "sha256 no base64!", "sha256"])
def test_a_part_that_is_not_what_its_checksum_says_is_not_kept(parts: Parts, checksum: str) -> None:
    part = parts.begin(7, "plan", "a.pdf", 10)
    parts.append(part, 0, BytesIO(b"hello"), summed(b"hello", "sha1"))
    with pytest.raises(Garbled):
        parts.append(part, 5, BytesIO(b"world"), checksum)
    assert content(parts, part) == b"hello"


def test_more_than_was_announced_is_not_kept(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 6)
    parts.append(part, 0, BytesIO(b"hello"))
    with pytest.raises(Garbled):
        parts.append(part, 5, BytesIO(b"world"))
    assert parts.offset(part) == 5


def test_what_a_broken_line_has_brought_is_kept(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 20)
    with pytest.raises(OSError, match="gone"):
        parts.append(part, 0, cast(IO[bytes], Torn()))
    assert content(parts, part) == b"half of it"


def test_two_at_once_do_not_mix(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 10)

    class Meanwhile(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with pytest.raises(Taken):
                parts.append(part, 0, BytesIO(b"xxxxx"))
            return super().read(size)

    assert parts.append(part, 0, Meanwhile(b"hello")) == 5
    assert content(parts, part) == b"hello"


def test_nobody_elses_and_no_other_plans_upload_is_found(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 10)
    for upload_id, person_id, subject in ((part.id, 8, "plan"), (part.id, 7, "other"), (uuid4(), 7, "plan")):
        with pytest.raises(Missing):
            parts.get(upload_id, person_id, subject)


def test_what_was_discarded_or_swept_is_gone(parts: Parts) -> None:
    kept, old, dropped = (parts.begin(7, "plan", f"{n}.pdf", 10) for n in range(3))
    parts.discard(dropped)
    at = (NOW - timedelta(days=3)).timestamp()
    os.utime(parts.folder / f"7-{old.id.hex}.part", (at, at))
    assert parts.sweep(NOW - timedelta(days=1)) == 1
    assert parts.get(kept.id, 7, "plan") == kept
    for gone in (old, dropped):
        with pytest.raises(Missing):
            parts.get(gone.id, 7, "plan")
        with pytest.raises(Missing):
            parts.append(gone, 0, BytesIO(b"x"))
    assert len(list(parts.folder.iterdir())) == 2


def test_an_upload_that_is_over_leaves_its_note_for_a_day(parts: Parts) -> None:
    part = parts.begin(7, "plan", "a.pdf", 10)
    parts.close(part)
    assert parts.get(part.id, 7, "plan").is_over
    with pytest.raises(Missing):
        parts.offset(part)
    assert [parts.sweep(NOW + timedelta(days=days)) for days in (-1, 1)] == [0, 1]


def test_one_person_has_so_many_under_way_and_the_one_that_rested_longest_goes(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST", 2)
    other = parts.begin(8, "plan", "a.pdf", 10)
    first, second = parts.begin(7, "plan", "a.pdf", 10), parts.begin(7, "plan", "b.pdf", 10)
    at = (NOW - timedelta(hours=1)).timestamp()
    os.utime(parts.folder / f"7-{first.id.hex}.part", (at, at))
    third = parts.begin(7, "plan", "c.pdf", 10)
    assert [parts.get(part.id, 7, "plan") for part in (second, third)] == [second, third]
    assert parts.get(other.id, 8, "plan") == other
    with pytest.raises(Missing):
        parts.get(first.id, 7, "plan")
