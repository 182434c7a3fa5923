"""The words of a page with their places, for the viewer to search and mark: lines in thousandths of the page. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from vouchers.readers.layout import Line, Sheet, lines_of

_FINE: Final = 1000
_MOST_LINES: Final = 2000
_MOST_CHARS: Final = 1000
_LONGEST: Final = 600_000
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")


def words_of(sheet: Sheet) -> str:
    """The lines from top to bottom as JSON: `[text, top, bottom, [left of each character, right of the last]]`."""
    if sheet.width <= 0 or sheet.height <= 0:
        return "[]"
    return _written([line for each in lines_of(sheet)[:_MOST_LINES] if (line := _line(each)) is not None])


def _line(line: Line) -> list[object] | None:
    box = line.box(0, len(line.text))
    if box is None:
        return None
    return [line.text, box.top, box.bottom, list(_edges(line))]


def _edges(line: Line) -> Iterator[int]:
    """A blank begins where the character before it ends."""
    right = 0
    for place in line.places:
        if place is not None:
            yield _within(place.left, line.sheet.width)
            right = _within(place.right, line.sheet.width)
        else:
            yield right
    yield right


def _within(place: int, width: int) -> int:
    return min(max(place * _FINE // width, 0), _FINE)


def checked_words(content: bytes) -> str:
    """Words out of a process that a file may have taken over. Raises ValueError for what are none."""
    if len(content) > _LONGEST:
        raise ValueError("too long")
    try:
        lines = json.loads(content)
    except RecursionError as deep:
        raise ValueError("no words") from deep
    if not isinstance(lines, list) or len(lines) > _MOST_LINES or not all(map(_is_line, lines)):
        raise ValueError("no words")
    return _written(lines)


def _is_line(line: Any) -> bool:
    match line:
        case [str(text), int(top), int(bottom), [*edges]]:
            sound = 0 < len(text) <= _MOST_CHARS and not _UNKEPT.search(text) and len(edges) == len(text) + 1
            return sound and all(type(side) is int and 0 <= side <= _FINE for side in (top, bottom, *edges))
    return False


def _written(lines: list[list[object]]) -> str:
    return json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
