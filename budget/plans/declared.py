"""What other plans of a unit have asked for in the months of this one."""

from __future__ import annotations

from sqlalchemy import select

from budget.plans.models import Plan, PlanLine
from budget.plans.months import Declared, hints
from budget.plans.rules import HOLDING, PlanState, plus_lines
from core.db import session


def hints_for(plan: Plan) -> list[str]:
    """Which months of the plan's allotments stand in other plans of the unit already, in one query."""
    lines = plus_lines(plan.lines)
    asked = {line.allotment_id for line in lines if line.allotment_id is not None}
    if not asked:
        return []
    query = (
        select(PlanLine.allotment_id, PlanLine.month, Plan.number, PlanLine.position)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(Plan.unit_id == plan.unit_id, Plan.fiscal_year == plan.fiscal_year, Plan.id != plan.id)
        .where(Plan.state.in_((*HOLDING, PlanState.APPROVED)))
        .where(PlanLine.removed_in.is_(None), PlanLine.source_line_id.is_(None))
        .where(PlanLine.allotment_id.in_(asked), PlanLine.month.in_({line.month for line in lines}))
        .order_by(Plan.number, PlanLine.position)
    )
    return hints(lines, [Declared(row[0] or 0, row[1], row[2], row[3]) for row in session().execute(query)])
