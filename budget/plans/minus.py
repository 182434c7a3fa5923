"""Minus lines beside plus lines: what a reduction and an adjustment must add up to, and what pays for itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from budget.plans.kinds import WITH_MINUS, PlanKind
from core.errors import Refused
from core.money import ZERO, Money


class MoneyLine(Protocol):
    """A line as these rules need it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def allotment_id(self) -> int | None: ...
    @property
    def applied(self) -> Money | None: ...
    @property
    def source_line_id(self) -> int | None: ...


_Line = TypeVar("_Line", bound=MoneyLine)


def plus_lines(lines: Iterable[_Line]) -> list[_Line]:
    """The lines that ask for money, in their order."""
    return [line for line in lines if line.source_line_id is None]


def minus_lines(lines: Iterable[_Line]) -> list[_Line]:
    """The lines that take from approved lines, in their order."""
    return [line for line in lines if line.source_line_id is not None]


def check_balanced(kind: PlanKind, lines: Sequence[MoneyLine]) -> None:
    """A reduction only takes; an adjustment takes as much as it gives. Raises `Refused`."""
    taken = -Money.total(line.applied or ZERO for line in minus_lines(lines))
    given = Money.total(line.applied or ZERO for line in plus_lines(lines))
    if kind in WITH_MINUS and not taken:
        raise Refused(f"{kind.label}还没有调减的行，请先选择已批复的行并填写调减金额。")
    if kind is PlanKind.ADJUSTMENT and taken != given:
        apart = max(taken - given, given - taken)
        raise Refused(f"调整计划的调减合计 {taken} 元与调增合计 {given} 元须相等，现在相差 {apart} 元。")


def covered(kind: PlanKind, lines: Iterable[MoneyLine]) -> frozenset[int]:
    """The ids of an adjustment's lines that its own minus lines pay for, allotment by allotment.

    They hold nothing while the plan is under review: their money is still with the lines that it is taken from. In
    the order of the lines, as many as fit.
    """
    if kind is not PlanKind.ADJUSTMENT:
        return frozenset()
    ordered = sorted(lines, key=lambda line: line.position)
    freed: dict[int | None, Money] = {}
    for line in ordered:
        if line.source_line_id is not None:
            freed[line.allotment_id] = freed.get(line.allotment_id, ZERO) - (line.applied or ZERO)
    found = []
    for line in ordered:
        wanted, left = line.applied or ZERO, freed.get(line.allotment_id, ZERO)
        if line.source_line_id is None and wanted <= left:
            freed[line.allotment_id] = left - wanted
            found.append(line.id)
    return frozenset(found)
