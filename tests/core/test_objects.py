"""Files in a bucket: the promises of the folder, kept by an S3-compatible store that may be slow, away or forged."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

import pytest

from core import objects
from core.errors import Away, Missing, Refused
from core.objects import BucketFiles
from core.sealing import Sealing
from core.settings import Bucket
from core.stores import PIECE, Files
from tests import s3
from tests.core.test_blobs import Torn

LATER = datetime.now(UTC) + timedelta(days=2)
EARLIER = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def mock() -> Iterator[s3.MockS3]:
    with s3.serving() as server:
        yield server


def at(mock: s3.MockS3) -> Bucket:
    return Bucket(s3.BUCKET, "house/files", mock.endpoint, s3.REGION, s3.KEY, s3.SECRET)


def real() -> Bucket | None:
    """A server that somebody has started beside the tests, under a prefix that nobody has used."""
    parts = urlsplit(os.environ.get("YK_TEST_S3", ""))
    if not parts.hostname:
        return None
    prefix, origin = secrets.token_hex(8), f"http://{parts.hostname}:{parts.port}"
    return Bucket(parts.path.strip("/"), prefix, origin, s3.REGION, unquote(parts.username or ""), parts.password or "")


@pytest.fixture(params=["mock", "real"] if real() else ["mock"])
def bucket(request: pytest.FixtureRequest, mock: s3.MockS3) -> Bucket:
    return (real() if request.param == "real" else None) or at(mock)


@pytest.fixture
def files(bucket: Bucket) -> Files:
    return BucketFiles(bucket)


def test_a_file_is_kept_under_its_hash_works(files: Files) -> None:
    data = os.urandom(PIECE * 2 + 7)
    stored = files.put(BytesIO(data), 3 * PIECE)
    assert (stored.digest, stored.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert [len(piece) for piece in files.pieces(stored.digest)] == [PIECE, PIECE, 7]
    assert (files.read(stored.digest), files.fault(stored.digest, stored.size)) == (data, "")
    assert [entry.name for entry in files.entries()] == [stored.digest]
    assert files.holds(stored.digest)


def test_an_empty_file_is_a_file(files: Files) -> None:
    stored = files.put(BytesIO(b""), 10)
    assert (stored.size, files.read(stored.digest)) == (0, b"")


def test_the_same_content_is_sent_once_and_left_alone(mock: s3.MockS3) -> None:
    files = BucketFiles(at(mock))
    digest = files.put(BytesIO(b"same"), 10).digest
    before = mock.objects.copy()
    files.put(BytesIO(b"same"), 10)
    assert mock.objects == before
    mock.objects[f"house/files/{digest[:2]}/{digest}"] = (b"half", EARLIER)  # as long, so it is for the verification
    assert files.fault(digest, 4) == "文件内容与摘要不符"
    mock.objects[f"house/files/{digest[:2]}/{digest}"] = (b"ha", EARLIER)
    files.put(BytesIO(b"same"), 10)
    assert files.fault(digest, 4) == ""


def test_too_large_a_file_and_a_torn_one_leave_nothing(files: Files) -> None:
    with pytest.raises(Refused, match="文件超过 1 MB"):
        files.put(BytesIO(b"x" * (PIECE + 1)), PIECE)
    with pytest.raises(OSError, match="gone"):
        files.put(cast(BinaryIO, Torn()), PIECE)
    assert list(files.entries()) == []


def test_absent_content_is_missing(files: Files) -> None:
    assert not files.holds("0" * 64)
    assert files.fault("0" * 64, 1) == "文件不在了"
    with pytest.raises(Missing, match="文件不存在"):
        files.pieces("0" * 64)


def test_the_sweep_takes_old_ones_only(files: Files) -> None:
    names = [files.put(BytesIO(b"%d" % number), 10).digest for number in range(3)]
    assert files.discard(names, EARLIER) == 0
    assert files.discard([*names[:2], "0" * 64], LATER) == 2
    assert [entry.name for entry in files.entries()] == names[2:]


def test_sealed_files_lie_there_too_and_a_plain_one_is_sealed_by_its_next_upload(bucket: Bucket) -> None:
    plain, sealed = BucketFiles(bucket), BucketFiles(bucket, Sealing([secrets.token_bytes(32)]))
    data = os.urandom(PIECE + 5)
    digest = plain.put(BytesIO(data), 2 * PIECE).digest
    assert (sealed.read(digest), sealed.is_sealed(digest)) == (data, False)
    assert sealed.put(BytesIO(data), 2 * PIECE).digest == digest
    assert sealed.is_sealed(digest)
    assert sealed.read(digest) == data


def test_a_wrong_secret_gets_nothing(bucket: Bucket) -> None:
    stranger = BucketFiles(replace(bucket, secret_key="wrong"))
    with pytest.raises(Away):
        stranger.put(BytesIO(b"content"), 10)
    with pytest.raises(Away):
        stranger.holds("0" * 64)


def test_a_store_that_stumbles_is_asked_again(mock: s3.MockS3) -> None:
    files = BucketFiles(at(mock))
    mock.failing = 2
    digest = files.put(BytesIO(b"content"), 10).digest
    mock.failing = 2
    assert files.read(digest) == b"content"


def test_a_store_that_stays_away_is_a_sentence(mock: s3.MockS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_RETRIES", 1)
    files = BucketFiles(at(mock))
    mock.failing = 10
    with pytest.raises(Away, match="文件存储暂时连接不上"):
        files.put(BytesIO(b"content"), 10)
    mock.server_close()
    with pytest.raises(Away):
        files.read("0" * 64)


def test_a_file_replaced_while_it_is_read_is_not_mixed_up(mock: s3.MockS3) -> None:
    files = BucketFiles(at(mock))
    digest = files.put(BytesIO(bytes(2 * PIECE)), 2 * PIECE).digest
    pieces = files.pieces(digest)
    next(pieces)
    mock.objects[f"house/files/{digest[:2]}/{digest}"] = (b"other" * PIECE, EARLIER)
    with pytest.raises(Away):
        next(pieces)
