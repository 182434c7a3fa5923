"""A plan's papers as people get them: asked for by a button or an approval, made by a job, made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core import history, jobs
from core.db import session, transaction
from core.jobs import Job, JobState
from exports.documents import store
from exports.documents.actions import ask_for
from exports.documents.rules import DocumentKind
from tests.approvals.stories import filed, submitted
from tests.exports.stories import school_plan
from tests.exports.test_render import pages_of
from tests.world import World
from work import HANDLERS

SignIn = Callable[[str], FlaskClient]


def run_jobs() -> None:
    while jobs.run_one(HANDLERS):
        pass
    assert not session().scalars(select(Job).where(Job.state == JobState.FAILED)).all()


def approved(world: World) -> UUID:
    """The school's approved plan with its papers made."""
    plan_id = school_plan(world)
    run_jobs()
    return plan_id


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return "".join(pages_of(answer.data))


def test_an_approved_plan_has_both_papers_works(world: World, sign_in: SignIn) -> None:
    plan_id = approved(world)
    clerk = sign_in("lin")
    demand = text_of(clerk, f"/plans/{plan_id}/documents/demand.pdf")
    for said in (
        "张湾区2026年12月用款计划需求表",
        "201003区实验小学",
        "已批复",
        "人民币壹拾贰万伍仟元整",
        "林晓敏",
        "罗局",
    ):
        assert said in demand
    approval = text_of(clerk, f"/plans/{plan_id}/documents/approval.pdf")
    for said in (
        "张湾区财政局用款计划批复单",
        "PF-2026-00001",
        "PF-2026-00002",
        "5,000.00",
        "按合同支付",
        "复核：方芸",
    ):
        assert said in approval
    assert "批复115,000" not in demand


def test_the_file_is_shown_by_its_chinese_name(world: World, sign_in: SignIn) -> None:
    plan_id = approved(world)
    answer = sign_in("lin").get(f"/plans/{plan_id}/documents/demand.pdf")
    sent = answer.headers["Content-Disposition"]
    assert sent.startswith(f"inline; filename=\"demand-{plan_id}.pdf\"; filename*=UTF-8''")
    assert quote("用款计划需求表_区实验小学_2026年12月") in sent
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_content_is_never_rendered_twice(world: World) -> None:
    plan_id = approved(world)
    made = [(document.id, document.kind) for document in store.of_plan(plan_id)]
    assert sorted(kind for _, kind in made) == ["approval", "demand"]
    for kind in (DocumentKind.DEMAND, DocumentKind.APPROVAL):
        ask_for(kind, plan_id, by=world.person("lin"))
    run_jobs()
    assert [(document.id, document.kind) for document in store.of_plan(plan_id)] == made
    answers = [job.answer["rendered"] for job in session().scalars(select(Job).where(Job.kind == "demand_pdf"))]
    assert sorted(answers) == [False, True]


def test_each_paper_leaves_its_event(world: World) -> None:
    plan_id = approved(world)
    printed = {event.action: event.summary for event in history.of("plan", plan_id)}
    assert "1 页" in printed["print_demand"]
    assert "2 页" in printed["print_approval"]


def test_later_plans_do_not_change_an_approved_paper(world: World, sign_in: SignIn) -> None:
    plan_id = approved(world)
    submitted(world, ("A1", 50_000), clerk="lin2")
    demand = text_of(sign_in("lin"), f"/plans/{plan_id}/documents/demand.pdf")
    assert "1,200,000.00" in demand
    assert "1,150,000.00" not in demand


def test_an_approved_paper_stays_as_it_was_printed(app: Flask, world: World, sign_in: SignIn) -> None:
    plan_id, clerk = approved(world), sign_in("lin")
    before = clerk.get(f"/plans/{plan_id}/documents/demand.pdf").data
    app.extensions["settings"] = replace(app.extensions["settings"], division_name="改名区")
    assert clerk.get(f"/plans/{plan_id}/documents/demand.pdf").data == before
    ask_for(DocumentKind.DEMAND, plan_id, by=world.person("lin"))
    run_jobs()
    assert len(store.of_plan(plan_id)) == 2


