"""Form keys in a real browser: two clicks are one sending, and going back to change something is a new intention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask, Response, request
from flask.signals import request_finished
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from budget.plans.models import Plan
from core.db import session

pytestmark = pytest.mark.browser

Sent = list[tuple[str, str, int]]
# Sends the page's form as it stands, as often as told, all at once; where each answer has led to.
SEND = """async count => {
  const form = document.querySelector('main form[method=post]'), body = new URLSearchParams(new FormData(form));
  const sent = [...Array(count)].map(() => fetch(form.action || location.href, {method: 'POST', body}));
  return (await Promise.all(sent)).map(answer => answer.url);
}"""


@pytest.fixture
def sent(house: Flask) -> Iterator[Sent]:
    """Address, key and status of every form that reached the server."""
    found: Sent = []

    def note(_: Flask, response: Response) -> None:
        if request.method == "POST":
            found.append((request.path, request.form.get("form_key", ""), response.status_code))

    with request_finished.connected_to(note, house):
        yield found


def months(house: Flask) -> list[int]:
    """The months of the plans that there are."""
    with house.app_context():
        return sorted(session().scalars(select(Plan.month)))


def start(page: Page, house: Flask) -> None:
    page.goto(f"{house.config['SERVER_URL']}/plans/new")


def amount(page: Page) -> Locator:
    return page.locator("#lines tbody tr:nth-child(1) [data-col=applied] input:not([type=hidden])")


def plan_in(page: Page) -> UUID:
    found = re.search(r"/plans/([0-9a-f-]{36})/", page.url)
    assert found
    return UUID(found[1])


def test_a_double_click_has_one_effect(lin: Page, house: Flask, sent: Sent) -> None:
    start(lin, house)
    lin.get_by_role("button", name="开始填报").dblclick()
    lin.wait_for_url("**/edit")
    assert months(house) == [12]
    assert len({key for path, key, _ in sent if path == "/plans/new"}) == 1, "both clicks bear one key"
    amount(lin).fill("12")
    expect(lin.locator("[data-autosave-note]")).to_have_text("10:00 已自动保存")
    lin.get_by_role("button", name="保存", exact=True).dblclick()
    expect(lin.get_by_text("已保存。")).to_be_visible()
    expect(amount(lin)).to_have_value("12.00")
    with house.app_context():
        assert session().get_one(Plan, plan_in(lin)).version == int(lin.locator("[name=version]").input_value())
    assert {status for _, _, status in sent} <= {200, 302}


def test_a_form_sent_twice_in_the_same_moment_has_one_effect(lin: Page, house: Flask, sent: Sent) -> None:
    """Without the browser's own help: both sendings reach the server."""
    start(lin, house)
    ends = lin.evaluate(SEND, 2)
    assert len(set(ends)) == 1, "both are told of the same plan"
    assert [path for path, *_ in sent].count("/plans/new") == 2
    assert months(house) == [12]


def test_a_change_is_a_new_intention(lin: Page, house: Flask) -> None:
    start(lin, house)
    (first,) = lin.evaluate(SEND, 1)
    lin.locator("#month").select_option("2026-11")
    (second,) = lin.evaluate(SEND, 1)
    assert first != second
    assert months(house) == [11, 12]


def test_back_edit_and_send_again_is_answered_soundly(lin: Page, house: Flask, sent: Sent) -> None:
    start(lin, house)
    lin.get_by_role("button", name="开始填报").click()
    lin.wait_for_url("**/edit")
    amount(lin).fill("12")
    expect(lin.locator("[data-autosave-note]")).to_have_text("10:00 已自动保存")
    check = lin.get_by_role("button", name="送审").first
    check.click()
    lin.wait_for_url("**/check")
    for typed, shown in (("15", "15.00"), ("", "0.00")):
        lin.go_back()
        amount(lin).fill(typed)
        check.click()
        lin.wait_for_url("**/check")
        expect(lin.get_by_role("main")).to_contain_text(shown)
    keys = [key for path, key, _ in sent if path.endswith("/save-and-check")]
    assert len(set(keys)) == len(keys) == 3
    assert {status for _, _, status in sent} <= {200, 302}, "no conflict with oneself"
    lin.go_back()
    lin.go_back()
    expect(lin.get_by_role("button", name="开始填报")).to_be_visible()
    lin.locator("#month").select_option("2026-11")
    lin.get_by_role("button", name="开始填报").click()
    lin.wait_for_url("**/edit")
    assert months(house) == [11, 12]
