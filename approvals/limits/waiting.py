"""Whom a desk waits for, and how a plan is called in what they are told."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.people.rules import PlaceKind, Role
from accounts.people.seats import Sitter, sitters
from accounts.units.store import department_of
from approvals.limits.store import spoken_at
from approvals.reviews import deciding, steps
from approvals.reviews.models import ReviewTask
from approvals.reviews.separation import left_out
from budget.plans.models import Plan
from core import clock


def plan_said(plan: Plan) -> str:
    """区实验小学2026年12月用款计划（YK-202612-0001）"""
    return f"{plan.unit.name}{plan.title}（{plan.number}）"


def at_desk(plan: Plan, task: ReviewTask) -> Sequence[Sitter]:
    """The people who may act at an open desk and have not spoken there yet."""
    able, _ = left_out(steps.people_at(task), task.step_no, deciding.hands_of(plan), {})
    spoken = spoken_at(task.id) if task.needed > 1 else set()
    return [one for one in able if one.id not in spoken and one.behalf_id not in spoken]


def above(plan: Plan, task: ReviewTask, role: Role) -> Sequence[Sitter]:
    """Who holds the post to which a delay at the desk is reported, at the place that fits it."""
    unit_id, office_id = _place(plan, task, role)
    return sitters(role, clock.today(), unit_id=unit_id, office_id=office_id)


def _place(plan: Plan, task: ReviewTask, role: Role) -> tuple[int | None, int | None]:
    """The desk's own office, else that of the unit; the plan's unit, or its department; the bureau has one of each."""
    if role.place is PlaceKind.OFFICE:
        return None, task.office_id or plan.unit.office_id
    if role is Role.DEPARTMENT_REVIEWER:
        department = department_of(plan.unit)
        return (department.id if department else plan.unit_id), None
    return (plan.unit_id if role.place is PlaceKind.UNIT else None), None
