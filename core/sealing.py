"""Files sealed at rest: AES-256-GCM under a key of their own, which a master key locks up in the head of the file.

    head   mark 16 · master's name 8 · nonce 12 · key locked up 48 · size of the content 8
    frame  a megabyte of content, encrypted, and its tag of 16 bytes; the last is shorter and says that it is the last

A frame's nonce is its number and whether it is the last, so none can be changed, left out, doubled or moved. The lock
is bound to the digest and the size of the content, so no file can stand in for another. See decision 14.
"""

from __future__ import annotations

import re
import secrets
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import Damaged
from core.stores import SEALED, Reader, Stored, Writer

FRAME: Final = 1024 * 1024
_TAG: Final = 16
_HEAD: Final = struct.Struct(">16s8s12s48sQ")
_LINE: Final = re.compile(r"[0-9a-f]{64}")
_CHANGED: Final = "加密文件被改动或截断"


class Sealing:
    """Seals with the first master key; opens with any of them."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        self._masters = {_named(master): AESGCM(master) for master in masters}
        self._newest = _named(masters[0])

    def writer(self, target: IO[bytes]) -> Writer:
        """Seals into the target what is written to it."""
        return _SealWriter(target, self)

    def pieces(self, reader: Reader, digest: str) -> Iterator[bytes]:
        """The content, frame by frame."""
        key, size = self._opened(reader, digest)
        last = _last_frame(size)
        if reader.size != _HEAD.size + size + _TAG * (last + 1):
            raise Damaged(_CHANGED)
        cipher = AESGCM(key)
        for number in range(last + 1):
            sealed = reader.at(_HEAD.size + number * (FRAME + _TAG), FRAME + _TAG)
            try:
                piece = cipher.decrypt(_nonce(number, is_last=number == last), sealed, None)
            except InvalidTag as broken:
                raise Damaged(_CHANGED) from broken
            if piece:
                yield piece

    def renewed(self, reader: Reader, digest: str) -> bytes | None:
        """The head under the newest master key; None when it is so already."""
        if _read_head(reader)[1] == self._newest:
            return None
        key, size = self._opened(reader, digest)
        return self.head(key, Stored(digest, size))

    def head(self, key: bytes, stored: Stored) -> bytes:
        """What a sealed file begins with."""
        nonce, about = secrets.token_bytes(12), _about(self._newest, stored.digest, stored.size)
        locked = self._masters[self._newest].encrypt(nonce, key, about)
        return _HEAD.pack(SEALED, self._newest, nonce, locked, stored.size)

    def _opened(self, reader: Reader, digest: str) -> tuple[bytes, int]:
        """The file's own key and the size of its content."""
        _, named, nonce, locked, size = _read_head(reader)
        master = self._masters.get(named)
        if master is None:
            raise Damaged(f"没有它的主密钥 {named.hex()}")
        try:
            return master.decrypt(nonce, locked, _about(named, digest, size)), size
        except InvalidTag as broken:
            raise Damaged(_CHANGED) from broken


class _SealWriter:
    """Holds back what may be the last frame; the head, which tells the digest, is written when all is known."""

    def __init__(self, target: IO[bytes], sealing: Sealing) -> None:
        self._target, self._sealing = target, sealing
        self._key = AESGCM.generate_key(bit_length=256)
        self._cipher = AESGCM(self._key)
        self._held = bytearray()
        self._number = 0
        target.write(bytes(_HEAD.size))

    def write(self, piece: bytes, /) -> None:
        self._held += piece
        while len(self._held) > FRAME:
            self._frame(bytes(self._held[:FRAME]), is_last=False)
            del self._held[:FRAME]

    def finish(self, stored: Stored) -> None:
        self._frame(bytes(self._held), is_last=True)
        self._target.seek(0)
        self._target.write(self._sealing.head(self._key, stored))

    def _frame(self, content: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), content, None))
        self._number += 1


def read_masters(path: Path) -> list[bytes]:
    """The master keys of a file, one a line as 64 hex digits, the newest first. Raises ValueError when it has none."""
    lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    if not lines or not all(_LINE.fullmatch(line) for line in lines):
        raise ValueError(f"{path} holds no master keys: one a line, each of 64 hex digits")
    return [bytes.fromhex(line) for line in lines]


def _named(master: bytes) -> bytes:
    """What a master key is called in the heads; it tells nothing about the key."""
    return sha256(b"usage plans, master key of files" + master).digest()[:8]


def _about(named: bytes, digest: str, size: int) -> bytes:
    return b"".join((SEALED, named, size.to_bytes(8, "big"), digest.encode()))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _last_frame(size: int) -> int:
    return max(0, size - 1) // FRAME


def _read_head(reader: Reader) -> tuple[bytes, bytes, bytes, bytes, int]:
    found = reader.at(0, _HEAD.size)
    if len(found) < _HEAD.size:
        raise Damaged(_CHANGED)
    mark, named, nonce, locked, size = _HEAD.unpack(found)
    return mark, named, nonce, locked, size
