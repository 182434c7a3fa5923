"""时限: who is reminded on which day, what is reported upwards, and that all of it is said once."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from accounts.people.rules import Role
from approvals.chains.rules import StepMode, StepScope
from approvals.reviews import aside, asking
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import TaskState
from budget.plans.rules import PlanState
from core import clock, history
from core.db import session
from core.notices import Notice, NoticeKind
from tests.approvals.limiting import limited, look, special, told, waiting
from tests.approvals.paths import appoint
from tests.approvals.stories import plan, review
from tests.world import World


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return clock.at(2026, month, day, hour, minute)


def task(plan_id: object) -> ReviewTask:
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.state == TaskState.OPEN)
    return session().scalars(query.execution_options(populate_existing=True)).one()


# Reminders


def test_a_desk_is_reminded_a_working_day_before_its_limit_and_every_one_after_it_works(world: World) -> None:
    """Friday the 20th and three working days: Wednesday the 25th at 17:30."""
    limited(days=3)
    plan_id = waiting(world)
    days: dict[int, list[int]] = {}
    for day in range(20, 31):
        for hour in (0, 8, 9, 12, 16, 18, 23):
            before = len(told(world, "he"))
            look(at(day, hour, 30))
            if len(told(world, "he")) > before:
                days.setdefault(day, []).append(hour)
    assert days == {24: [8], 25: [18], 26: [8], 27: [8], 30: [8]}
    number = plan(plan_id).number
    assert told(world, "he")[0] == (
        f"区实验小学2026年12月用款计划（{number}）“限时审核”将于 11-25 17:30 到期，请尽快办理"
    )
    assert "今天已超时（时限 11-25 17:30）" in told(world, "he")[1]
    for days_late, text in enumerate(told(world, "he")[2:], 1):
        assert f"已超时 {days_late} 个工作日" in text
    assert told(world, "lin") == []
    assert plan(plan_id).state is PlanState.IN_REVIEW


def test_holidays_and_extra_days_of_work_count_as_the_calendar_says(world: World) -> None:
    """The 24th to the 26th are free, Saturday the 28th is worked: two days from the 20th end on the 27th."""
    for day in (24, 25, 26):
        special(date(2026, 11, day), is_work=False)
    special(date(2026, 11, 28), is_work=True)
    limited(days=2)
    plan_id = waiting(world)
    assert task(plan_id).due_at == at(27, 17, 30)
    days = []
    for day in range(20, 31):
        before = len(told(world, "he"))
        look(at(day, 10))
        if len(told(world, "he")) > before:
            days.append(day)
    assert days == [23, 28, 30]
    assert "已超时 1 个工作日" in told(world, "he")[1]
    assert "已超时 2 个工作日" in told(world, "he")[2]


def test_a_limit_of_one_day_is_reminded_of_on_its_last_day_only(world: World) -> None:
    limited(days=1)
    waiting(world)
    look(at(20, 16))
    assert told(world, "he") == []
    look(at(23, 9))
    assert len(told(world, "he")) == 1


def test_who_acted_in_time_hears_nothing(world: World) -> None:
    limited(days=1)
    plan_id = waiting(world)
    review(world, "he", plan_id=plan_id)
    look(at(27, 9))
    assert told(world, "he") == []


def test_many_late_desks_are_one_message(world: World) -> None:
    limited(days=1)
    for number in range(5):
        waiting(world, ("A2", 100 + number))
    look(at(24, 9))
    (text,) = told(world, "he")
    assert text.startswith("您有 5 项待办须尽快办理（已超时 5 项）：区实验小学")
    assert text.endswith("等 5 项")
    assert text.count("YK-202612-") == 3


def test_only_those_who_may_still_speak_are_reminded(world: World) -> None:
    """何雨桐 has spoken, 林小丹 wrote the plan; 周建国 is left."""
    limited(days=1, mode=StepMode.ALL)
    for username in ("zhou", "lin"):
        appoint(world, username, Role.UNIT_AUDITOR, unit="201003")
    plan_id = waiting(world)
    review(world, "he", plan_id=plan_id)
    look(at(24, 9))
    assert (told(world, "he"), told(world, "lin"), len(told(world, "zhou"))) == ([], [], 1)


def test_a_task_that_was_handed_over_reminds_the_other(world: World) -> None:
    limited(days=1)
    appoint(world, "zheng", Role.UNIT_AUDITOR, unit="201003")
    plan_id = waiting(world)
    asking.hand_over(task(plan_id).id, world.people["zheng"], "我出差", by=world.person("he"))
    look(at(24, 9))
    assert (told(world, "he"), len(told(world, "zheng"))) == ([], 1)


def test_a_suspended_plan_has_no_limit_but_a_day_of_review(world: World) -> None:
    limited(days=1, to=Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    plan_id = waiting(world)
    aside.suspend(task(plan_id).id, "库款不足", date(2026, 11, 28), by=world.person("he"))
    for day in (23, 24, 27, 28, 29):
        look(at(day, 9))
    assert told(world, "he") == []
    look(at(30, 9))
    look(at(30, 15))
    (text,) = told(world, "he")
    assert "挂起后 2026-11-28 复审，日期已到" in text
    assert told(world, "jiao") == []


def test_a_plan_that_is_taken_up_again_gets_its_whole_limit(world: World) -> None:
    """Suspended from the 20th to the 30th; two working days from there end on the 2nd of December."""
    limited(days=2, to=Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    plan_id = waiting(world)
    aside.suspend(task(plan_id).id, "库款不足", date(2026, 11, 30), by=world.person("he"))
    look(at(30, 8, 35))
    with clock.stopped(at(30, 10)):
        aside.resume(task(plan_id).id, "", by=world.person("he"))
    assert (task(plan_id).due_at, task(plan_id).warned_at) == (at(2, 17, 30, month=12), None)
    look(at(30, 11))
    assert len(told(world, "he")) == 1  # of the day of review
    look(at(1, 9, month=12))
    assert "将于 12-02 17:30 到期" in told(world, "he")[1]
    assert told(world, "jiao") == []


# Reports upwards


def test_a_delay_is_reported_once_and_nothing_is_approved_by_it_works(world: World) -> None:
    limited(days=1, to=Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    plan_id = waiting(world)
    look(at(23, 17))
    assert told(world, "jiao") == []
    for moment in (at(23, 17, 35), at(23, 18), at(24), at(25)):
        look(moment)
    (text,) = told(world, "jiao")
    assert text.endswith("“限时审核”今天已超时（时限 11-23 17:30），办理人 何雨桐，请督办")
    assert task(plan_id).escalated_at == at(23, 17, 35)
    (kept,) = [one.summary for one in history.of("plan", plan_id) if one.action == "escalate"]
    assert kept.endswith("，已上报局长焦主任")
    assert plan(plan_id).state is PlanState.IN_REVIEW
    assert len(told(world, "he")) == 3  # the 23rd, the 24th and the 25th


@pytest.mark.parametrize(
    ("to", "unit", "link"), [(Role.DIRECTOR, "", "/limits"), (Role.UNIT_HEAD, "201003", "/plans/")]
)
def test_many_delays_are_one_report_that_leads_where_its_reader_may_go(
    world: World, to: Role, unit: str, link: str
) -> None:
    limited(days=1, to=to)
    appoint(world, "jiao", to, unit=unit)
    for number in range(4):
        waiting(world, ("A2", 100 + number))
    look(at(24, 9))
    (text,) = told(world, "jiao")
    assert text.startswith("有 4 项待办超时，办理人 何雨桐，请督办：")
    query = select(Notice.link).where(Notice.person_id == world.people["jiao"], Notice.kind == NoticeKind.LIMIT)
    assert session().scalars(query).one().startswith(link)


def test_a_step_that_only_reminds_reports_to_nobody(world: World) -> None:
    limited(days=1)
    appoint(world, "jiao", Role.DIRECTOR)
    plan_id = waiting(world)
    look(at(25, 9))
    assert (told(world, "jiao"), task(plan_id).escalated_at) == ([], None)


@pytest.mark.parametrize(
    ("to", "place"),
    [
        (Role.UNIT_HEAD, {"unit": "201003"}),
        (Role.DEPARTMENT_REVIEWER, {"unit": "201"}),
        (Role.OFFICE_CHIEF, {"office": "06"}),
        (Role.DEPUTY_DIRECTOR, {}),
    ],
)
def test_the_report_goes_to_the_post_at_the_place_that_fits_it(world: World, to: Role, place: dict[str, str]) -> None:
    limited(Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, 1, to)
    appoint(world, "ji", to, **place)
    if place:
        elsewhere = {"unit": "301001"} if "unit" in place else {"office": "04"}
        appoint(world, "shi", to, **elsewhere)
    waiting(world, ("A4", 100))  # its office is 06
    look(at(24, 9))
    assert len(told(world, "ji")) == 1
    assert told(world, "shi") == []


def test_where_nobody_is_above_the_administrators_hear_of_it_once(world: World) -> None:
    limited(days=1, to=Role.DIRECTOR)
    plan_id = waiting(world)
    for _ in range(3):
        look(at(24, 9))
    for username in ("xi", "an"):
        (text,) = told(world, username, NoticeKind.ALARM)
        assert text.endswith("应上报局长，但目前无人任此岗，请设置岗位")
    assert task(plan_id).escalated_at == at(24, 9)
