"""Each way in which submitting, withdrawing and deciding is refused, and who wins when two act at once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from accounts.people.models import Post
from accounts.people.rules import Role
from approvals.chains.models import Chain
from approvals.reviews import actions, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState
from core import clock
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import Money
from tests.approvals.stories import (
    drafted,
    filed,
    opinions,
    plan,
    review,
    reviewed,
    submitted,
    task_of,
    together,
)
from tests.world import World, allotment

AFTER_CLOSING = clock.at(2026, 11, 25, 17, 1)


def appoint(world: World, username: str, role: Role, *, unit: str = "", office: str = "") -> None:
    """A post that the security administrator would not give, or a colleague at the same desk."""
    with transaction() as work:
        work.add(
            Post(
                person_id=world.people[username],
                role=role,
                unit_id=world.units.get(unit),
                office_id=world.offices.get(office),
                starts_on=date(2026, 1, 1),
            )
        )


def submit(world: World, plan_id: UUID, clerk: str = "lin") -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person(clerk))


def decide(world: World, username: str, task: ReviewTask, *given: LineOpinion, digest: str = "") -> Act:
    seen = digest or digest_of(plan(task.plan_id))
    return actions.decide(task.id, opinions(task, *given), "", seen, by=world.person(username))


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
    with pytest.raises(Refused, match="被修改过"):
        actions.submit(plan_id, plan(plan_id).version - 1, by=world.person("lin"))


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
        work.execute(update(Post).where(Post.person_id == world.people["qin"]).values(ends_on=date(2026, 1, 2)))
    with pytest.raises(Refused, match="环节“业务股室初审”（农业农村股）目前没有可以办理的人员"):
        submit(world, plan_id)


def test_without_a_chain_nothing_is_handed_in(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    with transaction() as work:
        work.execute(update(Chain).values(published_at=None))
    with pytest.raises(Refused, match="还没有启用的审批流程"):
        submit(world, plan_id)


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
    assert [str(refusal) for refusal in outcomes if refusal] == ["这份计划已经送审（审核中），不用再次送审。"]
    assert acts(plan_id) == [Act.SUBMIT]


# Withdrawing


def test_a_plan_that_nobody_touched_is_withdrawn_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    actions.withdraw(plan_id, by=world.person("lin2"))
    assert plan(plan_id).state is PlanState.DRAFT
    assert allotment(world, "A1").held == Money(0)
    assert store.queue_page(world.person("he"))[0] == []
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


# Deciding


def test_the_last_agreement_is_the_approval_itself(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen", "fang")
    task = task_of(world, "luo", plan_id)
    digest = digest_of(plan(plan_id))
    assert actions.decide(task.id, opinions(task), "请加快执行", digest, by=world.person("luo")) is Act.APPROVE
    assert acts(plan_id) == [Act.SUBMIT, Act.AGREE, Act.AGREE, Act.AGREE, Act.APPROVE]
    last = store.decisions_of(plan_id)[-1]
    assert (last.step_name, last.comment) == ("国库批复", "批复 100.00 元；请加快执行")


def test_a_task_of_another_post_is_not_found(world: World) -> None:
    task = task_of(world, "he", submitted(world, ("A1", 100)))
    for username in ("zheng", "shen", "luo", "lin"):
        with pytest.raises(Missing):
            decide(world, username, task)


def test_whoever_wrote_the_plan_may_not_review_it(world: World) -> None:
    appoint(world, "lin", Role.UNIT_AUDITOR, unit="201003")
    plan_id = submitted(world, ("A1", 100))
    assert store.queue_page(world.person("lin"))[0] == []
    with pytest.raises(Refused, match="由您填报或送审，不能由您审核"):
        decide(world, "lin", task_of(world, "he", plan_id))


def test_nobody_reviews_the_same_plan_at_two_steps(world: World) -> None:
    appoint(world, "shen", Role.TREASURY_REVIEWER)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert store.open_count(world.person("shen")) == 0
    with pytest.raises(Refused, match="同一人不能审核两次"):
        decide(world, "shen", task_of(world, "fang", plan_id))


def test_the_digest_of_an_older_content_is_refused(world: World) -> None:
    task = task_of(world, "he", submitted(world, ("A1", 100)))
    with pytest.raises(Refused, match="内容在您打开之后有变化"):
        decide(world, "he", task, digest="0" * 64)
    assert session().get_one(ReviewTask, task.id).state is TaskState.OPEN


def test_a_task_done_before_is_refused(world: World) -> None:
    task = task_of(world, "he", submitted(world, ("A1", 100)))
    decide(world, "he", task)
    with pytest.raises(Refused, match="刚刚已由他人办理"):
        decide(world, "he", task)


def test_two_colleagues_at_one_desk_at_once_decide_once(app: Flask, world: World) -> None:
    appoint(world, "qin", Role.OFFICE_REVIEWER, office="04")
    plan_id = submitted(world, ("A1", 100))
    review(world, "he")
    task = task_of(world, "shen", plan_id)
    task_id, given, digest = task.id, opinions(task), digest_of(plan(plan_id))
    people = [world.person("shen"), world.person("qin")]
    outcomes = together(
        app,
        *(lambda by=by: actions.decide(task_id, given, "", digest, by=by) for by in people),
    )
    assert [str(refusal) for refusal in outcomes if refusal] == ["这份计划刚刚已由他人办理或已撤回，请刷新待办列表。"]
    assert acts(plan_id) == [Act.SUBMIT, Act.AGREE, Act.AGREE]
    assert plan(plan_id).step_no == 3


@pytest.mark.parametrize(
    ("amount", "reason", "sentence"),
    [
        (100, "多", r"须小于 100\.00 元，只能调低不能调高"),
        (120, "多", "只能调低不能调高"),
        (0, "不安排", "不予安排请退回"),
        (50, " ", "核减须写明原因"),
    ],
)
def test_a_cut_must_lower_and_say_why(world: World, amount: int, reason: str, sentence: str) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he")
    line = plan(plan_id).lines[0]
    with pytest.raises(Refused, match=sentence):
        review(world, "shen", LineOpinion(line.id, Verdict.CUT, Money.yuan(amount), reason))
    assert plan(plan_id).lines[0].suggested is None


def test_the_unit_itself_may_not_cut(world: World) -> None:
    line = plan(submitted(world, ("A1", 100))).lines[0]
    with pytest.raises(Refused, match="本环节不能核减"):
        review(world, "he", LineOpinion(line.id, Verdict.CUT, Money.yuan(1), "多"))


def test_a_line_without_opinion_is_refused(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 100))
    task, digest = task_of(world, "he", plan_id), digest_of(plan(plan_id))
    with pytest.raises(Refused, match="第 2 行还没有审核意见"):
        actions.decide(task.id, opinions(task)[:1], "", digest, by=world.person("he"))


def test_another_offices_line_is_not_decided_here(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 100))
    review(world, "he")
    task, digest = task_of(world, "shen", plan_id), digest_of(plan(plan_id))
    foreign = LineOpinion(plan(plan_id).lines[1].id, Verdict.AGREE)
    with pytest.raises(Refused, match="不属于您的审核范围"):
        actions.decide(task.id, [*opinions(task), foreign], "", digest, by=world.person("shen"))


def test_a_returned_plan_waits_for_the_other_office_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 100))
    review(world, "he")
    line = plan(plan_id).lines[0]
    assert review(world, "shen", LineOpinion(line.id, Verdict.RETURN, None, "缺合同")) is Act.RETURN
    assert plan(plan_id).state is PlanState.IN_REVIEW
    assert review(world, "qin") is Act.RETURN  # the plan goes back, though this desk agreed
    assert plan(plan_id).state is PlanState.RETURNED
    assert acts(plan_id) == [Act.SUBMIT, Act.AGREE, Act.RETURN, Act.AGREE]
    assert [line.returned for line in plan(plan_id).lines] == [True, False]


def test_an_endless_comment_is_refused(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    task = task_of(world, "he", plan_id)
    with pytest.raises(Refused, match="超过 1000 字"):
        actions.decide(task.id, opinions(task), "长" * 1001, digest_of(plan(plan_id)), by=world.person("he"))


# Agreeing in a batch


def test_a_plan_without_remarks_is_agreed_to_as_a_whole_works(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 100))
    task = task_of(world, "he", plan_id)
    assert actions.agree_all(task.id, "同意", digest_of(plan(plan_id)), by=world.person("he")) is Act.AGREE
    assert [opinion.verdict for opinion in store.opinions_in_round(plan_id, 1)] == [Verdict.AGREE] * 2


def test_a_plan_that_was_cut_is_not(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he")
    review(world, "shen", LineOpinion(plan(plan_id).lines[0].id, Verdict.CUT, Money.yuan(90), "按进度"))
    task = task_of(world, "fang", plan_id)
    with pytest.raises(Refused, match="已有核减"):
        actions.agree_all(task.id, "", digest_of(plan(plan_id)), by=world.person("fang"))


def test_a_plan_handed_in_again_is_not(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he", LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "缺名单"))
    submit(world, plan_id)
    task = task_of(world, "he", plan_id)
    with pytest.raises(Refused, match="再次送审"):
        actions.agree_all(task.id, "", digest_of(plan(plan_id)), by=world.person("he"))


def test_the_queue_tells_three_guarantees_cuts_and_sums(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 50))
    submitted(world, ("B1", 70), clerk="zhou", unit="301001")
    reviewed(world, plan_id, "he")
    (item,) = store.queue_page(world.person("qin"))[0]
    assert (item.line_count, item.total, item.guaranteed, item.batchable) == (1, Money.yuan(50), False, True)
    (item,) = store.queue_page(world.person("shen"))[0]
    assert (item.total, item.guaranteed) == (Money.yuan(100), True)
    review(world, "shen", LineOpinion(plan(plan_id).lines[0].id, Verdict.CUT, Money.yuan(90), "按进度"))
    reviewed(world, plan_id, "qin")
    (item,) = store.queue_page(world.person("fang"))[0]
    assert (item.cut, item.batchable) == (True, False)
    assert session().scalar(select(ReviewTask.id).where(ReviewTask.id == item.task.id)) == item.task.id
