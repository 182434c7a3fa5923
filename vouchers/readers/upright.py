"""How a page lies on a picture, told from the words found on it, and its places there and back. Pure.

The engine reads words that lie askew, on their side or upside down; only their places must be turned before they make
lines. Nothing of the picture is turned, so it is recognised once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final

from vouchers.readers.rules import Box

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]

# Words that stand in the upper and in the lower half of every bill.
_HEADS: Final = re.compile(r"[发號号]票号码|票据号码|票据代码|开票日期|填开日期|电子发票|票据\(|票据（|购买方|交款人")
_FEET: Final = re.compile(r"[小大]写|合计|复核|开票人|收款|备注|填开单位|不含税价")
# Shorter words are as tall as they are wide, and say nothing of how the page lies.
_LONG: Final = 4
_MOST_SKEW: Final = math.radians(30)


@dataclass(frozen=True, slots=True)
class Frame:
    """The page straightened: so many quarter turns clockwise, then by the angle, then moved into sight."""

    width: int
    height: int
    quarters: int = 0
    skew: float = 0.0
    moved: Point = (0.0, 0.0)

    def there(self, point: Point) -> Point:
        """A place of the picture on the straight page."""
        x, y = _turned(point, self.quarters, self.width, self.height)
        across, down = _rotated((x, y), -self.skew)
        return across + self.moved[0], down + self.moved[1]

    def back(self, point: Point) -> Point:
        """A place of the straight page on the picture."""
        x, y = _rotated((point[0] - self.moved[0], point[1] - self.moved[1]), self.skew)
        wide, high = (self.height, self.width) if self.quarters % 2 else (self.width, self.height)
        return _turned((x, y), -self.quarters % 4, wide, high)

    @property
    def size(self) -> tuple[int, int]:
        """How wide and high the straight page is."""
        corners = [self.there(corner) for corner in self._sides()]
        return math.ceil(max(x for x, _ in corners)), math.ceil(max(y for _, y in corners))

    def in_sight(self) -> Frame:
        """The same with no place left of or above the page."""
        corners = [self.there(corner) for corner in self._sides()]
        moved = -min(x for x, _ in corners), -min(y for _, y in corners)
        return Frame(self.width, self.height, self.quarters, self.skew, moved)

    def on_picture(self, box: Box) -> Box:
        """A box of the straight page, in thousandths, as the box around it on the picture."""
        wide, high = self.size
        places = [
            self.back((x * wide / 1000, y * high / 1000)) for x in (box.left, box.right) for y in (box.top, box.bottom)
        ]
        across = [min(max(int(x * 1000 / self.width), 0), 1000) for x, _ in places]
        down = [min(max(int(y * 1000 / self.height), 0), 1000) for _, y in places]
        return Box(min(across), min(down), max(across), max(down))

    def _sides(self) -> Sequence[Point]:
        return (0, 0), (self.width, 0), (self.width, self.height), (0, self.height)


def frame_of(words: Sequence[tuple[str, Corners]], width: int, height: int) -> Frame:
    """How the page lies, from its words and their corners."""
    long = [corners for text, corners in words if len(text) >= _LONG]
    quarters = 1 if sum(_is_tall(corners) for corners in long) * 2 > len(long) else 0
    frame = Frame(width, height, quarters)
    frame = Frame(width, height, quarters, _skew(long, frame)).in_sight()
    if _upside_down(words, frame):
        frame = Frame(width, height, quarters + 2, frame.skew).in_sight()
    return frame


def _is_tall(corners: Corners) -> bool:
    return _length(corners[0], corners[3]) > _length(corners[0], corners[1])


def _length(one: Point, other: Point) -> float:
    return math.hypot(other[0] - one[0], other[1] - one[1])


def _skew(long: Iterable[Corners], frame: Frame) -> float:
    """The angle at which most lines run, by their longer sides."""
    angles = [angle for corners in long if abs(angle := _angle([frame.there(each) for each in corners])) < _MOST_SKEW]
    return median(angles) if angles else 0.0


def _angle(corners: Sequence[Point]) -> float:
    """The angle of the side that runs most nearly from left to right."""
    sides = [(corners[at], corners[(at + 1) % 4]) for at in range(4)]
    start, end = max(sides, key=lambda side: side[1][0] - side[0][0])
    return math.atan2(end[1] - start[1], end[0] - start[0])


def _upside_down(words: Iterable[tuple[str, Corners]], frame: Frame) -> bool:
    """Whether what belongs to the foot of a bill stands above what belongs to its head."""
    heads, feet = [], []
    for text, corners in words:
        height = frame.there(corners[0])[1]
        if _HEADS.search(text):
            heads.append(height)
        elif _FEET.search(text):
            feet.append(height)
    return bool(heads and feet) and mean(heads) > mean(feet)


def _turned(point: Point, quarters: int, width: int, height: int) -> Point:
    """Clockwise by quarters of a circle, on a page of this size before the turn."""
    x, y = point
    turns: tuple[Point, ...] = ((x, y), (height - y, x), (width - x, height - y), (y, width - x))
    return turns[quarters]


def _rotated(point: Point, angle: float) -> Point:
    """Around the upper left corner; y runs downwards."""
    x, y = point
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
