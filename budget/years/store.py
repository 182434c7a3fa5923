"""What stands in the way of closing a year, over its plans, their postings and their payments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select

from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from budget.reductions.store import rests
from budget.years.rules import NAMED, Unsettled
from core.db import session
from core.money import Money

_TODO: Final = {
    PlanState.IN_REVIEW: ("审核中的计划", "请批复、退回或由单位撤回"),
    PlanState.SUSPENDED: ("挂起的计划", "请恢复办理后批复、退回或作废"),
    PlanState.RETURNED: ("被退回、没有再送审的计划", "请由单位作废，或改好后送审"),
}


def obstacles(division_code: str, year: int) -> list[str]:
    """年结检验: every sentence that says why the year cannot be closed yet; empty when nothing is in the way."""
    return [str(one) for one in (*_on_their_way(division_code, year), *_unpaid(division_code, year))]


def _on_their_way(division_code: str, year: int) -> Iterator[Unsettled]:
    whose = (Plan.division_code == division_code, Plan.fiscal_year == year)
    counted = select(Plan.state, func.count()).where(*whose, Plan.state.in_(_TODO)).group_by(Plan.state)
    counts = dict(session().execute(counted).all())
    for state, (what, todo) in _TODO.items():
        if counts.get(state):
            numbers = select(Plan.number).where(*whose, Plan.state == state).order_by(Plan.number).limit(NAMED)
            yield Unsettled(what, todo, counts[state], list(session().scalars(numbers)))


def _unpaid(division_code: str, year: int) -> Iterator[Unsettled]:
    """Approved plans of which a rest is neither paid nor taken back."""
    rest = rests(division_code, year)
    by_plan = (
        select(Plan.number, func.sum(rest.c.rest).label("rest"))
        .join(PlanLine, PlanLine.plan_id == Plan.id)
        .join(rest, rest.c.line_id == PlanLine.id)
        .where(rest.c.rest > 0)
        .group_by(Plan.number)
        .subquery()
    )
    count, total = session().execute(select(func.count(), func.sum(by_plan.c.rest))).one()
    if count:
        numbers = session().scalars(select(by_plan.c.number).order_by(by_plan.c.number).limit(NAMED))
        todo = "请导入支付凭证；不再支付的请先办理年终注销（由业务股室或国库复审岗起草），批复后再年结"
        yield Unsettled("已批复、没有付完的计划", todo, count, list(numbers), Money(int(total)))
