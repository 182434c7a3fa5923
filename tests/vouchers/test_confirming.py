"""What a machine read is registered by the clerk's act, one key for each paper; no line's amount follows by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient

from approvals.reviews.actions import submit
from core.db import session
from core.money import Money
from tests.vouchers.corpus import pdfs, xmls
from tests.vouchers.corpus.facts import CORPUS, taken_back
from tests.vouchers.samples import JSON, add, draft, papers, plan, run_jobs, text
from tests.world import World
from vouchers.papers.faces import Face
from vouchers.papers.models import Draw
from vouchers.papers.registering import describe_paper, face_of

SignIn = Callable[[str], FlaskClient]
INVOICE = CORPUS[0]
FACE = Face(INVOICE.number, INVOICE.day, INVOICE.seller[0], INVOICE.total)


def drawn(paper_id: UUID) -> list[Money | None]:
    session().expire_all()
    return list(session().scalars(session().query(Draw.amount).filter(Draw.paper_id == paper_id).statement))


def fields(page: str, paper_id: UUID) -> dict[str, str]:
    """What the form of the paper would send if its button were pressed."""
    form = page.split(f'id="confirm-{paper_id}"')[1].split("</form>")[0]
    inputs = re.findall(r"<input ([^>]*)>", form)
    found = {}
    for each in inputs:
        name, value = (re.search(rf'{key}="([^"]*)"', each) for key in ("name", "value"))
        assert name is not None
        found[name[1]] = value[1] if value else ""
    return found


def read_into(world: World, *lines: int, data: bytes = b"", name: str = "发票.xml") -> tuple[UUID, UUID]:
    """A plan whose paper was read; `lines` are counted from 0."""
    plan_id, ids = draft(world)
    paper_id = add(world, plan_id, [ids[line] for line in lines], data or xmls.invoice_xml(INVOICE), name)
    run_jobs()
    return plan_id, paper_id


def test_one_key_registers_what_was_read_works(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0)
    client = sign_in("lin")
    page = text(client.get(f"/plans/{plan_id}/papers"))
    sent = fields(page, paper_id)
    assert page.count("data-key=\"alt+y\"") == 1
    assert (sent["number"], sent["amount"], sent["draw"]) == (INVOICE.number, str(INVOICE.total), "100.00")
    answer = client.post(f"/papers/{paper_id}/confirm", data=sent)
    assert answer.location == f"/plans/{plan_id}/papers?next=1"
    (paper,) = papers(plan_id)
    assert face_of(paper) == FACE
    assert drawn(paper_id) == [Money.yuan(100)]
    assert [line.applied for line in plan(plan_id).lines] == [Money.yuan(100)] * 2
    page = text(client.get(answer.location))
    assert '<span class="tag ok">已登记</span>' in page
    assert f"{INVOICE.number} · 票面 {INVOICE.total}" in page
    assert "data-papers-confirm" not in page


def test_what_the_clerk_corrects_is_registered(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0)
    client = sign_in("lin")
    sent = fields(text(client.get(f"/plans/{plan_id}/papers")), paper_id)
    sent |= {"counterparty": " 青山县  李记文具店 ", "amount": "5000", "draw": "60.5", "on": "2026-12-01"}
    assert client.post(f"/papers/{paper_id}/confirm", data=sent, headers=JSON).status_code == 200
    (paper,) = papers(plan_id)
    assert (paper.counterparty, paper.face_amount) == ("青山县 李记文具店", Money.yuan(5000))
    assert drawn(paper_id) == [Money.yuan("60.50")]
    page = text(client.get(f"/plans/{plan_id}/papers"))
    assert f"登记的票面金额 5,000.00 元与识别的价税合计 {INVOICE.total} 元不一致。" in page


def test_no_draw_is_proposed_for_several_lines_or_when_it_is_left_empty(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0, 1)
    client = sign_in("lin")
    sent = fields(text(client.get(f"/plans/{plan_id}/papers")), paper_id)
    assert "draw" not in sent
    client.post(f"/papers/{paper_id}/confirm", data=sent)
    assert drawn(paper_id) == [None, None]
    other, one = read_into(world, 0)
    sent = fields(text(client.get(f"/plans/{other}/papers")), one) | {"draw": ""}
    client.post(f"/papers/{one}/confirm", data=sent)
    assert drawn(one) == [None]


def test_papers_are_confirmed_one_after_the_other(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    for invoice in CORPUS[:4]:
        add(world, plan_id, lines, xmls.invoice_xml(invoice), f"{invoice.number}.xml")
    run_jobs()
    client = sign_in("lin")
    page = text(client.get(f"/plans/{plan_id}/papers?next=1"))
    for left in range(4, 0, -1):
        assert page.count("data-papers-confirm") == left
        assert page.count("autofocus") == 1
        (paper_id,) = re.findall(r'id="confirm-([0-9a-f-]+)"(?=(?:(?!</form>).)*autofocus)', page, re.S)
        answer = client.post(f"/papers/{paper_id}/confirm", data=fields(page, UUID(paper_id)))
        page = text(client.get(answer.location))
    assert {paper.number for paper in papers(plan_id)} == {invoice.number for invoice in CORPUS[:4]}


def test_a_face_that_means_nothing_is_refused_and_stays_typed(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0)
    client = sign_in("lin")
    sent = fields(text(client.get(f"/plans/{plan_id}/papers")), paper_id)
    for amount, sentence in (("-5", "票面金额应大于 0"), ("许多", "“许多”不是有效的金额")):
        answer = client.post(f"/papers/{paper_id}/confirm", data=sent | {"amount": amount})
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert fields(text(answer), paper_id)["amount"] == amount
    assert face_of(papers(plan_id)[0]) == Face()


def test_a_draw_that_is_too_large_is_said_and_the_paper_is_registered(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0)
    client = sign_in("lin")
    sent = fields(text(client.get(f"/plans/{plan_id}/papers")), paper_id)
    answer = client.post(f"/papers/{paper_id}/confirm", data=sent | {"draw": "100.01"}, headers=JSON)
    assert answer.json is not None
    assert answer.json["errors"] == ["第 1 行申报 100.00，使用金额 100.01 不能超过它。"]
    assert face_of(papers(plan_id)[0]) == FACE
    assert drawn(paper_id) == [None]


def test_who_was_faster_is_told(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0)
    client = sign_in("lin")
    sent = fields(text(client.get(f"/plans/{plan_id}/papers")), paper_id)
    describe_paper(paper_id, Face("7"), by=world.person("lin"))
    answer = client.post(f"/papers/{paper_id}/confirm", data=sent)
    assert answer.status_code == 409
    assert papers(plan_id)[0].number == "7"


def test_a_red_invoice_proposes_no_amount(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0, data=xmls.invoice_xml(taken_back(INVOICE)))
    sent = fields(text(sign_in("lin").get(f"/plans/{plan_id}/papers")), paper_id)
    assert sent["amount"] == ""
    assert "draw" not in sent


def test_others_and_submitted_plans_confirm_nothing(world: World, sign_in: SignIn) -> None:
    plan_id, paper_id = read_into(world, 0, 1, data=pdfs.invoice_pdf(INVOICE), name="发票.pdf")
    sent = fields(text(sign_in("lin").get(f"/plans/{plan_id}/papers")), paper_id)
    assert sign_in("zhou").post(f"/papers/{paper_id}/confirm", data=sent).status_code == 404
    assert sign_in("shen").post(f"/papers/{paper_id}/confirm", data=sent).status_code == 404
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    client = sign_in("lin")
    assert "data-papers-confirm" not in text(client.get(f"/plans/{plan_id}/papers"))
    assert client.post(f"/papers/{paper_id}/confirm", data=sent).status_code == 409
    assert face_of(papers(plan_id)[0]) == Face()
