"""待办 and 审核台 as reviewers use them, what they refuse, and how many queries the pages take."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from approvals.reviews import actions, queue, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.rules import PlanState
from core.db import session
from core.money import Money
from tests.approvals.browsing import page, sent
from tests.approvals.stories import filed, opinions, plan, review, reviewed, submitted, task_of
from tests.world import World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def filled(task: ReviewTask, **changes: str) -> dict[str, str]:
    """The desk's form with agreement everywhere; `changes` by names like verdict-2 (the line's position)."""
    lines = {str(line.position): line.id for line in store.lines_of(task)}
    form = {f"verdict-{line_id}": "agree" for line_id in lines.values()}
    form["digest"] = digest_of(plan(task.plan_id))
    for name, value in changes.items():
        box, _, position = name.partition("_")
        form[f"{box}-{lines[position]}" if position else box] = value
    return form


def queries_at(
    sign_in: SignIn, world: World, count_queries: CountQueries, plan_id: UUID
) -> tuple[list[int], list[str]]:
    """How many queries 沈思远's desk and the clerk's page of the plan take once they are warm, and what they show."""
    session().rollback()
    task_id = task_of(world, "shen", plan_id).id
    counts, texts = [], []
    for who, path in (("shen", f"/queue/{task_id}"), ("lin", f"/plans/{plan_id}")):
        client = sign_in(who)
        page(client, path)
        with count_queries() as queries:
            texts.append(page(client, path))
        counts.append(len(queries))
    return counts, texts


# 待办


def test_the_queue_filters_and_tags_works(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    he = sign_in("he")
    text = page(he, "/queue")
    assert "待办 1" in text
    assert "三保" in text
    assert "剩 " in text
    for query, found in (
        ("q=0001", True),
        ("q=水利", False),
        ("window=202612", True),
        ("window=202611", False),
        ("window=x", True),
    ):
        assert ("YK-202612-0001" in page(he, f"/queue?{query}")) == found
    review(world, "he")
    assert "没有等您审核的计划" in page(he, "/queue")
    done = page(he, "/queue?done=1")
    assert "已办 1" in done
    assert f"/plans/{plan_id}" in done
    assert sign_in("lin").get("/queue").status_code == 403


def ticked(*plan_ids: UUID, world: World, username: str) -> dict[str, Any]:
    tasks = [task_of(world, username, plan_id) for plan_id in plan_ids]
    seen = {f"digest-{task.id}": digest_of(plan(task.plan_id)) for task in tasks}
    return {"task": [str(task.id) for task in tasks], "comment": "同意", **seen}


def test_a_batch_tells_of_each_plan_what_happened(sign_in: SignIn, world: World) -> None:
    first, second = submitted(world, ("A1", 100)), submitted(world, ("A1", 200))
    form = ticked(first, second, world=world, username="he")
    form[f"digest-{form['task'][1]}"] = "0" * 64
    text = sent(sign_in("he"), "/queue/agree", 200, **form)
    assert "已同意 1 份，1 份没有办理" in text
    assert "内容在您打开之后有变化" in text
    assert [plan(plan_id).step_no for plan_id in (first, second)] == [2, 1]
    assert store.decisions_of(first)[-1].comment == "同意"


def test_a_plan_handed_in_again_is_ticked_for_other_acts_only(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    review(world, "he", LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "缺名单"))
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    text = page(sign_in("he"), "/queue")
    assert "再次送审" in text
    form = ticked(plan_id, world=world, username="he")
    assert f'name="task" value="{form["task"][0]}"' in text  # it may be handed over or put aside
    assert "须打开逐行审核" in page(sign_in("he"), f"/queue/batch?task={form['task'][0]}")
    assert "须打开逐行审核" in sent(sign_in("he"), "/queue/agree", 200, **form)


def test_a_batch_of_nothing_too_much_or_anothers_is_refused(sign_in: SignIn, world: World) -> None:
    he = sign_in("he")
    assert "请先勾选" in sent(he, "/queue/agree", 422, task="x")
    assert "一次最多批量同意 50 份" in sent(he, "/queue/agree", 422, task=[str(uuid4()) for _ in range(51)])
    foreign = ticked(submitted(world, ("B1", 10), clerk="zhou", unit="301001"), world=world, username="zheng")
    sent(he, "/queue/agree", 404, **foreign)


# 审核台


def test_the_desk_decides_and_goes_on_to_the_next_works(sign_in: SignIn, world: World) -> None:
    first, second = submitted(world, ("A1", 100), ("A2", 50)), submitted(world, ("A1", 200))
    reviewed(world, first, "he")
    reviewed(world, second, "he")
    task, following, shen = task_of(world, "shen", first), task_of(world, "shen", second), sign_in("shen")
    text = page(shen, f"/queue/{task.id}")
    for part in ("逐行审核", "全部同意", "何雨桐", "150.00"):
        assert part in text
    assert "checked" not in text
    form = filled(
        task, verdict_2="cut", amount_2="40.00", reason_2="按进度", comment="其余同意", following=str(following.id)
    )
    assert sent(shen, f"/queue/{task.id}/decide", 302, **form) == f"/queue/{following.id}"
    assert plan(first).lines[1].suggested == Money.yuan(40)
    assert store.decisions_of(first)[-1].comment == "其余同意；第 2 行核减至 40.00 元：按进度"
    assert sent(shen, f"/queue/{following.id}/decide", 302, **filled(following)) == "/queue"
    assert shen.get(f"/queue/{task.id}").location == f"/plans/{first}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"verdict_2": ""}, "第 2 行还没有审核意见"),
        ({"verdict_2": "return"}, "第 2 行退回须写明原因"),
        ({"verdict_2": "cut", "amount_2": "五十", "reason_2": "多"}, "第 2 行核定数“五十”不是有效的金额"),
        ({"verdict_2": "cut", "amount_2": "60.00", "reason_2": "多"}, "只能调低不能调高"),
        ({"verdict_2": "agree", "amount_2": "40.00"}, "结论是“同意”；请改选“核减”"),
        ({"digest": "old"}, "内容在您打开之后有变化"),
        ({"comment": "长" * 1001}, "超过 1000 字"),
    ],
)
def test_on_a_refusal_everything_typed_stays(
    sign_in: SignIn, world: World, changes: dict[str, str], sentence: str
) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    task = task_of(world, "shen", plan_id)
    form = filled(task, **{"reason_1": "第一行的话", "comment": "整份的话", **changes})
    status = 409 if "digest" in changes else 422
    text = sent(sign_in("shen"), f"/queue/{task.id}/decide", status, **form)
    assert sentence in text
    for typed in ("第一行的话", changes.get("comment", "整份的话"), changes.get("amount_2", "50.00"), form["digest"]):
        assert typed in text
    assert text.count("checked") == sum(1 for name, value in form.items() if name.startswith("verdict") and value)
    assert plan(plan_id).step_no == 2


def test_an_office_sees_the_other_offices_lines_but_has_no_boxes_for_them(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 50))
    reviewed(world, plan_id, "he")
    task, foreign = task_of(world, "shen", plan_id), plan(plan_id).lines[1].id
    shen = sign_in("shen")
    text = page(shen, f"/queue/{task.id}")
    assert "农业农村股：秦川审核中" in text
    assert f"verdict-{foreign}" not in text
    form = {**filled(task), f"verdict-{foreign}": "agree"}
    assert "不属于您的审核范围" in sent(shen, f"/queue/{task.id}/decide", 422, **form)
    reviewed(world, plan_id, "qin")
    assert "农业农村股：已审核" in page(shen, f"/queue/{task.id}")


def test_a_line_that_came_back_recalls_what_was_said_of_it(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.RETURN, None, "缺清单"))
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    text = page(sign_in("shen"), f"/queue/{task_of(world, 'shen', plan_id).id}")
    for part in ("第 2 次送审", "退回后再报", "您上次：退回：缺清单", "已于 11月20日由沈思远同意（未变）"):
        assert part in text


def test_a_task_that_is_not_mine_is_not_found(sign_in: SignIn, world: World) -> None:
    task = task_of(world, "he", submitted(world, ("A1", 100)))
    for username in ("zheng", "luo", "jiao"):
        page(sign_in(username), f"/queue/{task.id}", 404)
        sent(sign_in(username), f"/queue/{task.id}/decide", 404, **filled(task))
    page(sign_in("he"), f"/queue/{uuid4()}", 404)
    assert store.decisions_of(task.plan_id)[-1].act is Act.SUBMIT


def test_a_colleague_was_faster(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    he, task = sign_in("he"), task_of(world, "he", plan_id)
    form = filled(task)
    page(he, f"/queue/{task.id}")
    actions.decide(task.id, opinions(task), "", form["digest"], by=world.person("he"))
    text = sent(he, f"/queue/{task.id}/decide", 409, **form)
    assert "刚刚已由他人办理或已撤回，请刷新待办列表。何雨桐 已于 11-20 10:00 审核通过。" in text


# Queries


def test_the_queue_asks_as_often_for_fifty_plans_as_for_two(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    he = sign_in("he")
    for number in range(2):
        submitted(world, ("A1", 100 + number))
    counts = {}
    for path in ("/queue", "/home"):
        page(he, path)  # the first request of a session notes that it is in use
        with count_queries() as few:
            page(he, path)
        counts[path] = len(few)
    for number in range(48):
        submitted(world, ("A1", 200 + number))
    for path, count in counts.items():
        with count_queries() as many:
            page(he, path)
        assert len(many) == count, path
    assert queue.open_count(world.person("he")) == 50


def test_the_desk_and_the_plan_ask_as_often_for_two_hundred_lines_as_for_two(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    counts = []
    for lines in (2, 200):
        plan_id = submitted(world, *[("A1", 100), ("A3", 10)] * (lines // 2))
        reviewed(world, plan_id, "he")
        asked, texts = queries_at(sign_in, world, count_queries, plan_id)
        assert all(text.count("A3 用款") == lines // 2 for text in texts)
        counts.append(asked)
        reviewed(world, plan_id, "shen", "fang", "luo")
    assert counts[0] == counts[1]


def test_deciding_asks_as_often_for_two_hundred_lines_as_for_two(world: World, count_queries: CountQueries) -> None:
    counts = []
    reviewed(world, submitted(world, ("A1", 1)), "he", "shen", "fang", "luo")  # a published chain is read once for all
    for lines in (2, 200):
        plan_id = filed(world, *[("A1", 100), ("A3", 10)] * (lines // 2))
        session().rollback()
        with count_queries() as queries:
            actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
            reviewed(world, plan_id, "he", "shen", "fang", "luo")
        # What is written is written in batches, whose number may grow a little with the rows.
        counts.append(len([text for text in queries if text.startswith("SELECT")]))
        assert plan(plan_id).state is PlanState.APPROVED
    assert counts[0] == counts[1]
