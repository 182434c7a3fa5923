"""Canonical texts and their digests: SHA-256 for speed, SM3 (GB/T 32905) beside it for 密评."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime


def canonical(facts: Mapping[str, object]) -> str:
    """The one text of some facts: sorted keys, no blanks, NFC; whole numbers and texts only.

    Raises TypeError for anything else (a float's text is not the same everywhere).
    """
    return json.dumps(_plain(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, str):  # the leaves first, for nearly all are
        return _nfc(value)
    if isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {_nfc(str(key)): _plain(part) for key, part in value.items()}
    raise TypeError(f"{type(value).__name__} has no canonical text")


def _nfc(text: str) -> str:
    """The text in normal form C. Nearly every text is in it already, which is quicker to see than to bring about."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def sha256(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def sm3(text: str) -> str:
    """SM3 of the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.new("sm3", text.encode()).hexdigest()


def moment(at: datetime) -> str:
    """A moment as canonical texts have it: UTC with microseconds, 2026-11-20T02:00:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def merkle_root(leaves: Sequence[str]) -> str:
    """The root of the tree over these SHA-256 digests (RFC 6962: leaves and knots are hashed apart); any number."""
    row = [_leaf(leaf) for leaf in leaves]
    while len(row) > 1:
        row = _joined(row)
    return row[0].hex() if row else hashlib.sha256(b"").hexdigest()


def merkle_tops(leaves: Sequence[str], most: int) -> tuple[int, list[str]]:
    """The widest row of the tree with at most so many knots, and how many leaves each knot covers (the last, fewer)."""
    row, each = [_leaf(leaf) for leaf in leaves], 1
    while len(row) > most:
        row, each = _joined(row), each * 2
    return each, [knot.hex() for knot in row]


def merkle_path(leaves: Sequence[str], place: int) -> list[tuple[str, str]]:
    """What proves one leaf of the tree: from the bottom, on which side a digest is joined, and that digest."""
    row, path = [_leaf(leaf) for leaf in leaves], []
    while len(row) > 1:
        other = place ^ 1
        if other < len(row):
            path.append(("left" if other < place else "right", row[other].hex()))
        row, place = _joined(row), place // 2
    return path


def merkle_climb(leaf: str, path: Sequence[tuple[str, str]]) -> str:
    """The root that this leaf and its path lead to."""
    here = _leaf(leaf)
    for side, digest in path:
        other = bytes.fromhex(digest)
        here = _knot(other, here) if side == "left" else _knot(here, other)
    return here.hex()


def _joined(row: Sequence[bytes]) -> list[bytes]:
    """The row above: pairs joined, an odd last one carried up as it is."""
    pairs = [_knot(row[place], row[place + 1]) for place in range(0, len(row) - 1, 2)]
    return [*pairs, row[-1]] if len(row) % 2 else pairs


def _leaf(digest: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(digest)).digest()


def _knot(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
