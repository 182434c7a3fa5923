"""Turning a draft that came too late into next month's plan."""

from __future__ import annotations

from uuid import UUID

from accounts.people.rules import Person
from budget.calendar.store import check_year_open
from budget.plans import late, store
from budget.plans.models import Plan
from core import clock, history
from core.db import transaction
from core.errors import Overtaken, Refused
from core.waiting import retried


@retried
def move_to_next_month(plan_id: UUID, seen: int, *, by: Person) -> int:
    """转为下月计划: the same lines under a new number, without pay dates of the old month; gives the month.

    `seen` is the version on the clerk's page. Raises `Refused` with what applies instead, in December above all.
    """
    with transaction():
        plan = store.locked(plan_id, by.writing())
        if not late.is_movable(plan):
            raise Refused("只有没有送审过的月度计划草稿才能转为下月计划。")
        if plan.version != seen:
            raise Overtaken("计划在您打开之后被修改过，没有转月；请刷新页面核对后再转。")
        check_year_open(plan.division_code, plan.fiscal_year)
        month = late.target_month(plan)
        said = f"{plan.number}（{plan.month}月）转为{month}月计划"
        _move(plan, month)
        store.note_editor(plan.id, by.id)
        history.record("plan", plan.id, "move", f"{said} {plan.number}", by=by)
        return month


def _move(plan: Plan, month: int) -> None:
    plan.number = store.take_number(plan.division_code, plan.fiscal_year, month, plan.kind)
    plan.month, plan.version, plan.updated_at = month, plan.version + 1, clock.now()
    for line in plan.lines:
        line.month = max(line.month, month)
        if line.pay_date and (line.pay_date.year, line.pay_date.month) != (plan.fiscal_year, line.month):
            line.pay_date = None
