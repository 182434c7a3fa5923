"""A desk: a place of a step, the lines it is asked about, and the people who may act there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.people.store import Sitter
from approvals.chains.models import ChainStep
from approvals.chains.rules import StepMode

# A unit or an office; neither is the bureau.
Place = tuple[int | None, int | None]


@dataclass(frozen=True)
class Desk:
    """A place of a step with the lines it is asked about, who may act there, and who may not although he sits there."""

    step: ChainStep
    place: Place
    lines: tuple[int, ...]
    people: Sequence[Sitter]
    left_out: Sequence[tuple[str, str]]
    # Who may not act there, whether he sits there or not.
    barred: frozenset[int] = frozenset()

    @property
    def needed(self) -> int:
        """How many of the people must act. Where all is agreed to already, one person confirms."""
        if not self.lines:
            return 1
        if self.step.mode in (StepMode.ALL, StepMode.IN_ORDER):
            return max(1, len({one.behalf_id or one.id for one in self.people}))
        return self.step.needed if self.step.mode is StepMode.SOME else 1

    @property
    def short(self) -> bool:
        """Whether fewer may act here than must."""
        return len({one.behalf_id or one.id for one in self.people}) < self.needed

    @property
    def first(self) -> int | None:
        """Whose turn it is, where one acts after the other."""
        return self.people[0].id if self.needed > 1 and self.step.mode is StepMode.IN_ORDER else None
