"""A step that asks for more than being signed in: before deciding at it, the person gives a code (动态口令)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy import and_, bindparam, select

from accounts.signin import confirming
from accounts.signin.guard import person
from approvals.chains.models import ChainStep
from approvals.reviews.models import ReviewTask
from approvals.reviews.waiting import waits_for
from budget.plans.models import Plan
from core.db import session

_GUARDED: Final = (
    select(ChainStep.name)
    .join(Plan, Plan.chain_id == ChainStep.chain_id)
    .join(ReviewTask, and_(ReviewTask.plan_id == Plan.id, ReviewTask.step_no == ChainStep.number))
    .where(ReviewTask.id.in_(bindparam("ids", expanding=True)), ChainStep.second_factor)
    .distinct()
    .order_by(ChainStep.name)
)
_ANY_GUARDED: Final = _GUARDED.limit(1)


def asked_first(*task_ids: UUID) -> ResponseReturnValue | None:
    """The page that asks for a code, where one of these tasks needs one afresh; None when all may go on.

    It stands before every view that decides, and keeps all that was sent.
    """
    steps = [] if confirming.is_fresh() else _guarded(task_ids)
    if not steps:
        return None
    named = "、".join(f"“{name}”" for name in steps)
    return confirming.ask(f"环节{named}要求办理前再次确认身份，请输入动态口令。")


def _guarded(task_ids: Collection[UUID]) -> list[str]:
    """The names of the steps that ask for it, among the tasks that wait for the person."""
    asked = {"ids": list(task_ids)}
    if session().scalar(_ANY_GUARDED, asked) is None:  # hardly ever any
        return []
    return list(session().scalars(_GUARDED.where(waits_for(person())), asked))
