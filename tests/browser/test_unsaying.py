"""收回 at 会签 in a real browser: agreed to, found in 已办 while others are awaited, taken back, and spoken again."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from approvals.chains.rules import StepMode
from approvals.reviews import store
from approvals.reviews.rules import Act
from core.db import db
from tests.approvals.test_modes import at_the_treasury
from tests.browser.deskside import at_desk, drawn, signed_in, violations
from tests.conftest import Prepared

pytestmark = pytest.mark.browser


def test_one_of_three_takes_his_words_back(browser: Browser, served: Flask, sqlite_prepared: Prepared) -> None:
    world = sqlite_prepared.world
    plan_id = at_the_treasury(world, StepMode.ALL)
    drawn()
    with signed_in(browser, served, "fang") as page:
        at_desk(world, page, "fang", plan_id)
        desk = page.url
        page.keyboard.press("Alt+a")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("没有等您审核的计划")).to_be_visible()
        page.get_by_role("link", name="已办").click()
        expect(page.get_by_text("已会签，等待他人")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="收回意见：").click()
        expect(page.get_by_text("已收回审核意见，请重新审核。")).to_be_visible()
        assert page.url == desk
        assert violations(page) == []
    db.session.rollback()
    assert [one.act for one in store.decisions_of(plan_id)][-2:] == [Act.AGREE, Act.UNDO]
    assert store.opinions_in_round(plan_id, 1, 3) == []
