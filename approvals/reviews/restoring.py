"""建议数 and 核批数 put back after words were taken back: what still stands leaves them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import bindparam, select

from approvals.chains.models import Chain
from approvals.chains.rules import AmountField
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.retractions import stands
from approvals.reviews.rules import GOING_ON, TaskState
from approvals.reviews.ways import way_of
from budget.plans.models import Plan
from core.db import session
from core.money import Money

# At a desk that still waits for others each word moves the amount at once, long before it stands.
_AT_OPEN_DESKS: Final = (
    select(ReviewTask.step_no, Opinion.plan_line_id, Opinion.amount)
    .join(ReviewTask, Opinion.task_id == ReviewTask.id)
    .where(ReviewTask.plan_id == bindparam("plan_id"), ReviewTask.state == TaskState.OPEN)
    .where(Opinion.verdict.in_(GOING_ON), stands())
    .order_by(Opinion.id)
)


def restore_amounts(plan: Plan, chain: Chain, digests: Mapping[int, str]) -> None:
    """The amounts of all lines of the plan anew, from the words that count; inside the caller's transaction."""
    told = way_of(plan, chain.steps, chain.after_return, digests).amounts()
    for field, line_id, amount in _at_open_desks(plan, chain):
        told.setdefault(line_id, {})[field] = amount
    for line in plan.lines:
        now = told.get(line.id, {})
        line.suggested, line.approved = now.get(AmountField.SUGGESTED), now.get(AmountField.APPROVED)


def _at_open_desks(plan: Plan, chain: Chain) -> Iterator[tuple[AmountField, int, Money]]:
    """What was said where others are still awaited, the later word over the earlier."""
    for step_no, line_id, amount in session().execute(_AT_OPEN_DESKS, {"plan_id": plan.id}):
        if (field := chain.steps[step_no - 1].amount_field) is not AmountField.NONE:
            yield field, line_id, amount
