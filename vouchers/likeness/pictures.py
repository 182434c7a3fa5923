"""A page as numbers: its ink without the light it was photographed in, and where on a photograph the paper lies."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[Any]

# Pages are looked at with so many pixels on the longer side, as they are drawn.
LONGEST: Final = 1240
_LITTLE: Final = 480
_SMALLEST: Final = 64  # there is nothing to compare on less
cv2.setNumThreads(1)


class NoPicture(ValueError):  # noqa: N818  what a file is, no error of ours
    """What should be a picture is none, or next to nothing."""


def opened(data: bytes) -> Picture:
    """The page in colour, no larger than `LONGEST`. Raises `NoPicture`."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or min(picture.shape[:2]) < _SMALLEST:
        raise NoPicture
    return shrunk(picture, LONGEST)


def shrunk(picture: Picture, longest: int) -> Picture:
    """The picture with its longer side so long at most."""
    scale = longest / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def grey(picture: Picture) -> Picture:
    """Without colour."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def lit_evenly(page: Picture) -> Picture:
    """A grey page divided by its own brightness nearby: paper is white, and what was printed keeps its darkness."""
    small = cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (0, 0), 4)
    return cv2.divide(page, cv2.resize(light, (page.shape[1], page.shape[0])), scale=255)


def flattened(picture: Picture) -> Picture:
    """The paper alone, seen from above, in grey; the whole picture where no paper's outline is found."""
    corners = _corners(shrunk(picture, _LITTLE))
    page = grey(picture)
    if corners is None:
        return page
    corners *= max(picture.shape[:2]) / max(shrunk(picture, _LITTLE).shape[:2])
    above, right, below, left = (np.linalg.norm(corners[i] - corners[(i + 1) % 4]) for i in range(4))
    width, height = int(above + below) // 2, int(left + right) // 2
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return cv2.warpPerspective(page, cv2.getPerspectiveTransform(corners, target), (width, height))


def _corners(small: Picture) -> Picture | None:
    """Of the paper on a desk: the best quadrilateral among what one of three channels sets apart; from the top left."""
    calm = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    lab = cv2.GaussianBlur(cv2.cvtColor(calm, cv2.COLOR_BGR2LAB), (0, 0), 2)
    best: tuple[float, Picture] | None = None
    for channel in cv2.split(lab):
        stretched = cv2.normalize(channel, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
        _, light = cv2.threshold(stretched, 0, 255, cv2.THRESH_OTSU)
        for mask in (light, 255 - light):
            found = _quadrilateral(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)))
            if found is not None and (best is None or found[0] > best[0]):
                best = found
    return None if best is None else _from_top_left(best[1])


def _quadrilateral(mask: Picture) -> tuple[float, Picture] | None:
    """The largest patch if it is a sheet: four corners, hardly a hole, neither tiny nor the whole picture."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    area, whole = cv2.contourArea(hull), mask.shape[0] * mask.shape[1]
    corners = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True)
    if len(corners) != 4 or not 0.2 * whole < area < 0.97 * whole:
        return None
    filled, fits = cv2.contourArea(largest) / area, cv2.contourArea(corners) / area
    if filled < 0.85 or fits < 0.9:
        return None
    return filled * min(fits, 1 / fits), corners.reshape(4, 2).astype(np.float32)


def _from_top_left(corners: Picture) -> Picture:
    around = corners - corners.mean(0)
    clockwise = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(1))), 0)
