"""移出本次: a line that a desk sets aside leaves the plan with its vouchers, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from approvals.reviews import actions
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.allotments.models import Allotment
from budget.ledger.models import LedgerEntry
from budget.plans.models import Plan
from budget.plans.rules import PlanKind, PlanState
from core.db import session
from core.errors import Refused
from core.history import of as history_of
from core.money import Money
from core.notices import Notice
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, UNIT, publish
from tests.approvals.stories import sound
from tests.proven.stage import drafted, taking
from tests.world import World, allotment
from vouchers.papers.store import facts_by_line


def aside(plan_id: UUID, *places: int) -> list[LineOpinion]:
    """These lines of the plan, by place, are set aside."""
    ids = {line.position: line.id for line in stories.plan(plan_id).lines}
    return [LineOpinion(ids[place], Verdict.ASIDE, reason="下月再付") for place in places]


def at_the_office(world: World, *lines: tuple[str, int]) -> UUID:
    plan_id = stories.submitted(world, *lines)
    stories.reviewed(world, plan_id, "he")
    return plan_id


def drafts() -> list[Plan]:
    """The plans that were never submitted, the oldest first."""
    return list(session().scalars(select(Plan).where(Plan.revision == 0).order_by(Plan.created_at, Plan.number)))


def test_the_line_leaves_and_the_rest_is_approved_works(world: World) -> None:
    plan_id = at_the_office(world, ("A1", 1000), ("A2", 500), ("A3", 300))
    stories.review(world, "shen", *aside(plan_id, 2), plan_id=plan_id)
    session().expire_all()
    plan = stories.plan(plan_id)
    assert (plan.state, plan.step_no, [line.position for line in plan.lines]) == (PlanState.IN_REVIEW, 3, [1, 3])
    assert allotment(world, "A2").held == Money(0)
    assert sound()
    stories.reviewed(world, plan_id, "fang", "luo")
    rows = session().scalars(select(LedgerEntry).where(LedgerEntry.plan_id == plan_id).order_by(LedgerEntry.line_no))
    assert [(row.line_no, row.approved) for row in rows] == [(1, Money.yuan(1000)), (3, Money.yuan(300))]
    assert sound()


def test_it_stands_in_a_new_draft_of_december_with_its_vouchers(world: World) -> None:
    """The year has no later month than December: the draft is of December as well."""
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    old = facts_by_line(plan_id)[stories.plan(plan_id).lines[0].id]
    stories.review(world, "shen", *aside(plan_id, 1), plan_id=plan_id)
    (draft,) = drafts()
    session().refresh(draft)
    (line,) = draft.lines
    assert (draft.month, draft.kind, draft.author_id, draft.unit_id) == (
        12, PlanKind.MONTHLY, world.people["lin"], world.units["201003"],
    )  # fmt: skip
    assert (line.position, line.applied, line.allotment_id, line.purpose, line.pay_date) == (
        1, Money.yuan(500), world.allotments["A2"], "A2 用款", None,
    )  # fmt: skip
    assert [paper.digest for paper in facts_by_line(draft.id)[line.id]] == [paper.digest for paper in old]
    assert (line.suggested, line.approved, line.returned) == (None, None, False)


def test_the_clerk_hands_the_line_in_with_the_next_plan(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    stories.review(world, "shen", *aside(plan_id, 1), plan_id=plan_id)
    stories.reviewed(world, plan_id, "fang", "luo")
    (draft,) = drafts()
    actions.submit(draft.id, draft.version, by=world.person("lin"))
    stories.reviewed(world, draft.id, "he", "shen", "fang", "luo")
    assert stories.plan(draft.id).state is PlanState.APPROVED
    assert allotment(world, "A2").posted == Money.yuan(500)
    assert sound()


def test_the_units_draft_of_the_same_kind_takes_it_behind_its_own_lines(world: World) -> None:
    """Not another kind's, not another unit's, not one that was submitted once."""
    other = stories.drafted(world, ("B1", 70), clerk="zhou", unit="301001")
    supplement = drafted(world, PlanKind.ENTERED, (("A2", 20, 12),), by="shen")
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    waiting = stories.filed(world, ("A1", 40))
    stories.review(world, "shen", *aside(plan_id, 2), plan_id=plan_id)
    session().expire_all()
    lines = stories.plan(waiting).lines
    assert [(line.position, line.applied) for line in lines] == [(1, Money.yuan(40)), (2, Money.yuan(300))]
    assert [len(stories.plan(one).lines) for one in (other, supplement)] == [1, 1]
    assert stories.plan(waiting).version == 3


def test_both_plans_tell_of_it_and_the_makers_hear(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    stories.review(world, "shen", *aside(plan_id, 2), plan_id=plan_id)
    (draft,) = drafts()
    number = stories.plan(plan_id).number
    told = [entry.summary for entry in history_of("plan", draft.id)]
    assert any(f"{number} 第 2 行移出本次，转入 {draft.number}" in one for one in told)
    heard = session().scalars(select(Notice.text).where(Notice.person_id == world.people["lin"])).all()
    assert any("第 2 行移出本次" in one for one in heard)


def test_two_offices_wait_for_each_other_before_a_line_leaves(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 200), ("A4", 300))
    stories.review(world, "shen", *aside(plan_id, 1), plan_id=plan_id)
    assert len(stories.plan(plan_id).lines) == 3
    assert allotment(world, "A2").held == Money.yuan(500)
    assert sound()
    stories.reviewed(world, plan_id, "qin")
    session().expire_all()
    assert [line.position for line in stories.plan(plan_id).lines] == [2, 3]
    assert sound()


def test_where_the_other_office_returns_a_line_both_are_open_to_the_clerk(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 200), ("A4", 300))
    stories.review(world, "shen", *aside(plan_id, 1), plan_id=plan_id)
    third = stories.plan(plan_id).lines[2].id
    stories.review(world, "qin", LineOpinion(third, Verdict.RETURN, reason="缺合同"), plan_id=plan_id)
    plan = stories.plan(plan_id)
    assert (plan.state, [line.returned for line in plan.lines]) == (PlanState.RETURNED, [True, False, True])
    assert drafts() == []
    assert sound()


def test_set_aside_at_the_last_step_it_leaves_before_the_approval(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    stories.reviewed(world, plan_id, "shen", "fang")
    stories.review(world, "luo", *aside(plan_id, 1), plan_id=plan_id)
    session().expire_all()
    plan = stories.plan(plan_id)
    assert (plan.state, [line.position for line in plan.lines]) == (PlanState.APPROVED, [2])
    assert (allotment(world, "A2").held, allotment(world, "A2").posted) == (Money(0), Money(0))
    assert sound()


def test_a_plan_does_not_lose_all_its_lines(world: World) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    with pytest.raises(Refused, match="改为退回"):
        stories.review(world, "shen", *aside(plan_id, 1, 2), plan_id=plan_id)
    session().rollback()
    assert (stories.plan(plan_id).step_no, drafts()) == (2, [])


def test_it_needs_a_reason_and_a_step_that_may_return(world: World) -> None:
    publish(UNIT, replace(OFFICE, may_return=False), APPROVAL)
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    first = stories.plan(plan_id).lines[0].id
    with pytest.raises(Refused) as caught:
        stories.review(world, "shen", LineOpinion(first, Verdict.ASIDE, reason=" "), plan_id=plan_id)
    assert set(caught.value.sentences) == {
        "第 1 行移出本次须写明原因。",
        "第 1 行：本环节不能退回或移出，只能同意或核减。",
    }


def test_lines_that_take_back_are_not_set_aside(world: World) -> None:
    source = stories.submitted(world, ("A2", 700), ("A3", 500))
    stories.reviewed(world, source, "he", "shen", "fang", "luo")
    plan_id = taking(world, PlanKind.REDUCTION, source, 30, 40)
    actions.submit(plan_id, stories.plan(plan_id).version, by=world.person("lin"))
    with pytest.raises(Refused, match="不能移出本次（第 1 行）"):
        stories.review(world, "fang", *aside(plan_id, 1), plan_id=plan_id)


@pytest.mark.only_on("postgresql")
def test_whoever_hands_in_the_next_draft_and_whoever_moves_a_line_into_it_do_not_wait_for_each_other(
    app: Flask, world: World
) -> None:
    plan_id = at_the_office(world, ("A2", 500), ("A3", 300))
    waiting = stories.filed(world, ("A2", 40))
    version, lin, shen = stories.plan(waiting).version, world.person("lin"), world.person("shen")
    task, said = stories.task_of(world, "shen", plan_id), aside(plan_id, 1)
    given = [*said, LineOpinion(stories.plan(plan_id).lines[1].id, Verdict.AGREE)]
    digest, task_id = digest_of(stories.plan(plan_id)), task.id
    outcomes = stories.together(
        app, lambda: actions.submit(waiting, version, by=lin),
        lambda: actions.decide(task_id, given, "", digest, by=shen),
    )  # fmt: skip
    assert outcomes[1] is None
    asked = [line.applied or Money(0) for one in session().scalars(select(Plan)) for line in one.lines]
    assert Money.total(asked) == Money.yuan(840)
    assert session().scalar(select(Allotment.held).where(Allotment.bgt_id == "A3")) == Money.yuan(300)
