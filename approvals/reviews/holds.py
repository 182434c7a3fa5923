"""Holding the money of a plan's lines and letting it go again, inside the caller's transaction.

The decision that stands behind it is written first: the database refuses the posting otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from accounts.people.rules import Person
from budget.allotments import store as allotments
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import covered, plus_lines


def reserve(plan: Plan, held: Collection[int], *, by: Person) -> None:
    """Hold the money of every line that holds; the locked balances were found enough, and a CHECK stands behind."""
    moves = [
        Move(line.allotment_id, PostingKind.HOLD, line.applied, line.id, plan.revision + 1)
        for line in holding(plan)
        if line.allotment_id in held and line.allotment_id and line.applied
    ]
    allotments.post(moves, by=by)


def release(plan: Plan, reason: str, *, by: Person) -> None:
    """Let go what the lines hold; the allotments are locked in the order of their ids."""
    release_lines(plan, plan.lines, reason, by=by)


def release_lines(plan: Plan, lines: Sequence[PlanLine], reason: str, *, by: Person) -> None:
    """The same for some of the lines only."""
    allotments.locked(line.allotment_id for line in lines if line.allotment_id)
    chosen = {line.id for line in lines}
    moves = [
        Move(line.allotment_id, PostingKind.RELEASE, line.applied, line.id, plan.revision, reason)
        for line in holding(plan)
        if line.id in chosen and line.allotment_id and line.applied
    ]
    allotments.post(moves, by=by)


def holding(plan: Plan) -> list[PlanLine]:
    """The lines that hold money while the plan is under review: not the minus lines, nor those that these pay for."""
    free = covered(plan.kind, plan.lines)
    return [line for line in plus_lines(plan.lines) if line.id not in free]
