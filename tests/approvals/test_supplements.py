"""追加计划: outside the window, with a reason and the treasury's permit; the rest is as with a monthly plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from approvals.reviews import actions
from budget.ledger import store as ledger
from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind, PlanState
from budget.windows.permitting import Wish, grant_permit
from budget.windows.rules import PermitKind
from core import clock
from core.errors import Refused
from core.money import Money
from tests.approvals.stories import plan, reviewed
from tests.world import DIVISION, World

REASON = "上级专项下达，须年内支付"


def _drafted(world: World, reason: str = REASON) -> UUID:
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], 2026, 11, PlanKind.SUPPLEMENT, reason, form_key=uuid4().hex, by=by)
    line = LineDraft(None, world.allotments["A1"], Money.yuan(500), "补发工资")
    save_plan(plan_id, PlanDraft((line,), reason=reason), 1, by=by)
    return plan_id


def _permit(world: World) -> None:
    until = clock.at(2026, 11, 27, 17, 0)
    grant_permit(DIVISION, Wish("201003", 2026, 11, PermitKind.SUPPLEMENT, "专款", until), by=world.person("fang"))


def _submit(world: World, plan_id: UUID) -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def test_a_permitted_supplement_goes_through_to_the_ledger(world: World) -> None:
    plan_id = _drafted(world)
    _permit(world)
    _submit(world, plan_id)
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    found = plan(plan_id)
    assert (found.state, found.number, found.title) == (PlanState.APPROVED, "ZJ-202611-0001", "2026年11月追加用款计划")
    assert [(row.month, row.approved) for row in ledger.of_plan(plan_id)] == [(11, Money.yuan(500))]


def test_a_supplement_without_a_permit_is_told_whom_to_ask(world: World) -> None:
    plan_id = _drafted(world)
    with pytest.raises(Refused, match="须先由财政准予"):
        _submit(world, plan_id)
    assert plan(plan_id).state is PlanState.DRAFT


def test_a_supplement_says_why(world: World) -> None:
    with pytest.raises(Refused, match="须写明追加原因"):
        _drafted(world, " ")
    with pytest.raises(Refused, match="不能超过 300 个字"):
        _drafted(world, "长" * 301)
    plan_id = _drafted(world)
    _permit(world)
    stored = plan(plan_id)
    lines = (LineDraft(stored.lines[0].id, world.allotments["A1"], Money.yuan(500), "补发工资"),)
    save_plan(plan_id, PlanDraft(lines, reason=""), stored.version, by=world.person("lin"))
    with pytest.raises(Refused, match="须写明追加原因"):
        _submit(world, plan_id)


def test_a_permit_of_another_month_does_not_help(world: World) -> None:
    plan_id = _drafted(world)
    until = clock.at(2026, 11, 27, 17, 0)
    grant_permit(DIVISION, Wish("201003", 2026, 12, PermitKind.SUPPLEMENT, "专款", until), by=world.person("fang"))
    with pytest.raises(Refused, match="须先由财政准予"):
        _submit(world, plan_id)


def test_the_clerk_starts_one_on_the_page_and_finds_its_reason_again(sign_in: Any, world: World) -> None:
    client = sign_in("lin")
    sent = {"unit": str(world.units["201003"]), "month": "2026-11", "kind": "supplement", "form_key": uuid4().hex}
    answer = client.post("/plans/new", data=sent | {"reason": ""})
    assert answer.status_code == 422
    assert "须写明追加原因" in answer.get_data(as_text=True)
    answer = client.post("/plans/new", data=sent | {"reason": REASON, "form_key": uuid4().hex})
    assert answer.status_code == 302
    page = client.get(answer.location).get_data(as_text=True)
    assert REASON in page and "2026年11月追加用款计划" in page
    assert "追加" in client.get("/plans").get_data(as_text=True)
