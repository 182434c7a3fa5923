"""With a scanner nothing is shown or approved before it said clean; without its answer a file is kept and waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from approvals.reviews.actions import submit
from budget.plans.rules import PlanState
from core import jobs
from core.db import session, transaction
from core.errors import Refused
from core.scanner import Scanner, ScannerAway
from core.settings import Settings
from tests.approvals.stories import review
from tests.clamd import EICAR, Clamd, running_clamd
from tests.vouchers.samples import a_pdf, a_png, a_workbook, add, draft, papers, plan, run_jobs, text
from tests.world import World
from vouchers.papers import paper_pages
from vouchers.papers.models import Scan
from vouchers.papers.scanning import AGAIN, SCAN_AGAIN

SignIn = Callable[[str], FlaskClient]
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def clamd(app: Flask) -> Iterator[Clamd]:
    with running_clamd() as found:
        configure(app, found.place)
        yield found


def configure(app: Flask, place: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], clamd=place)


def opens(client: FlaskClient, paper_id: UUID, page: int | None = None) -> tuple[int, str]:
    answer = client.get(f"/papers/{paper_id}/" + ("file" if page is None else f"pages/{page}"))
    return answer.status_code, "" if answer.status_code == 200 else text(answer)


@pytest.mark.parametrize("by_file", [False, True])
def test_the_scanner_tells_clean_from_infected_works(tmp_path: Path, *, by_file: bool) -> None:
    with running_clamd(tmp_path / "clamd" if by_file else None) as clamd:
        scanner = Scanner(clamd.place)
        assert scanner.scan([b"a", b"b" * 100_000]) == ""
        assert scanner.scan([EICAR]) == "Eicar-Signature"
        assert clamd.files == [b"a" + b"b" * 100_000, EICAR]


def test_anything_but_a_verdict_is_none(tmp_path: Path) -> None:
    with running_clamd() as clamd:
        scanner = Scanner(clamd.place)
        for said in ("hang up", "stream: OK FOUND ERROR", "UNKNOWN COMMAND", "OK", "stream: Can't open file ERROR"):
            clamd.says = said
            with pytest.raises(ScannerAway):
                scanner.scan([b"a"])
        clamd.says, clamd.most = "", 10
        with pytest.raises(ScannerAway, match="size limit exceeded"):
            scanner.scan([bytes(11)])
    for place in (scanner.place, f"unix:{tmp_path / 'absent'}"):
        with pytest.raises(ScannerAway):
            Scanner(place).scan([b"a"])


def test_a_clean_paper_is_drawn_and_opens(world: World, clamd: Clamd, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_png())
    client = sign_in("lin")
    status, said = opens(client, paper_id)
    assert status == 422
    assert "还没有查毒，暂不能打开，请稍候再试。" in said
    run_jobs()
    assert clamd.files == [a_png()]
    assert [opens(client, paper_id, page)[0] for page in (None, 0, 1)] == [200, 200, 200]
    add(world, plan_id, lines, a_png(), "又一次.png")
    run_jobs()
    assert len(clamd.files) == 1


def test_an_infected_paper_is_named_and_never_opened(world: World, clamd: Clamd, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    bad, good = add(world, plan_id, lines, a_png() + EICAR), add(world, plan_id, lines, a_pdf())
    run_jobs()
    client = sign_in("lin")
    assert "查出病毒（Eicar-Signature）" in text(client.get(f"/plans/{plan_id}/papers"))
    assert opens(client, bad)[0] == 422
    assert opens(client, good)[0] == 200
    assert paper_pages.find_page(bad, 0) is None
    assert session().scalars(select(Scan.found).order_by(Scan.found)).all() == ["", "Eicar-Signature"]


def test_what_was_drawn_before_there_was_a_scanner_is_closed_until_it_is_scanned(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, a_png())
    run_jobs()
    client = sign_in("lin")
    assert opens(client, paper_id, 1)[0] == 200
    configure(app, NOWHERE)
    assert [opens(client, paper_id, page)[0] for page in (None, 0, 1)] == [422, 422, 422]


def test_an_upload_waits_for_a_scanner_that_is_away(app: Flask, world: World, sign_in: SignIn) -> None:
    configure(app, NOWHERE)
    plan_id, lines = draft(world)
    picture, book = add(world, plan_id, lines, a_png()), add(world, plan_id, lines, a_workbook(), "清单.xlsx", "12")
    run_jobs()
    assert [answer_of("draw_pages", one) for one in (picture, book)] == [{"pages": 0, "waits": "scanner"}] * 2
    assert paper_pages.drawing_failures(papers(plan_id)) == {}
    assert jobs.every(SCAN_AGAIN, AGAIN, by=SYSTEM)
    run_jobs()
    assert answer_of(SCAN_AGAIN, jobs.REGULAR) == {"scanned": 0, "waiting": 2}
    with running_clamd() as clamd:
        configure(app, clamd.place)
        rerun(SCAN_AGAIN)
        client = sign_in("lin")
        assert [opens(client, one)[0] for one in (picture, book)] == [200, 200]
        assert opens(client, picture, 1)[0] == 200


def answer_of(kind: str, subject: object) -> dict[str, object]:
    job = jobs.latest(kind, subject)
    assert job is not None
    return job.answer


def rerun(kind: str) -> None:
    with transaction():
        jobs.enqueue(kind, "now", {}, by=SYSTEM)
    run_jobs()


def test_nothing_is_approved_before_all_its_papers_are_clean(app: Flask, world: World) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, a_png(), "甲.png")
    add(world, plan_id, lines, a_pdf(), "乙.pdf")
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    for name in ("he", "shen", "fang"):
        review(world, name)
    configure(app, NOWHERE)
    with pytest.raises(Refused) as caught:
        review(world, "luo")
    assert caught.value.sentences == tuple(
        f"凭证“{name}”还没有查毒，暂不能批复，请稍候再试。" for name in ("乙.pdf", "甲.png")
    )
    assert plan(plan_id).state is not PlanState.APPROVED
    with running_clamd() as clamd:
        configure(app, clamd.place)
        rerun(SCAN_AGAIN)
        review(world, "luo")
    assert plan(plan_id).state is PlanState.APPROVED


def test_an_infected_paper_stops_the_approval(app: Flask, world: World) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, a_png() + EICAR, "甲.png")
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    for name in ("he", "shen", "fang"):
        review(world, name)
    with running_clamd() as clamd:
        configure(app, clamd.place)
        rerun(SCAN_AGAIN)
        with pytest.raises(Refused, match="查出病毒（Eicar-Signature）"):
            review(world, "luo")


def test_the_setting_is_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for text_, wanted in (("", ""), ("unix:/run/clamd.ctl", "unix:/run/clamd.ctl"), ("scan.local:3310",) * 2):
        monkeypatch.setenv("YK_CLAMD", text_)
        assert Settings.from_environment(tmp_path).clamd == wanted
    monkeypatch.setenv("YK_CLAMD", "clamd")
    with pytest.raises(ValueError, match="YK_CLAMD"):
        Settings.from_environment(tmp_path)
