"""转办 and 退还 as people use them: who may take a task over, and that it is taken back in time or not at all."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from approvals.proof.comparing import differences
from approvals.reviews import asking, store
from approvals.reviews.traces import digest_of
from core import notices
from core.db import session
from core.errors import Refused
from tests.approvals.asking_stories import at_the_office, only_seat, open_task
from tests.approvals.browsing import page, sent
from tests.approvals.stories import plan, review, submitted
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def handed(world: World, whom: str = "qin") -> UUID:
    """A plan at the office that 沈思远 has handed over."""
    plan_id = at_the_office(world)
    asking.hand_over(open_task(plan_id).id, world.people[whom], "出差", by=world.person("shen"))
    return plan_id


def test_a_task_is_handed_over_and_worked_by_somebody_of_another_office(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    task, shen, qin = open_task(plan_id), sign_in("shen"), sign_in("qin")
    data = {"to": world.people["qin"], "words": "出差"}
    assert sent(shen, f"/queue/{task.id}/hand-over", 302, **data) == "/queue"
    assert "现在由其他人办理" in page(shen, f"/queue/{task.id}") or "已转给秦川办理" in page(shen, f"/plans/{plan_id}")
    assert "已转给秦川办理" in page(shen, f"/plans/{plan_id}")
    assert "沈思远转给您办理：出差" in page(qin, f"/queue/{task.id}")
    form = {f"verdict-{line.id}": "agree" for line in store.lines_of(task)} | {"digest": digest_of(plan(plan_id))}
    sent(qin, f"/queue/{task.id}/decide", 302, **form)
    assert plan(plan_id).step_no == 3
    page(qin, f"/plans/{plan_id}", 404)  # what he had to see for it is over
    assert differences() == []


def test_the_giver_takes_back_while_nothing_is_decided_and_not_after(sign_in: SignIn, world: World) -> None:
    plan_id = handed(world)
    task, shen = open_task(plan_id), sign_in("shen")
    seat = only_seat(task)
    assert sent(shen, f"/queue/{task.id}/reclaim", 302, seat=seat.id) == f"/plans/{plan_id}"
    assert "收回转给秦川的办理" in page(shen, f"/plans/{plan_id}")
    review(world, "shen", plan_id=plan_id)
    other = handed(world)
    late = open_task(other)
    review(world, "qin", plan_id=other)
    assert "不能收回" in sent(shen, f"/queue/{late.id}/reclaim", 409, seat=only_seat(late).id)


def test_who_was_given_it_hears_that_it_was_taken_back(sign_in: SignIn, world: World) -> None:
    """He has the desk open meanwhile: a sentence, not a page that is not there."""
    plan_id = handed(world)
    task = open_task(plan_id)
    asking.reclaim(task.id, by=world.person("shen"))
    form = {f"verdict-{line.id}": "agree" for line in store.lines_of(task)} | {"digest": digest_of(plan(plan_id))}
    assert "转办人已收回" in sent(sign_in("qin"), f"/queue/{task.id}/decide", 409, **form)
    assert plan(plan_id).step_no == 2


def test_a_task_given_to_one_is_not_given_on_but_given_back(sign_in: SignIn, world: World) -> None:
    plan_id = handed(world)
    task, qin = open_task(plan_id), sign_in("qin")
    with pytest.raises(Refused, match="不能再转给别人"):
        asking.hand_over(task.id, world.people["fang"], "太忙", by=world.person("qin"))
    session().rollback()
    text = page(qin, f"/queue/{task.id}")
    assert ("退还" in text, f"/queue/{task.id}/hand-over" in text) == (True, False)
    assert sent(qin, f"/queue/{task.id}/reclaim", 302, seat=only_seat(task).id) == "/queue"
    assert any("退还了您转办" in one.text for one in notices.newest(world.people["shen"], 5))
    review(world, "shen", plan_id=plan_id)


@pytest.mark.parametrize(
    ("whom", "said"), [("zheng", "申报与审批分离"), ("jiao", "申报与审批分离"), ("shen", "转给自己")]
)
def test_a_desk_of_finance_is_not_handed_to_a_unit(world: World, whom: str, said: str) -> None:
    """Who sits at a unit, or over it, does not take over what finance decides."""
    plan_id = at_the_office(world)
    with pytest.raises(Refused, match=said):
        asking.hand_over(open_task(plan_id).id, world.people[whom], "出差", by=world.person("shen"))


def test_a_desk_of_a_unit_is_not_handed_to_finance(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    with pytest.raises(Refused, match="申报与审批分离"):
        asking.hand_over(open_task(plan_id).id, world.people["fang"], "出差", by=world.person("he"))
