"""What lies ahead of a plan: every step of its chain with who gets it and why, or why nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from approvals.chains.models import ChainStep
from approvals.reviews import reasons, steps
from approvals.reviews.reasons import Reason
from approvals.reviews.route import Stop, Way, passed_because
from approvals.reviews.separation import Hands
from budget.plans.models import Plan
from core.money import ZERO, Money

_NONE: Final = Reason()


@dataclass(frozen=True)
class Ahead:
    """One desk that will be asked, or a step that will be passed over (`passed` says why)."""

    step: ChainStep
    place: str = ""
    names: str = ""
    amount: Money = ZERO
    reason: Reason = _NONE
    passed: str = ""


def ahead_of(plan: Plan, chain: Sequence[ChainStep], way: Way, hands: Hands, after: int = 0) -> list[Ahead]:
    """The steps after this number as they would be if everything were agreed to."""
    stops = [way.stop(step) for step in chain if step.number > after]
    last = max((stop.number for stop in stops if stop.applies), default=0)
    return [one for stop in stops for one in _at(plan, chain, way, stop, hands, must=stop.number == last)]


def _at(
    plan: Plan, chain: Sequence[ChainStep], way: Way, stop: Stop, hands: Hands, *, must: bool
) -> Iterator[Ahead]:
    step = chain[stop.number - 1]
    if not stop.asked and not must:
        yield Ahead(step, reason=Reason(reasons.rule_said(step)), passed=passed_because(stop))
        return
    amounts = {line.id: line.facts.amount for line in way.lines}
    for desk in steps.desks_at(plan, chain, way, stop, hands):
        yield Ahead(
            step,
            steps.place_name(desk.place),
            "、".join(one.said for one in desk.people),
            Money.total(amounts[one] for one in desk.lines),
            reasons.read_reason(reasons.reason_of(desk, stop, way)),
        )
