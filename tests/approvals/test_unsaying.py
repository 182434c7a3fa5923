"""收回审核意见 at a desk that still waits for others: what of it is taken back, what stays, and when it is too late."""

from __future__ import annotations

from sqlalchemy import select

from approvals.chains.rules import StepMode
from approvals.reviews import asking, store
from approvals.reviews.models import Opinion, Retraction
from approvals.reviews.rules import Act, Verdict
from budget.plans.rules import PlanState
from core.db import session
from core.notices import Notice
from tests.approvals import stories
from tests.approvals.stories import sound
from tests.approvals.test_modes import at_the_treasury, open_desk, speak
from tests.approvals.unsaying import YUAN, amounts, cut, name_of, set_aside, too_late, undo, waits_for
from tests.world import World


def test_one_of_three_takes_his_words_back_and_speaks_again_works(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    task_id = open_desk(plan_id).id
    speak(world, "fang", plan_id)
    speak(world, "zheng", plan_id, cut(plan_id, 80))
    assert not waits_for(world, "zheng", plan_id)
    undo(world, "zheng", plan_id)
    assert (open_desk(plan_id).id, stories.plan(plan_id).step_no) == (task_id, 3), "the same desk goes on"
    assert waits_for(world, "zheng", plan_id)
    assert not waits_for(world, "fang", plan_id), "the others' words stay"
    assert amounts(plan_id) == [YUAN(100), YUAN(200)]
    last = store.decisions_of(plan_id)[-1]
    assert (last.act, last.step_no, last.person_id) == (Act.UNDO, 3, world.people["zheng"])
    assert sound()
    assert speak(world, "zheng", plan_id, cut(plan_id, 90)) is Act.AGREE
    assert speak(world, "jiao", plan_id) is Act.AGREE
    assert stories.plan(plan_id).step_no == 4
    stories.reviewed(world, plan_id, "luo")
    assert (stories.plan(plan_id).state, amounts(plan_id)) == (PlanState.APPROVED, [YUAN(90), YUAN(200)])
    assert sound()


def test_what_he_said_is_kept_and_counts_no_more(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    speak(world, "fang", plan_id, cut(plan_id, 80))
    assert open_desk(plan_id).cut
    undo(world, "fang", plan_id)
    number = store.decisions_of(plan_id)[-1].number
    assert session().scalars(select(Retraction.number)).all() == [number, number]
    said = session().scalars(select(Opinion).where(Opinion.person_id == world.people["fang"])).all()
    assert [(one.verdict, one.attempt) for one in said] == [(Verdict.CUT, 1), (Verdict.AGREE, 1)]
    assert store.opinions_in_round(plan_id, 1, 3) == []
    session().expire_all()
    assert not open_desk(plan_id).cut
    speak(world, "fang", plan_id)
    assert [one.attempt for one in store.opinions_in_round(plan_id, 1, 3)] == [2, 2]
    assert sound()


def test_it_is_not_too_late_because_others_have_spoken(world: World) -> None:
    """会签: nobody waits for another, and what they said rests on the plan."""
    plan_id = at_the_treasury(world, StepMode.ALL)
    for username in ("fang", "jiao"):
        speak(world, username, plan_id)
    undo(world, "fang", plan_id)
    assert waits_for(world, "fang", plan_id)
    speak(world, "zheng", plan_id)
    assert stories.plan(plan_id).step_no == 3, "three must speak, and two have"
    speak(world, "fang", plan_id)
    assert stories.plan(plan_id).step_no == 4
    assert sound()


def test_a_cut_on_which_another_has_built_stays_until_he_takes_his_back(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id, cut(plan_id, 80))
    speak(world, "jiao", plan_id)
    assert "核减后的金额" in too_late(world, "fang", plan_id)
    undo(world, "jiao", plan_id)
    assert amounts(plan_id) == [YUAN(80), YUAN(200)], "the first cut is what is left"
    undo(world, "fang", plan_id)
    assert amounts(plan_id) == [None, None]
    assert sound()


def test_what_was_set_aside_stays_in_the_plan_when_he_takes_it_back(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    speak(world, "fang", plan_id, set_aside(plan_id))
    undo(world, "fang", plan_id)
    for username in ("fang", "jiao"):
        speak(world, username, plan_id)
    session().expire_all()
    assert [line.position for line in stories.plan(plan_id).lines] == [1, 2]
    assert sound()


def test_what_another_set_aside_leaves_all_the_same(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id)
    speak(world, "jiao", plan_id, set_aside(plan_id))
    undo(world, "fang", plan_id)
    for username in ("zheng", "fang"):
        speak(world, username, plan_id)
    session().expire_all()
    assert [line.position for line in stories.plan(plan_id).lines] == [2]
    assert sound()


def test_one_after_the_other_his_turn_comes_back_works(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    first = name_of(world, open_desk(plan_id).handed_to)
    speak(world, first, plan_id, cut(plan_id, 80))
    second = name_of(world, open_desk(plan_id).handed_to)
    undo(world, first, plan_id)
    assert open_desk(plan_id).handed_to == world.people[first]
    assert not waits_for(world, second, plan_id)
    told = session().scalars(select(Notice.text).where(Notice.person_id == world.people[second])).all()
    assert any("收回了审核意见，暂不用您国库复审" in text for text in told)
    assert sound()
    for _ in range(3):
        speak(world, name_of(world, open_desk(plan_id).handed_to), plan_id)
    assert (stories.plan(plan_id).step_no, amounts(plan_id)) == (4, [YUAN(100), YUAN(200)])
    assert sound()


def test_one_after_the_other_it_is_too_late_when_the_next_has_spoken(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    first = name_of(world, open_desk(plan_id).handed_to)
    speak(world, first, plan_id)
    second = name_of(world, open_desk(plan_id).handed_to)
    speak(world, second, plan_id)
    assert "后面的人已经开始办理" in too_late(world, first, plan_id)
    undo(world, second, plan_id)
    undo(world, first, plan_id)
    assert open_desk(plan_id).handed_to == world.people[first]
    assert sound()


def test_one_after_the_other_it_is_too_late_when_the_next_has_asked_somebody(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    first = name_of(world, open_desk(plan_id).handed_to)
    speak(world, first, plan_id)
    second = name_of(world, open_desk(plan_id).handed_to)
    asking.consult(
        open_desk(plan_id).id, world.people["qin"], "能付吗", blocking=False, by=world.person(second)
    )
    assert "后面的人已经开始办理" in too_late(world, first, plan_id)


def test_what_he_asked_before_he_spoke_does_not_keep_him(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    first = name_of(world, open_desk(plan_id).handed_to)
    asking.consult(open_desk(plan_id).id, world.people["qin"], "能付吗", blocking=False, by=world.person(first))
    speak(world, first, plan_id)
    undo(world, first, plan_id)
    assert waits_for(world, first, plan_id)
