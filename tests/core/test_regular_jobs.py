"""Work that is done again and again keeps one row, and work that must go one by one waits its turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, jobs
from core.db import session, transaction
from core.errors import Refused
from core.jobs import REGULAR, Job, JobState, Progress
from tests.core.test_jobs import Actor
from tests.world import NOW


def asked(minutes: int) -> bool:
    with clock.stopped(NOW + timedelta(minutes=minutes)):
        return jobs.every("look", 5, by=Actor())


def run(minutes: int, handler: jobs.Handler) -> None:
    with clock.stopped(NOW + timedelta(minutes=minutes)):
        assert jobs.run_one({"look": handler})


def row() -> Job:
    return session().scalars(select(Job).execution_options(populate_existing=True)).one()


def look(_payload: dict[str, Any], _progress: Progress) -> dict[str, object]:
    return {"seen": 3}


def refuse(_payload: dict[str, Any], _progress: Progress) -> None:
    raise Refused("今天不看。")


@pytest.mark.usefixtures("app")
def test_regular_work_waits_anew_after_its_minutes_works() -> None:
    assert asked(0)
    assert not asked(1)  # it still waits
    run(2, look)
    assert (row().state, row().subject, row().answer) == (JobState.DONE, REGULAR, {"seen": 3})
    assert not asked(6)
    assert asked(7)
    assert (row().state, row().attempts, row().answer, row().finished_at) == (JobState.WAITING, 0, {}, None)
    run(7, look)
    assert row().finished_at == NOW + timedelta(minutes=7)


@pytest.mark.usefixtures("app")
def test_regular_work_that_failed_is_asked_for_again() -> None:
    assert asked(0)
    run(0, refuse)
    assert (row().state, row().note) == (JobState.FAILED, "今天不看。")
    assert asked(5)
    run(5, look)
    assert (row().state, row().note, row().attempts) == (JobState.DONE, "", 1)


@pytest.mark.usefixtures("app")
def test_regular_work_that_lasts_is_not_asked_for_twice() -> None:
    def slow(_payload: dict[str, Any], _progress: Progress) -> None:
        assert not asked(30)

    assert asked(0)
    run(0, slow)
    assert row().state is JobState.DONE


@pytest.mark.usefixtures("app")
def test_of_work_that_goes_one_by_one_the_earlier_runner_is_first() -> None:
    turns: list[bool] = []

    def inner(_payload: dict[str, Any], progress: Progress) -> None:
        turns.append(jobs.is_first(progress.job_id))

    def outer(_payload: dict[str, Any], progress: Progress) -> None:
        turns.append(jobs.is_first(progress.job_id))
        with clock.stopped(NOW + timedelta(seconds=1)):
            assert jobs.run_one({"post": inner})
        turns.append(jobs.is_first(progress.job_id))

    with transaction():
        for _ in range(2):
            jobs.enqueue("post", 7, {}, by=Actor())
        jobs.enqueue("post", 8, {}, by=Actor()).run_after = NOW + timedelta(minutes=9)
    assert jobs.run_one({"post": outer})
    assert turns == [True, False, True]
    with clock.stopped(NOW + timedelta(minutes=9)):
        assert jobs.run_one({"post": inner})
    assert turns[-1] is True
