"""Each way in which deciding is refused, and who wins when two act at once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.models import Post
from accounts.people.rules import Role
from approvals.reviews import actions, batches, queue, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core.db import session, transaction
from core.errors import Missing, Overtaken, Refused
from core.money import Money
from tests.approvals.stories import (
    opinions,
    plan,
    review,
    reviewed,
    submitted,
    task_of,
    together,
)
from tests.world import World


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
    assert queue.queue_page(world.person("lin"))[0] == []
    with pytest.raises(Refused, match="由您填报或送审，不能由您审核"):
        decide(world, "lin", task_of(world, "he", plan_id))


def test_nobody_reviews_the_same_plan_at_two_steps(world: World) -> None:
    appoint(world, "shen", Role.TREASURY_REVIEWER)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert queue.open_count(world.person("shen")) == 0
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
    (loser,) = [refusal for refusal in outcomes if refusal]
    winner = store.decisions_of(plan_id)[-1].person_name
    assert isinstance(loser, Overtaken)
    assert str(loser) == f"这份计划刚刚已由他人办理或已撤回，请刷新待办列表。{winner} 已于 11-20 10:00 审核通过。"
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
    (item,) = queue.queue_page(world.person("qin"))[0]
    assert (item.line_count, item.total, item.guaranteed) == (1, Money.yuan(50), False)
    assert batches.look([item.task.id], world.person("qin")).able == [item]
    (item,) = queue.queue_page(world.person("shen"))[0]
    assert (item.total, item.guaranteed) == (Money.yuan(100), True)
    review(world, "shen", LineOpinion(plan(plan_id).lines[0].id, Verdict.CUT, Money.yuan(90), "按进度"))
    reviewed(world, plan_id, "qin")
    (item,) = queue.queue_page(world.person("fang"))[0]
    (unable,) = batches.look([item.task.id], world.person("fang")).unable
    assert item.cut and "已有核减" in unable.why
    assert session().scalar(select(ReviewTask.id).where(ReviewTask.id == item.task.id)) == item.task.id
