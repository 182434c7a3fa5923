"""A change of the requirement table in mid-year asks nothing of what was submitted before it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from approvals.reviews.actions import submit, withdraw
from approvals.reviews.rules import LineOpinion, Verdict
from core import clock
from core.errors import Refused
from tests.approvals.stories import review, reviewed
from tests.vouchers.samples import add, draft, plan, text
from tests.vouchers.test_register_acts import submitted
from tests.world import DIVISION, NOW, World
from vouchers.papers import store
from vouchers.papers.past_requirements import Tables
from vouchers.papers.requiring import (
    add_requirement,
    change_requirement,
    copy_year,
    delete_requirement,
    load_defaults,
)
from vouchers.papers.rules import Requirement

SignIn = Callable[[str], FlaskClient]
MINUTES = Requirement((), (), False, ("16",), True, "本级内部控制办法", "会议纪要")
CHANGED = "送审之后凭证要求有过修改：没有退回的行仍按送审时的要求核对。"


def later() -> AbstractContextManager[None]:
    """Some minutes after the submission."""
    return clock.stopped(NOW + timedelta(minutes=5))


def stricter(world: World) -> int:
    with later():
        return add_requirement(DIVISION, 2026, MINUTES, by=world.person("xi"))


def test_a_submitted_plan_is_shown_with_the_table_of_its_day_works(world: World, sign_in: SignIn) -> None:
    plan_id, _ = draft(world)
    submitted(world, plan_id)
    stricter(world)
    shown = text(sign_in("lin").get(f"/plans/{plan_id}/papers"))
    assert (CHANGED in shown, "会议纪要</div>" in shown, "行待补" in shown) == (True, False, False)
    other, _ = draft(world, "lin", "A3", "A2")
    asked = text(sign_in("lin").get(f"/plans/{other}/papers"))
    assert (CHANGED in asked, "会议纪要<span class=\"mut\">（本级内部控制办法）</span>" in asked) == (False, True)


def test_a_draft_is_asked_by_the_table_of_now(world: World) -> None:
    plan_id, lines = draft(world)
    submitted(world, plan_id)
    withdraw(plan_id, by=world.person("lin"))
    stricter(world)
    with pytest.raises(Refused, match="会议纪要"):
        submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    add(world, plan_id, lines, kind="16", name="纪要.pdf")
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def test_of_a_returned_plan_only_the_lines_that_came_back_are_asked_for_more(world: World, sign_in: SignIn) -> None:
    plan_id, (one, two) = draft(world)
    submitted(world, plan_id)
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(one, Verdict.RETURN, None, "补材料"), plan_id=plan_id)
    stricter(world)
    with pytest.raises(Refused) as refusal:
        submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert [sentence.split("（")[0] for sentence in refusal.value.sentences] == ["第 1 行"]
    shown = text(sign_in("lin").get(f"/plans/{plan_id}/papers"))
    assert ("1 行待补" in shown, CHANGED in shown) == (True, True)
    add(world, plan_id, [one], kind="16", name="纪要.pdf")
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert two not in {line.id for line in plan(plan_id).lines if line.returned}


def test_every_sort_of_change_is_taken_back(world: World) -> None:
    by = world.person("xi")
    first = add_requirement(DIVISION, 2026, MINUTES, by=by)
    plan_id, lines = draft(world)
    add(world, plan_id, lines, kind="16", name="纪要.pdf")
    submitted(world, plan_id)
    then = store.requirements(DIVISION, 2026)
    with later():
        second = add_requirement(DIVISION, 2026, Requirement(("302",), (), True, ("31",), True, "", "采购备案"), by=by)
        change_requirement(first, DIVISION, Requirement(("3",), ("31",), False, ("17",), False, "", "批示"), 1, by=by)
        change_requirement(second, DIVISION, Requirement((), (), False, ("32",), True, "", "中标通知书"), 1, by=by)
        delete_requirement(first, DIVISION, 2, by=by)
        assert load_defaults(DIVISION, 2026, by=by) > 50
        copy_year(DIVISION, 2027, by=by)
    tables = Tables(plan(plan_id))
    assert tables.differ
    assert sorted(map(str, tables.then)) == sorted(map(str, then))
    assert tables.now == store.requirements(DIVISION, 2026)


def test_a_table_that_stayed_as_it_was_is_not_said_to_have_changed(world: World) -> None:
    plan_id, _ = draft(world)
    submitted(world, plan_id)
    row = stricter(world)
    with later():
        delete_requirement(row, DIVISION, 1, by=world.person("xi"))
    assert not Tables(plan(plan_id)).differ
