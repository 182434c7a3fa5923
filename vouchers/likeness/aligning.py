"""Laying one page over another: a perspective from what both show, then the bend of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np

from vouchers.likeness.pictures import Picture, lit_evenly, shrunk

_FINE, _ROUGH = 1500, 500
_ROUGH_LONGEST: Final = 620
_CLEARLY_NEARER: Final = 0.8
_WITHIN: Final = 4.0  # pixels
FEWEST: Final = 15
_WINDOW, _REACH, _STEP = 32, 12, 16  # of the bend, at half size
_SAME: Final = 0.5
_LEAST_SURE: Final = 0.1
_NEAR: Final = 1.8  # windows


@dataclass(frozen=True)
class Points:
    """What stands out on a page: places and what they look like."""

    places: Picture
    looks: Picture | None


def points(page: Picture, most: int = _FINE) -> Points:
    """The points of a grey page."""
    found, looks = cv2.ORB_create(most, 1.2, 8, fastThreshold=7).detectAndCompute(page, None)  # type: ignore[attr-defined]
    return Points(np.array([point.pt for point in found], np.float32).reshape(-1, 2), looks)


class Page:
    """A grey page with its points, found when they are asked for."""

    def __init__(self, grey: Picture) -> None:
        self.grey = grey

    @cached_property
    def fine(self) -> Points:
        """Points to lay it over another."""
        return points(self.grey)

    @cached_property
    def rough(self) -> Points:
        """Fewer, to see how much is alike."""
        return points(shrunk(self.grey, _ROUGH_LONGEST), _ROUGH)

    @cached_property
    def even(self) -> Picture:
        """The page lit evenly."""
        return lit_evenly(self.grey)


def perspective(page: Points, over: Points) -> tuple[Picture | None, int]:
    """What lays `page` over the other, and how many points agree on it."""
    if page.looks is None or over.looks is None or min(len(page.looks), len(over.looks)) < FEWEST:
        return None, 0
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(page.looks, over.looks, k=2)
    clear = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _CLEARLY_NEARER * pair[1].distance]
    if len(clear) < FEWEST:
        return None, len(clear)
    source = page.places[[one.queryIdx for one in clear]]
    target = over.places[[one.trainIdx for one in clear]]
    found, agreeing = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _WITHIN, maxIters=2000, confidence=0.999)
    return found, int(agreeing.sum()) if found is not None else 0


def laid_over(page: Page, over: Page, how: Picture) -> tuple[Picture, Picture]:
    """The page as it lies over the other, lit evenly, and where it covers it (255)."""
    height, width = over.grey.shape
    flat = cv2.warpPerspective(page.grey, how, (width, height), borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpPerspective(np.full(page.grey.shape, 255, np.uint8), how, (width, height))
    even = lit_evenly(flat)
    bend = _bend(over.even, even, covered)
    if bend is None:
        return even, covered
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_x, from_y = columns + bend[..., 0], rows + bend[..., 1]
    straight = cv2.remap(even, from_x, from_y, cv2.INTER_LINEAR, borderValue=(255,))
    return straight, cv2.remap(covered, from_x, from_y, cv2.INTER_NEAREST, borderValue=(0,))


def _bend(over: Picture, page: Picture, covered: Picture) -> Picture | None:
    """How far each pixel has moved: windows are found again nearby, and the field between them is smooth.

    A window with a line in one direction only may slide along it, so it counts by its weaker direction.
    """
    size = over.shape[1] // 2, over.shape[0] // 2
    half, moved, shown = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (over, page, covered))
    sure = _sureness(half)
    rows = range(_REACH, half.shape[0] - _WINDOW - _REACH, _STEP)
    columns = range(_REACH, half.shape[1] - _WINDOW - _REACH, _STEP)
    if not rows or not columns:
        return None
    shifts = np.zeros((len(rows), len(columns), 2), np.float32)
    weights = np.zeros((len(rows), len(columns)), np.float32)
    for i, y in enumerate(rows):
        for j, x in enumerate(columns):
            around = slice(y - _REACH, y + _WINDOW + _REACH), slice(x - _REACH, x + _WINDOW + _REACH)
            trust = float(sure[y + _WINDOW // 2, x + _WINDOW // 2])
            if trust >= _LEAST_SURE and shown[around].min() == 255:
                shifts[i, j], alike = _found_again(half[y : y + _WINDOW, x : x + _WINDOW], moved[around])
                weights[i, j] = trust * alike**4 if alike >= _SAME else 0
    return _spread(shifts, weights, over.shape)


def _sureness(page: Picture) -> Picture:
    """From 0 to 1 how well the window around each pixel holds its place in both directions."""
    corners = cv2.boxFilter(cv2.cornerMinEigenVal(cv2.GaussianBlur(page, (0, 0), 1), 7), -1, (_WINDOW, _WINDOW))
    some = corners[corners > 0]
    return np.minimum(1, corners / np.quantile(some, 0.6)) if some.size else corners


def _found_again(window: Picture, around: Picture) -> tuple[tuple[int, int], float]:
    """How far the window has moved, and how alike it is there."""
    _, alike, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(around, window, cv2.TM_CCOEFF_NORMED))
    return (x - _REACH, y - _REACH), alike


def _spread(shifts: Picture, weights: Picture, shape: tuple[int, ...]) -> Picture | None:
    """The shifts without outliers, smoothed and laid out over all pixels."""
    if not weights.any():
        return None
    field = _smoothed(shifts, weights)
    for apart in (6, 3):
        weights = np.where(np.abs(shifts - field).max(-1) <= apart, weights, 0)
        field = _smoothed(shifts, weights)
    columns = (np.arange(shape[1], dtype=np.float32) / 2 - _REACH - _WINDOW / 2) / _STEP
    rows = (np.arange(shape[0], dtype=np.float32) / 2 - _REACH - _WINDOW / 2) / _STEP
    across, down = np.meshgrid(columns, rows)
    return cv2.remap(2 * field, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _smoothed(shifts: Picture, weights: Picture) -> Picture:
    """The weighted mean around each window; where little is known nearby, that of the wider surroundings."""
    near, far = (cv2.GaussianBlur(weights, (0, 0), reach) for reach in (_NEAR, 3 * _NEAR))
    parts = []
    for axis in (0, 1):
        given = shifts[..., axis] * weights
        close, wide = (cv2.GaussianBlur(given, (0, 0), reach) for reach in (_NEAR, 3 * _NEAR))
        parts.append((close + 0.02 * wide / (far + 1e-4)) / (near + 0.02))
    return np.dstack(parts)
