"""日结单: what it prints, that it is printed once after each seal, who gets it, and that many decisions end in time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from accounts.people.rules import SYSTEM
from approvals.proof import outgoing
from approvals.proof.actions import seal_day
from approvals.proof.models import Seal
from approvals.proof.models import SealSheet as Printed
from approvals.proof.rules import SEAL_PDF
from approvals.reviews.rules import Act
from core import clock, history, jobs
from core.db import session, transaction
from core.digests import merkle_root, sha256
from core.jobs import Job, JobState
from exports.documents.pages import sheet_html
from exports.documents.render import render_pdf
from exports.documents.seal_sheet import MOST_LISTED, MOST_TOPS, SealSheet, seal_sheet
from exports.facts import Coded
from tests.approvals.stories import reviewed, submitted
from tests.exports.test_render import pages_of
from tests.world import DIVISION, NOW, World
from work import HANDLERS

SignIn = Callable[[str], FlaskClient]
PLACE = Coded(DIVISION, "张湾区")


def sealed(count: int = 1) -> Seal:
    """The newest of so many seals of today, printed."""
    for _ in range(count):
        number = seal_day(DIVISION, NOW.date(), by=SYSTEM)
    while jobs.run_one(HANDLERS):
        pass
    return outgoing.get_seal(DIVISION, number)


def sheet_of(count: int) -> SealSheet:
    """A sheet over so many decisions that nobody has made."""
    at = clock.at(2026, 11, 20, 10)
    decided = [
        SimpleNamespace(
            plan=f"YK-{place:06}", number=1, act=Act.AGREE, person="林晓敏", at=at, sha256=sha256(str(place))
        )
        for place in range(count)
    ]
    seal = SimpleNamespace(
        number=1, day=NOW.date(), leaves=count, root=merkle_root([one.sha256 for one in decided]), prev_sha256="",
        body='{"v":1}', sha256=sha256('{"v":1}'), sm3="0" * 64, at=at,
    )  # fmt: skip
    return seal_sheet(seal, decided, PLACE)


def test_a_seal_is_printed_with_all_that_proves_it_works(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    first = sealed()
    reviewed(world, plan_id, "fang")
    second = sealed()
    answer = sign_in("shi").get("/seals/1/sheet.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    (page,) = pages_of(answer.data)
    for said in (
        "用款计划审批日结单", "张湾区财政局", "2026年11月20日", "第1号", "420303000", "3项", first.root, first.sha256,
        first.sm3, "无（第一次封存）", f"--anchor1:{first.sha256}", "1YK-202612-00011送审林晓敏11-2010:00:00",
        "第1页共1页",
    ):  # fmt: skip
        assert said in page, said
    (page,) = pages_of(sign_in("ji").get("/seals/2/sheet.pdf").data)
    assert first.sha256 in page
    assert second.sha256 in page
    digests = [one.sha256[:16] for one in outgoing.sealed(second.id)]
    assert len(digests) == 1
    assert digests[0] in page


def test_the_printed_text_gives_the_printed_digests(world: World, sign_in: SignIn) -> None:
    """As a reader does it: the lines of the text put together, and hashed."""
    submitted(world, ("A1", 100))
    seal = sealed()
    (page,) = pages_of(sign_in("shi").get("/seals/1/sheet.pdf").data)
    body = page[page.index("原文") + len("原文") : page.index("怎样核对")]
    assert hashlib.sha256(body.encode()).hexdigest() == seal.sha256
    assert hashlib.new("sm3", body.encode()).hexdigest() == seal.sm3


def test_a_day_without_decisions_is_printed_too(world: World, sign_in: SignIn) -> None:
    sealed()
    (page,) = pages_of(sign_in("shi").get("/seals/1/sheet.pdf").data)
    assert "当日没有决定" in page


def test_the_file_has_its_chinese_name_and_its_event(world: World, sign_in: SignIn) -> None:
    sealed()
    answer = sign_in("shi").get("/seals/1/sheet.pdf")
    assert quote("日结单_张湾区_第1号_2026-11-20.pdf") in answer.headers["Content-Disposition"]
    printed = [event.summary for event in history.of("seal", 1) if event.action == "print_seal"]
    assert printed == [f"生成第 1 号日结单 PDF，1 页，校验码 {hashlib.sha256(answer.data).hexdigest()[:16]}"]


def test_a_seal_is_printed_once(world: World, sign_in: SignIn) -> None:
    seal = sealed()
    before = sign_in("shi").get("/seals/1/sheet.pdf").data
    with transaction():
        jobs.enqueue(SEAL_PDF, 1, {"seal_id": seal.id}, by=SYSTEM)
    with clock.stopped(NOW + timedelta(minutes=1)):
        while jobs.run_one(HANDLERS):
            pass
        job = jobs.latest(SEAL_PDF, 1)
    assert job is not None
    assert {job.answer["rendered"] for job in session().scalars(select(Job).where(Job.kind == SEAL_PDF))} == {
        True, False,
    }  # fmt: skip
    assert sign_in("shi").get("/seals/1/sheet.pdf").data == before


def test_what_was_printed_cannot_be_changed(world: World) -> None:
    sealed()
    for statement in (update(Printed).values(page_count=9), delete(Printed)):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(statement)


def test_the_page_of_seals_leads_to_the_paper_or_to_the_one_who_waits(world: World, sign_in: SignIn) -> None:
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    auditor = sign_in("shi")
    assert 'href="/seals/1/sheet.pdf"' in auditor.get("/seals").text
    waiting = auditor.get("/seals/1/sheet.pdf")
    assert (waiting.status_code, "正在生成 PDF" in waiting.text) == (202, True)
    with transaction() as work:
        work.execute(update(Job).where(Job.kind == SEAL_PDF).values(state=JobState.FAILED, note="磁盘已满"))
    failed = auditor.get("/seals/1/sheet.pdf")
    assert (failed.status_code, "磁盘已满" in failed.text) == (200, True)
    with clock.stopped(NOW + timedelta(minutes=1)):
        for _ in range(2):  # twice is once
            assert auditor.post("/seals/1/sheet").status_code == 302
        while jobs.run_one(HANDLERS):
            pass
        assert auditor.get("/seals/1/sheet.pdf").mimetype == "application/pdf"
        assert auditor.post("/seals/1/sheet").status_code == 302  # it is there: nothing is asked for
    assert len(session().scalars(select(Job).where(Job.kind == SEAL_PDF)).all()) == 2


def test_the_paper_is_for_those_who_see_the_seals(world: World, sign_in: SignIn) -> None:
    sealed()
    for username in ("lin", "luo", "xi"):
        assert sign_in(username).get("/seals/1/sheet.pdf").status_code == 403
        assert sign_in(username).post("/seals/1/sheet").status_code == 403
    assert sign_in("shi").get("/seals/2/sheet.pdf").status_code == 404
    assert sign_in("shi").post("/seals/2/sheet").status_code == 404


def test_the_code_on_the_paper_is_the_anchor() -> None:
    sheet = sheet_of(1)
    assert sheet.check_text == f"1:{sheet.sha256}"


def test_a_seal_that_has_lost_a_decision_is_not_printed() -> None:
    seal = SimpleNamespace(number=1, leaves=2)
    with pytest.raises(ValueError, match="covers 2 decisions, not 0"):
        seal_sheet(seal, [], PLACE)


def test_more_decisions_than_fit_show_the_top_of_their_tree() -> None:
    sheet = sheet_of(MOST_LISTED + 1)
    assert sheet.lines == ()
    assert MOST_TOPS // 2 < len(sheet.tops) <= MOST_TOPS
    assert (sheet.tops[0].first, sheet.tops[-1].last) == (1, MOST_LISTED + 1)
    assert all(one.last + 1 == after.first for one, after in zip(sheet.tops, sheet.tops[1:], strict=False))
    under = [sha256(str(place)) for place in range(sheet.tops[0].last)]
    assert sheet.tops[0].digest == merkle_root(under)
    pages = pages_of(render_pdf(sheet_html(sheet)))
    assert len(pages) == 1
    assert f"共{MOST_LISTED + 1}项，逐项清单在证据包" in pages[0]
    assert sheet.tops[-1].digest in pages[0]


@pytest.mark.slow
def test_as_many_decisions_as_are_listed_print_in_time() -> None:
    """A third of the lease of a job, on this machine; 11 s of CPU were measured."""
    sheet = sheet_of(MOST_LISTED)
    begun = time.process_time()
    pdf = render_pdf(sheet_html(sheet))
    assert time.process_time() - begun < jobs.LEASE.total_seconds() / 3
    document = pypdfium2.PdfDocument(pdf)
    last = document[len(document) - 1].get_textpage().get_text_bounded()
    document.close()
    assert sheet.lines[-1].digest in last
