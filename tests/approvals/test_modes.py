"""会签, 若干人 and 依次: who must speak, who is next, and that nobody speaks twice."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.proof.comparing import differences
from approvals.reviews import actions, asking, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.actions import save_plan
from budget.plans.rules import PlanDraft, PlanState, draft_of
from core.db import session
from core.errors import Refused
from core.money import Money
from core.notices import Notice
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, appoint, publish
from tests.world import World


def three_reviewers(world: World) -> None:
    """方芸, 焦主任 and 郑海 sit at the treasury's second look."""
    for username in ("jiao", "zheng"):
        appoint(world, username, Role.TREASURY_REVIEWER)


def at_the_treasury(world: World, mode: StepMode, needed: int = 1) -> UUID:
    """A plan of two lines that three people of the treasury look at in this mode."""
    three_reviewers(world)
    publish(UNIT, OFFICE, replace(TREASURY, mode=mode, needed=needed), APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100), ("A3", 200))
    stories.reviewed(world, plan_id, "he", "shen")
    return plan_id


def open_desk(plan_id: UUID) -> ReviewTask:
    """The one open desk of the plan."""
    query = store.tasks_of(plan_id, stories.plan(plan_id).revision)
    return next(task for task in query if task.state is TaskState.OPEN)


def speak(world: World, username: str, plan_id: UUID, *said: LineOpinion) -> Act:
    """The person speaks at the open desk, whether it is his turn or not."""
    task, by = open_desk(plan_id), world.person(username)
    session().refresh(task)
    return actions.decide(task.id, stories.opinions(task, *said), "", digest_of(stories.plan(plan_id)), by=by)


def again(world: World, plan_id: UUID, amount: int | None) -> None:
    """The clerk asks this for the second line, or drops it, and hands in again."""
    first, second = map(draft_of, stories.plan(plan_id).lines)
    lines = (first,) if amount is None else (first, replace(second, applied=Money.yuan(amount)))
    lin = world.person("lin")
    actions.submit(plan_id, save_plan(plan_id, PlanDraft(lines), stories.plan(plan_id).version, by=lin), by=lin)


def refused(world: World, username: str, plan_id: UUID) -> str:
    """With what sentence the person is sent away."""
    with pytest.raises(Refused) as caught:
        speak(world, username, plan_id)
    session().rollback()
    return str(caught.value)


