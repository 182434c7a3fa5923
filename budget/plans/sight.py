"""Which plans a person may see, as one condition of every query that shows any."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanLine


def visible(scope: Scope) -> ColumnElement[bool]:
    """Which plans a person may see: his own to the last draft, the rest from submission on."""
    parts: list[ColumnElement[bool]] = []
    if scope.unit_ids:
        parts.append(and_(Plan.unit_id.in_(scope.unit_ids), or_(Plan.entered.is_(False), Plan.revision > 0)))
    if scope.enters:
        parts.append(Plan.entered.is_(True))
    if beyond := list(_submitted_to(scope)):
        parts.append(and_(Plan.revision > 0, or_(*beyond)))
    return or_(*parts) if parts else false()


def _submitted_to(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """What a person may see of others, once it has been submitted."""
    if scope.whole_bureau:
        yield Plan.id.is_not(None)
    if scope.predecessor_ids:
        yield Plan.unit_id.in_(scope.predecessor_ids)
    if scope.office_ids:
        yield _has_line_of(scope.office_ids)
    if scope.lent_plans:
        yield Plan.id.in_(scope.lent_plans)
    for code in sorted(scope.department_codes):
        yield Plan.unit_id.in_(select(Unit.id).where(Unit.code.startswith(code, autoescape=True)))


def _has_line_of(office_ids: Collection[int]) -> ColumnElement[bool]:
    lines = select(PlanLine.id).join(Allotment).where(PlanLine.plan_id == Plan.id)
    return exists(lines.where(Allotment.office_id.in_(office_ids)))
