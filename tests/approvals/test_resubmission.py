"""A returned plan comes back: what has not changed needs no new word, what has is asked again at every step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from accounts.people.rules import SYSTEM, Role
from approvals.chains.conditions import Condition
from approvals.chains.rules import AfterReturn
from approvals.proof import rows
from approvals.proof.actions import seal_day
from approvals.proof.receipts import file_of, receipt_of
from approvals.proof.verify import Checker, check_receipt
from approvals.reviews import actions, store
from approvals.reviews.reasons import read_reason
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from budget.ledger.models import LedgerEntry
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState, draft_of
from core.db import session
from core.digests import canonical, sha256, sm3
from core.money import Money
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, UNIT, USUAL, Path, publish
from tests.approvals.stories import sound
from tests.world import DIVISION, NOW, World
from vouchers.papers.actions import add_paper

Lines = list[LineDraft]


def returned_by(world: World, username: str, *agreeing: str, verdict: LineOpinion | None = None) -> UUID:
    """Three lines; these agree, then the person returns the first and agrees with the others."""
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500), ("A3", 300))
    for one in agreeing:
        said = [verdict] if verdict and one == "shen" else []
        stories.review(world, one, *said, plan_id=plan_id)
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, username, LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    assert stories.plan(plan_id).state is PlanState.RETURNED
    return plan_id


def resubmit(world: World, plan_id: UUID, change: Callable[[Lines], Lines] | None = None) -> None:
    """The clerk changes lines and hands the plan in again."""
    by, plan = world.person("lin"), stories.plan(plan_id)
    if change is not None:
        lines = change([draft_of(line) for line in plan.lines])
        save_plan(plan_id, PlanDraft(tuple(lines)), plan.version, by=by)
    actions.submit(plan_id, stories.plan(plan_id).version, by=by)


def first_line(**changes: object) -> Callable[[Lines], Lines]:
    """Only the first line changed."""
    return lambda lines: [replace(lines[0], **changes), *lines[1:]]  # type: ignore[arg-type]  # as the caller says


def asked(plan_id: UUID) -> list[tuple[int, str, list[int]]]:
    """Of each step that was opened or passed over in this round: number, state, places it is asked about."""
    tasks = store.tasks_of(plan_id, stories.plan(plan_id).revision)
    return [(task.step_no, task.state.value, [line.position for line in store.lines_of(task)]) for task in tasks]


def test_only_the_changed_line_is_asked_at_every_step_works(world: World) -> None:
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    stories.reviewed(world, plan_id, "he", "shen", "fang")
    assert asked(plan_id) == [(1, "done", [1]), (2, "done", [1]), (3, "done", [1]), (4, "open", [1, 2, 3])]
    assert sound()
    stories.reviewed(world, plan_id, "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()
    rows = session().scalars(select(LedgerEntry).where(LedgerEntry.plan_id == plan_id)).all()
    assert sorted(row.approved.fen for row in rows) == [30_000, 50_000, 100_000]


def test_a_returned_line_handed_in_unchanged_is_asked_by_who_returned_it(world: World) -> None:
    """Those before have agreed to just this; the one who returned it sees that nothing has changed."""
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id)
    assert asked(plan_id) == [(1, "skipped", []), (2, "skipped", []), (3, "open", [1])]
    passed = [read_reason(task.why).passed for task in store.tasks_of(plan_id, 2) if task.state is TaskState.SKIPPED]
    assert passed == ["各行此前已经同意，且没有变化"] * 2
    stories.reviewed(world, plan_id, "fang", "luo")
    assert sound()


def test_a_voucher_alone_makes_another_line(world: World) -> None:
    plan_id = returned_by(world, "shen", "he")
    first = stories.plan(plan_id).lines[0].id
    add_paper(plan_id, "12", "合同.png", BytesIO(stories.PNG + b"x"), [first], limit=10**6, by=world.person("lin"))
    resubmit(world, plan_id)
    assert asked(plan_id) == [(1, "open", [1])]
    stories.reviewed(world, plan_id, "he", "shen")
    assert asked(plan_id)[1] == (2, "done", [1])
    assert sound()


def test_a_removed_line_changes_nothing_in_the_others(world: World) -> None:
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, lambda lines: lines[1:])
    assert [task[:2] for task in asked(plan_id)] == [(1, "skipped"), (2, "skipped"), (3, "skipped"), (4, "open")]
    assert [line.position for line in stories.plan(plan_id).lines] == [1, 2]
    stories.reviewed(world, plan_id, "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()


def test_a_changed_amount_is_asked_from_the_first_step_on(world: World) -> None:
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, first_line(applied=Money.yuan(900)))
    assert asked(plan_id) == [(1, "open", [1])]
    assert sound()


def test_amounts_that_were_cut_stand_again_with_their_reason(world: World) -> None:
    """股室 cut the second line; after the return of the first it is not asked again, and keeps what was left of it."""
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500))
    first, second = (line.id for line in stories.plan(plan_id).lines)
    stories.reviewed(world, plan_id, "he")
    stories.review(world, "shen", LineOpinion(second, Verdict.CUT, Money.yuan(400), "按进度"), plan_id=plan_id)
    stories.review(world, "fang", LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    lines = stories.plan(plan_id).lines
    assert [(line.suggested, line.approved) for line in lines] == [(None, None), (Money.yuan(400), Money.yuan(400))]
    stories.reviewed(world, plan_id, "he", "shen", "fang", "luo")
    rows = session().scalars(select(LedgerEntry).where(LedgerEntry.plan_id == plan_id).order_by(LedgerEntry.line_no))
    assert [(row.approved, row.cut_reason) for row in rows] == [(Money.yuan(1000), ""), (Money.yuan(400), "按进度")]
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    assert sound()


def test_the_receipt_of_the_approval_counts_what_was_agreed_to_before(world: World) -> None:
    """The last step is asked about one line of three; the receipt is of all, at what stands of them."""
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500), ("A3", 300))
    first, second, _ = (line.id for line in stories.plan(plan_id).lines)
    stories.reviewed(world, plan_id, "he", "shen", "fang")
    cut = LineOpinion(second, Verdict.CUT, Money.yuan(400), "按进度")
    stories.review(world, "luo", LineOpinion(first, Verdict.RETURN, None, "缺合同"), cut, plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    stories.reviewed(world, plan_id, "he", "shen", "fang", "luo")
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    last = store.decisions_of(plan_id)[-1]
    receipt = receipt_of(stories.plan(plan_id), last.number)
    assert receipt.approved == Money.yuan(1700)
    checker, told = check_receipt(file_of(receipt).encode(), {})
    assert (list(checker.found.lines()), told["approved"]) == ([], 170_000)
    forged = file_of(receipt).replace('"approved": 170000', '"approved": 180000').encode()
    assert "按各项意见应为 170000" in "".join(check_receipt(forged, {})[0].found.lines())


def test_an_approval_of_what_nobody_said_is_found(world: World) -> None:
    """Somebody who makes the whole chain anew approves another amount than anybody has said."""
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id)
    stories.reviewed(world, plan_id, "fang", "luo")
    decisions = list(rows.decisions())
    body = json.loads(decisions[-1]["body"])
    body["facts"]["approved"][1][1] += 100
    text = canonical(body)
    decisions[-1] |= {"body": text, "sha256": sha256(text), "sm3": sm3(text)}
    checker = Checker()
    checker.revisions(rows.revisions())
    checker.decisions(decisions)
    assert list(checker.found.first.values()) == [
        [f"计划 {stories.plan(plan_id).number} 第 {body['number']} 项决定：第 2 行批复的金额没有人在意见中写过"]
    ]


def test_withdrawn_and_handed_in_again_nothing_more_is_asked(world: World) -> None:
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    actions.withdraw(plan_id, by=world.person("lin"))
    assert [line.returned for line in stories.plan(plan_id).lines] == [True, False, False]
    resubmit(world, plan_id)
    assert asked(plan_id) == [(1, "open", [1])]
    assert sound()


@pytest.fixture
def from_return(world: World) -> World:
    publish(*USUAL, after_return=AfterReturn.FROM_RETURN)
    return world


def test_other_words_go_straight_back_to_who_returned_them(from_return: World) -> None:
    world = from_return
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    assert asked(plan_id) == [(1, "skipped", []), (2, "skipped", []), (3, "open", [1])]
    stories.reviewed(world, plan_id, "fang", "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()


@pytest.mark.parametrize("change", [{"applied": Money.yuan(900)}, {"allotment_id": 3}])
def test_another_amount_or_allotment_begins_anew(from_return: World, change: dict[str, object]) -> None:
    world = from_return
    plan_id = returned_by(world, "fang", "he", "shen")
    resubmit(world, plan_id, first_line(**change))
    assert asked(plan_id) == [(1, "open", [1])]
    assert sound()


def test_a_cut_before_the_return_stands_for_other_words(from_return: World) -> None:
    world = from_return
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500))
    first = stories.plan(plan_id).lines[0].id
    stories.reviewed(world, plan_id, "he")
    stories.review(world, "shen", LineOpinion(first, Verdict.CUT, Money.yuan(800), "按进度"), plan_id=plan_id)
    stories.review(world, "fang", LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    assert stories.plan(plan_id).lines[0].suggested == Money.yuan(800)
    stories.reviewed(world, plan_id, "fang", "luo")
    assert [line.approved for line in stories.plan(plan_id).lines] == [Money.yuan(800), Money.yuan(500)]
    assert sound()


def test_two_returns_in_a_row_go_back_to_the_later_one(from_return: World) -> None:
    world = from_return
    plan_id = returned_by(world, "shen", "he")
    resubmit(world, plan_id, first_line(purpose="第一次修改"))
    assert asked(plan_id) == [(1, "skipped", []), (2, "open", [1])]
    stories.reviewed(world, plan_id, "shen")
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, "fang", LineOpinion(first, Verdict.RETURN, None, "写明用途"), plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="第二次修改"))
    assert asked(plan_id) == [(1, "skipped", []), (2, "skipped", []), (3, "open", [1])]
    stories.reviewed(world, plan_id, "fang", "luo")
    assert sound()


LARGE = Path("大额审核", Role.TREASURY_REVIEWER, asks=Condition(line_from=900_00))
CHIEF = Path("分管审核", Role.TREASURY_APPROVER, sets=APPROVAL.sets)


def test_a_changed_line_meets_its_conditions_by_what_it_asks_for_now(world: World) -> None:
    """Cut to 800 before, changed in words and back at 1,000: the step for 900 and more is asked, as it must be."""
    publish(OFFICE, LARGE, CHIEF)
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500))
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, "shen", LineOpinion(first, Verdict.CUT, Money.yuan(800), "按进度"), plan_id=plan_id)
    assert stories.plan(plan_id).step_no == 3, "800 is less than 900"
    stories.review(world, "luo", LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    stories.reviewed(world, plan_id, "shen")
    assert stories.plan(plan_id).step_no == 2
    assert asked(plan_id) == [(1, "done", [1]), (2, "open", [1])]
    assert sound()


def test_a_first_step_for_large_lines_sees_the_whole_amount_of_a_changed_line(world: World) -> None:
    publish(LARGE, OFFICE, CHIEF)
    plan_id = stories.submitted(world, ("A1", 1000), ("A2", 500))
    first = stories.plan(plan_id).lines[0].id
    stories.reviewed(world, plan_id, "fang")
    stories.review(world, "shen", LineOpinion(first, Verdict.CUT, Money.yuan(800), "按进度"), plan_id=plan_id)
    stories.review(world, "luo", LineOpinion(first, Verdict.RETURN, None, "缺合同"), plan_id=plan_id)
    resubmit(world, plan_id, first_line(purpose="合同已补"))
    assert asked(plan_id) == [(1, "open", [1])]
    stories.reviewed(world, plan_id, "fang", "shen", "luo")
    assert [line.approved for line in stories.plan(plan_id).lines] == [Money.yuan(1000), Money.yuan(500)]
    assert sound()


def test_the_unit_step_alone_is_a_chain_too(world: World) -> None:
    publish(UNIT)
    plan_id = stories.submitted(world, ("A2", 500))
    stories.reviewed(world, plan_id, "he")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()
