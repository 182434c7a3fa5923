"""Whether two pages show one paper: laid over each other, every piece of print must be found again where it was.

Invoices of one seller differ in a few digits only, so it is not the whole that counts but the worst pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import cv2
import numpy as np

from vouchers.likeness.aligning import FEWEST, Page, laid_over, perspective
from vouchers.likeness.pictures import NoPicture, Picture, grey, opened

# The worst pieces but so many: a speck or a crease spoils a few.
WORST: Final = 8
# So far below the typical likeness may they lie; chosen from the measured distributions (docs/performance.md).
MOST_APART: Final = 0.14
_PIECE, _STEP, _REACH = 24, 12, 4
_PRINT: Final = 14.0
FEWEST_PIECES: Final = 60
_GONE: Final = 0.3  # of the contrast: glare, or a finger
MOST_GONE: Final = 0.15
# So many pages with the nearest marks are candidates; those with most points in common are compared closely.
CANDIDATES: Final = 40
_CLOSELY: Final = 20


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two pages compare: points that agree, pieces looked at, share that cannot be seen, how far the worst fall."""

    agreeing: int
    pieces: int = 0
    gone: float = 1.0
    apart: float = 2.0

    @property
    def same(self) -> bool:
        """Whether they show one paper."""
        return self.pieces >= FEWEST_PIECES and self.gone <= MOST_GONE and self.apart <= MOST_APART


def compare(page: Page, known: Page) -> Likeness:
    """Lay `page` over `known` and look at the pieces of print."""
    how, agreeing = perspective(page.fine, known.fine)
    if how is None or agreeing < FEWEST:
        return Likeness(agreeing)
    laid, covered = laid_over(page, known, how)
    alike, gone = _pieces(known.even, laid, covered)
    if not alike:
        return Likeness(agreeing)
    ordered = np.sort(alike)
    apart = float(np.median(ordered) - ordered[min(WORST, len(ordered) - 1)])
    return Likeness(agreeing, len(alike), gone / (gone + len(alike)), apart)


def _pieces(known: Picture, laid: Picture, covered: Picture) -> tuple[list[float], int]:
    """How alike each piece with print is, moved a little to fit best; and how many have lost their print."""
    first, second = (cv2.GaussianBlur(one, (0, 0), 1).astype(np.float32) for one in (known, laid))
    contrast, left = _contrast(first), _contrast(second)
    whole = cv2.erode(covered, np.ones((_PIECE + 2 * _REACH,) * 2, np.uint8), anchor=(_REACH, _REACH))
    printed = _on_grid((contrast >= _PRINT) & (whole == 255))
    lost = _on_grid(left < _GONE * contrast)
    alike = [_alike(first, second, x, y) for y, x in np.argwhere(printed & ~lost) * _STEP + _REACH]
    return alike, int((printed & lost).sum())


def _on_grid(page: Picture) -> Picture:
    """What holds at the corner of each piece that has room to move."""
    end = _PIECE + _REACH
    return page[_REACH:-end:_STEP, _REACH:-end:_STEP]


def _alike(first: Picture, second: Picture, x: int, y: int) -> float:
    around = second[y - _REACH : y + _PIECE + _REACH, x - _REACH : x + _PIECE + _REACH]
    piece = first[y : y + _PIECE, x : x + _PIECE]
    return float(cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED).max())


def _contrast(page: Picture) -> Picture:
    """Of each piece, by its top left corner."""
    size, at = (_PIECE, _PIECE), (0, 0)
    mean, square = cv2.boxFilter(page, -1, size, anchor=at), cv2.boxFilter(page * page, -1, size, anchor=at)
    return np.sqrt(np.maximum(square - mean * mean, 0))


def same_among(data: bytes, asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: a page and its candidates one after the other, their lengths in `sizes`; which are the same.

    The answer names them by their place, with their distances in thousandths. A candidate that is no picture is none.
    """
    page, *known = _split(data, asked["sizes"])
    mine = Page(grey(opened(page)))
    told = [(place, compare(mine, one)) for place, one in closest(mine, known)]
    return {"same": [[place, int(how.apart * 1000)] for place, how in told if how.same]}, b""


def closest(mine: Page, known: Sequence[bytes]) -> list[tuple[int, Page]]:
    """The candidates with most in common at half size; the others are not looked at closely."""
    ranked = []
    for place, data in enumerate(known):
        try:
            page = Page(grey(opened(data)))
        except NoPicture:
            continue
        ranked.append((-perspective(mine.rough, page.rough)[1], place, page))
    return [(place, page) for _, place, page in sorted(ranked, key=lambda one: one[:2])[:_CLOSELY]]


def _split(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    ends = np.cumsum([0, *sizes])
    return [data[start:end] for start, end in pairwise(ends)]


def warm() -> None:
    """Load what the first comparison would load, once for all."""
    rng = np.random.default_rng(1)
    page = Page(rng.integers(0, 255, (200, 200)).astype(np.uint8))
    compare(page, page)
