"""The register in a real browser: chosen for a line, its amount corrected in the panel, and read in the table."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core.money import Money
from tests.browser.deskside import violations
from tests.vouchers.samples import draft
from tests.vouchers.test_register_acts import registered
from tests.world import World
from vouchers.papers.faces import Face
from vouchers.papers.matrix import cells_of

pytestmark = pytest.mark.browser


@pytest.fixture
def filed(house: Flask, world: World) -> tuple[UUID, list[int], UUID]:
    """A draft of two lines of 100 yuan, and a contract of 150 in the register."""
    with house.app_context():
        return *draft(world), registered(world, Face("HT-1", amount=Money.yuan(150)))


def test_a_line_uses_what_it_needs_and_another_what_is_left(
    lin: Page, house: Flask, filed: tuple[UUID, list[int], UUID]
) -> None:
    plan_id, (one, other), paper_id = filed
    server = house.config["SERVER_URL"]
    lin.goto(f"{server}/plans/{plan_id}/papers?line={one}")
    lin.get_by_role("link", name="从登记簿选用").click()
    expect(lin.get_by_label("使用金额（HT-1）")).to_have_value("100.00")
    assert violations(lin) == []
    lin.get_by_role("button", name="选用").click()
    expect(lin.locator(".files li").first).to_contain_text("尚余 50.00 · 本行使用 100.00")

    lin.evaluate("window.stayed = true")
    for amount, said in (("200", "第 1 行申报 100.00，使用金额 200.00 不能超过它。"), ("80", "")):
        if not lin.get_by_label("第 1 行使用").is_visible():
            lin.get_by_label("修改 合同.pdf").click()
        lin.get_by_label("第 1 行使用").fill(amount)
        lin.get_by_role("button", name="改金额").click()
        expect(lin.locator("[data-papers-note]")).to_have_text(said)
    expect(lin.locator(".files li").first).to_contain_text("尚余 70.00 · 本行使用 80.00")
    assert lin.evaluate("window.stayed") is True

    lin.get_by_role("link", name="凭证对应表").first.click()
    expect(lin.locator("table.matrix tbody tr").first).to_contain_text("20.00")
    expect(lin.locator("table.matrix tfoot")).to_contain_text("70.00")
    assert violations(lin) == []
    with house.app_context():
        assert cells_of(plan_id) == {one: {paper_id: Money.yuan(80)}}
    lin.goto(f"{server}/plans/{plan_id}/lines/{other}/register")
    expect(lin.get_by_label("使用金额（HT-1）")).to_have_value("70.00")
