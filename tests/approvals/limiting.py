"""Chains with limits, and looking after them at a moment, for stories about time."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from accounts.people.rules import Role
from approvals.chains.models import Chain, ChainStep
from approvals.chains.rules import AmountField, OnLimit, StepMode, StepScope
from approvals.limits.watching import watch_limits
from budget.calendar.models import SpecialDay
from core import clock
from core.db import session, transaction
from core.notices import Notice, NoticeKind
from tests.approvals import stories
from tests.world import DIVISION, World


def limited(
    role: Role = Role.UNIT_AUDITOR, scope: StepScope = StepScope.UNIT, days: int = 3, to: Role | None = None,
    mode: StepMode = StepMode.ANY,
) -> None:
    """The chain of monthly plans from now on: this step with its limit, then the treasury's approval."""
    with transaction() as work:
        version = work.scalar(select(func.max(Chain.version)).where(Chain.plan_kind == "monthly")) or 0
        chain = Chain(division_code=DIVISION, name="限时", plan_kind="monthly", version=version + 1)
        chain.steps = [
            ChainStep(
                number=1, name="限时审核", role=role, scope=scope, time_limit_days=days, mode=mode,
                on_limit=OnLimit.ESCALATE if to else OnLimit.REMIND, escalate_to=to,
            ),
            ChainStep(number=2, name="国库批复", role=Role.TREASURY_APPROVER, scope=StepScope.BUREAU,
                      amount_field=AmountField.APPROVED, time_limit_days=9),
        ]  # fmt: skip
        work.add(chain)
        work.flush()
        chain.published_at = clock.now()


def waiting(world: World, *amounts: tuple[str, int]) -> UUID:
    """A plan of 区实验小学 that waits at the step."""
    return stories.submitted(world, *(amounts or (("A2", 100),)))


def special(day: date, is_work: bool) -> None:
    """One holiday, or one day of work instead."""
    with transaction() as work:
        work.add(SpecialDay(division_code=DIVISION, day=day, is_work=is_work, name="调休"))


def look(moment: datetime) -> None:
    """The regular look at that moment."""
    with clock.stopped(moment):
        watch_limits({}, None)
    session().rollback()


def told(world: World, username: str, kind: NoticeKind = NoticeKind.LIMIT) -> list[str]:
    """What the person was told of limits, oldest first."""
    query = select(Notice.text).where(Notice.person_id == world.people[username], Notice.kind == kind)
    return list(session().scalars(query.order_by(Notice.id)))
