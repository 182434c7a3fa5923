"""What the queue shows and sorts a task by, kept with it from its opening: a page of the queue reads no lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from approvals.reviews.route import Way
from approvals.reviews.rules import amount_now
from budget.plans.models import Plan, PlanLine
from core.money import ZERO, Money


def card_of(plan: Plan, way: Way, line_ids: Collection[int], barred: Iterable[int]) -> dict[str, Any]:
    """The columns of a task that is about these lines of the plan; `barred` may not act on it."""
    lines = [line for line in plan.lines if line.id in line_ids]
    guaranteed = {line.id for line in way.lines if line.facts.guaranteed}
    looked_at = line_ids or [line.id for line in plan.lines]
    return {
        "lane": 0 if guaranteed.intersection(looked_at) else 1,
        "unit_code": plan.unit.code,
        "department_code": plan.unit.department_code,
        "unit_office_id": plan.unit.office_id,
        "plan_number": plan.number,
        "year_month": plan.fiscal_year * 100 + plan.month,
        "line_count": len(lines),
        "total": _sum(lines),
        "asked": _sum(line for line in lines if line.source_line_id is None),
        "cut": any(amount_now(line) != line.applied for line in lines),
        "not_for": words_of(barred),
    }


def words_of(ids: Iterable[int]) -> str:
    """Ids as a text in which one is found with a blank on either side."""
    return f" {' '.join(map(str, sorted(ids)))} "


def ids_in(words: str) -> set[int]:
    """The ids in such a text."""
    return set(map(int, words.split()))


def _sum(lines: Iterable[PlanLine]) -> Money:
    return Money.total(line.applied or ZERO for line in lines)
