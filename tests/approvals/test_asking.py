"""转办 and 征求意见 as acts: who works then, what is waited for, what is taken back, and that the proof holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.reviews import actions, asking, store
from approvals.reviews.models import Decision, ReviewTask, TaskSeat
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core.db import session
from core.errors import Missing, Overtaken, Refused
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, TREASURY, UNIT, appoint, publish
from tests.approvals.stories import sound
from tests.world import World


@pytest.fixture
def plan_id(world: World) -> UUID:
    """A plan at the treasury's second look."""
    found = stories.submitted(world, ("A2", 500), ("A3", 300))
    stories.reviewed(world, found, "he", "shen")
    return found


def desk(plan_id: UUID) -> ReviewTask:
    """The open desk of the plan."""
    found = store.tasks_of(plan_id, stories.plan(plan_id).revision)
    return next(one for one in found if one.state is TaskState.OPEN)


def speak(world: World, username: str, plan_id: UUID, verdict: Verdict = Verdict.AGREE) -> None:
    """The person decides at the open desk."""
    task, by = desk(plan_id), world.person(username)
    first = store.lines_of(task)[0].id
    said = stories.opinions(task, LineOpinion(first, verdict, reason="缺合同"))
    actions.decide(task.id, said, "", digest_of(stories.plan(plan_id)), by=by)


def test_whoever_was_given_the_task_works_it_and_the_others_do_not_works(world: World, plan_id: UUID) -> None:
    asking.hand_over(desk(plan_id).id, world.people["qin"], "出差", by=world.person("fang"))
    with pytest.raises(Refused, match="由其他人办理"):
        speak(world, "fang", plan_id)
    session().rollback()
    speak(world, "qin", plan_id)
    assert stories.plan(plan_id).step_no == 4
    assert sound()
    stories.reviewed(world, plan_id, "luo")
    assert sound()


def test_he_returns_a_line_as_the_desk_might(world: World, plan_id: UUID) -> None:
    asking.hand_over(desk(plan_id).id, world.people["qin"], "出差", by=world.person("fang"))
    speak(world, "qin", plan_id, Verdict.RETURN)
    assert stories.plan(plan_id).state is PlanState.RETURNED
    assert sound()


@pytest.mark.parametrize("username", ["fang", "shen", "he", "lin", "xi", "shi"])
def test_nobody_who_had_a_part_and_nobody_without_a_reviewing_post_is_given_it(
    world: World, plan_id: UUID, username: str
) -> None:
    task_id, other, fang = desk(plan_id).id, world.people[username], world.person("fang")
    with pytest.raises(Refused):
        asking.hand_over(task_id, other, "出差", by=fang)
    session().rollback()
    with pytest.raises(Refused):
        asking.consult(task_id, other, "能付吗", blocking=True, by=fang)
    session().rollback()
    assert session().scalars(select(TaskSeat)).all() == []


def test_a_blocking_question_stops_the_desk_until_it_is_answered(world: World, plan_id: UUID) -> None:
    asking.consult(desk(plan_id).id, world.people["qin"], "能付吗", blocking=True, by=world.person("fang"))
    with pytest.raises(Refused, match="正在征求秦川的意见"):
        speak(world, "fang", plan_id)
    session().rollback()
    asking.answer(desk(plan_id).id, "可以，已核对合同", by=world.person("qin"))
    assert session().scalars(select(TaskSeat.answer)).all() == ["可以，已核对合同"]
    speak(world, "fang", plan_id)
    assert sound()


def test_another_question_stops_nothing_and_is_over_with_the_desk(world: World, plan_id: UUID) -> None:
    asked_at = desk(plan_id).id
    asking.consult(asked_at, world.people["qin"], "能付吗", blocking=False, by=world.person("fang"))
    speak(world, "fang", plan_id)
    with pytest.raises(Overtaken, match="已经结束"):
        asking.answer(asked_at, "可以", by=world.person("qin"))
    session().rollback()
    assert sound()


def test_two_are_asked_and_both_are_waited_for(world: World, plan_id: UUID) -> None:
    for one in ("qin", "zheng"):
        asking.consult(desk(plan_id).id, world.people[one], "能付吗", blocking=True, by=world.person("fang"))
    asking.answer(desk(plan_id).id, "可以", by=world.person("zheng"))
    with pytest.raises(Refused, match="秦川"):
        speak(world, "fang", plan_id)
    session().rollback()
    asking.reclaim(desk(plan_id).id, by=world.person("fang"))
    speak(world, "fang", plan_id)
    assert sound()


