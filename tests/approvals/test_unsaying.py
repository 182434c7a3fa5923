"""收回审核意见 at a desk that still waits for others: what of it is taken back, what stays, and when it is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.people.rules import Role
from approvals.chains.rules import AmountField, StepMode, StepScope
from approvals.reviews import actions, aside, asking, queue, store, turning
from approvals.reviews.cards import ids_in
from approvals.reviews.limits import limits_now
from approvals.reviews.models import Opinion, Retraction
from approvals.reviews.queue import QueueFilter
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core import clock
from core.db import session
from core.errors import Missing, Overtaken, Refused
from core.money import Money
from core.notices import Notice
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, Path, appoint, publish
from tests.approvals.stories import sound
from tests.approvals.test_modes import at_the_treasury, open_desk, speak
from tests.world import World

YUAN = Money.yuan


def undo(world: World, username: str, plan_id: UUID) -> None:
    """The person takes back what he said at the open desk."""
    turning.undo(open_desk(plan_id).id, by=world.person(username))


def amounts(plan_id: UUID) -> list[Money | None]:
    return [line.approved for line in stories.plan(plan_id).lines]


def cut(plan_id: UUID, yuan: int, place: int = 0) -> LineOpinion:
    return LineOpinion(stories.plan(plan_id).lines[place].id, Verdict.CUT, YUAN(yuan), "按进度")


def set_aside(plan_id: UUID, place: int = 0) -> LineOpinion:
    return LineOpinion(stories.plan(plan_id).lines[place].id, Verdict.ASIDE, reason="下月再付")


def name_of(world: World, person_id: int | None) -> str:
    return next(name for name, one in world.people.items() if one == person_id)


def waits_for(world: World, username: str, plan_id: UUID) -> bool:
    return store.find_open_task(world.person(username), plan_id=plan_id) is not None


def too_late(world: World, username: str, plan_id: UUID) -> str:
    """With what sentence he is sent away; nothing has changed."""
    before = (len(store.decisions_of(plan_id)), amounts(plan_id), stories.plan(plan_id).version)
    with pytest.raises(Refused) as caught:
        undo(world, username, plan_id)
    session().rollback()
    assert (len(store.decisions_of(plan_id)), amounts(plan_id), stories.plan(plan_id).version) == before
    return str(caught.value)


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


def test_who_has_not_spoken_there_has_nothing_to_take_back(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id)
    for username in ("jiao", "luo"):
        with pytest.raises(Missing):
            undo(world, username, plan_id)
        session().rollback()
    undo(world, "fang", plan_id)
    with pytest.raises(Missing):
        undo(world, "fang", plan_id)
    session().rollback()
    assert sound()


def test_while_the_plan_is_put_aside_nothing_is_taken_back(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id)
    day = clock.today() + timedelta(days=3)
    aside.suspend(open_desk(plan_id).id, "等库款", day, by=world.person("jiao"))
    assert "已挂起" in too_late(world, "fang", plan_id)


def test_when_another_returned_a_line_it_is_too_late(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id)
    task_id = open_desk(plan_id).id
    back = LineOpinion(stories.plan(plan_id).lines[0].id, Verdict.RETURN, reason="缺合同")
    speak(world, "jiao", plan_id, back)
    with pytest.raises(Missing):
        turning.undo(task_id, by=world.person("fang"))


def test_who_closed_the_desk_asks_all_of_them_again(world: World) -> None:
    """The whole desk is asked once more, as before: what the others said went into the plan's next step."""
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    task_id = open_desk(plan_id).id
    for username in ("fang", "jiao"):
        speak(world, username, plan_id)
    turning.undo(task_id, by=world.person("jiao"))
    assert (open_desk(plan_id).turn, ids_in(open_desk(plan_id).not_for) & {world.people["fang"]}) == (2, set())
    assert sound()


