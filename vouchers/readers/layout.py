"""Characters with their places on a page, put into lines as a reader sees them. Pure; units are the caller's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vouchers.readers.rules import Box

MOST_GLYPHS: Final = 30_000
# More in one line is no form; patterns need not search it.
_MOST_IN_LINE: Final = 1000
# Between two columns of a form; a smaller gap is a blank.
COLUMN: Final = "\t"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and its box, y downwards."""

    char: str
    left: int
    top: int
    right: int
    bottom: int

    @property
    def middle(self) -> int:
        """The height of its middle."""
        return (self.top + self.bottom) // 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with its number from 1, its size and its characters in any order."""

    number: int
    width: int
    height: int
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The characters of one height from left to right; `places` has the glyph of each character, None for blanks."""

    sheet: Sheet
    text: str
    places: tuple[Glyph | None, ...]

    @property
    def middle(self) -> int:
        """Its height, by its first character."""
        first = next(place for place in self.places if place is not None)
        return first.middle

    @property
    def high(self) -> int:
        """How high its first character is."""
        first = next(place for place in self.places if place is not None)
        return first.bottom - first.top

    def pieces(self) -> Iterator[tuple[int, str]]:
        """What stands in each column, and from which character on."""
        at = 0
        for piece in self.text.split(COLUMN):
            yield at, piece
            at += len(piece) + len(COLUMN)

    def box(self, start: int, end: int) -> Box | None:
        """Where these characters stand, in thousandths of the page."""
        glyphs = [place for place in self.places[start:end] if place is not None]
        return box_of(glyphs, self.sheet.width, self.sheet.height)

    def left(self, start: int) -> int:
        """Where the first character from `start` on begins."""
        return next((place.left for place in self.places[start:] if place is not None), self.sheet.width)


def box_of(glyphs: Iterable[Glyph], width: int, height: int) -> Box | None:
    """The box around all of them, within the page."""
    around = list(glyphs)
    if not around or width <= 0 or height <= 0:
        return None
    sides = (
        min(glyph.left for glyph in around) * 1000 // width,
        min(glyph.top for glyph in around) * 1000 // height,
        -(-max(glyph.right for glyph in around) * 1000 // width),
        -(-max(glyph.bottom for glyph in around) * 1000 // height),
    )
    return Box(*(min(max(side, 0), 1000) for side in sides))


def lines_of(sheet: Sheet) -> list[Line]:
    """The lines from top to bottom, in half-width characters."""
    rows: list[list[Glyph]] = []
    total = count = 0
    glyphs = [glyph for glyph in sheet.glyphs if glyph.char.strip() and glyph.bottom > glyph.top]
    for glyph in sorted(glyphs[:MOST_GLYPHS], key=lambda glyph: (glyph.middle, glyph.left)):
        if not rows or abs(glyph.middle - total // count) * 2 > glyph.bottom - glyph.top:
            rows.append([])
            total = count = 0
        rows[-1].append(glyph)
        total += glyph.middle
        count += 1
    return [_line(sheet, sorted(row, key=lambda glyph: glyph.left)[:_MOST_IN_LINE]) for row in rows]


def _line(sheet: Sheet, row: list[Glyph]) -> Line:
    chars: list[str] = []
    places: list[Glyph | None] = []
    for gap, glyph in _with_gaps(row):
        if gap:
            chars.append(gap)
            places.append(None)
        plain = unicodedata.normalize("NFKC", glyph.char)
        chars.append(plain)
        places.extend([glyph] * len(plain))
    return Line(sheet, "".join(chars), tuple(places))


def _with_gaps(row: list[Glyph]) -> Iterator[tuple[str, Glyph]]:
    """Each character with what stands between it and the one before; what was printed twice to look bold is once."""
    before: Glyph | None = None
    for glyph in row:
        high = glyph.bottom - glyph.top
        if before is None:
            yield "", glyph
        elif glyph.char == before.char and (glyph.left - before.left) * 8 < high:
            continue
        else:
            gap = glyph.left - before.right
            yield COLUMN if gap > high else " " if gap * 10 > high * 3 else "", glyph
        before = glyph
