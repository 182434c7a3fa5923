"""Opening a step: which desks get which lines of the plan, who sits there, why, and by when they should act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from accounts.people.models import Account
from accounts.people.rules import Role
from accounts.people.store import Sitter, holders, seated, sitters
from accounts.units.models import Office
from accounts.units.store import department_of
from approvals.chains.models import ChainStep
from approvals.chains.rules import StepMode, StepScope
from approvals.reviews.cards import card_of
from approvals.reviews.models import ReviewTask, TaskLine
from approvals.reviews.places import Desk, Place
from approvals.reviews.reasons import reason_of, reason_passed
from approvals.reviews.route import Stop, Way
from approvals.reviews.rules import TaskState
from approvals.reviews.separation import Hands, left_out, short_of
from budget.calendar.rules import Special, add_working_days
from budget.calendar.store import special_days
from budget.plans.models import Plan
from core import clock, notices
from core.db import add_rows, session
from core.errors import Refused
from core.notices import NoticeKind


def desks_at(plan: Plan, chain: Sequence[ChainStep], way: Way, stop: Stop, hands: Hands) -> list[Desk]:
    """The desks of a stop's step, with its lines."""
    step, names = chain[stop.number - 1], {one.number: one.name for one in chain}
    return [_desk(step, place, lines, hands, names) for place, lines in places(plan, step, way, stop)]


def _desk(step: ChainStep, place: Place, lines: tuple[int, ...], hands: Hands, names: dict[int, str]) -> Desk:
    alone = step.mode is StepMode.ANY  # else a second account of the same person may not make up the number
    people, excluded = left_out(sitting(step.role, place), step.number, hands, names, several=not alone)
    return Desk(step, place, lines, people, excluded, hands.barred_at(step.number))


def places(plan: Plan, step: ChainStep, way: Way, stop: Stop) -> list[tuple[Place, tuple[int, ...]]]:
    """Where a step is worked for this plan, as (unit id, office id), and which lines each place is asked about.

    A step that must confirm although all is agreed to already is worked where its lines belong, asked about none.
    """
    if step.scope is StepScope.LINE_OFFICE:
        return _by_office(way, stop)
    place: Place = (None, None)
    if step.scope is StepScope.UNIT:
        place = (plan.unit_id, None)
    elif step.scope is StepScope.DEPARTMENT:
        department = department_of(plan.unit)
        place = (department.id if department else plan.unit_id, None)
    return [(place, stop.asked)]


def _by_office(way: Way, stop: Stop) -> list[tuple[Place, tuple[int, ...]]]:
    offices: dict[int, list[int]] = defaultdict(list)
    wanted = set(stop.asked or stop.carried)
    for line in way.lines:
        if line.id in wanted:
            offices[line.office_id].append(line.id)
    return [((None, office), tuple(lines) if stop.asked else ()) for office, lines in sorted(offices.items())]


def sitting(role: Role, place: Place) -> list[Sitter]:
    """Who holds a post at this place today, and who acts for them."""
    unit_id, office_id = place
    return sitters(role, clock.today(), unit_id=unit_id, office_id=office_id)


def at_desk(task: ReviewTask) -> list[Sitter]:
    """Everybody who holds the post of a task today, whoever acts now."""
    return sitting(task.role, (task.unit_id, task.office_id))


def next_at(task: ReviewTask, spoken: Collection[int], hands: Hands) -> int | None:
    """Whose turn it is where one acts after the other: who still may, and has not spoken, nor another for him."""
    able, _ = left_out(at_desk(task), task.step_no, hands, {}, several=True)
    return next((one.id for one in able if not {one.id, one.behalf_id} & set(spoken)), None)


def people_at(task: ReviewTask) -> list[Sitter]:
    """Who may be at an open task today: the one to whom it was given, and who acts for him there.

    Where it was given to nobody: all who hold its post, and who act for them.
    """
    there = at_desk(task)
    if task.handed_to is None:
        return there
    given = session().get_one(Account, task.handed_to)
    own = [one for one in there if one.id == given.id] or [Sitter(given.id, given.name, given.phone)]
    return [*own, *(one for one in there if one.behalf_id == given.id)]


def check_manned(plan: Plan, steps: Sequence[ChainStep], way: Way, hands: Hands) -> None:
    """Before submission every desk that will be asked must have somebody who may act. Raises `Refused` with gaps."""
    stops = [(step, stop) for step in steps if (stop := way.stop(step)).asked]
    desks = [(step, place) for step, stop in stops for place, _ in places(plan, step, way, stop)]
    there = seated([(step.role, *place) for step, place in desks], clock.today())
    empty = [
        f"环节“{step.name}”{place_name(place)}目前没有可以办理的人员，请联系系统管理员设置岗位。"
        for step, place in desks
        if short_of(step.needed if step.mode is StepMode.SOME else 1, there[step.role, *place], step.number, hands)
    ]
    if empty:
        raise Refused(*empty)


def place_name(place: Place) -> str:
    """（教科文股） where a step is worked by offices."""
    office = session().get(Office, place[1]) if place[1] else None
    return f"（{office.name}）" if office else ""