def test_what_was_handed_over_comes_back_while_nothing_was_done(world: World, plan_id: UUID) -> None:
    asking.hand_over(desk(plan_id).id, world.people["qin"], "出差", by=world.person("fang"))
    asking.reclaim(desk(plan_id).id, by=world.person("fang"))
    with pytest.raises(Overtaken, match="转办人已收回"):
        speak(world, "qin", plan_id)
    session().rollback()
    speak(world, "fang", plan_id)
    acts = session().scalars(select(Decision.act).where(Decision.plan_id == plan_id).order_by(Decision.number)).all()
    assert [act.value for act in acts[-3:]] == ["hand_over", "reclaim", "agree"]
    assert sound()


def test_what_is_done_is_not_taken_back(world: World, plan_id: UUID) -> None:
    task_id = desk(plan_id).id
    asking.hand_over(task_id, world.people["qin"], "出差", by=world.person("fang"))
    speak(world, "qin", plan_id)
    with pytest.raises(Overtaken, match="对方已经办理"):
        asking.reclaim(task_id, by=world.person("fang"))


def test_reasons_questions_and_answers_are_words(world: World, plan_id: UUID) -> None:
    task_id, fang, qin = desk(plan_id).id, world.person("fang"), world.people["qin"]
    acts: tuple[Callable[[], object], ...] = (
        lambda: asking.hand_over(task_id, qin, " ", by=fang),
        lambda: asking.consult(task_id, qin, "", blocking=False, by=fang),
        lambda: asking.answer(task_id, "", by=world.person("qin")),
    )
    for act in acts:
        with pytest.raises(Refused, match="须写明原因"):
            act()


def test_strangers_neither_hand_over_nor_answer_nor_take_back(world: World, plan_id: UUID) -> None:
    task_id, luo = desk(plan_id).id, world.person("luo")
    acts: tuple[Callable[[], object], ...] = (
        lambda: asking.hand_over(task_id, world.people["qin"], "出差", by=luo),
        lambda: asking.answer(task_id, "可以", by=luo),
        lambda: asking.reclaim(task_id, by=luo),
    )
    for act in acts:
        with pytest.raises(Missing):
            act()
        session().rollback()


def test_in_order_a_question_is_asked_by_whose_turn_it_is_only(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, replace(TREASURY, mode=StepMode.IN_ORDER), APPROVAL)
    found = stories.submitted(world, ("A2", 500))
    stories.reviewed(world, found, "he")
    names = {key: name for name, key in world.people.items()}
    turn = names[desk(found).handed_to or 0]
    other = "jiao" if turn == "fang" else "fang"
    with pytest.raises(Refused, match="由其他人办理"):
        asking.consult(desk(found).id, world.people["qin"], "能付吗", blocking=True, by=world.person(other))
    session().rollback()
    asking.consult(desk(found).id, world.people["qin"], "能付吗", blocking=True, by=world.person(turn))
    asking.reclaim(desk(found).id, by=world.person(turn))
    assert desk(found).handed_to == world.people[turn]
    for one in (turn, other):
        speak(world, one, found)
    assert stories.plan(found).step_no == 3
    assert sound()


def test_he_answers_and_the_asker_takes_back_in_the_same_moment(app: Flask, world: World, plan_id: UUID) -> None:
    asking.consult(desk(plan_id).id, world.people["qin"], "能付吗", blocking=True, by=world.person("fang"))
    task_id, qin, fang = desk(plan_id).id, world.person("qin"), world.person("fang")
    outcomes = stories.together(
        app, lambda: asking.answer(task_id, "可以", by=qin), lambda: asking.reclaim(task_id, by=fang)
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert isinstance(next(filter(None, outcomes)), Overtaken)
    assert sound()


def test_he_works_the_task_and_the_giver_takes_it_back_in_the_same_moment(
    app: Flask, world: World, plan_id: UUID
) -> None:
    asking.hand_over(desk(plan_id).id, world.people["qin"], "出差", by=world.person("fang"))
    task, qin, fang = desk(plan_id), world.person("qin"), world.person("fang")
    said, digest, task_id = stories.opinions(task), digest_of(stories.plan(plan_id)), task.id
    outcomes = stories.together(
        app, lambda: actions.decide(task_id, said, "", digest, by=qin), lambda: asking.reclaim(task_id, by=fang)
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert stories.plan(plan_id).step_no == (4 if outcomes[0] is None else 3)
    assert sound()