def test_all_must_agree_works(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    assert open_desk(plan_id).needed == 3
    for username in ("fang", "zheng", "jiao"):
        assert stories.plan(plan_id).step_no == 3
        assert speak(world, username, plan_id) is Act.AGREE
        assert differences() == []
    assert stories.plan(plan_id).step_no == 4
    stories.reviewed(world, plan_id, "luo")
    assert stories.plan(plan_id).state is PlanState.APPROVED
    assert differences() == []


def test_two_of_three_are_enough_works(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    speak(world, "jiao", plan_id)
    assert stories.plan(plan_id).step_no == 3
    speak(world, "fang", plan_id)
    assert stories.plan(plan_id).step_no == 4


def test_nobody_speaks_twice_at_a_desk(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    speak(world, "jiao", plan_id)
    assert "已在本环节审核过" in refused(world, "jiao", plan_id)


def test_who_spoke_at_one_step_does_not_speak_at_the_next(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    appoint(world, "jiao", Role.TREASURY_APPROVER)
    for username in ("jiao", "fang"):
        speak(world, username, plan_id)
    assert "同一人不能审核两次" in refused(world, "jiao", plan_id)


def test_one_return_closes_the_desk_of_all(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "fang", plan_id)
    line = stories.plan(plan_id).lines[0]
    assert speak(world, "zheng", plan_id, LineOpinion(line.id, Verdict.RETURN, reason="缺合同")) is Act.RETURN
    plan = stories.plan(plan_id)
    assert (plan.state, [one.returned for one in plan.lines]) == (PlanState.RETURNED, [True, False])
    assert differences() == []


def test_what_only_one_of_two_agreed_to_before_a_return_is_asked_again(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    first, second = stories.plan(plan_id).lines
    cut = LineOpinion(first.id, Verdict.CUT, Money.yuan(60), "按进度")
    speak(world, "fang", plan_id, cut, LineOpinion(second.id, Verdict.RETURN, None, "缺合同"))
    again(world, plan_id, 150)
    stories.reviewed(world, plan_id, "he", "shen")
    assert [line.position for line in store.lines_of(open_desk(plan_id))] == [1, 2], "nobody else had spoken of line 1"
    assert stories.plan(plan_id).lines[0].suggested == Money.yuan(100), "the cut of one alone holds no longer"
    assert differences() == []


def test_where_all_is_agreed_to_already_one_of_several_confirms(world: World) -> None:
    three_reviewers(world)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.ALL))
    plan_id = stories.submitted(world, ("A2", 100), ("A3", 200))
    stories.reviewed(world, plan_id, "he", "shen")
    speak(world, "fang", plan_id)
    speak(world, "jiao", plan_id)
    second = stories.plan(plan_id).lines[1]
    speak(world, "zheng", plan_id, LineOpinion(second.id, Verdict.RETURN, None, "缺合同"))
    again(world, plan_id, None)
    task = open_desk(plan_id)
    assert (task.step_name, task.needed, store.lines_of(task)) == (TREASURY.name, 1, [])
    assert speak(world, "fang", plan_id) is Act.APPROVE
    assert differences() == []


def test_the_lower_of_two_cuts_stands_and_the_second_sees_the_first(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    line = stories.plan(plan_id).lines[0]
    speak(world, "fang", plan_id, LineOpinion(line.id, Verdict.CUT, Money.yuan(80), "按进度"))
    with pytest.raises(Refused, match="只能调低"):
        speak(world, "jiao", plan_id, LineOpinion(line.id, Verdict.CUT, Money.yuan(90), "按进度"))
    session().rollback()
    speak(world, "jiao", plan_id, LineOpinion(line.id, Verdict.CUT, Money.yuan(60), "按进度"))
    stories.reviewed(world, plan_id, "luo")
    assert [one.approved for one in stories.plan(plan_id).lines] == [Money.yuan(60), Money.yuan(200)]
    assert differences() == []


def test_what_one_of_several_sets_aside_leaves_although_the_other_agrees(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    line = stories.plan(plan_id).lines[0]
    speak(world, "fang", plan_id, LineOpinion(line.id, Verdict.ASIDE, reason="下月再付"))
    assert len(stories.plan(plan_id).lines) == 2
    speak(world, "jiao", plan_id)
    session().expire_all()
    assert [one.position for one in stories.plan(plan_id).lines] == [2]
    assert differences() == []


def test_what_one_set_aside_is_asked_again_when_the_other_returned_the_rest(world: World) -> None:
    """Set aside by one, agreed to by the other, who returned another line: both are open, neither is agreed to."""
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    first, second = stories.plan(plan_id).lines
    speak(world, "fang", plan_id, LineOpinion(first.id, Verdict.ASIDE, reason="下月再付"))
    speak(world, "jiao", plan_id, LineOpinion(second.id, Verdict.RETURN, reason="缺合同"))
    assert [one.returned for one in stories.plan(plan_id).lines] == [True, True]
    actions.submit(plan_id, stories.plan(plan_id).version, by=world.person("lin"))
    desk = open_desk(plan_id)
    assert (desk.step_no, [line.position for line in store.lines_of(desk)]) == (3, [1, 2])
    assert differences() == []


def test_withdrawn_again_the_line_set_aside_is_open_again(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.SOME, 2)
    first, second = stories.plan(plan_id).lines
    speak(world, "fang", plan_id, LineOpinion(first.id, Verdict.ASIDE, reason="下月再付"))
    speak(world, "jiao", plan_id, LineOpinion(second.id, Verdict.RETURN, reason="缺合同"))
    actions.submit(plan_id, stories.plan(plan_id).version, by=world.person("lin"))
    actions.withdraw(plan_id, by=world.person("lin"))
    assert [one.returned for one in stories.plan(plan_id).lines] == [True, True]


def test_one_after_the_other_works(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    order = []
    for _ in range(3):
        task = open_desk(plan_id)
        order.append(task.handed_to)
        name = next(name for name, one in world.people.items() if one == task.handed_to)
        for other in {"fang", "jiao", "zheng"} - {name}:
            assert "由其他人办理" in refused(world, other, plan_id)
        speak(world, name, plan_id)
    assert set(order) == {world.people[name] for name in ("fang", "jiao", "zheng")}
    assert stories.plan(plan_id).step_no == 4
    assert differences() == []


def test_whoever_made_the_plan_is_passed_over_in_the_order(world: World) -> None:
    """焦主任, who is second, filed the plan as well: after the first comes the third."""
    three_reviewers(world)
    appoint(world, "jiao", Role.UNIT_CLERK, unit="201003")
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.IN_ORDER), APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100), clerk="jiao")
    stories.reviewed(world, plan_id, "he", "shen")
    assert open_desk(plan_id).needed == 2
    for _ in range(2):
        task = open_desk(plan_id)
        assert task.handed_to in {world.people["fang"], world.people["zheng"]}
        speak(world, next(name for name, one in world.people.items() if one == task.handed_to), plan_id)
    assert stories.plan(plan_id).step_no == 4


def test_a_desk_with_too_few_people_is_found_before_submission(world: World) -> None:
    three_reviewers(world)
    appoint(world, "jiao", Role.UNIT_CLERK, unit="201003")
    publish(UNIT, replace(TREASURY, mode=StepMode.SOME, needed=3), APPROVAL)
    with pytest.raises(Refused, match="没有可以办理的人员"):
        stories.submitted(world, ("A2", 100), clerk="jiao")


def test_a_desk_that_has_too_few_people_when_it_opens_alarms_the_administrators(world: World) -> None:
    """郑海, one of the three, spoke at an earlier step meanwhile: two are left where three must act."""
    three_reviewers(world)
    appoint(world, "zheng", Role.OFFICE_REVIEWER, office="04")
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.SOME, needed=3), APPROVAL)
    plan_id = stories.submitted(world, ("A2", 100))
    stories.reviewed(world, plan_id, "he", "zheng")
    assert open_desk(plan_id).step_no == 3
    told = session().scalars(select(Notice.text).where(Notice.person_id == world.people["xi"])).all()
    assert any("人员不足 3 人" in text for text in told)


@pytest.mark.parametrize("mode", [StepMode.ALL, StepMode.SOME, StepMode.IN_ORDER])
def test_where_several_must_act_the_task_is_handed_to_nobody(world: World, mode: StepMode) -> None:
    plan_id = at_the_treasury(world, mode, 2)
    giver = open_desk(plan_id).handed_to or world.people["fang"]
    name = next(name for name, one in world.people.items() if one == giver)
    with pytest.raises(Refused):
        asking.hand_over(open_desk(plan_id).id, world.people["qin"], "出差", by=world.person(name))


def test_who_has_spoken_asks_nobody_any_more(world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    speak(world, "jiao", plan_id)
    with pytest.raises(Refused, match="本环节审核过"):
        asking.consult(open_desk(plan_id).id, world.people["qin"], "能付吗", blocking=True, by=world.person("jiao"))
