"""Rows of words flowing down pages: columns, wrapped cells, rules between them. For what has no pages of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vouchers.drawing.canvas import Canvas, Colour, Glyph, Ink

MARGIN: Final = 15.0
_PAD: Final = 0.8
_LINE: Final = 1.45
_GREY: Final[Colour] = (0.72, 0.72, 0.72)
_RULE: Final = 0.15
# Of one cell; what is longer is read in the original.
_MOST_CHARS: Final = 2000
_MOST_LINES: Final = 30
_INK: Final = Ink(fill=(0.1, 0.1, 0.1))
_MORE_WIDE: Final = 150.0
_CUT: Final = "……（略）"
# What is longer is read in the original: every page begins the layout anew.
MOST_PAGES: Final = 20
_MORE: Final = "内容较多，这里只显示前面的部分，其余请下载原件查看。"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells beside each other: their words and widths in millimetres; `right` numbers those set to the right."""

    cells: tuple[str, ...]
    widths: tuple[float, ...]
    size: float = 3.2
    bold: bool = False
    ruled: bool = False
    centred: bool = False
    right: frozenset[int] = frozenset()


def pages_of(rows: Iterable[Row], height: float) -> Iterator[list[tuple[float, Row]]]:
    """The rows page by page, each with its height on the page; as many pages as anybody reads."""
    page: list[tuple[float, Row]] = []
    down, count = MARGIN, 1
    for row in rows:
        high = height_of(row)
        if page and down + high > height - MARGIN:
            if count == MOST_PAGES:
                yield [*page, (height - MARGIN, Row((_MORE,), (_MORE_WIDE,), 2.8))]
                return
            yield page
            page, down, count = [], MARGIN, count + 1
        page.append((down, row))
        down += high
    if page:
        yield page


def draw(page: Sequence[tuple[float, Row]], width: float, height: float) -> bytes:
    """One page as a PDF."""
    canvas = Canvas(width, height)
    for down, row in page:
        _draw_row(canvas, down, row)
    return canvas.pdf()


def _draw_row(canvas: Canvas, down: float, row: Row) -> None:
    left, high = MARGIN, height_of(row)
    for index, (words, wide) in enumerate(zip(row.cells, row.widths, strict=True)):
        if row.ruled:
            corners = (("m", (left, down)), ("l", (left + wide, down)), ("l", (left + wide, down + high)),
                       ("l", (left, down + high)), ("h", ()))  # fmt: skip
            canvas.paint(corners, Ink(stroke=_GREY, width=_RULE))
        for number, line in enumerate(lines_of(words, wide - 2 * _PAD, row.size)):
            rest = wide - 2 * _PAD - length_of(line, row.size)
            inset = rest / 2 if row.centred else rest if index in row.right else 0.0
            baseline = down + _PAD + row.size * (1 + number * _LINE)
            glyphs = _glyphs(line, left + _PAD + max(inset, 0.0), baseline, row.size)
            canvas.write(glyphs, row.size, _INK, bold=row.bold)
        left += wide


def _glyphs(line: str, x: float, y: float, size: float) -> Iterator[Glyph]:
    for char in line:
        room = wide(char) * size
        if char.strip():
            yield Glyph(char, x, y, room)
        x += room


def height_of(row: Row) -> float:
    """How high a row is: as its longest cell."""
    cells = zip(row.cells, row.widths, strict=True)
    most = max(len(lines_of(words, wide - 2 * _PAD, row.size)) for words, wide in cells)
    return 2 * _PAD + row.size * (1 + _LINE * (most - 1) + 0.3)


def wide(char: str) -> float:
    """A character's width by its height: Latin ones are half as wide."""
    return 0.5 if ord(char) < 0x2000 else 1.0


def length_of(line: str, size: float) -> float:
    """Millimetres."""
    return sum(map(wide, line)) * size


def lines_of(words: str, room: float, size: float) -> list[str]:
    """The words broken to the room, at any character as Chinese is."""
    lines: list[str] = []
    for part in _plain(words).split("\n"):
        line, used = "", 0.0
        for char in part:
            step = wide(char) * size
            if line and used + step > room:
                lines.append(line)
                line, used = "", 0.0
            line, used = line + char, used + step
        lines.append(line)
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], _CUT]


def _plain(words: str) -> str:
    """What can be set: a tab is four blanks, other control characters are none."""
    text = words[:_MOST_CHARS].replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(char for char in text if char == "\n" or char.isprintable()).strip("\n")
