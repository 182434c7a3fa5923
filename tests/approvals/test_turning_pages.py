"""退回前一环节 and 收回审核意见 as people use them; who is too late, and what becomes of the others' desks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people.models import Delegation
from approvals.proof.comparing import differences
from approvals.reviews import asking, store, turning
from approvals.reviews.models import Decision, ReviewTask
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from budget.plans.rules import PlanState
from core import clock, notices
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import Money
from tests.approvals.asking_stories import at_the_office, open_task
from tests.approvals.browsing import page, sent
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, publish
from tests.approvals.stories import plan, review, reviewed, submitted, task_of, together
from tests.world import World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def done_by(plan_id: UUID, world: World, username: str) -> ReviewTask:
    """The newest desk of the plan that this person has closed."""
    tasks = store.tasks_of(plan_id, plan(plan_id).revision)
    return [task for task in tasks if task.closed_by == world.people[username]][-1]


def last(plan_id: UUID) -> Decision:
    return store.decisions_of(plan_id)[-1]


# 收回审核意见


def test_an_act_is_taken_back_and_done_once_more_works(sign_in: SignIn, world: World) -> None:
    plan_id, shen = at_the_office(world), sign_in("shen")
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.CUT, Money.yuan(40), "按进度"))
    task = done_by(plan_id, world, "shen")
    assert "收回审核意见" in page(shen, f"/plans/{plan_id}")
    again = sent(shen, f"/queue/{task.id}/undo", 302)
    assert again == f"/queue/{task_of(world, 'shen', plan_id).id}"
    assert (plan(plan_id).step_no, plan(plan_id).lines[1].suggested) == (2, None)
    assert (last(plan_id).act, last(plan_id).step_name) == (Act.UNDO, "业务股室初审")
    assert any("暂不用您国库复审" in one.text for one in notices.newest(world.people["fang"], 5))
    reviewed(world, plan_id, "shen", "fang", "luo")
    assert plan(plan_id).state is PlanState.APPROVED
    assert differences() == []


def test_it_may_be_taken_back_a_second_time(world: World) -> None:
    plan_id = at_the_office(world)
    for _ in range(2):
        reviewed(world, plan_id, "shen")
        turning.undo(done_by(plan_id, world, "shen").id, by=world.person("shen"))
    reviewed(world, plan_id, "shen")
    assert plan(plan_id).step_no == 3


def test_it_is_too_late_once_the_next_has_acted(sign_in: SignIn, world: World) -> None:
    plan_id, shen = at_the_office(world), sign_in("shen")
    reviewed(world, plan_id, "shen", "fang")
    task = done_by(plan_id, world, "shen")
    assert "收回审核意见" not in page(shen, f"/plans/{plan_id}")
    assert "不能收回" in sent(shen, f"/queue/{task.id}/undo", 409)
    assert plan(plan_id).step_no == 4


def test_it_is_too_late_once_the_next_has_asked_somebody(world: World) -> None:
    """国库 is at work on it: what 秦川 is asked may not be pulled away under him."""
    plan_id = at_the_office(world)
    reviewed(world, plan_id, "shen")
    asking.consult(open_task(plan_id).id, world.people["qin"], "对吗", blocking=False, by=world.person("fang"))
    with pytest.raises(Refused, match="不能收回"):
        turning.undo(done_by(plan_id, world, "shen").id, by=world.person("shen"))


def test_after_the_approval_nothing_is_taken_back(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    reviewed(world, plan_id, "shen", "fang", "luo")
    luo = sign_in("luo")
    assert "收回审核意见" not in page(luo, f"/plans/{plan_id}")
    assert "不能收回" in sent(luo, f"/queue/{done_by(plan_id, world, 'luo').id}/undo", 409)
    assert plan(plan_id).state is PlanState.APPROVED


def test_only_who_acted_takes_it_back(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    reviewed(world, plan_id, "shen")
    task = done_by(plan_id, world, "shen")
    for username in ("qin", "fang", "he"):
        sent(sign_in(username), f"/queue/{task.id}/undo", 404)
        with pytest.raises(Missing):
            turning.undo(task.id, by=world.person(username))
        session().rollback()


def test_what_was_done_for_another_is_taken_back_for_him(world: World) -> None:
    """秦川 acts for 沈思远 by delegation: both names stand at both acts, so that neither decides elsewhere."""
    with transaction() as work:
        work.add(
            Delegation(
                giver_id=world.people["shen"], taker_id=world.people["qin"], starts_on=clock.today(),
                ends_on=clock.today() + timedelta(days=3), reason="出差", made_at=clock.now(),
            )
        )  # fmt: skip
    plan_id = at_the_office(world)
    review(world, "qin", plan_id=plan_id)
    assert last(plan_id).behalf_id == world.people["shen"]
    task = done_by(plan_id, world, "qin")
    with pytest.raises(Missing):  # it was his act, not hers
        turning.undo(task.id, by=world.person("shen"))
    session().rollback()
    turning.undo(task.id, by=world.person("qin"))
    assert (last(plan_id).act, last(plan_id).behalf_id) == (Act.UNDO, world.people["shen"])
    reviewed(world, plan_id, "shen")
    assert plan(plan_id).step_no == 3


def test_a_task_that_was_given_to_him_is_his_again(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    asking.hand_over(open_task(plan_id).id, world.people["qin"], "出差", by=world.person("shen"))
    review(world, "qin", plan_id=plan_id)
    qin = sign_in("qin")
    again = sent(qin, f"/queue/{done_by(plan_id, world, 'qin').id}/undo", 302)
    assert "沈思远转给您办理" in page(qin, again)
    review(world, "qin", plan_id=plan_id)
    assert plan(plan_id).step_no == 3
    assert differences() == []


def test_two_in_the_same_moment_one_wins(app: Flask, world: World) -> None:
    """She takes it back as 国库 decides: either of them is first, the other is refused, nothing is torn."""
    plan_id = at_the_office(world)
    reviewed(world, plan_id, "shen")
    task_id, shen, fang = done_by(plan_id, world, "shen").id, world.person("shen"), world.person("fang")
    outcomes = together(app, lambda: turning.undo(task_id, by=shen), lambda: _decide(world, plan_id, fang.username))
    assert len([one for one in outcomes if one is None]) == 1
    assert plan(plan_id).step_no in (2, 4)
    assert differences() == []


def _decide(world: World, plan_id: UUID, username: str) -> None:
    try:
        review(world, username, plan_id=plan_id)
    except StopIteration:
        raise Refused("nothing waits") from None


def test_the_list_of_what_is_done_offers_it_in_a_fixed_number_of_queries(
    world: World, count_queries: CountQueries
) -> None:
    plans = [at_the_office(world) for _ in range(3)]
    for plan_id in plans:
        reviewed(world, plan_id, "shen")
    reviewed(world, plans[0], "fang")
    rows = [(done_by(plan_id, world, "shen"), plan(plan_id)) for plan_id in plans]
    session().rollback()
    with count_queries() as one:
        assert turning.undoable(rows[2:], world.people["shen"]) == {rows[2][0].id}
    with count_queries() as all_three:
        assert turning.undoable(rows, world.people["shen"]) == {rows[1][0].id, rows[2][0].id}
    assert len(all_three) - len(one) <= 4  # the rows themselves are read again after the rollback


def test_the_list_of_what_is_done_has_the_button_where_it_helps(sign_in: SignIn, world: World) -> None:
    first, second = at_the_office(world), at_the_office(world)
    for plan_id in (first, second):
        reviewed(world, plan_id, "shen")
    reviewed(world, second, "fang")
    shen = sign_in("shen")
    text = page(shen, "/queue?done=1")
    assert f"/queue/{done_by(first, world, 'shen').id}/undo" in text
    assert f"/queue/{done_by(second, world, 'shen').id}/undo" not in text
    sent(shen, f"/queue/{done_by(first, world, 'shen').id}/undo", 302)
    assert "/undo" not in page(shen, "/queue?done=1")


# 退回前一环节


def test_a_plan_goes_back_to_an_earlier_step_works(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.CUT, Money.yuan(40), "按进度"))
    reviewed(world, plan_id, "fang")
    task, luo = open_task(plan_id), sign_in("luo")
    text = page(luo, f"/queue/{task.id}/send-back")
    assert [text.count(name) > 0 for name in ("国库复审 <", "业务股室初审 <", "单位审核 <")] == [True] * 3
    assert sent(luo, f"/queue/{task.id}/send-back", 302, step=2, words="请再看第 2 行的合同") == "/queue"
    assert (plan(plan_id).step_no, plan(plan_id).lines[1].suggested) == (2, None)
    assert "退回“业务股室初审”：请再看第 2 行的合同" in page(sign_in("shen"), f"/plans/{plan_id}")
    assert [task.state for task in store.tasks_of(plan_id, 1)].count(TaskState.REVOKED) == 2
    reviewed(world, plan_id, "shen", "fang", "luo")
    assert plan(plan_id).state is PlanState.APPROVED
    assert differences() == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"words": "再看"}, "请选择退回到哪个环节"),
        ({"step": "1", "words": ""}, "退回前一环节须写明原因"),
        ({"step": "3", "words": "再看一次合同"}, "请选择本轮已经办理过的"),
        ({"step": "0", "words": "再看一次合同"}, "请选择本轮已经办理过的"),
    ],
)
def test_a_turning_that_is_not_possible_keeps_what_was_typed(
    sign_in: SignIn, world: World, data: dict[str, str], sentence: str
) -> None:
    task = open_task(at_the_office(world))
    text = sent(sign_in("shen"), f"/queue/{task.id}/send-back", 422, **data)
    assert sentence in text
    assert data["words"] in text


def test_the_first_step_has_no_step_before_it(sign_in: SignIn, world: World) -> None:
    task = open_task(submitted(world, ("A1", 100)))
    assert "send-back" not in page(sign_in("he"), f"/queue/{task.id}")


def test_a_step_that_may_not_return_does_not_turn_back(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, may_return=False), TREASURY, APPROVAL)
    task, shen = open_task(at_the_office(world)), sign_in("shen")
    assert "send-back" not in page(shen, f"/queue/{task.id}")
    assert "没有允许本环节退回" in sent(shen, f"/queue/{task.id}/send-back", 422, step=1, words="再看")


def test_a_closed_desk_and_anothers_desk_turn_nothing(sign_in: SignIn, world: World) -> None:
    plan_id, shen = at_the_office(world), sign_in("shen")
    task = open_task(plan_id)
    sent(sign_in("qin"), f"/queue/{task.id}/send-back", 404, step=1, words="再看")
    reviewed(world, plan_id, "shen")
    assert "已由他人办理" in sent(shen, f"/queue/{task.id}/send-back", 409, step=1, words="再看")
    assert shen.get(f"/queue/{task.id}/send-back").location == f"/plans/{plan_id}"
