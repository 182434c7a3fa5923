"""Files sealed at rest: what lies there is unreadable, any change of it is found, and master keys may be renewed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from core import blobs
from core.blobs import Blob
from core.db import session, transaction
from core.errors import Damaged, Refused
from core.folders import LocalFiles
from core.sealing import FRAME, Sealing, read_masters
from core.settings import Settings
from core.stores import SEALED

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
SIZES = (0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 7)
WRONG = "加密文件被改动或截断"


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files", Sealing([FIRST]))


def with_keys(files: LocalFiles, *masters: bytes) -> LocalFiles:
    return LocalFiles(files.folder, Sealing(masters))


@pytest.mark.parametrize("size", SIZES)
def test_a_sealed_file_reads_as_it_was_handed_in_works(files: LocalFiles, size: int) -> None:
    data = os.urandom(size)
    stored = files.put(BytesIO(data), 3 * FRAME)
    assert (stored.digest, stored.size) == (hashlib.sha256(data).hexdigest(), size)
    assert (files.read(stored.digest), files.fault(stored.digest, size)) == (data, "")
    assert all(len(piece) == FRAME for piece in list(files.pieces(stored.digest))[:-1])
    lying = files.path(stored.digest).read_bytes()
    assert lying.startswith(SEALED)
    assert size < 20 or data[:20] not in lying


def test_the_same_content_is_one_file_under_another_key_each_time(files: LocalFiles) -> None:
    first = files.put(BytesIO(b"same"), 10)
    lay = files.path(first.digest).read_bytes()
    assert files.put(BytesIO(b"same"), 10) == first
    assert files.path(first.digest).read_bytes()[-20:] != lay[-20:]
    assert len(list(files.entries())) == 1


def test_any_flipped_byte_is_found(files: LocalFiles) -> None:
    stored = files.put(BytesIO(b"the invoice"), 100)
    path = files.path(stored.digest)
    whole = path.read_bytes()
    for place in range(len(SEALED), len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Damaged):
            files.read(stored.digest)
    for place in range(len(SEALED)):  # then it is no sealed file any more, and its digest is wrong
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert files.fault(stored.digest, stored.size) == "文件内容与摘要不符"
    path.write_bytes(whole)
    assert files.read(stored.digest) == b"the invoice"


def test_cut_lengthened_doubled_and_reordered_frames_are_found(files: LocalFiles) -> None:
    stored = files.put(BytesIO(os.urandom(3 * FRAME)), 3 * FRAME)
    path, frame = files.path(stored.digest), FRAME + 16
    whole = path.read_bytes()
    head, body = whole[: -3 * frame], whole[-3 * frame :]
    one, two, three = (body[at : at + frame] for at in (0, frame, 2 * frame))
    for changed in (one + two, two + one + three, one + three + two, one + one + three, body + three, body[:-1], b""):
        path.write_bytes(head + changed)
        assert files.fault(stored.digest, stored.size) == WRONG
    path.write_bytes(head[:30])
    assert files.fault(stored.digest, stored.size) == WRONG


def test_a_sealed_file_cannot_stand_in_for_another(files: LocalFiles) -> None:
    one, two = files.put(BytesIO(b"one"), 10), files.put(BytesIO(b"two"), 10)
    files.path(one.digest).write_bytes(files.path(two.digest).read_bytes())
    with pytest.raises(Damaged, match=WRONG):
        files.pieces(one.digest)


def test_plain_files_of_before_stay_readable_and_are_sealed_on_demand(files: LocalFiles) -> None:
    plain = LocalFiles(files.folder)
    stored = plain.put(BytesIO(b"of before"), 100)
    assert (files.read(stored.digest), files.fault(stored.digest, stored.size)) == (b"of before", "")
    assert [files.seal(stored.digest, stored.size) for _ in range(2)] == [True, False]
    assert (files.is_sealed(stored.digest), files.read(stored.digest)) == (True, b"of before")
    with pytest.raises(Damaged, match="没有配置密钥"):
        plain.read(stored.digest)


def test_a_damaged_plain_file_is_not_sealed(files: LocalFiles) -> None:
    stored = LocalFiles(files.folder).put(BytesIO(b"of before"), 100)
    files.path(stored.digest).write_bytes(b"Of before")
    with pytest.raises(Damaged, match="文件内容与摘要不符"):
        files.seal(stored.digest, stored.size)
    assert files.path(stored.digest).read_bytes() == b"Of before"
    assert len(list(files.entries())) == 1


def test_nobody_hands_in_what_would_pass_for_a_sealed_file(files: LocalFiles) -> None:
    with pytest.raises(Refused, match="加密文件"):
        LocalFiles(files.folder).put(BytesIO(SEALED + b"anything"), 100)
    assert list(files.entries()) == []


def test_a_new_master_key_takes_the_files_over_without_encrypting_them_anew(files: LocalFiles) -> None:
    stored = files.put(BytesIO(b"content"), 100)
    before = files.path(stored.digest).read_bytes()
    both, new = with_keys(files, SECOND, FIRST), with_keys(files, SECOND)
    assert both.read(stored.digest) == b"content"
    with pytest.raises(Damaged, match="没有它的主密钥"):
        new.read(stored.digest)
    assert [both.rewrap(stored.digest) for _ in range(2)] == [True, False]
    assert new.read(stored.digest) == b"content"
    assert files.path(stored.digest).read_bytes()[-23:] == before[-23:]
    with pytest.raises(Damaged, match="没有它的主密钥"):
        files.read(stored.digest)


def test_the_file_of_keys_is_read_newest_first_and_nonsense_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{SECOND.hex()}\n{FIRST.hex()}\n", encoding="ascii")
    assert read_masters(path) == [SECOND, FIRST]
    for wrong in ("", "\n", "password\n", SECOND.hex()[:-1], f"{FIRST.hex()}\nxx\n"):
        path.write_text(wrong, encoding="ascii")
        with pytest.raises(ValueError, match="holds no master keys"):
            read_masters(path)


def sealed_house(app: Flask, *masters: bytes) -> Flask:
    """The same house, opened again with these master keys."""
    options: Settings = app.extensions["settings"]
    path = options.data / "keys"
    path.write_text("\n".join(master.hex() for master in masters), encoding="ascii")
    app.extensions["settings"] = replace(options, files_key=path)
    app.extensions["files"] = blobs.open_files(app.extensions["settings"])
    return app


def stored(*contents: bytes) -> None:
    for content in contents:
        with transaction():
            blobs.keep(blobs.files().put(BytesIO(content), 100), "image/png")


def run(app: Flask, command: str) -> tuple[int, str]:
    said = app.test_cli_runner().invoke(args=["blobs", command])
    return said.exit_code, said.output


def test_a_house_seals_its_old_files_and_renews_its_master_key(app: Flask) -> None:
    stored(b"one", b"two")
    assert run(app, "seal")[0] == 1  # no key is configured
    house = sealed_house(app, FIRST)
    stored(b"three")
    assert run(house, "verify") == (0, "共 3 个文件，0 个有问题。\n")
    assert run(house, "seal") == (0, "新加密 2 个文件，0 个有问题。\n")
    renewed = sealed_house(app, SECOND, FIRST)
    assert run(renewed, "rewrap") == (0, "3 个文件的密钥改由新的主密钥加密，0 个有问题。\n")
    assert run(renewed, "rewrap") == (0, "0 个文件的密钥改由新的主密钥加密，0 个有问题。\n")
    assert run(sealed_house(app, SECOND), "verify") == (0, "共 3 个文件，0 个有问题。\n")


def test_a_house_without_the_old_master_key_says_which_files_it_cannot_open(app: Flask) -> None:
    sealed_house(app, FIRST)
    stored(b"one")
    digest = session().scalars(select(Blob.digest)).one()
    house = sealed_house(app, SECOND)
    for command in ("verify", "rewrap"):
        code, said = run(house, command)
        assert code == 1
        assert f"{digest} 没有它的主密钥" in said
