"""What a machine reads on a paper stands beside it as a suggestion, and sets nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from core import jobs
from core.db import session, transaction
from core.jail import MEGABYTE, Limits
from tests.vouchers.corpus import pdfs, xmls
from tests.vouchers.corpus.facts import CORPUS
from tests.vouchers.samples import a_pdf, add, draft, papers, plan, run_jobs, text
from tests.world import World
from vouchers.papers import opening
from vouchers.papers.actions import remove_paper
from vouchers.papers.copying import draw_again
from vouchers.papers.models import PaperReading
from vouchers.papers.recognising import read_paper
from vouchers.papers.suggestions import suggestions_of
from vouchers.readers.reading import BROKEN
from vouchers.readers.rules import FieldName

SignIn = Callable[[str], FlaskClient]
INVOICE = CORPUS[0]
TITLE = "识别结果（未经税务机关查验）"


def test_an_invoice_is_read_and_shown_beside_its_file_works(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    before = [line.applied for line in plan(plan_id).lines]
    add(world, plan_id, lines, pdfs.invoice_pdf(INVOICE))
    run_jobs()
    shown = text(sign_in("lin").get(f"/plans/{plan_id}/papers"))
    assert TITLE in shown
    for value in (INVOICE.number, INVOICE.seller[0], str(INVOICE.total), f"{INVOICE.day}"):
        assert f'<dd title="{"PDF 文字" if value == INVOICE.seller[0] else "二维码"}，第 1 页">{value}</dd>' in shown
    assert [line.applied for line in plan(plan_id).lines] == before


def test_what_does_not_fit_is_said(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, xmls.invoice_xml(INVOICE), "发票.xml")
    run_jobs()
    unit = plan(plan_id).unit.name
    assert unit != INVOICE.buyer[0]
    assert f"购买方“{INVOICE.buyer[0]}”不是本单位“{unit}”。" in text(sign_in("lin").get(f"/plans/{plan_id}/papers"))


def test_the_panel_asks_again_until_a_paper_without_pictures_is_read(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, xmls.invoice_xml(INVOICE), "发票.xml")
    client = sign_in("lin")
    assert "data-papers-pending" in text(client.get(f"/plans/{plan_id}/papers"))
    run_jobs()
    assert "data-papers-pending" not in text(client.get(f"/plans/{plan_id}/papers"))


def test_that_nothing_was_read_is_said_of_invoices_only(world: World, sign_in: SignIn) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, a_pdf(), "合同.pdf", "14")
    run_jobs()
    client = sign_in("lin")
    assert TITLE not in text(client.get(f"/plans/{plan_id}/papers"))
    add(world, plan_id, lines, a_pdf(), "发票.pdf")
    run_jobs()
    assert "没有识别到发票内容，请看原件填写。" in text(client.get(f"/plans/{plan_id}/papers"))


def test_the_job_may_come_twice_and_passes_over_what_is_gone(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id = add(world, plan_id, lines, xmls.invoice_xml(INVOICE), "发票.xml")
    run_jobs()
    asked = {"paper_id": str(paper_id)}
    assert read_paper(asked, jobs.Progress(uuid4())) == {"fields": 10}
    assert session().query(PaperReading).count() == 1
    remove_paper(paper_id, by=world.person("lin"))
    assert read_paper(asked, jobs.Progress(uuid4())) == {"fields": 0}
    assert read_paper({"paper_id": str(uuid4())}, jobs.Progress(uuid4())) == {"fields": 0}
    assert suggestions_of(plan(plan_id), papers(plan_id), {}) == {}


def test_a_paper_drawn_on_again_keeps_what_was_read(world: World) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines[:1], xmls.invoice_xml(INVOICE), "发票.xml")
    run_jobs()
    other, other_lines = draft(world, "lin", "A3", "A2")
    with transaction():
        draw_again({lines[0]: other_lines[0]})
    (copy,) = papers(other)
    assert suggestions_of(plan(other), [copy], {})[copy.id].reading.text(FieldName.NUMBER) == INVOICE.number


LONG, LARGE = "识别这个文件用的时间过长", "识别这个文件要用的内存过多"
ENDS = [("crash", BROKEN), ("loop", LONG), ("allocate", LARGE), ("echo", BROKEN)]


@pytest.mark.parametrize(("way", "sentence"), ENDS)
def test_a_paper_that_breaks_its_reader_stays_with_a_sentence(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, way: str, sentence: str
) -> None:
    """A reader that does really crash, loop or swell harms neither the worker nor the paper."""
    plan_id, lines = draft(world)
    add(world, plan_id, lines, pdfs.invoice_pdf(INVOICE))
    monkeypatch.setattr(opening, "_READ", f"tests.core.hostile_readers:{way}")
    monkeypatch.setattr(opening, "LIMITS", Limits(memory=256 * MEGABYTE, cpu=1))
    run_jobs()
    client = sign_in("lin")
    assert sentence in text(client.get(f"/plans/{plan_id}/papers"))
    (paper,) = papers(plan_id)
    assert client.get(f"/papers/{paper.id}/pages/1").status_code == 200
    assert client.get(f"/papers/{paper.id}/file").status_code == 200
