"""审核台: every key, every mouse way beside it, and two reviewers who meet at one plan."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import Page, expect

from accounts.people.rules import Role
from approvals.reviews import actions, store
from approvals.reviews.rules import Verdict
from approvals.reviews.traces import digest_of
from core.db import db
from tests.approvals.paths import appoint
from tests.approvals.stories import PNG, filed, opinions, plan, reviewed, submitted, task_of
from tests.browser.deskside import (
    at_desk,
    current,
    drawn,
    open_plan,
    reason_at,
    verdict_at,
    violations,
)
from tests.world import World
from vouchers.papers.actions import add_paper

pytestmark = pytest.mark.browser


def test_every_line_and_verdict_has_its_key(world: World, desk: Page) -> None:
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50), ("A3", 20), ("A1", 10))
    press = desk.keyboard.press
    press("j")
    press("j")
    expect(current(desk)).to_have_text("3")
    press("k")
    expect(current(desk)).to_have_text("2")
    press("c")
    desk.keyboard.type("40")
    press("Enter")
    expect(reason_at(desk)).to_be_focused()
    press("5")  # an empty reason: the fifth usual one
    expect(reason_at(desk)).to_have_value("指标与用途不符，请改选指标")
    expect(desk.locator("tr.lit .code")).to_have_value("ZB01")
    press("Escape")
    press("j")
    press("m")
    expect(verdict_at(desk, "aside")).to_be_checked()
    expect(desk.locator("tr.lit .moving")).to_be_visible()
    desk.keyboard.type("本月没有用款条件")
    press("Enter")
    press("j")
    press("r")
    press("1")
    expect(reason_at(desk)).to_have_value("缺合同或协议，请补充")
    press("Escape")
    press("k")
    press("k")
    press("k")
    press("a")
    expect(desk.locator("[data-seen]")).to_have_text("已审 4 / 4 行")
    assert violations(desk) == []
    press("Control+Enter")
    expect(desk).to_have_url("/queue")
    db.session.rollback()
    said = [(one.verdict, one.code) for one in store.opinions_in_round(plan_id, 1, 2)]
    assert said == [(Verdict.AGREE, ""), (Verdict.CUT, "ZB01"), (Verdict.ASIDE, ""), (Verdict.RETURN, "FJ01")]


def test_the_same_with_the_mouse(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100), ("A2", 50))
    desk.get_by_role("radio", name="第 2 行移出本次").check()
    expect(desk.locator("[data-usual-title]")).to_have_text("第 2 行原因")
    desk.get_by_role("button", name="缺发票或收据，请补充").click()
    expect(reason_at(desk)).to_have_value("缺发票或收据，请补充")
    desk.get_by_role("radio", name="第 1 行同意").check()
    expect(desk.locator("[data-usual-title]")).to_have_text("常用意见")
    desk.get_by_role("button", name="同意，请加快执行进度").click()
    expect(desk.locator("#comment")).to_have_value("同意，请加快执行进度")


def test_number_keys_say_usual_opinions_of_the_plan(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100))
    desk.keyboard.press("2")
    desk.keyboard.press("3")
    expect(desk.locator("#comment")).to_have_value("同意，按核定数下达；同意，请加快执行进度")
    desk.locator("#comment").focus()
    desk.keyboard.press("4")  # in a text it is a digit
    expect(desk.locator("#comment")).to_have_value("同意，按核定数下达；同意，请加快执行进度4")


def test_a_code_brings_its_words_but_leaves_those_that_were_written(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100))
    desk.keyboard.press("r")
    code = desk.locator("tr.lit .code")
    code.fill("yt01")
    expect(reason_at(desk)).to_have_value("用途不具体，请写明支付内容")
    code.fill("FJ02")
    expect(reason_at(desk)).to_have_value("缺发票或收据，请补充")
    reason_at(desk).fill("第二张发票缺")
    code.fill("FJ01")
    expect(reason_at(desk)).to_have_value("第二张发票缺")


def test_the_lines_are_searched(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100), ("A2", 50), ("A3", 20), ("A4", 5))
    rows = desk.locator("tbody tr:not(.more):visible")
    desk.keyboard.press("/")
    expect(desk.locator("#seek")).to_be_focused()
    desk.keyboard.insert_text("教学")
    expect(rows).to_have_count(1)
    expect(desk.locator("[data-found]")).to_have_text("找到 1 行")
    expect(desk.locator("[data-agree-all]")).to_have_text("同意找到的行")
    desk.keyboard.press("Enter")
    expect(current(desk)).to_have_text("3")
    desk.keyboard.press("Alt+a")
    expect(desk.locator("[data-seen]")).to_have_text("已审 1 / 3 行")
    desk.keyboard.press("/")
    desk.keyboard.press("Escape")
    expect(rows).to_have_count(4)
    desk.get_by_label("只看要审的 3 行").check()
    expect(rows).to_have_count(3)


def test_what_can_be_looked_up_opens_by_key_and_follows_the_line(world: World, desk: Page) -> None:
    open_plan(world, desk, ("A1", 100), ("A2", 50))
    press, history = desk.keyboard.press, desk.locator("#panel-line")
    press("h")
    expect(history).to_contain_text("1,200,000.00")
    press("j")
    expect(history).to_contain_text("60,000.00")
    assert violations(desk) == []
    press("w")
    expect(desk.locator("#panel-why")).to_contain_text("可以办理的人")
    expect(history).to_be_hidden()
    assert violations(desk) == []
    desk.reload()
    expect(desk.locator("#panel-why")).to_be_visible()  # as it was left
    press("o")
    expect(desk.locator("#panel-story")).to_contain_text("何雨桐")
    press("?")
    for said in ("下一行 / 上一行", "核减本行", "本行移出本次", "本行下一份附件", "在明细中查找", "为什么由我审"):
        expect(desk.locator("#keys-help")).to_contain_text(said)
    expect(desk.locator("#keys-help")).not_to_contain_text("查找计划")
    assert violations(desk) == []
    press("Escape")
    press("a")
    expect(desk.locator("[data-seen]")).to_have_text("已审 1 / 2 行")


def test_the_next_voucher_has_its_key(world: World, desk: Page) -> None:
    plan_id = filed(world, ("A1", 100))
    line, lin = plan(plan_id).lines[0], world.person("lin")
    for number in range(2):
        add_paper(plan_id, "13", f"合同{number}.png", BytesIO(PNG + bytes([number])), [line.id], limit=10**6, by=lin)
    actions.submit(plan_id, plan(plan_id).version, by=lin)
    reviewed(world, plan_id, "he")
    drawn()
    at_desk(world, desk, "shen", plan_id)
    chosen = desk.locator("[data-viewer-tab][aria-current]")
    expect(desk.locator("[data-papers-pane] .leaf img")).to_have_count(3)
    names = desk.locator("[data-viewer-tab]").all_inner_texts()
    expect(chosen).to_have_text(names[0])
    desk.keyboard.press("n")
    expect(chosen).to_have_text(names[1])
    expect(verdict_at(desk, "agree")).to_be_focused()
    desk.keyboard.press("v")
    desk.keyboard.press("n")
    expect(chosen).to_have_text(names[2])


def test_who_was_slower_keeps_all_and_goes_on(world: World, desk: Page) -> None:
    appoint(world, "qin", Role.OFFICE_REVIEWER, office="04")
    following = submitted(world, ("A1", 777))
    reviewed(world, following, "he")
    plan_id = open_plan(world, desk, ("A1", 100), ("A2", 50))
    press = desk.keyboard.press
    press("r")
    desk.keyboard.insert_text("缺清单")
    press("Escape")
    press("j")
    press("a")
    desk.locator("#comment").fill("请补齐")
    task = task_of(world, "qin", plan_id)
    actions.decide(task.id, opinions(task), "", digest_of(plan(plan_id)), by=world.person("qin"))
    db.session.rollback()
    press("Control+Enter")
    expect(desk.locator(".errs")).to_contain_text("秦川 已于 11-20 10:00 审核通过")
    expect(desk.locator(".errs")).to_be_focused()
    expect(desk.locator("tr.more .why").first).to_have_value("缺清单")
    expect(desk.locator("#comment")).to_have_value("请补齐")
    expect(desk.locator("input[value=return]").first).to_be_checked()
    assert violations(desk) == []
    desk.get_by_role("link", name="看下一份").click()
    expect(desk.locator(".mid .nums")).to_contain_text("777.00")
