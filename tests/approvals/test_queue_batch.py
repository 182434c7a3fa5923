"""批量同意: summed up first, then plan by plan; who was faster is told, and nothing is done twice or lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from approvals.reviews import actions, asking, batches, store
from approvals.reviews.read_ahead import read_ahead
from approvals.reviews.rules import Act, LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from core import recall
from core.db import session
from core.errors import Overtaken, Refused
from core.money import Money
from tests.approvals.stories import plan, review, reviewed, submitted, task_of
from tests.world import World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def ticked(world: World, username: str, *plan_ids: UUID) -> dict[str, Any]:
    """The form of the summary for these plans, as they stand now."""
    tasks = [task_of(world, username, plan_id) for plan_id in plan_ids]
    seen = {f"digest-{task.id}": digest_of(plan(task.plan_id)) for task in tasks}
    return {"task": [str(task.id) for task in tasks], "comment": "同意，请加快执行", "form_key": uuid4().hex, **seen}


def summary(client: FlaskClient, form: dict[str, Any], status: int = 200) -> str:
    answer = client.get("/queue/batch", query_string={"task": form["task"], "department": "201"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def carried_out(client: FlaskClient, form: dict[str, Any], status: int = 200) -> str:
    answer = client.post("/queue/agree?department=201", data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_batch_is_summed_up_and_carried_out_works(sign_in: SignIn, world: World) -> None:
    plans = [submitted(world, ("A1", 100), ("A3", 50)), submitted(world, ("A3", 1000))]
    he, form = sign_in("he"), ticked(world, "he", *plans)
    text = summary(he, form)
    for said in ("2 份", "3 行", "1,150.00 元", "其中三保 1 份"):
        assert said in text
    assert [plan(one).step_no for one in plans] == [1, 1]  # nothing has happened yet
    text = carried_out(he, form)
    assert "已同意 2 份。" in text
    assert "/queue?department=201" in text
    for one in plans:
        assert plan(one).step_no == 2
        assert store.decisions_of(one)[-1].comment == "同意，请加快执行"


def test_the_summary_says_what_cannot_be_in_the_batch_and_why(sign_in: SignIn, world: World) -> None:
    plain, returned, done, asked = (submitted(world, ("A1", 100 + amount)) for amount in range(4))
    review(world, "he", LineOpinion(plan(returned).lines[0].id, Verdict.RETURN, None, "缺名单"), plan_id=returned)
    actions.submit(returned, plan(returned).version, by=world.person("lin"))
    form = ticked(world, "he", plain, returned, done, asked)
    review(world, "he", plan_id=done)
    task = task_of(world, "he", asked)
    asking.consult(task.id, world.people["zheng"], "金额对吗", blocking=True, by=world.person("he"))
    form["task"].append(str(uuid4()))
    text = summary(sign_in("he"), form)
    for said in (
        "可以同意</dt><dd class=\"v\">1 份", "不能批量同意</dt><dd class=\"v\">4 份", "须打开逐行审核",
        "何雨桐 已于 11-20 10:00 办理", "正在征求郑海的意见", "已不在您的待办中",
    ):  # fmt: skip
        assert said in text
    assert text.count('name="task"') == 1


def test_two_plans_that_a_colleague_took_are_told_and_the_rest_goes_on(sign_in: SignIn, world: World) -> None:
    plans = [submitted(world, ("A1", 100 + amount)) for amount in range(5)]
    he, form = sign_in("he"), ticked(world, "he", *plans)
    summary(he, form)
    for one in plans[1:3]:
        review(world, "he", plan_id=one)
    text = carried_out(he, form)
    assert "已同意 3 份，2 份没有办理，原因见下" in text
    assert text.count("他人已先办理") == 2
    assert text.count("何雨桐 已于 11-20 10:00 审核通过") == 2
    assert "同意，请加快执行" in text  # what was typed is kept for another look
    assert [plan(one).step_no for one in plans] == [2] * 5
    assert [len(store.decisions_of(one)) for one in plans] == [2] * 5


def test_a_batch_sent_twice_does_nothing_twice(sign_in: SignIn, world: World) -> None:
    plans = [submitted(world, ("A1", 100 + amount)) for amount in range(3)]
    he, form = sign_in("he"), ticked(world, "he", *plans)
    assert "已同意 3 份。" in carried_out(he, form)
    again = carried_out(he, form)
    assert "已同意 0 份，3 份没有办理" in again
    assert again.count("在您上一次提交时已经同意，没有重复办理") == 3
    assert [len(store.decisions_of(one)) for one in plans] == [2] * 3


def test_what_changed_after_the_summary_is_not_agreed_to_unseen(sign_in: SignIn, world: World) -> None:
    plan_id, other = submitted(world, ("A1", 100)), submitted(world, ("A1", 200))
    he, form = sign_in("he"), ticked(world, "he", plan_id, other)
    actions.withdraw(plan_id, by=world.person("lin"))
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    text = carried_out(he, form)
    assert "已同意 1 份，1 份没有办理" in text
    assert [plan(one).step_no for one in (plan_id, other)] == [1, 2]


def test_without_a_choice_the_queue_says_so(sign_in: SignIn, world: World) -> None:
    he = sign_in("he")
    answer = he.get("/queue/batch?department=201", follow_redirects=True)
    assert "请先勾选" in answer.get_data(as_text=True)
    assert "请先勾选" in carried_out(he, {"task": "x"}, 422)
    many = {"task": [str(uuid4()) for _ in range(51)]}
    assert "一次最多批量同意 50 份" in summary(he, many, 422)
    form = {**ticked(world, "he", submitted(world, ("A1", 1))), "comment": "长" * 1001}
    text = carried_out(he, form, 422)
    assert "超过 1000 字" in text
    assert "批量同意核对" in text


def test_a_batch_asks_a_fixed_number_of_questions_more_for_each_plan(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    he, counts = sign_in("he"), []
    carried_out(he, ticked(world, "he", submitted(world, ("A1", 1))))
    for many in (2, 12):
        form = ticked(world, "he", *[submitted(world, ("A1", 100 + amount)) for amount in range(many)])
        session().rollback()
        with count_queries() as queries:
            assert f"已同意 {many} 份。" in carried_out(he, form)
        counts.append(len([text for text in queries if text.startswith("SELECT")]))
    assert (counts[1] - counts[0]) / 10 <= 8  # a decision alone asks more than twenty


# What was read ahead is used only while it is true


def test_read_ahead_or_not_a_decision_leaves_the_same(world: World) -> None:
    bodies = []
    for ahead in (True, False):
        plan_id = submitted(world, ("A1", 100), ("A3", 7))
        batch = batches.look([task_of(world, "he", plan_id).id], world.person("he"))
        with recall.remembering():
            if ahead:
                read_ahead(batch.able)
            actions.agree_all(batch.able[0].task.id, "同意", batch.able[0].digest, by=world.person("he"))
        last = store.decisions_of(plan_id)[-1]
        bodies.append((last.number, last.act, last.step_no, last.comment, plan(plan_id).step_no))
        opinions = store.opinions_in_round(plan_id, 1)
        assert all(one.line_digest for one in opinions)
        reviewed(world, plan_id, "shen", "fang", "luo")
    assert bodies[0] == bodies[1] == (2, Act.AGREE, 1, "同意", 2)


def test_whoever_acts_between_reading_and_taking_up_is_seen(world: World) -> None:
    taken, asked, free = (submitted(world, ("A1", 100 + amount)) for amount in range(3))
    he = world.person("he")
    batch = batches.look([task_of(world, "he", one).id for one in (taken, asked, free)], he)
    digests = {item.plan.id: (item.task.id, item.digest) for item in batch.able}
    elsewhere = copy_context()  # a colleague's request remembers nothing of this one
    with recall.remembering():
        read_ahead(batch.able)
        elsewhere.run(review, world, "he", plan_id=taken)
        elsewhere.run(asking.consult, digests[asked][0], world.people["zheng"], "对吗", blocking=True, by=he)
        with pytest.raises(Overtaken, match="何雨桐 已于"):
            actions.agree_all(digests[taken][0], "", digests[taken][1], by=he)
        with pytest.raises(Refused, match="正在征求郑海的意见"):
            actions.agree_all(digests[asked][0], "", digests[asked][1], by=he)
        actions.agree_all(digests[free][0], "", digests[free][1], by=he)
    assert [plan(one).step_no for one in (taken, asked, free)] == [2, 1, 2]


def test_both_desks_of_one_plan_may_be_in_a_batch(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 50))
    reviewed(world, plan_id, "he")
    asking.hand_over(task_of(world, "qin", plan_id).id, world.people["shen"], "请一并办理", by=world.person("qin"))
    tasks = [one for one in store.tasks_of(plan_id, 1) if one.step_no == 2]
    seen = {f"digest-{one.id}": digest_of(plan(plan_id)) for one in tasks}
    form = {"task": [str(one.id) for one in tasks], "form_key": uuid4().hex, **seen}
    assert "已同意 2 份。" in carried_out(sign_in("shen"), form)
    assert plan(plan_id).step_no == 3
    assert [one.number for one in store.decisions_of(plan_id)] == list(range(1, 6))
    assert plan(plan_id).lines[0].applied == Money.yuan(100)
