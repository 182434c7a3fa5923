"""Receipts: which decisions have one, what the paper and the file say before and after the seal, and who gets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from approvals.proof.actions import seal_day
from approvals.proof.receipts import receipt_of
from approvals.reviews import store as reviews
from approvals.reviews.aside import cancel
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from core import history
from core.db import session
from core.digests import merkle_climb, sha256
from core.jobs import Job
from exports.documents.pages import sheet_html
from exports.documents.receipt_sheet import receipt_sheet
from exports.documents.render import render_pdf
from tests.approvals.stories import filed, plan, reviewed, submitted
from tests.approvals.test_reductions import SHORT, approved, hand_in, reducing
from tests.exports.stories import school_plan, water_plan
from tests.exports.test_documents import run_jobs, text_of
from tests.exports.test_render import pages_of
from tests.world import DIVISION, NOW, World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def file_of(client: FlaskClient, plan_id: UUID, number: int) -> dict[str, Any]:
    answer = client.post(f"/plans/{plan_id}/receipts/{number}.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.text)
    return found


def paper_of(client: FlaskClient, plan_id: UUID, number: int) -> str:
    """Ask for the paper, wait, and read it."""
    address = f"/plans/{plan_id}/receipts/{number}"
    assert client.post(address).location == f"{address}.pdf"
    run_jobs()
    return text_of(client, f"{address}.pdf")


def decision(plan_id: UUID, number: int) -> Decision:
    return next(one for one in reviews.decisions_of(plan_id) if one.number == number)


def sealed() -> None:
    seal_day(DIVISION, NOW.date(), by=SYSTEM)


def test_a_submission_has_a_receipt_before_its_day_is_sealed_works(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = submitted(world, ("A1", 100_000), ("A3", 20_000)), sign_in("lin")
    told, first = file_of(clerk, plan_id, 1), decision(plan_id, 1)
    assert (told["plan"], told["unit"]["code"], told["month"], told["revision"]) == ("YK-202612-0001", "201003", 12, 1)
    assert (told["lines"], told["total"], told["approved"]) == (2, 12_000_000, None)
    assert told["content"]["sha256"] == first.digest == sha256(told["content"]["body"])
    assert (told["decision"]["act"], told["decision"]["person"]) == ("submit", "林晓敏")
    assert (told["decision"]["body"], told["decision"]["sha256"]) == (first.body, first.sha256)
    assert (told["proof"], told["latest"], told["earlier"]) == (None, None, [])
    assert "当日尚未日结，日结后可重新下载含证明的回执" in told["note"]
    paper = paper_of(clerk, plan_id, 1)
    for said in (
        "用款计划送审回执", "张湾区财政局", "201003区实验小学", "YK-202612-0001", "2行，合计120,000.00元", first.digest,
        first.sha256, first.sm3, "第1项：送审", "林晓敏", "2026-11-2010:00:00", "当日尚未日结", "还没有封存过",
        json.dumps(json.loads(first.body)["prev"], separators=(",", ":")),
    ):  # fmt: skip
        assert said in paper


def test_after_the_seal_the_receipt_proves_its_decision(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = school_plan(world), sign_in("lin")
    water_plan(world)
    sealed()
    sealed()
    told = file_of(clerk, plan_id, 1)
    seal, path = told["proof"]["seal"], told["proof"]["path"]
    assert (seal["number"], told["latest"]["number"], len(path)) == (1, 2, 4)
    assert merkle_climb(told["decision"]["sha256"], path) == seal["root"] == json.loads(seal["body"])["root"]
    assert merkle_climb(sha256("another"), path) != seal["root"]
    paper = paper_of(clerk, plan_id, 1)
    for said in ("第1号2026年11月20日", "出具回执时最近一次封存", "第2号", seal["root"], *(step[1] for step in path)):
        assert said in paper
    assert "尚未日结" not in paper


def test_an_approval_has_a_receipt_with_what_was_approved(world: World, sign_in: SignIn) -> None:
    plan_id = school_plan(world)
    told = file_of(sign_in("he"), plan_id, 6)
    assert (told["decision"]["act"], told["decision"]["person"]) == ("approve", "罗局")
    assert (told["total"], told["approved"]) == (12_500_000, 12_000_000)
    assert [one["number"] for one in told["earlier"]] == [1, 2, 3, 4, 5]
    paper = paper_of(sign_in("lin"), plan_id, 6)
    assert "用款计划批复回执" in paper
    assert "合计120,000.00元（壹拾贰万元整）" in paper


def test_a_cancelled_approval_has_a_receipt_of_its_own(world: World, sign_in: SignIn) -> None:
    plan_id = school_plan(world)
    cancel(plan_id, "重复申报", by=world.person("luo"))
    told = file_of(sign_in("lin"), plan_id, 7)
    assert (told["decision"]["act"], told["approved"], told["earlier"]) == ("cancel", None, [])


def test_a_reduction_has_receipts_with_amounts_below_zero(world: World, sign_in: SignIn) -> None:
    plan_id = reducing(world, approved(world, ("A2", 300)), 120)
    hand_in(world, plan_id)
    reviewed(world, plan_id, *SHORT)
    told = file_of(sign_in("lin"), plan_id, 3)
    assert (told["kind"], told["total"], told["approved"]) == ("reduction", -12_000, -12_000)
    assert "合计-120.00元（负壹佰贰拾元整）" in paper_of(sign_in("lin"), plan_id, 3)


def test_the_page_lists_the_receipts_and_the_plan_leads_to_it(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = school_plan(world), sign_in("lin")
    assert f'href="/plans/{plan_id}/receipts"' in clerk.get(f"/plans/{plan_id}").text
    page = clerk.get(f"/plans/{plan_id}/receipts").text
    assert page.count("当日尚未日结</span>") == 2
    assert [page.count(name) for name in ("送审回执", "批复回执", "审核通过")] == [1, 1, 0]
    assert "/verify.py" in page
    sealed()
    assert clerk.get(f"/plans/{plan_id}/receipts").text.count("第 1 号") == 2


def test_the_page_asks_as_much_for_many_lines_as_for_one(
    world: World, sign_in: SignIn, count_queries: CountQueries
) -> None:
    small, clerk = submitted(world, ("A1", 100)), sign_in("lin")
    large = submitted(world, *(("A1", 100 + place) for place in range(30)))
    asked = []
    for plan_id in (small, large):
        with count_queries() as queries:
            clerk.get(f"/plans/{plan_id}/receipts")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 16


def test_a_draft_has_no_receipts_yet(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = filed(world, ("A1", 1000)), sign_in("lin")
    assert "receipts" not in clerk.get(f"/plans/{plan_id}").text
    assert "没有回执" in clerk.get(f"/plans/{plan_id}/receipts").text
    assert clerk.get(f"/plans/{plan_id}/receipts/1.pdf").status_code == 404


def test_the_same_paper_is_made_once_and_a_seal_makes_a_new_one(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = submitted(world, ("A1", 1000)), sign_in("lin")
    paper_of(clerk, plan_id, 1)
    paper_of(clerk, plan_id, 1)
    sealed()
    waiting = clerk.get(f"/plans/{plan_id}/receipts/1.pdf")
    assert (waiting.status_code, "封存在上次生成之后有变化" in waiting.text) == (200, True)
    paper_of(clerk, plan_id, 1)
    made = session().scalars(select(Job).where(Job.kind == "receipt_pdf").order_by(Job.created_at, Job.finished_at))
    assert sorted(job.answer["rendered"] for job in made) == [False, True, True]


def test_two_clicks_ask_once(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = submitted(world, ("A1", 1000)), sign_in("lin")
    for _ in range(2):
        clerk.post(f"/plans/{plan_id}/receipts/1")
    assert clerk.get(f"/plans/{plan_id}/receipts/1.pdf").status_code == 202
    assert len(session().scalars(select(Job).where(Job.kind == "receipt_pdf")).all()) == 1


def test_who_took_a_receipt_stands_in_the_history(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = submitted(world, ("A1", 1000)), sign_in("lin")
    text = clerk.post(f"/plans/{plan_id}/receipts/1.json").text
    paper_of(clerk, plan_id, 1)
    said = {event.action: event for event in history.of("plan", plan_id)}
    taken = said["take_receipt"]
    assert (taken.actor_name, json.loads(taken.details)) == ("林晓敏", {"sha256": sha256(text)})
    assert "第 1 项" in said["ask_receipt"].summary
    assert "回执 PDF" in said["print_receipt"].summary


def test_the_paper_names_the_digest_of_the_file(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = submitted(world, ("A1", 1000)), sign_in("lin")
    answer = clerk.post(f"/plans/{plan_id}/receipts/1.json")
    assert quote("回执.json") in answer.headers["Content-Disposition"]
    assert sha256(answer.text) in paper_of(clerk, plan_id, 1)


def test_a_long_text_is_printed_to_its_end(world: World) -> None:
    sheet = receipt_sheet(receipt_of(plan(submitted(world, ("A1", 1000))), 1), "张湾区财政局")
    opinions = ",".join(f'[{place},"agree",1000000,""]' for place in range(1, 501))
    pages = pages_of(render_pdf(sheet_html(replace(sheet, body=opinions))))
    assert len(pages) > 1
    printed = "".join(pages)
    for place in (1, 250, 500):
        assert f'[{place},"agree",1000000,""]' in printed


def test_other_decisions_have_no_receipt(world: World, sign_in: SignIn) -> None:
    plan_id, clerk = school_plan(world), sign_in("lin")
    assert decision(plan_id, 2).act is Act.AGREE
    for number in (0, 2, 7):
        assert clerk.get(f"/plans/{plan_id}/receipts/{number}.pdf").status_code == 404
        assert clerk.post(f"/plans/{plan_id}/receipts/{number}").status_code == 404
        assert clerk.post(f"/plans/{plan_id}/receipts/{number}.json").status_code == 404


def test_foreign_and_absent_receipts_are_equally_missing(world: World, sign_in: SignIn) -> None:
    plan_id, stranger = submitted(world, ("A1", 1000)), sign_in("zhou")
    for absent in (plan_id, uuid4()):
        assert stranger.get(f"/plans/{absent}/receipts").status_code == 404
        assert stranger.get(f"/plans/{absent}/receipts/1.pdf").status_code == 404
        assert stranger.post(f"/plans/{absent}/receipts/1").status_code == 404
        assert stranger.post(f"/plans/{absent}/receipts/1.json").status_code == 404


def test_the_auditor_takes_receipts_and_an_administrator_does_not(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 1000))
    assert file_of(sign_in("shi"), plan_id, 1)["lines"] == 1
    assert sign_in("xi").post(f"/plans/{plan_id}/receipts/1.json").status_code == 403


def test_everybody_signed_in_may_take_the_program(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in("xi").get("/verify.py")
    assert (answer.status_code, answer.mimetype) == (200, "text/x-python")
    assert "独立校验程序" in answer.text
    assert app.test_client().get("/verify.py").status_code == 302
