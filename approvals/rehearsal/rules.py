"""What changes when the plans of a month meet another chain: line by line, desk by desk, and in sums.

Pure: the ways were worked out by `approvals.reviews.route`, here they are only laid side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.people.rules import Role
from approvals.chains.conditions import Condition
from approvals.chains.drafts import StepDraft
from approvals.chains.rules import AmountField, StepScope
from approvals.reviews.route import Way, WayLine
from core.money import ZERO, Money

Seat = tuple[Role, int | None, int | None]
# Somebody who may act, and for whom (None: in his own right).
Sitting = tuple[int, int | None]


@dataclass(frozen=True)
class Station:
    """A step of a chain, read once for all plans."""

    number: int
    draft: StepDraft

    @property
    def amount_field(self) -> AmountField:
        """What the way asks of a step."""
        return self.draft.amount_field

    @property
    def asks(self) -> Condition:
        """What the way asks of a step."""
        return self.draft.condition


@dataclass(frozen=True)
class Visit:
    """A desk that a line comes to: step, seat, and how many act there."""

    step: str
    seat: Seat
    how: str

    @property
    def work(self) -> tuple[Seat, str]:
        """What makes it another desk; a step that only got another name is none."""
        return self.seat, self.how


@dataclass(frozen=True)
class Routed:
    """A plan with the desks of each of its lines on one chain, in their order."""

    visits: Mapping[int, Sequence[Visit]]

    def seats(self) -> set[Seat]:
        """Every seat that is asked."""
        return {visit.seat for one in self.visits.values() for visit in one}


def routed(stations: Sequence[Station], lines: Sequence[WayLine], unit_id: int, department_id: int) -> Routed:
    """Where each line would go if everything were agreed to."""
    way, found = Way(stations, lines), {line.id: list[Visit]() for line in lines}
    offices = {line.id: line.office_id for line in lines}
    for one in stations:
        for line in way.stop(one).asked:
            seat = (one.draft.role, *_place(one.draft.scope, unit_id, department_id, offices[line]))
            found[line].append(Visit(one.draft.name, seat, one.draft.how))
    return Routed(found)


def _place(scope: StepScope, unit_id: int, department_id: int, office_id: int) -> tuple[int | None, int | None]:
    if scope is StepScope.LINE_OFFICE:
        return None, office_id
    if scope is StepScope.BUREAU:
        return None, None
    return (unit_id if scope is StepScope.UNIT else department_id), None


@dataclass(frozen=True)
class Share:
    """How much of something: plans, lines, yuan."""

    plans: int = 0
    lines: int = 0
    amount: Money = ZERO

    def __add__(self, other: Share) -> Share:
        return Share(self.plans + other.plans, self.lines + other.lines, self.amount + other.amount)


@dataclass(frozen=True)
class Change:
    """What would be other for one plan: lines, and the desks that are new to them or that they no longer meet."""

    share: Share
    added: Mapping[Visit, Share] = field(default_factory=dict)
    dropped: Mapping[Visit, Share] = field(default_factory=dict)


def change_of(before: Routed, after: Routed, amounts: Mapping[int, Money]) -> Change | None:
    """How a plan's lines would fare; None when every line meets the same desks in the same order."""
    changed = [line for line in after.visits if _works(before, line) != _works(after, line)]
    if not changed:
        return None
    pairs = [(line, set(_works(before, line)), set(_works(after, line))) for line in changed]
    added = ((visit, line) for line, old, _ in pairs for visit in after.visits[line] if visit.work not in old)
    dropped = ((visit, line) for line, _, new in pairs for visit in before.visits[line] if visit.work not in new)
    share = Share(1, len(changed), Money.total(amounts[line] for line in changed))
    return Change(share, _shares(added, amounts), _shares(dropped, amounts))


def _works(given: Routed, line: int) -> list[tuple[Seat, str]]:
    return [visit.work for visit in given.visits.get(line, ())]


def _shares(found: Iterable[tuple[Visit, int]], amounts: Mapping[int, Money]) -> dict[Visit, Share]:
    told: dict[Visit, Share] = defaultdict(Share)
    for visit, line in found:
        told[visit] += Share(0, 1, amounts[line])
    return dict(told)


def by_step(routes: Iterable[tuple[Routed, Mapping[int, Money]]]) -> dict[str, Share]:
    """How many plans and lines and how much money each step would see, by its name."""
    told: dict[str, Share] = defaultdict(Share)
    for given, amounts in routes:
        met: dict[str, Share] = defaultdict(lambda: Share(1))
        for line, visits in given.visits.items():
            for name in dict.fromkeys(visit.step for visit in visits):
                met[name] += Share(0, 1, amounts[line])
        for name, share in met.items():
            told[name] += share
    return dict(told)


def may_act(sitting: Sequence[Sitting], makers: Collection[int]) -> list[Sitting]:
    """Who of those sitting there may decide: neither he nor the one for whom he acts has made the plan."""
    return [one for one in sitting if not set(one) & set(makers)]
