"""Measuring: the median CPU of an operation and of its floor, taken in turn so that both see the same machine."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 9
# `./run bench --cold`: sweep the whole heap before each round, which leaves nothing of it in the processor's caches.
COLD: Final = "--cold" in sys.argv


@dataclass(frozen=True)
class Figure:
    """One row of the report: milliseconds of CPU of the operation and of its floor."""

    name: str
    milliseconds: float
    floor: str
    floor_milliseconds: float
    target: float | None = None
    # A second floor: the very rows, by the bare driver, into the house's own schema (bench/floors.py).
    own_milliseconds: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.milliseconds / self.floor_milliseconds

    @property
    def row(self) -> str:
        """A row of the Markdown table."""
        goal = "" if self.target is None else f"{self.target:.4g}"
        return (
            f"| {self.name} | {self.milliseconds:.1f} | {goal} | {self.floor} | "
            f"{self.floor_milliseconds:.2f} | {self.ratio:.1f} | {self._own} |"
        )

    @property
    def _own(self) -> str:
        if self.own_milliseconds is None:
            return " | "
        return f"{self.own_milliseconds:.2f} | {self.milliseconds / self.own_milliseconds:.1f}"


HEADER: Final = (
    "| operation | ms CPU | aim | floor | floor ms | ratio | same rows, own schema ms | ratio |\n"
    "|---|---:|---:|---|---:|---:|---:|---:|"
)


def compare(
    name: str,
    operation: Callable[[int], object],
    floor_name: str,
    floor: Callable[[int], object],
    target: float | None = None,
    rounds: int = ROUNDS,
    own: Callable[[int], object] | None = None,
) -> Figure:
    """Run all in turn, once to warm up; each gets the number of the round to make its input fresh."""
    works = [operation, floor, *([own] if own else [])]
    spent = [[_cpu(work, place) for work in works] for place in range(rounds + 1)][1:]
    mine, least, *same = (statistics.median(column) for column in zip(*spent, strict=True))
    return Figure(name, mine, floor_name, least, target, same[0] if same else None)


def _cpu(work: Callable[[int], object], place: int) -> float:
    if COLD:
        gc.collect()
    started = time.process_time()
    work(place)
    return (time.process_time() - started) * 1000