def open_stop(plan: Plan, way: Way, stop: Stop, desks: Sequence[Desk], turn: int = 1) -> None:
    """Give the plan to the desks of a step and tell the people there, inside the caller's transaction."""
    now, step = clock.now(), desks[0].step
    with session().no_autoflush:  # nothing that is asked here has been changed by this transaction
        unit_name = plan.unit.name
        due_at = due_from(now, plan, step)
    plan.step_no = step.number
    tasks: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for desk in desks:
        card, why = card_of(plan, way, desk.lines, desk.barred), reason_of(desk, stop, way)
        task = {**_task(plan, desk), **card, "opened_at": now, "due_at": due_at, "turn": turn, "why": why}
        tasks.append(task)
        lines.extend({"task_id": task["id"], "plan_line_id": line} for line in desk.lines)
        waiting = [one.id for one in desk.people if desk.first in (None, one.id, one.behalf_id)]
        said = f"{unit_name}{plan.title}（{plan.number}）待您{step.name}"
        notices.tell(waiting, said, f"/plans/{plan.id}", NoticeKind.TASK)
        if desk.short:
            _raise_alarm(plan, desk)
    add_rows(ReviewTask, tasks)
    add_rows(TaskLine, lines)


def _task(plan: Plan, desk: Desk) -> dict[str, Any]:
    step, (unit_id, office_id) = desk.step, desk.place
    return {
        "id": uuid4(), "plan_id": plan.id, "revision": plan.revision, "step_no": step.number, "step_name": step.name,
        "role": step.role, "unit_id": unit_id, "office_id": office_id, "mode": step.mode, "needed": desk.needed,
        "handed_to": desk.first,
    }  # fmt: skip


def tell_next(plan: Plan, task: ReviewTask) -> None:
    """Tell the person whose turn it is now at a desk where one acts after the other; in the transaction."""
    if task.handed_to is not None:
        said = f"{plan.unit.name}{plan.title}（{plan.number}）轮到您{task.step_name}"
        notices.tell((one.id for one in people_at(task)), said, f"/plans/{plan.id}", NoticeKind.TASK)


def note_passed(plan: Plan, steps: Sequence[ChainStep], passed: Iterable[Stop], turns: Mapping[int, int]) -> None:
    """Leave a row for each step at which nobody is asked, with the reason; in the transaction."""
    now = clock.now()
    for stop in passed:
        step = steps[stop.number - 1]
        values: dict[str, Any] = {"opened_at": now, "due_at": now, "closed_at": now, "state": TaskState.SKIPPED}
        session().add(
            ReviewTask(
                id=uuid4(), plan_id=plan.id, revision=plan.revision, step_no=step.number, step_name=step.name,
                role=step.role, turn=turns.get(step.number, 0) + 1, why=reason_passed(step, stop), **values,
            )
        )  # fmt: skip


def _raise_alarm(plan: Plan, desk: Desk) -> None:
    """A desk where fewer may act than must: the administrators hear of it with the very commit that opened it."""
    said = f"{plan.unit.name}{plan.title}（{plan.number}）到了环节“{desk.step.name}”{place_name(desk.place)}"
    what = f"办理的人员不足 {desk.needed} 人" if desk.people else "没有可以办理的人员"
    tell_administrators(f"{said}，{what}，请设置岗位或委托。")


def tell_administrators(said: str) -> None:
    """Tell those who can help, each with where he goes on: the one sees the list, the other gives the posts."""
    for role, link in ((Role.SYSTEM_ADMIN, "/unmanned"), (Role.SECURITY_ADMIN, "/leavers")):
        notices.tell((one.id for one in holders(role, clock.today())), said, link, NoticeKind.ALARM)


def due_from(now: datetime, plan: Plan, step: ChainStep) -> datetime:
    """By when a desk of the step should act on the plan that comes to it at this moment."""
    return due(now, step.time_limit_days, _special(plan.division_code, now, step.time_limit_days))


def _special(division_code: str, opened: datetime, working_days: int) -> Special:
    """The special days that may lie in the way; three weeks of holidays in a row there are none."""
    first = clock.local(opened).date()
    return special_days(division_code, first, first + timedelta(days=2 * working_days + 21))


def tell_makers(plan: Plan, text: str) -> None:
    """Tell who wrote and who submitted the plan, and the unit for which it was entered; in the transaction."""
    people = {plan.author_id, *([plan.submitted_by] if plan.submitted_by else [])}
    told = people | (_unit_people(plan) if plan.entered else set())
    notices.tell(told, text, f"/plans/{plan.id}", NoticeKind.RESULT)


def tell_unit(plan: Plan, text: str) -> None:
    """Tell the clerks and heads of the plan's unit, inside the caller's transaction."""
    notices.tell(_unit_people(plan), text, f"/plans/{plan.id}", NoticeKind.RESULT)


def _unit_people(plan: Plan) -> set[int]:
    roles = (Role.UNIT_CLERK, Role.UNIT_HEAD)
    return {one.id for role in roles for one in holders(role, clock.today(), unit_id=plan.unit_id)}


def due(opened: datetime, working_days: int, special: Special) -> datetime:
    """The end of the working day (17:30) so many working days later, by the bureau's calendar."""
    day = add_working_days(clock.local(opened).date(), working_days, special)
    return clock.at(day.year, day.month, day.day, 17, 30)
