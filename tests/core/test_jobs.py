"""Jobs: done once, tried again when they fail, taken over when their runner falls silent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, jobs
from core.db import session, transaction
from core.errors import Away, Refused
from core.jobs import ATTEMPTS, LEASE, Job, JobState, Progress
from tests.world import NOW


@dataclass(frozen=True)
class Actor:
    id: int | None = 7
    name: str = "林晓敏"


def asked(kind: str = "add", subject: object = "sum", **payload: object) -> UUID:
    with transaction():
        return jobs.enqueue(kind, subject, payload, by=Actor()).id


def job(job_id: UUID) -> Job:
    return session().get_one(Job, job_id, populate_existing=True)


def add(payload: dict[str, Any], _: Progress) -> Mapping[str, object]:
    return {"sum": payload["a"] + payload["b"]}


def fail(_: dict[str, Any], __: Progress) -> None:
    raise OSError("the disk is away")


def refuse(_: dict[str, Any], __: Progress) -> None:
    raise Refused("第 3 页是空白，请重新扫描。")


HANDLERS: Mapping[str, jobs.Handler] = {"add": add, "fail": fail, "refuse": refuse}


@pytest.mark.usefixtures("app")
def test_a_job_is_done_works() -> None:
    job_id = asked(a=1, b=2)
    assert jobs.run_one(HANDLERS)
    done = job(job_id)
    assert (done.state, done.answer, done.finished_at, done.attempts) == (JobState.DONE, {"sum": 3}, NOW, 1)
    assert done.state.label == "已完成"
    assert not jobs.run_one(HANDLERS)


@pytest.mark.usefixtures("app")
def test_a_job_of_a_failed_transaction_never_was() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        jobs.enqueue("add", "sum", {"a": 1, "b": 2}, by=Actor())
        raise ZeroDivisionError
    assert not jobs.run_one(HANDLERS)


@pytest.mark.usefixtures("app")
def test_jobs_are_found_by_id_and_subject() -> None:
    first = asked(a=1, b=2)
    with clock.stopped(NOW + timedelta(seconds=1)):
        second = asked(a=3, b=4)
    assert jobs.find(first) == job(first)
    assert jobs.latest("add", "sum") == job(second)
    assert jobs.latest("add", "product") is None
    assert [found.id for found in jobs.recent()] == [second, first]


@pytest.mark.usefixtures("app")
def test_the_oldest_job_comes_first() -> None:
    with clock.stopped(NOW + timedelta(seconds=1)):
        late = asked(a=1, b=1)
    early = asked(a=2, b=2)
    with clock.stopped(NOW + timedelta(seconds=1)):
        jobs.run_one(HANDLERS)
    assert (job(early).state, job(late).state) == (JobState.DONE, JobState.WAITING)


@pytest.mark.usefixtures("app")
def test_a_refused_job_fails_at_once_with_its_sentence() -> None:
    job_id = asked("refuse")
    assert jobs.run_one(HANDLERS)
    refused = job(job_id)
    assert (refused.state, refused.note, refused.attempts) == (JobState.FAILED, "第 3 页是空白，请重新扫描。", 1)
    assert refused.finished_at == NOW
    assert not jobs.run_one(HANDLERS)


@pytest.mark.usefixtures("app")
def test_a_job_comes_back_when_the_store_of_files_was_away() -> None:
    def away(_: dict[str, Any], __: Progress) -> None:
        raise Away

    job_id = asked("away")
    assert jobs.run_one({"away": away})
    assert (job(job_id).state, job(job_id).attempts) == (JobState.WAITING, 1)


@pytest.mark.usefixtures("app")
def test_a_broken_job_comes_back_later_and_later_and_then_gives_up() -> None:
    job_id = asked("fail")
    moment = NOW
    for pause in (5, 10, 20, 40):
        with clock.stopped(moment):
            assert jobs.run_one(HANDLERS)
            assert job(job_id).state is JobState.WAITING
        with clock.stopped(moment + timedelta(seconds=pause, microseconds=-1)):
            assert not jobs.run_one(HANDLERS)
        moment += timedelta(seconds=pause)
    with clock.stopped(moment):
        assert jobs.run_one(HANDLERS)
    broken = job(job_id)
    assert (broken.state, broken.attempts, broken.finished_at) == (JobState.FAILED, ATTEMPTS, moment)
    assert broken.note == "多次重试仍未成功，请联系系统管理员查看日志。"
    with clock.stopped(moment + timedelta(days=1)):
        assert not jobs.run_one(HANDLERS)


@pytest.mark.usefixtures("app")
def test_what_a_broken_job_wrote_is_undone() -> None:
    def half(_: dict[str, Any], __: Progress) -> None:
        with transaction() as work:
            work.get_one(Job, job_id).note = "半途"
            raise OSError("the disk is away")

    job_id = asked("half")
    jobs.run_one({"half": half})
    assert job(job_id).note == ""


@pytest.mark.usefixtures("app")
def test_a_job_without_a_handler_waits_for_the_next_release() -> None:
    job_id = asked("unknown")
    assert jobs.run_one(HANDLERS)
    assert job(job_id).state is JobState.WAITING


@pytest.mark.usefixtures("app")
def test_a_runner_that_died_is_taken_over_after_its_lease() -> None:
    def die(_: dict[str, Any], __: Progress) -> None:
        raise KeyboardInterrupt

    job_id = asked(a=1, b=2)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_one({"add": die})
    assert job(job_id).state is JobState.RUNNING
    with clock.stopped(NOW + LEASE):
        assert not jobs.run_one(HANDLERS)
    with clock.stopped(NOW + LEASE + timedelta(seconds=1)):
        assert jobs.run_one(HANDLERS)
    assert (job(job_id).state, job(job_id).attempts) == (JobState.DONE, 2)


@pytest.mark.usefixtures("app")
def test_progress_is_seen_at_once_and_renews_the_lease() -> None:
    seen: list[object] = []

    def slow(_: dict[str, Any], progress: Progress) -> None:
        for page in (1, 2):
            with clock.stopped(NOW + page * timedelta(minutes=4)):
                progress.say(page, 2, f"第 {page} 页")
                running = job(job_id)
                seen.append((running.done, running.total, running.note, running.lease_until))
                seen.append(jobs.run_one(HANDLERS))

    job_id = asked("slow")
    jobs.run_one({"slow": slow})
    assert seen == [
        (1, 2, "第 1 页", NOW + timedelta(minutes=4) + LEASE), False,
        (2, 2, "第 2 页", NOW + timedelta(minutes=8) + LEASE), False,
    ]  # fmt: skip
    assert (job(job_id).state, job(job_id).note) == (JobState.DONE, "第 2 页")


def test_two_runners_never_get_the_same_job(app: Flask) -> None:
    ids = {str(asked("note", number=number)) for number in range(30)}
    done: list[int] = []
    failures: list[BaseException] = []
    start = threading.Barrier(3)

    def note(payload: dict[str, Any], _: Progress) -> None:
        done.append(payload["number"])

    def run() -> None:
        try:
            start.wait(10)
            with app.app_context():
                while jobs.run_one({"note": note}):
                    pass
        except BaseException as failure:  # a thread's failure would be lost
            failures.append(failure)

    runners = [threading.Thread(target=run) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    session().rollback()
    assert failures == []
    assert sorted(done) == list(range(30))
    finished = session().scalars(select(Job).where(Job.state == JobState.DONE)).all()
    assert {str(found.id) for found in finished} == ids
    assert {found.attempts for found in finished} == {1}