def test_words_said_for_another_are_taken_back_for_both(world: World) -> None:
    """秦川 acts for 沈思远: when he takes it back 沈思远 may speak himself."""
    appoint(world, "jiao", Role.OFFICE_REVIEWER, office="04")
    publish(UNIT, replace(OFFICE, mode=StepMode.ALL), APPROVAL)
    plan_id, today = stories.submitted(world, ("A2", 100)), clock.today()
    stories.reviewed(world, plan_id, "he")
    delegate(DelegationDraft("qin", None, today, today + timedelta(days=3), "学习"), by=world.person("shen"))
    speak(world, "qin", plan_id)
    assert not waits_for(world, "shen", plan_id)
    with pytest.raises(Missing):
        undo(world, "shen", plan_id)
    session().rollback()
    undo(world, "qin", plan_id)
    assert waits_for(world, "shen", plan_id)
    speak(world, "shen", plan_id)
    assert sound()


def test_the_clerk_may_withdraw_again_when_nobodys_words_stand(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(Path("国库会审", Role.TREASURY_REVIEWER, sets=AmountField.APPROVED, mode=StepMode.ALL), APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100))
    speak(world, "fang", plan_id)
    with pytest.raises(Refused):
        actions.withdraw(plan_id, by=world.person("lin"))
    session().rollback()
    undo(world, "fang", plan_id)
    actions.withdraw(plan_id, by=world.person("lin"))
    assert stories.plan(plan_id).state is PlanState.DRAFT
    assert sound()


def test_the_step_before_may_take_its_act_back_when_nobodys_words_stand(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    office = next(one for one in store.tasks_of(plan_id, 1) if one.state is TaskState.DONE and one.step_no == 2)
    speak(world, "fang", plan_id)
    with pytest.raises(Overtaken):
        turning.undo(office.id, by=world.person("shen"))
    session().rollback()
    undo(world, "fang", plan_id)
    turning.undo(office.id, by=world.person("shen"))
    assert stories.plan(plan_id).step_no == 2
    assert sound()


def test_another_office_that_undoes_leaves_the_amounts_of_a_desk_that_waits(world: World) -> None:
    """Two offices look at their lines at once, two people at each: what one of them cut stays on the table."""
    for office in ("04", "06"):
        appoint(world, "jiao", Role.OFFICE_REVIEWER, office=office)
    both = Path("业务股室会审", Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, AmountField.SUGGESTED, mode=StepMode.ALL)
    publish(UNIT, both, TREASURY, APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100), ("A4", 200))
    stories.reviewed(world, plan_id, "he")
    waits, through = sorted(
        (one for one in store.tasks_of(plan_id, 1) if one.state is TaskState.OPEN),
        key=lambda one: store.lines_of(one)[0].position,
    )
    for task, username, *said in ((waits, "shen", cut(plan_id, 80)), (through, "qin"), (through, "jiao")):
        given, by = stories.opinions(task, *said), world.person(username)
        actions.decide(task.id, given, "", digest_of(stories.plan(plan_id)), by=by)
    turning.undo(through.id, by=world.person("jiao"))
    assert [line.suggested for line in stories.plan(plan_id).lines] == [YUAN(80), None]
    assert sound()


def test_what_he_has_said_stands_among_what_is_done_until_the_desk_is_through(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    assert done_of(world, "fang") == []
    speak(world, "fang", plan_id)
    assert done_of(world, "fang") == [(plan_id, TaskState.OPEN)]
    assert queue.done_total(world.person("fang"), QueueFilter(done=True), limits_now()) == 1
    assert done_of(world, "jiao") == []
    undo(world, "fang", plan_id)
    assert done_of(world, "fang") == []
    for username in ("fang", "jiao", "zheng"):
        speak(world, username, plan_id)
    assert done_of(world, "zheng") == [(plan_id, TaskState.DONE)]


def done_of(world: World, username: str) -> list[tuple[UUID, TaskState]]:
    items, _ = queue.queue_page(world.person(username), QueueFilter(done=True))
    return [(one.plan.id, one.task.state) for one in items]