def test_a_draft_is_printed_as_a_draft_when_asked_for(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000), ("A1", 500)), sign_in("lin")
    address = f"/plans/{plan_id}/documents/demand.pdf"
    run_jobs()
    before = clerk.get(address)
    assert before.status_code == 200
    assert "生成 PDF" in before.text
    assert clerk.post(f"/plans/{plan_id}/documents/demand").status_code == 302
    waiting = clerk.get(address)
    assert waiting.status_code == 202
    assert 'http-equiv="refresh"' in waiting.text
    run_jobs()
    page = text_of(clerk, address)
    assert "用款计划需求表（草稿）" in page
    assert "状态：草稿" in page
    assert "1,199,000.00" in page  # what the first line asks is gone before the second


def test_two_clicks_ask_once(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000)), sign_in("lin")
    for _ in range(2):
        clerk.post(f"/plans/{plan_id}/documents/demand")
    assert len(session().scalars(select(Job).where(Job.kind == "demand_pdf")).all()) == 1


def test_looking_never_asks(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000)), sign_in("lin")
    for path in ("documents/demand.pdf", "print"):
        clerk.get(f"/plans/{plan_id}/{path}")
    assert jobs.latest("demand_pdf", plan_id) is None


def test_a_changed_draft_says_that_its_paper_is_old(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000)), sign_in("lin")
    ask_for(DocumentKind.DEMAND, plan_id, by=world.person("lin"))
    run_jobs()
    with transaction() as work:
        work.execute(text("UPDATE plan_line SET purpose = '改过的用途'"))
    assert "有变化，请重新生成" in clerk.get(f"/plans/{plan_id}/documents/demand.pdf").text


def test_a_failed_job_says_why_and_may_be_tried_again(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000)), sign_in("lin")
    ask_for(DocumentKind.DEMAND, plan_id, by=world.person("lin"))
    with transaction() as work:
        job = jobs.latest("demand_pdf", plan_id)
        assert job is not None
        work.get_one(Job, job.id).state = JobState.FAILED
        work.get_one(Job, job.id).note = "磁盘已满"
    page = clerk.get(f"/plans/{plan_id}/documents/demand.pdf").text
    assert "磁盘已满" in page
    assert "生成 PDF" in page


def test_foreign_and_absent_papers_are_equally_missing(world: World, sign_in: SignIn) -> None:
    plan_id, stranger = approved(world), sign_in("zhou")
    for absent in (plan_id, uuid4()):
        for path in ("documents/demand.pdf", "documents/approval.pdf", "print"):
            assert stranger.get(f"/plans/{absent}/{path}").status_code == 404
        for path in ("documents/demand", "documents/approval"):
            assert stranger.post(f"/plans/{absent}/{path}").status_code == 404


def test_a_draft_is_not_shown_to_the_bureau(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A1", 1000))
    assert sign_in("fang").get(f"/plans/{plan_id}/documents/demand.pdf").status_code == 404


def test_a_plan_that_is_not_approved_has_no_approval_sheet(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 1000))
    assert sign_in("lin").get(f"/plans/{plan_id}/documents/approval.pdf").status_code == 404


def test_administrators_get_no_papers(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 1000))
    assert sign_in("xi").get(f"/plans/{plan_id}/documents/demand.pdf").status_code == 403


def test_the_print_view_keeps_the_strict_policy(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 1000))
    answer = sign_in("lin").get(f"/plans/{plan_id}/print")
    assert answer.status_code == 200
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert '<link rel="stylesheet" href="/static/sheet.css">' in answer.text


def test_documents_cannot_be_changed(world: World) -> None:
    approved(world)
    for statement in ("UPDATE document SET number = 'x'", "DELETE FROM document"):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(text(statement))


def test_the_pages_never_load_weasyprint() -> None:
    asked = "import sys, app; sys.exit(any(name.split('.')[0] == 'weasyprint' for name in sys.modules))"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", asked], cwd=root, check=False).returncode == 0
