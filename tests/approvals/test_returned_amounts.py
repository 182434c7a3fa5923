"""A line came back with the desk's suggestion on it: what stands when the clerk changes the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from approvals.reviews.actions import submit
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState, draft_of
from core.money import Money
from tests.approvals.stories import filed, plan, review, reviewed
from tests.world import World

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def returned(world: World) -> UUID:
    """1,000 and 500 were asked for; the office suggests 800 for the first line, the treasury sends it back."""
    plan_id = filed(world, ("A1", 1000), ("A4", 500))
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    first = plan(plan_id).lines[0].id
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(first, Verdict.CUT, Money.yuan(800), "按进度"), plan_id=plan_id)
    reviewed(world, plan_id, "qin")
    review(world, "fang", LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    assert plan(plan_id).state is PlanState.RETURNED
    assert amounts(plan_id) == [("1,000.00", "800.00", ""), ("500.00", "500.00", "500.00")]
    return plan_id


def amounts(plan_id: UUID) -> list[tuple[str, str, str]]:
    """申报数, 建议数 and 核批数 of each line."""
    return [(str(line.applied), str(line.suggested or ""), str(line.approved or "")) for line in plan(plan_id).lines]


def change(world: World, plan_id: UUID, change_line: Callable[[LineDraft], LineDraft]) -> None:
    """The clerk changes the first line and saves."""
    first, *others = map(draft_of, plan(plan_id).lines)
    save_plan(plan_id, PlanDraft((change_line(first), *others)), plan(plan_id).version, by=world.person("lin"))


def test_an_amount_below_the_suggestion_is_saved_works(world: World, returned: UUID) -> None:
    change(world, returned, lambda line: replace(line, applied=Money.yuan(600)))
    assert amounts(returned) == [("600.00", "", ""), ("500.00", "500.00", "500.00")]


def test_a_higher_amount_and_none_and_another_allotment_forget_the_suggestion(world: World, returned: UUID) -> None:
    changes: list[Callable[[LineDraft], LineDraft]] = [
        lambda line: replace(line, applied=Money.yuan(1200)),
        lambda line: replace(line, applied=None),
        lambda line: replace(line, allotment_id=world.allotments["A3"]),
    ]
    for one in changes:
        change(world, returned, one)
        assert amounts(returned)[0][1] == ""
        assert amounts(returned)[1] == ("500.00", "500.00", "500.00")


def test_other_words_leave_the_suggestion(world: World, returned: UUID) -> None:
    change(world, returned, lambda line: replace(line, purpose="合同已补"))
    assert amounts(returned)[0] == ("1,000.00", "800.00", "")


def test_the_page_shows_the_new_amount_and_no_old_suggestion(world: World, sign_in: SignIn, returned: UUID) -> None:
    change(world, returned, lambda line: replace(line, applied=Money.yuan(600)))
    text = sign_in("lin").get(f"/plans/{returned}").text
    row = re.search(r'<tr id="line-.*?</tr>', text, re.DOTALL)
    assert row
    assert re.findall(r'<td class="num[^"]*">([^<]*)</td>', row[0]) == ["600.00", "", ""]
    assert "核减至 800.00" in row[0], "what the desk said is told as said"
    assert "<dt>建议数</dt><dd>—</dd>" in text


def test_the_next_round_begins_anew_for_the_changed_line_and_reaches_approval(world: World, returned: UUID) -> None:
    change(world, returned, lambda line: replace(line, applied=Money.yuan(600)))
    submit(returned, plan(returned).version, by=world.person("lin"))
    assert amounts(returned) == [("600.00", "", ""), ("500.00", "500.00", "500.00")]
    reviewed(world, returned, "he", "shen", "fang", "luo")
    assert plan(returned).state is PlanState.APPROVED
    assert amounts(returned) == [("600.00", "600.00", "600.00"), ("500.00", "500.00", "500.00")]
