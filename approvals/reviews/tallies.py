"""Counting the queue: from how many tasks there are of each kind to the number beside each choice of its filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from approvals.reviews.rules import Light
from approvals.reviews.waiting import QueueFilter

DIMENSIONS: Final = ("year_month", "office_id", "department", "light", "guaranteed")


@dataclass(frozen=True)
class Cell:
    """How many tasks there are of one department, window, office and lane, and of them over their time or soon so."""

    department: str
    year_month: int
    office_id: int | None
    lane: int
    count: int
    over: int
    soon: int

    def kinds(self) -> Iterable[tuple[Mapping[str, Hashable], int]]:
        """The same by light."""
        shared = {
            "department": self.department, "year_month": self.year_month, "office_id": self.office_id,
            "guaranteed": self.lane == 0,
        }  # fmt: skip
        parts = {Light.RED: self.over, Light.AMBER: self.soon - self.over, Light.GREEN: self.count - self.soon}
        return [({**shared, "light": light}, number) for light, number in parts.items() if number]


@dataclass(frozen=True)
class Tally:
    """How many tasks the filter leaves, and how many each choice would leave, the other words staying as they are."""

    total: int = 0
    by: Mapping[str, Mapping[Hashable, int]] = field(default_factory=dict)


def tally(cells: Iterable[Cell], wanted: QueueFilter) -> Tally:
    """A task counts for a choice when nothing but the word of that choice itself would leave it out."""
    asked = {name: value for name in DIMENSIONS if (value := getattr(wanted, name))}
    by: dict[str, Counter[Hashable]] = {name: Counter() for name in DIMENSIONS}
    total = 0
    for cell in cells:
        for kind, count in cell.kinds():
            missed = [name for name, value in asked.items() if kind[name] != value]
            total += 0 if missed else count
            for name in DIMENSIONS if not missed else missed if len(missed) == 1 else ():
                by[name][kind[name]] += count
    return Tally(total, by)
