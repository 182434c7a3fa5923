"""Chains that are published while plans run, and a post that is lent: what changes around the desks of a life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.people.rules import Person, Role
from approvals.chains.conditions import Condition
from approvals.chains.rules import AfterReturn, StepMode, StepScope
from core import clock
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, USUAL, Path, publish
from tests.proven.deskwork import DeskWork

_CHIEF: Final = Path("大额复核", Role.TREASURY_REVIEWER, asks=Condition(line_from=600_00, rolling_from=900_00))
_LAST: Final = Path("股室定稿", Role.OFFICE_CHIEF, StepScope.LINE_OFFICE)
_PROJECT: Final = replace(OFFICE, asks=Condition(spending="project"))
CHAINS: Final[Mapping[str, Callable[[], int]]] = {
    "usual": lambda: publish(*USUAL),
    "short": lambda: publish(UNIT, OFFICE, APPROVAL),
    "from_return": lambda: publish(*USUAL, after_return=AfterReturn.FROM_RETURN),
    "by_amount": lambda: publish(UNIT, _PROJECT, _CHIEF, APPROVAL),
    "all": lambda: publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.ALL), APPROVAL),
    "some": lambda: publish(
        UNIT, replace(TREASURY, mode=StepMode.SOME, needed=2), APPROVAL, after_return=AfterReturn.FROM_RETURN
    ),
    "in_order": lambda: publish(OFFICE, replace(TREASURY, mode=StepMode.IN_ORDER), APPROVAL),
    "stern": lambda: publish(replace(OFFICE, may_return=False), TREASURY, _LAST),
}


class Ways(DeskWork):
    """What a story may change around the desks; each takes the plan of a step and leaves it alone."""

    known: dict[str, Person]

    def chain(self, name: str) -> None:
        """Another chain for monthly plans from now on."""
        self.attempt(CHAINS[name])

    def all_sign(self, _plan_id: UUID) -> None:
        self.chain("all")

    def one_by_one(self, _plan_id: UUID) -> None:
        self.chain("in_order")

    def two_sign(self, _plan_id: UUID) -> None:
        self.chain("some")

    def by_amount(self, _plan_id: UUID) -> None:
        self.chain("by_amount")

    def from_return(self, _plan_id: UUID) -> None:
        self.chain("from_return")

    def lend(self, _plan_id: UUID, giver: str = "shen", taker: str = "qin") -> None:
        """Somebody acts for another for three days."""
        today = clock.today()
        draft = DelegationDraft(taker, None, today, today + timedelta(days=3), "外出学习")
        by = self.person(giver)
        self.attempt(lambda: delegate(draft, by=by))
        self.known.clear()
