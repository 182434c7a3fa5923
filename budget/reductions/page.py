"""What the minus page shows: every approved line with what may be taken, and what was typed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from budget.plans.models import Plan
from budget.plans.rules import PlanState, minus_lines, plus_lines
from budget.reductions.forms import MinusForm, TypedTaking
from budget.reductions.rules import Reducible
from core.money import ZERO, Money


@dataclass(frozen=True)
class MinusRow:
    """One approved line: what it is, and what was typed beside it."""

    source: Reducible
    typed: TypedTaking
    open: bool

    @property
    def over(self) -> bool:
        """Whether more is asked for than is left."""
        return self.typed.taking is not None and self.typed.taking.amount > self.source.left


@dataclass(frozen=True)
class MinusPage:
    """Everything the template needs, so that it decides nothing."""

    rows: Sequence[MinusRow]
    spent: Sequence[Reducible]
    lost: int
    months: Sequence[int]
    taken: Money
    given: Money

    @property
    def apart(self) -> Money:
        """By how much an adjustment gives more than it takes; negative when it takes more."""
        return self.given - self.taken


def minus_page(plan: Plan, form: MinusForm, sources: Sequence[Reducible]) -> MinusPage:
    """Join the approved lines with what was typed; in a returned plan only its own lines are shown."""
    typed = {row.source_id: row for row in form.lines.rows}
    returned = {line.source_line_id for line in minus_lines(plan.lines) if line.returned}
    growing = plan.state is not PlanState.RETURNED
    shown = [one for one in sources if one.line_id in typed or (growing and one.left > ZERO)]
    rows = [
        MinusRow(one, typed.get(one.line_id) or TypedTaking(str(one.line_id)), growing or one.line_id in returned)
        for one in shown
    ]
    known = {one.line_id for one in sources}
    return MinusPage(
        rows=rows,
        spent=[one for one in sources if one.left <= ZERO and one.line_id not in typed] if growing else [],
        lost=len([key for key in typed if key not in known]),
        months=sorted({one.month for one in shown}),
        taken=_taken(typed),
        given=Money.total(line.applied or ZERO for line in plus_lines(plan.lines)),
    )


def _taken(typed: Mapping[int, TypedTaking]) -> Money:
    return Money.total(row.taking.amount for row in typed.values() if row.taking)


def places_of(sources: Iterable[Reducible]) -> dict[int, str]:
    """How sentences name the approved lines, by id."""
    return {one.line_id: one.place for one in sources}
