"""How a file leaves the house: its name for every browser, and its bytes piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final
from urllib.parse import quote

from flask import Response

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE: Final = 256 * 1024


def disposition(name: str, plain: str, *, inline: bool = False) -> str:
    """RFC 6266: the Chinese name for every browser of today, a plain one for what is older."""
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def workbook_answer(file: IO[bytes], name: str, plain: str) -> Response:
    """A workbook that was written to a temporary file, sent in pieces; the file is closed (and gone) at the end."""
    size = file.seek(0, 2)
    file.seek(0)
    answer = Response(_pieces(file), mimetype=WORKBOOK)
    answer.content_length = size
    answer.headers["Content-Disposition"] = disposition(name, plain)
    answer.call_on_close(file.close)  # also when nobody reads it
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
