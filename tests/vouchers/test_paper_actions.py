"""Papers change while their line is open, and stay as they were decided on otherwise."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from approvals.reviews.actions import submit, withdraw
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState, draft_of
from budget.plans.store import editors
from core import clock, history, jobs
from core.db import session
from core.errors import Missing, Refused
from core.jobs import Job
from tests.approvals.stories import review
from tests.stored import local
from tests.vouchers.samples import a_pdf, a_png, add, draft, papers, plan, proven, run_jobs
from tests.world import World
from vouchers.papers import opening, paper_pages
from vouchers.papers.actions import attach_paper, draw_pages, remove_paper, set_kind
from vouchers.papers.matrix import cells_of
from vouchers.papers.models import Draw, Paper, PaperPage
from vouchers.papers.rules import DRAW_PAGES


def returned(world: World) -> tuple[UUID, list[int], UUID, UUID]:
    """A plan of two lines whose second came back, with a paper for each line."""
    plan_id, lines = draft(world)
    first, second = add(world, plan_id, lines[:1]), add(world, plan_id, lines[1:], a_png())
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    review(world, "he")
    review(world, "shen", LineOpinion(lines[1], Verdict.RETURN, None, "缺合同"))
    assert plan(plan_id).state is PlanState.RETURNED
    return plan_id, lines, first, second


def test_papers_of_a_returned_line_change_works(world: World) -> None:
    plan_id, lines, first, second = returned(world)
    by = world.person("lin")
    fresh = add(world, plan_id, lines[1:], a_pdf(2), "合同.pdf", "14")
    set_kind(second, "12", by=by)
    attach_paper(second, [], by=by)
    assert proven(plan_id, second) == []
    attach_paper(second, lines[1:], by=by)
    remove_paper(second, by=by)
    assert {paper.id for paper in papers(plan_id)} == {first, fresh}


def test_papers_of_lines_that_were_not_returned_stay(world: World) -> None:
    plan_id, lines, first, second = returned(world)
    by = world.person("lin")
    sentence = "第 1 行没有被退回，它的凭证不能改动。"
    for change in (
        lambda: set_kind(first, "12", by=by),
        lambda: remove_paper(first, by=by),
        lambda: attach_paper(second, lines, by=by),
        lambda: add(world, plan_id, lines),
    ):
        with pytest.raises(Refused) as refusal:
            change()
        assert str(refusal.value) == sentence
    with pytest.raises(Refused, match="请勾选这份凭证证明的行"):
        add(world, plan_id, [])
    assert len(papers(plan_id)) == 2
    assert proven(plan_id, second) == lines[1:]


def test_a_paper_keeps_its_closed_line_while_an_open_one_is_added(world: World) -> None:
    plan_id, lines, first, _ = returned(world)
    attach_paper(first, lines[1:], by=world.person("lin"))
    assert proven(plan_id, first) == lines
    attach_paper(first, [], by=world.person("lin"))
    assert proven(plan_id, first) == lines[:1]


def test_a_removed_paper_leaves_no_link_in_a_draft_and_stays_for_the_auditor_later(world: World) -> None:
    plan_id, lines = draft(world)
    by = world.person("lin")
    paper_id = add(world, plan_id, lines)
    submit(plan_id, plan(plan_id).version, by=by)
    withdraw(plan_id, by=by)
    remove_paper(paper_id, by=by)
    kept = session().get_one(Paper, paper_id)
    assert kept.removed_at == clock.now()
    assert len(session().scalars(select(Draw)).all()) == 2
    assert cells_of(plan_id) == {}


def test_a_line_that_was_dropped_hinders_nothing(world: World) -> None:
    plan_id, lines = draft(world)
    by = world.person("lin")
    paper_id = add(world, plan_id, lines)
    submit(plan_id, plan(plan_id).version, by=by)
    withdraw(plan_id, by=by)
    kept = draft_of(plan(plan_id).lines[0])
    save_plan(plan_id, PlanDraft((kept, LineDraft())), plan(plan_id).version, by=by)
    set_kind(paper_id, "12", by=by)
    attach_paper(paper_id, [], by=by)
    remove_paper(paper_id, by=by)
    assert papers(plan_id) == []


def test_whoever_changes_papers_is_a_maker_and_leaves_a_trace(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, [])
    by = world.person("lin2")
    attach_paper(paper_id, lines, by=by)
    set_kind(paper_id, "12", by=by)
    attach_paper(paper_id, [], by=by)
    remove_paper(paper_id, by=by)
    assert editors(plan_id) == {world.people["lin"], world.people["lin2"]}
    assert [event.summary for event in history.of("plan", plan_id) if event.actor_name == "林小丹"] == [
        "凭证“发票.pdf”证明第 1、2 行",
        "凭证“发票.pdf”的种类由 11 改为 12",
        "凭证“发票.pdf”不再对应任何行",
        "移除凭证“发票.pdf”",
    ]


def test_an_absent_or_foreign_paper_is_missing(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    with pytest.raises(Missing):
        remove_paper(uuid4(), by=world.person("lin"))
    with pytest.raises(Missing):
        remove_paper(paper_id, by=world.person("zhou"))
    remove_paper(paper_id, by=world.person("lin"))
    with pytest.raises(Missing):
        set_kind(paper_id, "12", by=world.person("lin"))


def test_pages_are_drawn_once_however_often_the_job_runs(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_pdf(2))
    run_jobs()
    (job,) = session().scalars(select(Job).where(Job.kind == DRAW_PAGES)).all()
    assert job.answer == {"pages": 2}
    assert draw_pages({"paper_id": str(paper_id)}, jobs.Progress(job.id)) == {"pages": 2}
    pages = session().scalars(select(PaperPage.number).where(PaperPage.paper_id == paper_id).order_by(PaperPage.number))
    assert pages.all() == [0, 1, 2]


def test_a_paper_that_is_gone_is_not_drawn(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines)
    remove_paper(paper_id, by=world.person("lin"))
    run_jobs()
    assert paper_pages.find_page(paper_id, 0) is None
    assert draw_pages({"paper_id": str(uuid4())}, jobs.Progress(uuid4())) == {"pages": 0}


def test_a_broken_page_is_named_by_the_job(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_png())
    path = local().path(papers(plan_id)[0].blob_digest)
    path.write_bytes(path.read_bytes()[:60])
    run_jobs()
    assert list(paper_pages.drawing_failures(papers(plan_id)).items()) == [
        (paper_id, "第 1 页无法显示，文件可能已损坏，请重新上传。")
    ]


def test_a_paper_whose_reader_crashes_hurts_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id, lines = draft(world)
    with monkeypatch.context() as patched:
        patched.setattr(opening, "_DRAW", "tests.core.hostile_readers:crash")  # a real segmentation fault
        bad = add(world, plan_id, lines)
        run_jobs()
    good = add(world, plan_id, lines, a_pdf(2), "合同.pdf")
    run_jobs()
    assert paper_pages.drawing_failures(papers(plan_id)) == {bad: "第 1 页无法显示，文件可能已损坏，请重新上传。"}
    assert [paper.id for paper in papers(plan_id) if paper.pages] == [good]


def test_a_file_that_crashes_the_judge_is_refused_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id, lines = draft(world)
    monkeypatch.setattr(opening, "_EXAMINE", "tests.core.hostile_readers:crash")
    with pytest.raises(Refused, match="打不开，文件可能已损坏，请重新上传。"):
        add(world, plan_id, lines)
    assert papers(plan_id) == []
    assert not list(local().folder.rglob("*"))


def test_the_same_file_twice_is_stored_once(world: World) -> None:
    plan_id, lines = draft(world)
    data = a_pdf()
    add(world, plan_id, lines, data)
    add(world, plan_id, lines, data, "另一个名字.pdf")
    run_jobs()
    assert len({paper.blob_digest for paper in papers(plan_id)}) == 1
