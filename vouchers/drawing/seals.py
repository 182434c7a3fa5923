"""The picture of an electronic seal (SES of GM/T 0031 and GB/T 38540): found in the signature's DER. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_SEQUENCE, _OCTETS, _INTEGER, _WORDS = 0x30, 0x04, 0x02, (0x16, 0x0C)
_CONSTRUCTED: Final = 0x20
_DEEPEST: Final = 12
_MOST_PARTS: Final = 5000


def picture_of(data: bytes) -> bytes:
    """The seal's picture, in whatever form it was made (PNG, GIF, an OFD …); empty when there is none."""
    try:
        return next(_pictures(data, _DEEPEST), b"")
    except ValueError:
        return b""


def _pictures(data: bytes, depth: int) -> Iterator[bytes]:
    """SESPictrueInfo: its form in letters, the picture, width and height."""
    parts = list(_parts(data))
    match [tag for tag, _ in parts]:
        case [form, 0x04, 0x02, 0x02, *_] if form in _WORDS:
            yield parts[1][1]
            return
    for tag, content in parts:
        if tag & _CONSTRUCTED and depth:
            yield from _pictures(content, depth - 1)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each part in a row. Raises ValueError for what is no DER."""
    at = count = 0
    while at < len(data):
        tag, length, start = _head(data, at)
        count += 1
        if start + length > len(data) or count > _MOST_PARTS:
            raise ValueError("no DER")
        yield tag, data[start : start + length]
        at = start + length


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    if at + 2 > len(data):
        raise ValueError("no DER")
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or tag & 0x1F == 0x1F:
            raise ValueError("no DER")
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    return tag, length, start
