"""The regular look at limits: what breaks off is taken up, what was told is not told again, and how often it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import event, select

from accounts.people.rules import SYSTEM, Role
from approvals.chains.rules import StepScope
from approvals.limits import store
from approvals.limits.watching import EVERY, WATCH_LIMITS, watch_limits
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import TaskState
from core import clock, history, jobs
from core.db import db, session, transaction
from core.jobs import Job
from core.notices import MAIL_DIGEST, Notice
from tests.approvals.limiting import limited, look, told, waiting
from tests.approvals.paths import appoint
from tests.approvals.stories import review, together
from tests.world import World
from work import HANDLERS


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return clock.at(2026, month, day, hour, minute)


def task(plan_id: object) -> ReviewTask:
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.state == TaskState.OPEN)
    return session().scalars(query.execution_options(populate_existing=True)).one()


# Once, whatever breaks


_NOTICES: Final = Notice.__table__


@contextmanager
def breaking(person_id: int) -> Iterator[None]:
    """The database fails at the first message to this person."""

    def fail(_connection: object, statement: Any, rows: Sequence[Any], row: Any, _: object) -> None:
        told = {one["person_id"] for one in rows or [row]} if getattr(statement, "table", None) is _NOTICES else set()
        if person_id in told:
            raise OSError("the disk is away")

    event.listen(db.engine, "before_execute", fail)
    try:
        yield
    finally:
        event.remove(db.engine, "before_execute", fail)


def test_a_run_that_breaks_off_is_taken_up_and_tells_nobody_twice(world: World) -> None:
    limited(Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, 1, Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    waiting(world, ("A2", 100), ("A4", 100))
    qin = world.people["qin"]
    with breaking(qin), pytest.raises(RuntimeError, match="1 places"):
        look(at(24, 9))
    assert (len(told(world, "shen")), told(world, "qin")) == (1, [])
    look(at(24, 9, 5))
    look(at(24, 9, 10))
    assert (len(told(world, "shen")), len(told(world, "qin")), len(told(world, "jiao"))) == (1, 1, 2)


def test_reminder_and_report_of_a_place_are_told_together_or_not_at_all(world: World) -> None:
    limited(days=1, to=Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    plan_id = waiting(world)
    with breaking(world.people["jiao"]), pytest.raises(RuntimeError):
        look(at(24, 9))
    assert (told(world, "he"), task(plan_id).warned_at, task(plan_id).escalated_at) == ([], None, None)
    assert [one for one in history.of("plan", plan_id) if one.action == "escalate"] == []


def test_two_runners_at_once_tell_it_once(app: Flask, world: World) -> None:
    limited(days=1, to=Role.DIRECTOR)
    appoint(world, "jiao", Role.DIRECTOR)
    for number in range(4):
        waiting(world, ("A2", 100 + number))
    session().rollback()
    with clock.stopped(at(24)):
        together(app, lambda: watch_limits({}, None), lambda: watch_limits({}, None))
    assert (len(told(world, "he")), len(told(world, "jiao"))) == (1, 1)


def test_who_acted_between_the_look_and_the_word_is_not_reminded(world: World) -> None:
    limited(days=1)
    plan_id = waiting(world)
    review(world, "he", plan_id=plan_id)
    late = session().scalars(select(ReviewTask).where(ReviewTask.step_no == 1)).one()
    with transaction():
        assert store.locked_open([late.id]) == {}


# The worker


def test_the_worker_looks_again_five_minutes_after_the_last_time(world: World) -> None:
    limited(days=1)
    waiting(world)
    for minutes, asked in ((0, True), (1, False), (EVERY, True)):
        with clock.stopped(at(24, 9) + timedelta(minutes=minutes)):
            assert jobs.every(WATCH_LIMITS, EVERY, by=SYSTEM) is asked
            while jobs.run_one(HANDLERS):
                pass
    assert len(session().scalars(select(Job).where(Job.kind == WATCH_LIMITS)).all()) == 1
    assert len(told(world, "he")) == 1


def test_the_daily_summary_is_asked_for_once_on_working_days_from_its_hour_on(world: World) -> None:
    for moment in (at(20, 7, 59), at(20, 8), at(20, 9), at(21, 9), at(22, 9), at(23, 8, 1)):
        look(moment)
    asked = session().scalars(select(Job.subject).where(Job.kind == MAIL_DIGEST).order_by(Job.created_at))
    assert list(asked) == ["2026-11-20", "2026-11-23"]
