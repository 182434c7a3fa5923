"""Each way in which submitting and withdrawing is refused, and who wins when two act at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.models import Post
from approvals.reviews import actions, precheck, queue, store
from approvals.reviews.rules import Act, LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState, draft_of
from budget.plans.store import revision_of
from core import clock
from core.db import session, transaction
from core.digests import canonical, sha256
from core.errors import Missing, Overtaken, Refused
from core.money import Money
from tests.approvals.stories import (
    drafted,
    filed,
    opinions,
    plan,
    review,
    submitted,
    task_of,
    together,
)
from tests.world import World, allotment

AFTER_CLOSING = clock.at(2026, 11, 25, 17, 1)


def submit(world: World, plan_id: UUID, clerk: str = "lin") -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person(clerk))


def acts(plan_id: UUID) -> list[Act]:
    return [decision.act for decision in store.decisions_of(plan_id)]


def saved(world: World, plan_id: UUID, line: LineDraft) -> int:
    return save_plan(plan_id, PlanDraft((line,)), plan(plan_id).version, by=world.person("lin"))


# Submitting


def test_every_fault_of_a_plan_is_said_at_once(world: World) -> None:
    plan_id = drafted(world, ("A3", 1))
    line = plan(plan_id).lines[0]
    saved(world, plan_id, LineDraft(line.id, line.allotment_id, Money.yuan(100_001), " ", date(2026, 11, 3)))
    with clock.stopped(AFTER_CLOSING), pytest.raises(Refused) as refusal:
        submit(world, plan_id)
    said = str(refusal.value)
    for part in ("已经截止", "没有写明用途", "不在计划月份 2026-12 内", "缺少：发票", "差 1.00 元"):
        assert part in said
    assert plan(plan_id).state is PlanState.DRAFT
    assert store.decisions_of(plan_id) == []


def test_a_plan_handed_in_twice_is_in_once(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    with pytest.raises(Refused, match="已经送审"):
        submit(world, plan_id)
    assert acts(plan_id) == [Act.SUBMIT]
    assert allotment(world, "A1").held == Money.yuan(100)


def test_an_old_page_may_not_hand_in(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    seen, line = plan(plan_id).version, draft_of(plan(plan_id).lines[0])
    for colleague, quietly in (("lin2", False), ("lin", True)):
        changed = PlanDraft((replace(line, purpose=f"{colleague}改过"),))
        save_plan(plan_id, changed, plan(plan_id).version, by=world.person(colleague), quietly=quietly)
        name = world.person(colleague).name
        with pytest.raises(Overtaken, match=f"计划在您打开之后被{name}（11-20 10:00）修改过，请刷新页面核对后再送审"):
            actions.submit(plan_id, seen, by=world.person("lin"))


def test_another_units_clerk_does_not_find_the_plan(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    with pytest.raises(Missing):
        actions.submit(plan_id, 2, by=world.person("zhou"))


def test_the_window_closes_while_she_edits(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    with clock.stopped(AFTER_CLOSING):
        line = plan(plan_id).lines[0]
        saved(world, plan_id, LineDraft(line.id, line.allotment_id, Money.yuan(200), "工资"))
        with pytest.raises(Refused, match=r"2026年11月25日 17:00.*草稿已保留.*联系业务股室或国库股"):
            submit(world, plan_id)
    assert plan(plan_id).lines[0].applied == Money.yuan(200)


def test_a_desk_without_people_is_named_before_the_plan_gets_stuck(world: World) -> None:
    plan_id = filed(world, ("A1", 100), ("A4", 100))
    with transaction() as work:
        work.scalars(select(Post).where(Post.person_id == world.people["qin"])).one().ends_on = date(2026, 1, 2)
    with pytest.raises(Refused, match="环节“业务股室初审”（农业农村股）目前没有可以办理的人员"):
        submit(world, plan_id)


def test_without_a_chain_nothing_is_handed_in(world: World) -> None:
    draft = plan(filed(world, ("A1", 100)))
    with session().no_autoflush:
        draft.division_code = "420302000"  # a district without chains; never written
        assert "还没有启用的审批流程，请联系系统管理员。" in precheck.look(draft, world.person("lin")).faults
        session().rollback()


def test_two_clerks_on_the_last_yuan(app: Flask, world: World) -> None:
    submitted(world, ("A3", 99_999))
    first, second = filed(world, ("A3", 1)), filed(world, ("A3", 1), clerk="lin2")
    people = [(first, world.person("lin")), (second, world.person("lin2"))]
    seen = {plan_id: plan(plan_id).version for plan_id, _ in people}
    outcomes = together(
        app,
        *(lambda p=p, by=by: actions.submit(p, seen[p], by=by) for p, by in people),
    )
    (loser,) = [refusal for refusal in outcomes if refusal]
    assert "可用余额 0.00 元，不够申报 1.00 元" in str(loser)
    assert sorted(plan(plan_id).state for plan_id in seen) == [PlanState.DRAFT, PlanState.IN_REVIEW]
    assert allotment(world, "A3").held == Money.yuan(100_000)


def test_the_same_plan_handed_in_by_two_at_once_is_in_once(app: Flask, world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    seen, people = plan(plan_id).version, [world.person("lin"), world.person("lin2")]
    outcomes = together(app, *(lambda by=by: actions.submit(plan_id, seen, by=by) for by in people))
    (loser,) = [refusal for refusal in outcomes if refusal]
    winner = store.decisions_of(plan_id)[0].person_name
    assert isinstance(loser, Overtaken)
    assert str(loser) == f"这份计划已经送审（审核中），不用再次送审。{winner} 已于 11-20 10:00 送审。"
    assert acts(plan_id) == [Act.SUBMIT]


# What was submitted


def test_the_content_is_canonical_however_it_was_typed(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    line = draft_of(plan(plan_id).lines[0])
    saved(world, plan_id, replace(line, purpose="cafe\u0301 用具"))
    submit(world, plan_id)
    revision = revision_of(plan(plan_id))
    assert revision
    told = json.loads(revision.content)
    assert revision.content == canonical(told), "the one text of these facts"
    assert told["lines"][0]["purpose"] == "caf\u00e9 用具"
    assert (told["version"], told["plan"]["number"]) == (3, plan(plan_id).number)
    assert revision.digest == sha256(revision.content)


# Withdrawing


def test_a_plan_that_nobody_touched_is_withdrawn_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    actions.withdraw(plan_id, by=world.person("lin2"))
    assert plan(plan_id).state is PlanState.DRAFT
    assert allotment(world, "A1").held == Money(0)
    assert queue.queue_page(world.person("he"))[0] == []
    submit(world, plan_id)
    assert plan(plan_id).revision == 2


def test_after_a_desk_has_acted_it_is_not(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he")
    with pytest.raises(Refused, match="已经审核，不能撤回"):
        actions.withdraw(plan_id, by=world.person("lin"))


def test_a_draft_cannot_be_withdrawn(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    with pytest.raises(Refused, match="草稿，不能撤回"):
        actions.withdraw(plan_id, by=world.person("lin"))


def test_a_returned_plan_withdrawn_later_is_returned_again_with_the_same_lines_open(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 100))
    review(world, "he", LineOpinion(plan(plan_id).lines[1].id, Verdict.RETURN, None, "缺清单"))
    submit(world, plan_id)
    with clock.stopped(AFTER_CLOSING):
        actions.withdraw(plan_id, by=world.person("lin"))
        assert plan(plan_id).state is PlanState.RETURNED
        assert [line.returned for line in plan(plan_id).lines] == [False, True]
        submit(world, plan_id)  # it was in time when it was first handed in
    assert plan(plan_id).state is PlanState.IN_REVIEW


def test_withdrawing_and_deciding_at_once_never_both(app: Flask, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    task, clerk, auditor = task_of(world, "he", plan_id), world.person("lin"), world.person("he")
    task_id, given, digest = task.id, opinions(task), digest_of(plan(plan_id))
    outcomes = together(
        app,
        lambda: actions.withdraw(plan_id, by=clerk),
        lambda: actions.decide(task_id, given, "", digest, by=auditor),
    )
    (loser,) = [str(refusal) for refusal in outcomes if refusal]
    if outcomes[0] is None:
        assert "已由他人办理或已撤回" in loser
        assert (plan(plan_id).state, allotment(world, "A1").held) == (PlanState.DRAFT, Money(0))
    else:
        assert "已经审核，不能撤回" in loser
        assert (plan(plan_id).step_no, allotment(world, "A1").held) == (2, Money.yuan(100))
