"""Opening a step: which desks get the plan, who sits there, and by when they should act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.people.models import Account
from accounts.people.store import holders
from accounts.units.store import department_of
from approvals.chains.models import Chain, ChainStep
from approvals.chains.rules import StepScope
from approvals.reviews.deciding import office_ids
from approvals.reviews.models import ReviewTask
from budget.plans.models import Plan
from core import clock, notices
from core.db import session
from core.errors import Refused

Place = tuple[int | None, int | None]


def check_manned(plan: Plan, chain: Chain, makers: set[int]) -> None:
    """Before submission every desk of the chain must have somebody who may act. Raises `Refused` naming the gap."""
    empty = [
        f"环节“{step.name}”{_place_name(plan, place)}目前没有可以办理的人员，请联系系统管理员设置岗位。"
        for step in chain.steps
        for place in places(plan, step)
        if not [account for account in sitting(step, place) if account.id not in makers]
    ]
    if empty:
        raise Refused(*empty)


def _place_name(plan: Plan, place: Place) -> str:
    offices = {line.allotment.office_id: line.allotment.office.name for line in plan.lines if line.allotment}
    return f"（{offices[place[1]]}）" if place[1] in offices else ""


def places(plan: Plan, step: ChainStep) -> Iterator[Place]:
    """The desks of a step for this plan, as (unit id, office id)."""
    if step.scope is StepScope.UNIT:
        yield plan.unit_id, None
    elif step.scope is StepScope.DEPARTMENT:
        department = department_of(plan.unit)
        yield (department.id if department else plan.unit_id), None
    elif step.scope is StepScope.LINE_OFFICE:
        yield from ((None, office_id) for office_id in office_ids(plan.id))
    else:
        yield None, None


def sitting(step: ChainStep, place: Place) -> list[Account]:
    """Who holds the step's post at this place today."""
    unit_id, office_id = place
    return holders(step.role, clock.today(), unit_id=unit_id, office_id=office_id)


def people_at(task: ReviewTask) -> list[Account]:
    """Who holds the post of an open task today."""
    return holders(task.role, clock.today(), unit_id=task.unit_id, office_id=task.office_id)


def first_desks(plan: Plan, chain: Chain, makers: set[int]) -> list[tuple[str, str]]:
    """Who comes first after submission: (step, names with telephones), one for each desk."""
    step = chain.steps[0]
    return [
        (
            f"{step.name}{_place_name(plan, place)}",
            "、".join(f"{one.name} {one.phone}".strip() for one in sitting(step, place) if one.id not in makers),
        )
        for place in places(plan, step)
    ]


def open_step(plan: Plan, step: ChainStep, makers: set[int]) -> None:
    """Give the plan to every desk of the step and tell the people there, inside the caller's transaction."""
    now = clock.now()
    with session().no_autoflush:  # nothing that is asked here has been changed by this transaction
        desks = [(place, sitting(step, place)) for place in places(plan, step)]
        unit_name = plan.unit.name
    plan.step_no = step.number
    for (unit_id, office_id), there in desks:
        session().add(
            ReviewTask(
                plan_id=plan.id,
                revision=plan.revision,
                step_no=step.number,
                step_name=step.name,
                role=step.role,
                unit_id=unit_id,
                office_id=office_id,
                opened_at=now,
                due_at=due(now, step.time_limit_days),
            )
        )
        people = [account.id for account in there if account.id not in makers]
        notices.tell(people, f"{unit_name}{plan.title}（{plan.number}）待您{step.name}", f"/plans/{plan.id}")


def due(opened: datetime, working_days: int) -> datetime:
    """The end of the working day (17:30) so many weekdays later; holidays come with the yearly calendar."""
    day = clock.local(opened)
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5
    return day.replace(hour=17, minute=30, second=0, microsecond=0)
