"""Playing a month's plans against two chains, the one in force and another, and telling the difference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.people.seats import seated
from accounts.people.signing import signed
from accounts.people.store import names
from accounts.units.store import offices
from approvals.chains.models import Chain
from approvals.rehearsal import store
from approvals.rehearsal.rules import (
    Routed,
    Seat,
    Share,
    Sitting,
    Station,
    Visit,
    by_step,
    change_of,
    may_act,
    routed,
)
from approvals.rehearsal.store import Played
from budget.plans.models import Plan
from budget.plans.rules import PlanKind
from core import clock
from core.money import Money


@dataclass(frozen=True)
class Met:
    """A desk as a row tells it: step, place, people, and how much comes to it."""

    step: str
    place: str
    people: str
    share: Share


@dataclass(frozen=True)
class Row:
    """One plan that would fare otherwise; a desk without people is one at which nobody could decide."""

    plan: Plan
    share: Share
    added: Sequence[Met]
    dropped: Sequence[Met]


@dataclass(frozen=True)
class StepRow:
    """One step with what it sees by the chain in force and by the other."""

    name: str
    before: Share
    after: Share


@dataclass(frozen=True)
class Rehearsal:
    """What a month's plans would have met."""

    whole: Share
    changed: Share
    rows: Sequence[Row]
    steps: Sequence[StepRow]


def rehearse(chain: Chain, current: Chain | None, year: int, month: int, kinds: Collection[PlanKind]) -> Rehearsal:
    """The month's plans on the chain, beside the one in force; the number of queries does not depend on them."""
    before, after = stations(current), stations(chain)
    rolling = any(one.asks.rolling_from for one in (*before, *after))
    plans = store.played(chain.division_code, year, month, kinds, rolling=rolling)
    pairs = [(one, _routed(before, one), _routed(after, one)) for one in plans]
    people = _People(chain.division_code, {seat for _, old, new in pairs for seat in old.seats() | new.seats()})
    rows = [row for one, old, new in pairs if (row := _row(one, old, new, people))]
    return Rehearsal(
        _sum(Share(1, len(one.lines), _total(one)) for one in plans),
        _sum(row.share for row in rows),
        rows,
        _steps((before, after), pairs),
    )


def stations(chain: Chain | None) -> list[Station]:
    """The steps of a chain, read once."""
    return [Station(step.number, step.draft) for step in chain.steps] if chain else []


def _routed(steps: Sequence[Station], one: Played) -> Routed:
    return routed(steps, one.lines, one.plan.unit_id, one.department_id)


def _total(one: Played) -> Money:
    return Money.total(one.amounts.values())


def _sum(shares: Iterable[Share]) -> Share:
    total = Share()
    for share in shares:
        total += share
    return total


def _row(one: Played, old: Routed, new: Routed, people: _People) -> Row | None:
    change = change_of(old, new, one.amounts)
    if change is None:
        return None
    sides = (change.added, change.dropped)
    added, dropped = ([people.met(visit, share, one.makers) for visit, share in side.items()] for side in sides)
    return Row(one.plan, change.share, added, dropped)


class _People:
    """Who sits at the seats today, in three queries for all of them."""

    def __init__(self, division_code: str, seats: Collection[Seat]) -> None:
        self.there: Mapping[Seat, Sequence[Sitting]] = seated(seats, clock.today()) if seats else {}
        ids = {one for sitting in self.there.values() for pair in sitting for one in pair if one is not None}
        self._names = names(ids)
        self._offices = {office.id: office.name for office in offices(division_code)}

    def met(self, visit: Visit, share: Share, makers: Collection[int]) -> Met:
        """The desk with those of its people who may decide on the plan."""
        there = may_act(self.there.get(visit.seat, ()), makers)
        said = "、".join(dict.fromkeys(self._name(one) for one in there))
        return Met(visit.step, self._place(visit.seat), said, share)

    def _name(self, sitting: Sitting) -> str:
        person_id, behalf_id = sitting
        return signed(self._names[person_id], self._names[behalf_id] if behalf_id else "")

    def _place(self, seat: Seat) -> str:
        return self._offices.get(seat[2] or 0, "")


def _steps(
    chains: tuple[Sequence[Station], Sequence[Station]], pairs: Sequence[tuple[Played, Routed, Routed]]
) -> list[StepRow]:
    """The steps of the new chain in their order, then those that it has no more."""
    old = by_step((before, one.amounts) for one, before, _ in pairs)
    new = by_step((after, one.amounts) for one, _, after in pairs)
    named = dict.fromkeys(step.draft.name for chain in reversed(chains) for step in chain)
    return [StepRow(name, old.get(name, Share()), new.get(name, Share())) for name in named]
