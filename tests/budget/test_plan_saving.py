"""Saving while somebody else saves, and the page that saves by itself: first works, then each way it is refused."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select

from budget.plans.actions import save_plan
from budget.plans.models import PlanLine
from budget.plans.rules import LineDraft, PlanDraft
from core import history
from core.db import session
from core.keys import FormAnswer
from core.money import Money
from tests.budget.declaring import KEYS, PAPER, SignIn, drafted, fields, lines, opened, plan, post, queries
from tests.world import World

# ---- somebody else saves meanwhile ----


def test_a_conflict_shows_both_sides_and_is_decided_by_the_clerk(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    lin, lin2 = sign_in("lin"), sign_in("lin2")
    mine, theirs = opened(lin, plan_id), opened(lin2, plan_id)
    theirs["applied"][0] = "2000"
    assert post(lin2, f"/plans/{plan_id}/edit", theirs).status_code == 302
    mine["applied"][0] = "3000"
    answer = post(lin, f"/plans/{plan_id}/edit", mine)
    assert answer.status_code == 409
    assert "这份计划刚刚被林小丹（11-20 10:00）保存过" in answer.text
    assert "第 1 行申报金额：已保存“2,000.00”，您填写“3,000.00”。" in answer.text
    shown = fields(answer.text)
    assert shown["applied"][0] == "3000"
    assert lines(plan_id)[0][1] == "2,000.00"
    assert post(lin, f"/plans/{plan_id}/overwrite", shown).status_code == 302
    assert lines(plan_id)[0][1] == "3,000.00"


def test_what_was_saved_after_the_differences_were_shown_is_not_overwritten(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    lin, lin2 = sign_in("lin"), sign_in("lin2")
    mine = opened(lin, plan_id)
    for amount in ("2000", "4000"):
        theirs = opened(lin2, plan_id)
        theirs["applied"][0] = amount
        post(lin2, f"/plans/{plan_id}/edit", theirs)
        mine["applied"][0] = "3000"
        if amount == "2000":
            mine = fields(post(lin, f"/plans/{plan_id}/edit", mine).text)
    answer = post(lin, f"/plans/{plan_id}/overwrite", mine)
    assert answer.status_code == 409
    assert "已保存“4,000.00”，您填写“3,000.00”" in answer.text
    assert lines(plan_id)[0][1] == "4,000.00"


def test_the_same_form_sent_twice_is_saved_and_makes_no_second_rows(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["allotment"][0], form["applied"][0] = PAPER, "100"
    for _ in range(2):
        assert post(client, f"/plans/{plan_id}/edit", form).status_code == 302
    assert lines(plan_id) == [(PAPER, "100.00", "")]
    assert session().scalar(select(func.count()).select_from(PlanLine)) == 1


# ---- the page saves by itself ----


def autosaved(client: FlaskClient, plan_id: UUID, form: dict[str, Any]) -> Any:
    return post(client, f"/plans/{plan_id}/autosave", form, Accept="application/json")


def test_autosave_stores_quietly_and_tells_ids_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    before = len(history.of("plan", plan_id))
    form["allotment"][2], form["applied"][2] = PAPER, "50"
    answer = autosaved(client, plan_id, form)
    ids = [line.id for line in plan(plan_id).lines]
    assert answer.status_code == 200
    assert answer.json == {
        "version": 3, "saved_at": "10:00", "ids": {str(ids[0]): ids[0], form["line_id"][2]: ids[1]},
    }  # fmt: skip
    assert len(history.of("plan", plan_id)) == before
    assert len(lines(plan_id)) == 2
    again = autosaved(client, plan_id, form)  # the answer was lost on its way: the old version with the same content
    assert again.json == answer.json


def test_autosave_of_nothing_new_writes_nothing(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    with queries() as sent:
        assert autosaved(client, plan_id, form).json["version"] == 2
    written = [text for text in sent if re.match(r"(?i)(update|insert|delete)", text)]
    assert written == []


def test_autosave_keeps_no_answer_and_is_harmless_under_the_same_key(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0] = "1500"
    first, again = (client.post(f"/plans/{plan_id}/autosave", data=form).json or {} for _ in range(2))
    assert first == again
    assert plan(plan_id).version == first["version"]
    form["applied"][0], form["version"][0] = "1600", str(first["version"])
    assert client.post(f"/plans/{plan_id}/autosave", data=form).status_code == 200
    assert lines(plan_id)[0][1] == "1,600.00"
    assert session().scalar(select(func.count()).select_from(FormAnswer)) == 0


def test_autosave_with_a_fault_says_so_and_stores_nothing(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0], form["pay_date"][0] = "abc", "x"
    form["applied"][4] = "1.005"
    answer = autosaved(client, plan_id, form)
    assert answer.status_code == 422
    assert answer.json["error"].startswith("没有自动保存：第 1 行：“abc”不是有效的金额")
    assert answer.json["error"].endswith("（共 3 处）")
    form["applied"][0], form["pay_date"][0] = "1", ""
    assert "第 5 行：金额“1.005”超过两位小数" in autosaved(client, plan_id, form).json["error"]
    assert lines(plan_id)[0][1] == "1,000.00"


def test_autosave_over_somebody_elses_save_is_refused(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    client = sign_in("lin")
    form = opened(client, plan_id)
    theirs = LineDraft(None, world.allotments["A2"], Money.yuan(1), "")
    save_plan(plan_id, PlanDraft((theirs,)), 2, by=world.person("lin2"))
    form["applied"][0] = "7"
    answer = autosaved(client, plan_id, form)
    assert answer.status_code == 409
    assert "刚刚被林小丹（11-20 10:00）保存过" in answer.json["error"]
    assert answer.json["url"].endswith(f"/plans/{plan_id}/edit")


def test_whoever_saved_quietly_last_is_named_too(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, ("A1", 1000))
    lin, lin2 = sign_in("lin"), sign_in("lin2")
    mine, theirs = opened(lin, plan_id), opened(lin2, plan_id)
    before = len(history.of("plan", plan_id))
    for amount in ("2000", "2001"):
        theirs["applied"][0] = amount
        theirs["version"][0] = str(autosaved(lin2, plan_id, theirs).json["version"])
    assert [event.summary for event in history.of("plan", plan_id)[before:]] == ["自动保存（1 行）"]
    mine["applied"][0] = "3000"
    assert "刚刚被林小丹（11-20 10:00）保存过" in post(lin, f"/plans/{plan_id}/edit", mine).text


def test_autosave_of_200_lines_fits_the_limits(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, *((KEYS[n % 4], n + 1) for n in range(200)))
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["purpose"][:200] = ["用" * 300] * 200
    assert autosaved(client, plan_id, form).json["version"] == 3
