"""The chains that a house begins with, one for each kind of plan that goes its own way.

Monthly plans: 项目 lines are looked at by the chief of their office as well, large amounts by the bureau's leaders, and
三保 lines by neither: all that such a line meets has a limit of one working day. The treasury approves every line last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from accounts.people.rules import Role
from approvals.chains.conditions import Condition
from approvals.chains.drafts import SEATS, ChainDraft, StepDraft
from approvals.chains.rules import AmountField, OnLimit
from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core.money import Money


@dataclass(frozen=True)
class Thresholds:
    """From which amount on, of a line or of 30 days to one payee, the leaders of the bureau are asked."""

    deputy: Money
    director: Money


# Whatever a 三保 line meets is to be done within so many working days.
SHORT_LIMIT: Final = 1
USUAL: Final = Thresholds(Money.yuan(100_000), Money.yuan(500_000))


@dataclass(frozen=True)
class DefaultChain:
    """A chain as it is at first, for one kind of plan."""

    plan_kind: PlanKind
    draft: ChainDraft

    @property
    def said(self) -> str:
        """“月度用款计划”：单位审核 → 业务股室初审 → … → 国库批复."""
        return f"“{self.draft.name}”：{self.draft.way}"


def _step(name: str, role: Role, sets: AmountField, days: int = SHORT_LIMIT) -> StepDraft:
    return StepDraft(name, role, SEATS[role], sets, days)


_UNIT: Final = _step("单位审核", Role.UNIT_AUDITOR, AmountField.NONE)
_OFFICE: Final = _step("业务股室初审", Role.OFFICE_REVIEWER, AmountField.SUGGESTED)
_PROJECTS: Final = replace(
    _step("股室负责人审核", Role.OFFICE_CHIEF, AmountField.SUGGESTED, 2),
    condition=Condition(spending=SpendingKind.PROJECT.value, guaranteed=False),
)
# What an office's reviewer entered for a unit is looked over by the chief of the office.
_CHIEF: Final = _step("股室审核（代编）", Role.OFFICE_CHIEF, AmountField.SUGGESTED, 2)
_TREASURY: Final = _step("国库复审", Role.TREASURY_REVIEWER, AmountField.APPROVED)
_APPROVAL: Final = replace(
    _step("国库批复", Role.TREASURY_APPROVER, AmountField.APPROVED),
    on_limit=OnLimit.ESCALATE, escalate_to=Role.DEPUTY_DIRECTOR,
)  # fmt: skip


def _leaders(given: Thresholds) -> tuple[StepDraft, ...]:
    """Large amounts, but for 三保; split payments count together."""
    return tuple(
        replace(
            _step(name, role, AmountField.APPROVED, 2),
            condition=Condition(guaranteed=False, line_from=least.fen, rolling_from=least.fen),
        )
        for name, role, least in (
            ("分管局长审核", Role.DEPUTY_DIRECTOR, given.deputy),
            ("局长审核", Role.DIRECTOR, given.director),
        )
    )


def defaults(given: Thresholds = USUAL) -> Sequence[DefaultChain]:
    """The default chains; a kind without a chain of its own runs on the monthly one."""
    large = _leaders(given)
    whole = (_UNIT, _OFFICE, _PROJECTS, _TREASURY, *large, _APPROVAL)
    return (
        DefaultChain(PlanKind.MONTHLY, ChainDraft("月度用款计划", whole)),
        DefaultChain(PlanKind.SUPPLEMENT, ChainDraft("追加用款计划", whole)),
        DefaultChain(PlanKind.ENTERED, ChainDraft("财政代编计划", (_CHIEF, _TREASURY, *large, _APPROVAL))),
        # Money only comes back (domain 1.4 F): the treasury looks at it twice, nobody else.
        DefaultChain(PlanKind.REDUCTION, ChainDraft("调减用款计划", (_TREASURY, _APPROVAL))),
    )
