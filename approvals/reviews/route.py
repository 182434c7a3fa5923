"""Which step comes next and which lines it is asked about: worked out from the chain, the lines and what still stands.

Pure: the same chain, lines and opinions give the same way, before submission, on the way, and in a rehearsal.
An opinion stands as long as its line is what it was, vouchers included; what stands is not asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from approvals.chains.conditions import Condition, LineFacts
from approvals.chains.rules import AfterReturn, AmountField
from core.money import Money


class Step(Protocol):
    """A step of a chain as the way needs it."""

    @property
    def number(self) -> int: ...
    @property
    def amount_field(self) -> AmountField: ...
    @property
    def asks(self) -> Condition: ...


@dataclass(frozen=True)
class WayLine:
    """A line on its way: its digest, what conditions look at, and what an opinion was bound to (allotment, applied)."""

    id: int
    position: int
    digest: str
    facts: LineFacts
    money: tuple[int, int] = (0, 0)
    office_id: int = 0


@dataclass(frozen=True)
class Stands:
    """What was last said of a line at a step, by everybody who had to speak, and on which content."""

    digest: str
    amount: Money
    money: tuple[int, int] = (0, 0)
    who: str = ""
    on: str = ""


@dataclass(frozen=True)
class Stop:
    """A step as it meets the plan: lines that it asks about, those already agreed to, and why others are left out."""

    number: int
    asked: tuple[int, ...] = ()
    carried: tuple[int, ...] = ()
    left_out: Mapping[int, str] = field(default_factory=dict)

    @property
    def applies(self) -> bool:
        """Whether the step has a say in any line at all."""
        return bool(self.asked or self.carried)


@dataclass(frozen=True)
class Way:
    """A plan's way through its chain. `standing` is by step and line; `returned_by` the step that returned it last."""

    steps: Sequence[Step]
    lines: Sequence[WayLine]
    standing: Mapping[int, Mapping[int, Stands]] = field(default_factory=dict)
    after_return: AfterReturn = AfterReturn.EVERY_STEP
    returned_by: int = 0

    def stop(self, step: Step) -> Stop:
        """How the step meets the plan; found once, for it is asked again and again."""
        if step.number not in self._stops:
            self._stops[step.number] = self._stop(step)
        return self._stops[step.number]

    @cached_property
    def _stops(self) -> dict[int, Stop]:
        return {}

    def _stop(self, step: Step) -> Stop:
        condition = step.asks
        left_out = {line.id: "；".join(condition.misses(line.facts)) for line in self.lines}
        met = [line for line in self.lines if not left_out[line.id]]
        carried = tuple(line.id for line in met if self.stands(step.number, line))
        asked = tuple(line.id for line in met if line.id not in carried)
        return Stop(step.number, asked, carried, {line: why for line, why in left_out.items() if why})

    def stands(self, number: int, line: WayLine) -> Stands | None:
        """What was said at the step and still holds of the line."""
        found = self.standing.get(number, {}).get(line.id)
        if found is None or found.digest == line.digest:
            return found
        resumes = self.after_return is AfterReturn.FROM_RETURN and number < self.returned_by
        return found if resumes and found.money == line.money else None

    def onward(self, after: int) -> tuple[list[Stop], Stop | None]:
        """The next step that asks anybody, and the ones passed over on the way to it; None when the plan is through.

        The last step that has a say is never passed over, even when all it would be asked about is agreed to already:
        somebody must approve.
        """
        ahead = [self.stop(step) for step in self.steps if step.number > after]
        last = max((stop.number for stop in ahead if stop.applies), default=0)
        for place, stop in enumerate(ahead):
            if stop.asked or stop.number == last:
                return ahead[:place], stop
        return ahead, None

    def amounts(self) -> dict[int, dict[AmountField, Money]]:
        """What stands of each line's 建议数 and 核批数, the later word over the earlier."""
        told: dict[int, dict[AmountField, Money]] = {}
        for step in self.steps:
            if step.amount_field is AmountField.NONE:
                continue
            for line in self.lines:
                found = self.stands(step.number, line)
                if found is not None:
                    told.setdefault(line.id, {})[step.amount_field] = found.amount
        return told


def passed_because(stop: Stop) -> str:
    """Why nobody is asked at a step, as a sentence."""
    if stop.carried:
        return "各行此前已经同意，且没有变化"
    reasons = dict.fromkeys(stop.left_out.values())
    return f"没有符合条件的行：{'；'.join(list(reasons)[:3])}" if reasons else "没有需要审核的行"
