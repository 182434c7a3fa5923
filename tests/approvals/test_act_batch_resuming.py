"""恢复审核 of several plans at once: looked at first, each in a transaction of its own, the others told of."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from approvals.proof.comparing import differences
from approvals.reviews import aside
from approvals.reviews.rules import Act
from budget.plans.rules import PlanState
from tests.approvals.asking_stories import open_task
from tests.approvals.stories import plan, reviewed
from tests.approvals.test_act_batches import SignIn, acts_done, carried_out, form_for, last_acts, summary, three
from tests.world import World


def put_aside(world: World) -> list[UUID]:
    """Three plans that 沈思远 has put aside until the first of December."""
    plans = three(world)
    for one in plans:
        aside.suspend(open_task(one).id, "库款不足", date(2026, 12, 1), by=world.person("shen"))
    return plans


def test_several_are_taken_up_again_works(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    queue = shen.get("/queue").get_data(as_text=True)
    assert '<option value="resume">恢复审核</option>' in queue
    form = form_for(Act.RESUME, plans, words="库款已到位")
    assert "共 3 份，合计 450.00 元" in summary(shen, form)
    assert [plan(one).state for one in plans] == [PlanState.SUSPENDED] * 3, "nothing has happened yet"
    assert "已恢复审核 3 份。" in carried_out(shen, form)
    assert [(plan(one).state, plan(one).review_on) for one in plans] == [(PlanState.IN_REVIEW, None)] * 3
    assert last_acts(plans) == [Act.RESUME] * 3
    reviewed(world, plans[0], "shen")
    assert differences() == []


def test_no_word_is_needed(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    assert "已恢复审核 3 份。" in carried_out(shen, form_for(Act.RESUME, plans, words=""))


def test_too_many_words_are_refused_and_kept(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    text = carried_out(shen, form_for(Act.RESUME, plans, words="长" * 1001), 422)
    assert ["审核意见超过 1000 字" in text, "长" * 1001 in text] == [True, True]
    assert last_acts(plans) == [Act.SUSPEND] * 3


def test_what_is_not_put_aside_is_not_in_it_and_has_the_reason(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    aside.resume(open_task(plans[1]).id, "", by=world.person("shen"))
    form = form_for(Act.RESUME, plans, words="库款已到位")
    text = summary(shen, form)
    assert ["共 2 份" in text, text.count("这份计划没有挂起，不用恢复审核。")] == [True, 1]
    text = carried_out(shen, form)
    assert "已恢复审核 2 份，1 份没有办理，原因见下" in text
    assert 'name="words" value="库款已到位"' in text
    assert [plan(one).state for one in plans] == [PlanState.IN_REVIEW] * 3
    assert differences() == []


def test_what_was_decided_meanwhile_is_told(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    form = form_for(Act.RESUME, plans)
    aside.resume(open_task(plans[2]).id, "", by=world.person("shen"))
    reviewed(world, plans[2], "shen")
    assert "沈思远 已于 11-20 10:00 办理" in summary(shen, form)


def test_sent_twice_it_is_done_once(sign_in: SignIn, world: World) -> None:
    plans, shen = put_aside(world), sign_in("shen")
    form = form_for(Act.RESUME, plans)
    carried_out(shen, form)
    before = acts_done()
    assert carried_out(shen, form).count("在您上一次提交时已经恢复审核，没有重复办理") == 3
    assert acts_done() == before


def test_a_strangers_plans_are_not_there(sign_in: SignIn, world: World) -> None:
    plans = put_aside(world)
    carried_out(sign_in("qin"), form_for(Act.RESUME, plans), 404)
    assert last_acts(plans) == [Act.SUSPEND] * 3
