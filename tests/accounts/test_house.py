"""The pages of the house: notices, the history, and jobs."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from accounts.people.rules import SYSTEM
from core import clock, history, jobs, notices
from core.db import transaction
from core.jobs import JobState
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def test_notices_are_ones_own_and_can_be_read(sign_in: SignIn, world: World) -> None:
    with transaction():
        notices.tell([world.people["lin"]], "计划已批复。", "/plans")
        notices.tell([world.people["he"]], "请审核。", "/queue")
    lin = sign_in("lin")
    page = lin.get("/notices").text
    assert "计划已批复。" in page
    assert "请审核。" not in page
    assert "全部标为已读" in page
    assert lin.post("/notices/read").status_code == 302
    assert notices.unread_count(world.people["lin"]) == 0
    assert notices.unread_count(world.people["he"]) == 1
    assert "全部标为已读" not in lin.get("/notices").text


@pytest.mark.usefixtures("world")
def test_the_history_is_asked_by_kind_person_and_day(sign_in: SignIn) -> None:
    with clock.stopped(clock.at(2026, 11, 1, 0, 30)), transaction():
        history.record("window", "2026-12", "save", "窗口甲", by=SYSTEM)
    with clock.stopped(clock.at(2026, 11, 2, 23, 59)), transaction():
        history.record("window", "2026-11", "save", "窗口乙", by=SYSTEM)
    auditor = sign_in("ji")

    def found(**question: str) -> list[str]:
        page = auditor.get("/history", query_string=question).text
        return [words for words in ("窗口甲", "窗口乙", "登录") if f">{words}<" in page]

    assert found() == ["窗口甲", "窗口乙", "登录"]
    assert found(kind="window") == ["窗口甲", "窗口乙"]
    assert found(kind="window", subject="2026-12") == ["窗口甲"]
    assert found(name="纪审") == ["登录"]
    assert found(since="2026-11-02", until="2026-11-02") == ["窗口乙"]
    assert found(until="2026-11-01") == ["窗口甲"]
    assert found(since="2026-11-21") == []
    assert found(since="nonsense", page="-1") == ["窗口甲", "窗口乙", "登录"]


def test_the_history_turns_its_pages_with_the_question(sign_in: SignIn) -> None:
    with transaction():
        for number in range(101):
            history.record("window", "2026-12", "save", f"第{number}次", by=SYSTEM)
    auditor = sign_in("shi")
    first = auditor.get("/history?kind=window").text
    assert "第100次" in first
    assert "第50次" not in first
    assert "kind=window&amp;page=2" in first
    assert "第0次" in auditor.get("/history?kind=window&page=3").text


def test_jobs_are_listed_for_the_system_administrator(sign_in: SignIn, world: World) -> None:
    with transaction():
        job = jobs.enqueue("draw_pages", "x", {}, by=world.person("lin"))
        job.state, job.note, job.done, job.total = JobState.FAILED, "图片损坏。", 1, 3
    page = sign_in("xi").get("/jobs").text
    for words in ("生成凭证预览", "林晓敏", "失败", "图片损坏。", "1/3"):
        assert words in page


def test_a_jobs_progress_is_for_whoever_asked(sign_in: SignIn, world: World) -> None:
    with transaction():
        job_id = jobs.enqueue("draw_pages", "x", {}, by=world.person("lin")).id
    progress = sign_in("lin").get(f"/jobs/{job_id}.json")
    assert progress.get_json() == {
        "state": "waiting", "label": "排队中", "done": 0, "total": 0, "note": "", "result": {},
    }  # fmt: skip
    foreign = sign_in("he").get(f"/jobs/{job_id}.json")
    absent = sign_in("he").get(f"/jobs/{uuid4()}.json")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    token = re.compile(r'(name="(?:csrf[_-]token|form_key)" (content|value)=")[^"]*')
    assert token.sub("", foreign.text) == token.sub("", absent.text)
