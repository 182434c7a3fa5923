"""The main job by its actions: file, prove, submit, review, return, cut, approve, post."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from approvals.reviews import actions, queue, store
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.story import story_of
from budget.ledger import store as ledger
from budget.plans.actions import save_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState
from core.db import session
from core.errors import Refused
from core.money import Money
from tests.approvals.stories import filed, plan, review, submitted
from tests.world import World, allotment


def test_a_plan_goes_from_draft_to_ledger_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000), ("A3", 20_000), ("A4", 5_000))
    assert plan(plan_id).state is PlanState.IN_REVIEW
    assert allotment(world, "A1").held == Money.yuan(100_000)

    assert review(world, "he") is Act.AGREE
    cut = plan(plan_id).lines[1]
    assert review(world, "shen", LineOpinion(cut.id, Verdict.CUT, Money.yuan(15_000), "按合同支付")) is Act.AGREE
    assert [item.line_count for item in queue.queue_page(world.person("qin"))[0]] == [1]
    assert review(world, "qin") is Act.AGREE
    assert review(world, "fang") is Act.AGREE
    assert review(world, "luo") is Act.APPROVE

    assert plan(plan_id).state is PlanState.APPROVED
    entries = ledger.of_plan(plan_id)
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.approved for entry in entries] == [Money.yuan(100_000), Money.yuan(15_000), Money.yuan(5_000)]
    assert [entry.cut_reason for entry in entries] == ["", "按合同支付", ""]
    assert entries[0].approval_no == entries[1].approval_no != entries[2].approval_no
    card = allotment(world, "A3")
    assert (card.held, card.posted) == (Money(0), Money.yuan(15_000))


def test_the_flow_shows_where_the_plan_stands_and_all_done_at_the_end(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he")
    assert [state for state, _ in story_of(plan(plan_id)).flow] == ["done", "done", "now", "", ""]
    for who in ("shen", "fang", "luo"):
        review(world, who)
    assert {state for state, _ in story_of(plan(plan_id)).flow} == {"done"}


def test_returned_lines_alone_are_open_and_come_back_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100_000), ("A3", 20_000))
    review(world, "he")
    wrong = plan(plan_id).lines[1]
    assert review(world, "shen", LineOpinion(wrong.id, Verdict.RETURN, None, "缺合同")) is Act.RETURN
    assert plan(plan_id).state is PlanState.RETURNED
    assert allotment(world, "A1").held == Money(0)

    by = world.person("lin")
    lines = plan(plan_id).lines
    same = LineDraft(lines[0].id, lines[0].allotment_id, lines[0].applied, lines[0].purpose)
    changed = LineDraft(lines[1].id, lines[1].allotment_id, Money.yuan(18_000), "设备首付款")
    other = LineDraft(lines[0].id, lines[0].allotment_id, Money.yuan(1), lines[0].purpose)
    with pytest.raises(Refused, match="第 1 行没有被退回"):
        save_plan(plan_id, PlanDraft((other, changed)), plan(plan_id).version, by=by)
    save_plan(plan_id, PlanDraft((same, changed)), plan(plan_id).version, by=by)
    actions.submit(plan_id, plan(plan_id).version, by=by)
    assert plan(plan_id).revision == 2
    for username in ("he", "shen", "fang"):
        review(world, username)
    assert review(world, "luo") is Act.APPROVE


def test_one_fen_over_the_balance_is_refused_by_name(world: World) -> None:
    submitted(world, ("A3", 60_000))
    plan_id = filed(world, ("A3", 1), clerk="lin2")
    by = world.person("lin2")
    line = plan(plan_id).lines[0]
    over = LineDraft(line.id, line.allotment_id, Money.parse("40000.01"), "设备")
    version = save_plan(plan_id, PlanDraft((over,)), plan(plan_id).version, by=by)
    with pytest.raises(Refused, match=r"可用余额 40,000\.00 元，不够申报 40,000\.01 元，差 0\.01 元") as refusal:
        actions.submit(plan_id, version, by=by)
    assert "YK-202612-0001 第 1 行占用 60,000.00 元" in str(refusal.value)
    assert plan(plan_id).state is PlanState.DRAFT
    assert allotment(world, "A3").held == Money.yuan(60_000)


def test_a_broken_posting_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id = submitted(world, ("A1", 100_000))
    for username in ("he", "shen", "fang"):
        review(world, username)

    def broken(*_: object) -> int:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ledger, "post", broken)
    with pytest.raises(RuntimeError):
        review(world, "luo")
    assert plan(plan_id).state is PlanState.IN_REVIEW
    assert ledger.of_plan(plan_id) == []
    assert (allotment(world, "A1").held, allotment(world, "A1").posted) == (Money.yuan(100_000), Money(0))
    assert [task.state for task in store.tasks_of(plan_id, 1)][-1] is TaskState.OPEN
    monkeypatch.undo()
    assert review(world, "luo") is Act.APPROVE
    assert [entry.number for entry in ledger.of_plan(plan_id)] == [1]


def test_the_database_itself_refuses_to_overspend(world: World) -> None:
    from budget.allotments.rules import PostingKind
    from budget.allotments.store import Move, post
    from core.db import transaction

    with pytest.raises(IntegrityError), transaction():
        post([Move(world.allotments["B1"], PostingKind.HOLD, Money.parse("50000.01"))], by=world.person("zhou"))
    assert allotment(world, "B1").held == Money(0)


def test_ledger_rows_cannot_be_changed(world: World) -> None:
    from sqlalchemy import text

    from core.db import transaction

    test_a_plan_goes_from_draft_to_ledger_works(world)
    for statement in ("UPDATE ledger_entry SET approved = 1", "DELETE FROM ledger_entry", "DELETE FROM decision"):
        with pytest.raises(DBAPIError, match=r"append-only|not authorized|permission"), transaction() as work:
            work.execute(text(statement))
    assert session().scalar(select(Plan.id)) is not None
