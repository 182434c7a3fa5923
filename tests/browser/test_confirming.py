"""What a machine read, in a real browser: twelve papers with twelve keys, searched, marked, and seen at the desk."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from approvals.reviews.actions import submit
from core.db import session
from tests.approvals.stories import review
from tests.browser.deskside import at_desk, violations
from tests.vouchers.corpus import ofds, xmls
from tests.vouchers.corpus.facts import CORPUS
from tests.vouchers.samples import add, draft, papers, plan, run_jobs
from tests.world import World

pytestmark = pytest.mark.browser

INVOICE = CORPUS[3]


def read_in(world: World, count: int) -> UUID:
    """A draft with so many invoices, drawn and read."""
    plan_id, lines = draft(world)
    for invoice in CORPUS[:count]:
        add(world, plan_id, lines[:1], xmls.invoice_xml(invoice), f"{invoice.number}.xml")
    run_jobs()
    session().rollback()
    return plan_id


def test_twelve_papers_are_registered_with_twelve_keys(lin: Page, house: Flask, world: World) -> None:
    with house.app_context():
        plan_id = read_in(world, 12)
    lin.goto(f"{house.config['SERVER_URL']}/plans/{plan_id}/papers")
    forms = lin.locator("[data-papers-confirm]")
    expect(forms).to_have_count(12)
    assert violations(lin) == []
    for left, key in zip(range(11, -1, -1), ["Alt+y", *["Enter"] * 11], strict=True):
        lin.keyboard.press(key)
        expect(forms).to_have_count(left)
    expect(lin.locator(".files")).to_contain_text(f"{CORPUS[11].number} · 票面")
    with house.app_context():
        assert {paper.number for paper in papers(plan_id)} == {invoice.number for invoice in CORPUS[:12]}


def test_text_is_searched_and_what_was_read_is_marked(lin: Page, house: Flask, world: World) -> None:
    with house.app_context():
        plan_id, lines = draft(world)
        paper_id = add(world, plan_id, lines, ofds.invoice_ofd(INVOICE, tags=False, code=False), "发票.ofd")
        run_jobs()
        session().rollback()
    lin.goto(f"{house.config['SERVER_URL']}/papers/{paper_id}")
    lin.locator(".stage").focus()
    lin.keyboard.press("/")
    lin.keyboard.type("青山县")
    count = lin.locator("[data-viewer-hits]")
    expect(count).to_have_text("1 / 2")
    lin.keyboard.press("Enter")
    expect(count).to_have_text("2 / 2")
    expect(lin.locator(".marks .on")).to_have_count(1)
    lin.locator("[data-viewer-seek]").fill(INVOICE.total.plain)
    expect(count).to_have_text("1 / 1")
    lin.locator("[data-viewer-seek]").fill("没有这句话")
    expect(count).to_have_text("没有找到")
    seller = lin.get_by_role("button", name=INVOICE.seller[0])
    seller.hover()
    expect(lin.locator(".marks .spot")).to_have_count(1)
    place = "document.querySelector('.spot').getBoundingClientRect().{0} / document.querySelector('.leaf').clientWidth"
    wide = lin.evaluate(place.format("width"))
    assert 0.2 < wide < 0.4
    lin.locator("[data-viewer-do=rotate]").click()
    seller.focus()
    expect(lin.locator(".marks .spot")).to_have_count(1)
    assert lin.evaluate(place.format("height")) > lin.evaluate(place.format("width"))
    assert violations(lin) == []


def test_the_reviewer_sees_what_does_not_fit_beside_the_line(desk: Page, world: World) -> None:
    plan_id, lines = draft(world)
    add(world, plan_id, lines, ofds.invoice_ofd(INVOICE), "发票.ofd")
    run_jobs()
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    review(world, "he")
    at_desk(world, desk, "shen", plan_id)
    pane = desk.locator("[data-papers-pane]")
    expect(pane.locator(".seen")).to_contain_text(f"购买方“{INVOICE.buyer[0]}”不是本单位“区实验小学”。")
    pane.get_by_role("button", name=INVOICE.number).hover()
    expect(pane.locator(".marks .spot")).to_have_count(1)
    assert violations(desk) == []
