"""The outlines of OFD (AbbreviatedData) as steps that a PDF knows: arcs become curves. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from vouchers.drawing.canvas import Step

_MOST_STEPS: Final = 50_000
# How many numbers follow each letter: start, move, line, quadratic and cubic curve, arc, close.
_NUMBERS: Final = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_Point = tuple[float, float]


def number(word: str) -> float:
    """A finite number; 0 for what is none."""
    try:
        value = float(word)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def numbers(text: str) -> list[float]:
    """The numbers of an attribute."""
    return [number(word) for word in text.replace(",", " ").split()[:_MOST_STEPS]]


def outline_of(text: str) -> list[Step]:
    """`M 0 0 L 10 0 C` as steps; letters that nobody knows are passed over with what follows them."""
    steps: list[Step] = []
    here: _Point = (0.0, 0.0)
    for letter, given in _commands(text):
        if letter == "C":
            if steps:
                steps.append(("h", ()))
            continue
        if letter in "LQBA" and not steps:
            steps.append(("m", here))
        steps.extend(_steps(letter, given, here))
        here = given[-2], given[-1]
    return steps


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    words = text.replace(",", " ").split()[:_MOST_STEPS]
    at = 0
    while at < len(words):
        letter = words[at]
        count = _NUMBERS.get(letter)
        at += 1
        if count is None:
            continue
        given = [number(word) for word in words[at : at + count]]
        at += count
        if len(given) == count:
            yield letter, given


def _steps(letter: str, given: list[float], here: _Point) -> Iterator[Step]:
    if letter in "SM":
        yield "m", (given[0], given[1])
    elif letter == "L":
        yield "l", (given[0], given[1])
    elif letter == "B":
        yield "c", tuple(given)
    elif letter == "Q":
        x, y, end = given[0], given[1], (given[2], given[3])
        one, two = ((side[0] + 2 * (x - side[0]) / 3, side[1] + 2 * (y - side[1]) / 3) for side in (here, end))
        yield "c", (*one, *two, *end)
    else:
        yield from _arc(given, here)


def _arc(given: list[float], here: _Point) -> Iterator[Step]:
    """An elliptic arc as SVG writes it (F.6 of its appendix), in curves of a quarter at most."""
    across, down, turned, large, sweep, x, y = given
    across, down = abs(across), abs(down)
    if not across or not down or here == (x, y):
        yield "l", (x, y)
        return
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    half = (here[0] - x) / 2, (here[1] - y) / 2
    px, py = cos * half[0] + sin * half[1], cos * half[1] - sin * half[0]
    grow = math.sqrt(max(1.0, (px / across) ** 2 + (py / down) ** 2))
    across, down = across * grow, down * grow
    rest = (px / across) ** 2 + (py / down) ** 2
    factor = math.sqrt(max(0.0, 1 / rest - 1)) * (-1 if bool(large) == bool(sweep) else 1)
    cx, cy = factor * across * py / down, -factor * down * px / across
    first = math.atan2((py - cy) / down, (px - cx) / across)
    whole = math.atan2((-py - cy) / down, (-px - cx) / across) - first
    whole += 2 * math.pi if sweep and whole < 0 else -2 * math.pi if not sweep and whole > 0 else 0
    middle = cos * cx - sin * cy + (here[0] + x) / 2, sin * cx + cos * cy + (here[1] + y) / 2

    def at(one: float, two: float) -> _Point:
        return middle[0] + across * cos * one - down * sin * two, middle[1] + across * sin * one + down * cos * two

    count = max(1, math.ceil(abs(whole) / (math.pi / 2) - 1e-9))
    step = whole / count
    pull = 4 / 3 * math.tan(step / 4)
    for index in range(count):
        a, b = first + index * step, first + (index + 1) * step
        one = at(math.cos(a) - pull * math.sin(a), math.sin(a) + pull * math.cos(a))
        two = at(math.cos(b) + pull * math.sin(b), math.sin(b) - pull * math.cos(b))
        yield "c", (*one, *two, *at(math.cos(b), math.sin(b)))
