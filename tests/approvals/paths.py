"""Chains for stories: published in one line, with people enough for every mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import func, select

from accounts.people.models import Post
from accounts.people.rules import Role
from approvals.chains.conditions import Condition, LineFacts
from approvals.chains.models import Chain, ChainStep
from approvals.chains.rules import AfterReturn, AmountField, StepMode, StepScope
from core import clock
from core.db import transaction
from tests.world import DIVISION, World


def met(condition: Condition, line: LineFacts) -> bool:
    """Whether a step with this condition is asked about the line."""
    return not list(condition.misses(line))


@dataclass(frozen=True)
class Path:
    """A step of a chain as a story names it."""

    name: str
    role: Role
    scope: StepScope = StepScope.BUREAU
    sets: AmountField = AmountField.NONE
    asks: Condition = field(default_factory=Condition)
    mode: StepMode = StepMode.ANY
    needed: int = 1
    may_return: bool = True
    may_hold: bool = True
    second_factor: bool = False


UNIT: Final = Path("单位审核", Role.UNIT_AUDITOR, StepScope.UNIT)
OFFICE: Final = Path("业务股室初审", Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, AmountField.SUGGESTED)
TREASURY: Final = Path("国库复审", Role.TREASURY_REVIEWER, sets=AmountField.APPROVED)
APPROVAL: Final = Path("国库批复", Role.TREASURY_APPROVER, sets=AmountField.APPROVED)
USUAL: Final = (UNIT, OFFICE, TREASURY, APPROVAL)


def publish(*steps: Path, after_return: AfterReturn = AfterReturn.EVERY_STEP, kind: str = "monthly") -> int:
    """The next version of the chain of a kind of plans, in force at once; gives its id."""
    with transaction() as work:
        version = work.scalar(select(func.max(Chain.version)).where(Chain.name == f"试验{kind}")) or 10
        chain = Chain(division_code=DIVISION, name=f"试验{kind}", plan_kind=kind, version=version + 1,
                      after_return=after_return)  # fmt: skip
        chain.steps.extend(
            ChainStep(
                number=number, name=step.name, role=step.role, scope=step.scope, amount_field=step.sets,
                condition=step.asks.text(), mode=step.mode, needed=step.needed, may_return=step.may_return,
                may_hold=step.may_hold, second_factor=step.second_factor,
            )
            for number, step in enumerate(steps, 1)
        )  # fmt: skip
        work.add(chain)
        work.flush()
        chain.published_at = clock.now()
        return chain.id


def appoint(world: World, username: str, role: Role, *, office: str = "", unit: str = "") -> None:
    """One more post for somebody of the cast, so that a desk has several people."""
    with transaction() as work:
        place = {"office_id": world.offices.get(office), "unit_id": world.units.get(unit)}
        post = Post(role=role, starts_on=date(2026, 1, 1), **place)
        post.person_id = world.people[username]
        work.add(post)
