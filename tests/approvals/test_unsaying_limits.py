"""One voice taken back: who may not, what else the plan is doing meanwhile, and what follows from it elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.people.rules import Role
from approvals.chains.rules import AmountField, StepMode, StepScope
from approvals.reviews import actions, aside, queue, store, turning
from approvals.reviews.cards import ids_in
from approvals.reviews.limits import limits_now
from approvals.reviews.queue import QueueFilter
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core import clock
from core.db import session
from core.errors import Missing, Overtaken, Refused
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, Path, appoint, publish
from tests.approvals.stories import sound
from tests.approvals.test_modes import at_the_treasury, open_desk, speak
from tests.approvals.unsaying import YUAN, cut, too_late, undo, waits_for
from tests.world import World


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
