"""Turning back inside the bureau: to an earlier step, or one's own act while nobody has followed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from accounts.people.rules import Role
from approvals.chains.conditions import Condition
from approvals.chains.rules import AfterReturn, AmountField, StepMode, StepScope
from approvals.reviews import actions, store, turning
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from budget.plans.actions import save_plan
from budget.plans.rules import PlanDraft, PlanState, draft_of
from core.db import session
from core.errors import Missing, Overtaken, Refused
from core.money import Money
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, USUAL, Path, appoint, publish
from tests.approvals.stories import sound
from tests.world import World, allotment


def tasks(plan_id: UUID) -> list[tuple[int, int, str]]:
    """Step, turn and state of every desk of this round."""
    found = store.tasks_of(plan_id, stories.plan(plan_id).revision)
    return [(one.step_no, one.turn, one.state.value) for one in sorted(found, key=lambda one: (one.step_no, one.turn))]


def desk(plan_id: UUID, step: int, state: TaskState = TaskState.OPEN) -> ReviewTask:
    """The desk of this step in this state."""
    found = store.tasks_of(plan_id, stories.plan(plan_id).revision)
    return [one for one in found if (one.step_no, one.state) == (step, state)][-1]


def amounts(plan_id: UUID) -> list[tuple[Money | None, Money | None]]:
    return [(line.suggested, line.approved) for line in stories.plan(plan_id).lines]


def cut(world: World, username: str, plan_id: UUID, yuan: int) -> None:
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, username, LineOpinion(first, Verdict.CUT, Money.yuan(yuan), "按进度"), plan_id=plan_id)


def at_the_treasury(world: World) -> UUID:
    """1,000 and 500; the office suggests 800 of the first."""
    plan_id = stories.submitted(world, ("A1", 1000), ("A3", 500))
    stories.reviewed(world, plan_id, "he")
    cut(world, "shen", plan_id, 800)
    return plan_id


def test_the_earlier_step_looks_again_and_its_words_are_unsaid_works(world: World) -> None:
    plan_id = at_the_treasury(world)
    turning.send_back(desk(plan_id, 3).id, 2, "金额请再核", by=world.person("fang"))
    assert tasks(plan_id) == [(1, 1, "done"), (2, 1, "revoked"), (2, 2, "open"), (3, 1, "cancelled")]
    assert amounts(plan_id) == [(None, None), (None, None)]
    assert allotment(world, "A1").held == Money.yuan(1000), "the money stays held"
    assert sound()
    cut(world, "shen", plan_id, 900)
    stories.reviewed(world, plan_id, "fang", "luo")
    assert [line.approved for line in stories.plan(plan_id).lines] == [Money.yuan(900), Money.yuan(500)]
    assert sound()


def test_what_was_said_after_that_step_is_unsaid_too(world: World) -> None:
    plan_id = at_the_treasury(world)
    cut(world, "fang", plan_id, 700)
    turning.send_back(desk(plan_id, 4).id, 2, "请股室再核", by=world.person("luo"))
    assert amounts(plan_id) == [(None, None), (None, None)]
    stories.reviewed(world, plan_id, "shen")
    assert stories.plan(plan_id).step_no == 3, "the treasury's second look is asked again as well"
    stories.reviewed(world, plan_id, "fang", "luo")
    assert [line.approved for line in stories.plan(plan_id).lines] == [Money.yuan(1000), Money.yuan(500)]
    assert sound()


def test_all_offices_of_the_step_look_again(world: World) -> None:
    plan_id = stories.submitted(world, ("A2", 100), ("A4", 200))
    stories.reviewed(world, plan_id, "he", "shen", "qin")
    turning.send_back(desk(plan_id, 3).id, 2, "请再核", by=world.person("fang"))
    assert [one[2] for one in tasks(plan_id) if one[:2] == (2, 2)] == ["open", "open"]
    stories.reviewed(world, plan_id, "qin", "shen", "fang", "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()


def test_sent_back_to_a_step_that_was_passed_over_or_not_yet_worked_is_refused(world: World) -> None:
    publish(UNIT, replace(OFFICE, asks=Condition(line_from=10_000_00)), TREASURY, APPROVAL)
    plan_id = stories.submitted(world, ("A1", 1000))
    stories.reviewed(world, plan_id, "he")
    for step in (0, 2, 3, 4):
        with pytest.raises(Refused, match="选择本轮已经办理过的"):
            turning.send_back(desk(plan_id, 3).id, step, "请再核", by=world.person("fang"))
        session().rollback()


def test_it_needs_a_reason_and_somebody_of_the_desk(world: World) -> None:
    plan_id = at_the_treasury(world)
    with pytest.raises(Refused, match="须写明原因"):
        turning.send_back(desk(plan_id, 3).id, 2, " ", by=world.person("fang"))
    for username in ("shen", "luo", "lin"):
        with pytest.raises(Missing):
            turning.send_back(desk(plan_id, 3).id, 2, "请再核", by=world.person(username))
        session().rollback()


def test_what_an_earlier_round_said_still_stands_after_it_was_sent_back(world: World) -> None:
    """The second line was cut in the first round and has not changed: sending the first back leaves it alone."""
    plan_id = stories.submitted(world, ("A1", 1000), ("A3", 500))
    first, second = (line.id for line in stories.plan(plan_id).lines)
    stories.reviewed(world, plan_id, "he", "shen")
    said = LineOpinion(second, Verdict.CUT, Money.yuan(400), "按进度")
    stories.review(world, "fang", said, plan_id=plan_id)
    stories.review(world, "luo", LineOpinion(first, Verdict.RETURN, reason="缺合同"), plan_id=plan_id)
    actions.submit(plan_id, stories.plan(plan_id).version, by=world.person("lin"))
    stories.review(world, "luo", LineOpinion(first, Verdict.AGREE), plan_id=plan_id)
    assert [line.approved for line in stories.plan(plan_id).lines] == [Money.yuan(1000), Money.yuan(400)]
    assert sound()


def test_undone_while_nobody_has_followed_works(world: World) -> None:
    plan_id = at_the_treasury(world)
    turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))
    assert tasks(plan_id) == [(1, 1, "done"), (2, 1, "revoked"), (2, 2, "open"), (3, 1, "cancelled")]
    assert amounts(plan_id) == [(None, None), (None, None)]
    assert sound()
    stories.reviewed(world, plan_id, "shen", "fang", "luo")
    assert stories.plan(plan_id).lines[0].approved == Money.yuan(1000)
    assert sound()


def test_undone_a_second_time_works(world: World) -> None:
    plan_id = at_the_treasury(world)
    for _ in range(2):
        turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))
        stories.reviewed(world, plan_id, "shen")
    assert [one for one in tasks(plan_id) if one[0] == 3] == [(3, 1, "cancelled"), (3, 2, "cancelled"), (3, 3, "open")]
    assert sound()


def test_one_office_undoes_while_the_other_still_looks(world: World) -> None:
    plan_id = stories.submitted(world, ("A2", 100), ("A4", 200))
    stories.reviewed(world, plan_id, "he")
    cut(world, "shen", plan_id, 60)
    turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))
    assert amounts(plan_id) == [(None, None), (None, None)]
    assert sound()
    stories.reviewed(world, plan_id, "qin", "shen", "fang", "luo")
    assert stories.plan(plan_id).lines[0].approved == Money.yuan(100)
    assert sound()


def test_one_office_takes_back_its_return_before_the_other_has_looked(world: World) -> None:
    plan_id = stories.submitted(world, ("A2", 100), ("A4", 200))
    stories.reviewed(world, plan_id, "he")
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, "shen", LineOpinion(first, Verdict.RETURN, reason="缺合同"), plan_id=plan_id)
    turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))
    stories.reviewed(world, plan_id, "qin", "shen", "fang", "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()


def test_too_late_it_is_told_who_has_followed(world: World) -> None:
    plan_id = at_the_treasury(world)
    stories.reviewed(world, plan_id, "fang")
    with pytest.raises(Overtaken, match="方芸 已于"):
        turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))


def test_an_approval_and_a_return_are_not_undone(world: World) -> None:
    approved, returned = at_the_treasury(world), at_the_treasury(world)
    stories.reviewed(world, approved, "fang", "luo")
    first = stories.plan(returned).lines[0].id
    stories.review(world, "fang", LineOpinion(first, Verdict.RETURN, reason="缺合同"), plan_id=returned)
    for plan_id, step, username in ((approved, 4, "luo"), (returned, 3, "fang")):
        with pytest.raises(Refused, match="不能收回"):
            turning.undo(desk(plan_id, step, TaskState.DONE).id, by=world.person(username))
        session().rollback()


def test_lines_that_have_left_do_not_come_back(world: World) -> None:
    plan_id = stories.submitted(world, ("A2", 100), ("A3", 200))
    stories.reviewed(world, plan_id, "he")
    first = stories.plan(plan_id).lines[0].id
    stories.review(world, "shen", LineOpinion(first, Verdict.ASIDE, reason="下月再付"), plan_id=plan_id)
    with pytest.raises(Refused, match="不能收回"):
        turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("shen"))
    session().rollback()
    turning.send_back(desk(plan_id, 3).id, 2, "请再核", by=world.person("fang"))
    assert [line.position for line in store.lines_of(desk(plan_id, 2))] == [2]
    stories.reviewed(world, plan_id, "shen", "fang", "luo")
    assert sound()


def test_another_of_the_same_post_undoes_nothing(world: World) -> None:
    plan_id = at_the_treasury(world)
    appoint(world, "qin", Role.OFFICE_REVIEWER, office="04")
    with pytest.raises(Missing):
        turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("qin"))


def test_all_of_several_speak_again_when_the_last_undoes(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, replace(TREASURY, mode=StepMode.ALL), APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100))
    stories.reviewed(world, plan_id, "he", "fang", "jiao")
    turning.undo(desk(plan_id, 2, TaskState.DONE).id, by=world.person("jiao"))
    for username in ("jiao", "fang"):
        assert stories.plan(plan_id).step_no == 2
        stories.reviewed(world, plan_id, username)
    stories.reviewed(world, plan_id, "luo")
    assert sound()


def test_a_step_that_only_confirms_is_opened_again_for_nothing_but_that(world: World) -> None:
    """The last step is worked by offices, everything at it is agreed to: one office undoes while the other looks."""
    final = Path("股室定稿", Role.OFFICE_CHIEF, StepScope.LINE_OFFICE)
    appoint(world, "jiao", Role.OFFICE_CHIEF, office="04")
    appoint(world, "zheng", Role.OFFICE_CHIEF, office="06")
    publish(UNIT, final)
    plan_id = stories.submitted(world, ("A2", 100), ("A4", 200), ("A4", 300))
    stories.reviewed(world, plan_id, "he", "jiao")
    third = stories.plan(plan_id).lines[2].id
    stories.review(world, "zheng", LineOpinion(third, Verdict.RETURN, reason="删去"), plan_id=plan_id)
    assert stories.plan(plan_id).state is PlanState.RETURNED
    kept = [draft_of(line) for line in stories.plan(plan_id).lines[:2]]
    lin = world.person("lin")
    version = save_plan(plan_id, PlanDraft(tuple(kept)), stories.plan(plan_id).version, by=lin)
    actions.submit(plan_id, version, by=lin)
    stories.reviewed(world, plan_id, "jiao")
    done = next(one for one in store.tasks_of(plan_id, 2) if one.state is TaskState.DONE)
    turning.undo(done.id, by=world.person("jiao"))
    waiting = [one for one in store.tasks_of(plan_id, 2) if one.state is TaskState.OPEN]
    assert sorted(one.office_id or 0 for one in waiting) == sorted(world.offices[code] for code in ("04", "06"))
    assert [store.lines_of(one) for one in waiting] == [[], []]
    assert sound()
    stories.reviewed(world, plan_id, "jiao", "zheng")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert sound()


def test_amounts_carried_from_the_return_on_outlive_an_undo(world: World) -> None:
    """Words changed, the office's cut stands; the treasury agrees and takes that back: the cut still stands."""
    publish(*USUAL, after_return=AfterReturn.FROM_RETURN)
    plan_id = at_the_treasury(world)
    first = stories.plan(plan_id).lines[0]
    stories.review(world, "fang", LineOpinion(first.id, Verdict.RETURN, reason="缺合同"), plan_id=plan_id)
    lines = [draft_of(line) for line in stories.plan(plan_id).lines]
    changed = PlanDraft((replace(lines[0], purpose="合同已补"), *lines[1:]))
    save_plan(plan_id, changed, stories.plan(plan_id).version, by=world.person("lin"))
    actions.submit(plan_id, stories.plan(plan_id).version, by=world.person("lin"))
    stories.reviewed(world, plan_id, "fang")
    turning.undo(desk(plan_id, 3, TaskState.DONE).id, by=world.person("fang"))
    assert amounts(plan_id)[0] == (Money.yuan(800), None)
    stories.reviewed(world, plan_id, "fang", "luo")
    assert stories.plan(plan_id).lines[0].approved == Money.yuan(800)
    assert sound()


def test_conditions_are_looked_at_anew_after_it_was_sent_back(world: World) -> None:
    """Cut to 800 the step for 900 was passed over; sent back and left at 1,000 it is asked."""
    large = Path("大额复核", Role.TREASURY_REVIEWER, asks=Condition(line_from=900_00), sets=AmountField.SUGGESTED)
    publish(OFFICE, large, APPROVAL)
    plan_id = stories.submitted(world, ("A1", 1000))
    cut(world, "shen", plan_id, 800)
    assert stories.plan(plan_id).step_no == 3
    turning.send_back(desk(plan_id, 3).id, 1, "不用核减", by=world.person("luo"))
    stories.reviewed(world, plan_id, "shen")
    assert stories.plan(plan_id).step_no == 2
    stories.reviewed(world, plan_id, "fang", "luo")
    assert sound()
