"""The mark of a page: where its ink is dense, in 1,536 bits that hardly change when the paper is photographed again.

The paper is cut out of its photograph, seen from above and cut to its ink; a grid of 32 × 24 cells says twice for each
cell whether it is among the darker half and among the darkest fifth. Pages of one form have much the same mark: it
finds what may be the same, `comparing` decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np

from vouchers.likeness.pictures import NoPicture, Picture, flattened, lit_evenly, opened

WIDTH, HEIGHT = 32, 24
BYTES: Final = WIDTH * HEIGHT * 2 // 8
_LEVELS: Final = (0.5, 0.8)
_FAINT: Final = 40
_MARGIN: Final = 0.012
# So much of the ink may lie outside of what is taken as the print: specks, and edges of the paper.
_SPECKS: Final = 0.004


def marks(data: bytes, _asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: the four marks of a page, as it lies and turned three times; nothing for an empty page."""
    try:
        ink = _ink(flattened(opened(data)))
    except NoPicture:
        return {}, b""
    return {}, b"".join(_mark(np.ascontiguousarray(np.rot90(ink, turn))) for turn in range(4)) if ink.any() else b""


def _ink(page: Picture) -> Picture:
    ink = 255 - lit_evenly(page).astype(np.float32)
    ink[ink < _FAINT] = 0
    margin = max(1, int(_MARGIN * max(page.shape)))
    ink[:margin] = ink[-margin:] = 0
    ink[:, :margin] = ink[:, -margin:] = 0
    return ink


def _mark(ink: Picture) -> bytes:
    """The ink's density above two quantiles."""
    print_ = _cut(ink)
    grid = cv2.resize(print_, (WIDTH * 4, HEIGHT * 4), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(cv2.GaussianBlur(grid, (0, 0), 3.2), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    bits = [cells > limit for limit in np.quantile(cells, _LEVELS)]
    return np.packbits(np.concatenate(bits).ravel()).tobytes()


def _cut(ink: Picture) -> Picture:
    """From the first to the last line and column of print."""
    spans = []
    for axis in (1, 0):
        so_far = np.cumsum(ink.sum(axis))
        share = so_far / so_far[-1]
        spans.append((int(np.searchsorted(share, _SPECKS)), int(np.searchsorted(share, 1 - _SPECKS)) + 1))
    (top, bottom), (left, right) = spans
    return ink[top:bottom, left:right]


def nearest(of: bytes, among: Picture, most: int) -> list[tuple[int, int]]:
    """The rows of `among` (a mark each, as words of 64 bits) next to any of the four marks: row and bits apart."""
    turned = np.frombuffer(of, np.uint64).reshape(4, BYTES // 8)
    away = np.min([np.bitwise_count(among ^ mark).sum(1, dtype=np.uint16) for mark in turned], axis=0)
    rows = np.argpartition(away, most)[:most] if len(away) > most else np.arange(len(away))
    return sorted(((int(row), int(away[row])) for row in rows), key=lambda pair: (pair[1], pair[0]))
