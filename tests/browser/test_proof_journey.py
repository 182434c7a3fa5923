"""Twelve mixed files prove eight lines: read, confirmed, drawn; one was used elsewhere; then nothing is swapped."""

from __future__ import annotations

from io import BytesIO
from typing import Final
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from approvals.reviews.content import content_of
from budget.plans.rules import PlanState
from tests.approvals.stories import drafted, review
from tests.browser.deskside import at_desk, drawn
from tests.vouchers.corpus import ofds, others, pdfs, photos, xmls
from tests.vouchers.corpus.facts import CORPUS, Issued
from tests.vouchers.samples import LIMIT, a_pdf, papers, plan, run_jobs
from tests.world import World
from vouchers.papers.faces import Face
from vouchers.papers.matrix import cells_of
from vouchers.papers.registering import NewPaper, register_paper
from vouchers.papers.store import facts_by_line

pytestmark = pytest.mark.browser

READ: Final = CORPUS[:9]
USED: Final = READ[0]
LINES: Final = (*(("A2", 20 + number) for number in range(5)), *(("A3", 30 + number) for number in range(3)))


def photographed(invoice: Issued) -> bytes:
    out = BytesIO()
    photos.scan(pdfs.invoice_pdf(invoice)).save(out, "PNG")
    return out.getvalue()


def files() -> list[FilePayload]:
    """Nine invoices in four forms, a contract, minutes and a list."""
    made = [
        *((f"{one.number}.xml", xmls.invoice_xml(one)) for one in READ[:4]),
        *((f"{one.number}.ofd", ofds.invoice_ofd(one)) for one in READ[4:6]),
        *((f"{one.number}.pdf", pdfs.invoice_pdf(one)) for one in READ[6:8]),
        (f"{READ[8].number}.png", photographed(READ[8])),
        ("合同.pdf", others.contract()),
        ("纪要.docx", others.minutes()),
        ("清单.xlsx", others.cost_list()),
    ]
    return [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in made]


@pytest.fixture
def begun(house: Flask, world: World) -> UUID:
    """A draft of eight lines; another unit has registered the first of the invoices."""
    with house.app_context():
        theirs = NewPaper("11", "发票.pdf", BytesIO(a_pdf()), Face(USED.number))
        register_paper(world.units["301001"], theirs, limit=LIMIT, by=world.person("zhou"))
        return drafted(world, *LINES)


def test_twelve_files_prove_eight_lines(lin: Page, desk: Page, house: Flask, world: World, begun: UUID) -> None:
    panel = f"{house.config['SERVER_URL']}/plans/{begun}/papers"
    hand_in_files(lin, house, panel)
    confirm_what_was_read(lin, panel)
    draw_on_each_line(lin, house, begun)
    with house.app_context():
        cells = cells_of(begun)
        assert {sum(amount.fen for amount in each.values() if amount) for each in cells.values()} == {
            yuan * 100 for _, yuan in LINES
        }
    submit_without_the_used_one(lin, house, begun, panel)
    with house.app_context():
        before = frozen(begun)
    try_to_swap(lin, house, begun)
    with house.app_context():
        assert frozen(begun) == before
        review(world, "he")
        drawn()
        at_desk(world, desk, "shen", begun)
    for row in desk.locator("[data-papers]").all():
        row.click()
        expect(desk.locator("[data-papers-pane] .leaf").first).to_be_visible()


def hand_in_files(lin: Page, house: Flask, panel: str) -> None:
    lin.goto(panel)
    lin.locator("form[data-upload] select[name=kind]").select_option("11")
    lin.locator("form[data-upload] input[type=file]").set_input_files(files())
    expect(lin.locator(".files .name")).to_have_count(12)
    with house.app_context():
        run_jobs()


def confirm_what_was_read(lin: Page, panel: str) -> None:
    """One key for each paper on which something was read."""
    lin.goto(panel)
    forms = lin.locator("[data-papers-confirm]")
    expect(forms).to_have_count(len(READ))
    for left in range(len(READ) - 1, -1, -1):
        lin.keyboard.press("Alt+y" if left == len(READ) - 1 else "Enter")
        expect(forms).to_have_count(left)
    expect(lin.locator(".files")).to_contain_text("该发票已被使用")


def draw_on_each_line(lin: Page, house: Flask, plan_id: UUID) -> None:
    """Each line takes what it needs from an invoice that nobody else uses."""
    with house.app_context():
        lines = [line.id for line in plan(plan_id).lines]
    for line, invoice in zip(lines, READ[1:], strict=True):
        lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/lines/{line}/register?q={invoice.number}")
        lin.get_by_role("button", name="选用").click()
        expect(lin.locator(".files")).to_contain_text("本行使用")


def submit_without_the_used_one(lin: Page, house: Flask, plan_id: UUID, panel: str) -> None:
    """The paper that another unit used proves a line too: refused, until it is taken off."""
    with house.app_context():
        first = plan(plan_id).lines[0].id
        (used,) = [paper.id for paper in papers(plan_id) if paper.number == USED.number]
    lin.goto(f"{panel}?edit={used}")
    lin.locator(f"#paper-{used} input[name=lines][value='{first}']").check()
    lin.get_by_role("button", name="改对应的行").click()
    expect(lin.locator(f"#paper-{used}")).to_contain_text("证明第 1 行")
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/check")
    expect(lin.locator("main")).to_contain_text("该发票已被使用")
    lin.goto(f"{panel}?edit={used}")
    lin.get_by_role("button", name="移除附件").click()
    expect(lin.locator(".files .name")).to_have_count(11)
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/check")
    lin.get_by_role("button", name="送审").last.click()
    expect(lin.locator("main")).to_contain_text("已送审")
    with house.app_context():
        assert plan(plan_id).state is PlanState.IN_REVIEW


def frozen(plan_id: UUID) -> tuple[str, object]:
    """What the decisions are bound to, and the papers of every line."""
    found = facts_by_line(plan_id)
    return content_of(plan(plan_id), found, {}).digest, found


def try_to_swap(lin: Page, house: Flask, plan_id: UUID) -> None:
    """Every way in which a clerk changes papers."""
    with house.app_context():
        line = plan(plan_id).lines[0].id
        paper = next(iter(cells_of(plan_id)[line]))
    ways: dict[str, dict[str, str]] = {
        f"/papers/{paper}/kind": {"kind": "14"},
        f"/papers/{paper}/lines": {},
        f"/papers/{paper}/remove": {},
        f"/papers/{paper}/confirm": {"number": "27", "amount": "1"},
        f"/papers/{paper}/lines/{line}": {"amount": "1"},
        f"/papers/{paper}/lines/{line}/release": {},
        f"/plans/{plan_id}/papers/uploads": {},
        f"/register/{paper}/edit": {"number": "27"},
        f"/register/{paper}/remove": {},
    }
    for way, fields in ways.items():
        sent: dict[str, str | float | bool] = {"plan": str(plan_id), "line": str(line), **fields}
        sent["form_key"] = uuid4().hex
        answer = lin.context.request.post(f"{house.config['SERVER_URL']}{way}", form=sent, max_redirects=0)
        assert answer.status >= 400, way
