"""Further acts on several plans: looked at first, then plan by plan; who was faster is told, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from approvals.proof.comparing import differences
from approvals.reviews import asking, store
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act, LineOpinion, Verdict
from budget.plans.rules import PlanState
from core.db import session
from core.money import Money
from tests.accounts.authenticators import bound
from tests.approvals.asking_stories import at_the_office, only_seat, open_task
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, publish
from tests.approvals.stories import plan, review, reviewed, submitted
from tests.approvals.test_second_factor import confirmed
from tests.world import World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
DAY = {"review_on": "2026-12-01"}


def three(world: World) -> list[UUID]:
    """Three plans that wait for 沈思远."""
    return [at_the_office(world) for _ in range(3)]


def form_for(act: Act, plans: list[UUID], **typed: object) -> dict[str, Any]:
    """What the page of the act sends for these plans, as a browser would."""
    return {"act": act.value, "task": [str(open_task(one).id) for one in plans], "form_key": uuid4().hex, **typed}


def summary(client: FlaskClient, form: dict[str, Any], status: int = 200) -> str:
    answer = client.get("/queue/acts", query_string={"department": "201", "act": form["act"], "task": form["task"]})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def carried_out(client: FlaskClient, form: dict[str, Any], status: int = 200) -> str:
    answer = client.post("/queue/acts?department=201", data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def last_acts(plans: list[UUID]) -> list[Act]:
    return [store.decisions_of(one)[-1].act for one in plans]


def acts_done() -> int:
    return session().scalar(select(func.count()).select_from(Decision)) or 0


# Each act


def test_several_are_put_aside_works(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.SUSPEND, plans, words="库款不足", **DAY)
    text = summary(shen, form)
    assert "共 3 份，合计 450.00 元" in text
    assert last_acts(plans) == [Act.AGREE] * 3  # nothing has happened yet
    text = carried_out(shen, form)
    assert "已挂起 3 份。" in text
    assert "/queue?department=201" in text
    assert [plan(one).state for one in plans] == [PlanState.SUSPENDED] * 3
    assert {str(plan(one).review_on) for one in plans} == {"2026-12-01"}
    assert differences() == []


def test_several_are_handed_over_and_taken_back_works(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.HAND_OVER, plans, words="出差一周", to=world.people["qin"])
    assert "秦川" in summary(shen, form)
    assert "已转办 3 份。" in carried_out(shen, form)
    assert {open_task(one).handed_to for one in plans} == {world.people["qin"]}
    listed = shen.get("/queue?done=1").get_data(as_text=True)
    assert listed.count("转给秦川：出差一周") == 3
    back = form_for(Act.RECLAIM, plans)
    assert "收回您在这些计划上转办的" in summary(shen, back)
    assert "已收回 3 份。" in carried_out(shen, back)
    assert {open_task(one).handed_to for one in plans} == {None}
    assert "转给秦川" not in shen.get("/queue?done=1").get_data(as_text=True)
    assert differences() == []


def test_one_is_asked_about_several_and_no_longer_works(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.CONSULT, plans, words="金额对吗", to=world.people["qin"], blocking="y")
    assert "已征求意见 3 份。" in carried_out(shen, form)
    seats = [only_seat(open_task(one)) for one in plans]
    assert {(one.person_id, one.words, one.blocking) for one in seats} == {(world.people["qin"], "金额对吗", True)}
    asking.answer(open_task(plans[0]).id, "对", by=world.person("qin"))
    text = carried_out(shen, form_for(Act.RECLAIM, plans))
    assert "已收回 2 份，1 份没有办理" in text
    assert "秦川 已于 11-20 10:00 答复意见" in text
    assert differences() == []


def test_several_go_back_to_the_step_before_or_a_chosen_one_works(sign_in: SignIn, world: World) -> None:
    plans, fang = three(world), sign_in("fang")
    reviewed(world, plans[0], "shen")
    reviewed(world, plans[1], "shen")
    form = form_for(Act.SEND_BACK, plans[:2], words="请再看合同", step="")
    text = summary(fang, form)
    assert ["各计划的前一环节" in text, 'value="业务股室初审"' in text, 'value="单位审核"' in text] == [True] * 3
    assert "已退回前一环节 2 份。" in carried_out(fang, form)
    assert [plan(one).step_no for one in plans] == [2, 2, 2]
    for one in plans:
        reviewed(world, one, "shen")
    form = form_for(Act.SEND_BACK, plans, words="请再看合同", step="单位审核")
    assert "已退回前一环节 3 份。" in carried_out(fang, form)
    assert [plan(one).step_no for one in plans] == [1, 1, 1]
    assert differences() == []


def test_several_acts_are_undone_works(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    done = [str(open_task(one).id) for one in plans]
    for one in plans:
        reviewed(world, one, "shen")
    text = shen.get("/queue?done=1").get_data(as_text=True)
    assert all(f'name="task" value="{one}"' in text for one in done)
    form = {"act": "undo", "task": done, "form_key": uuid4().hex}
    reviewed(world, plans[0], "fang")
    text = summary(shen, form)
    assert "共 2 份" in text
    assert "后面的环节已经办理" in text
    text = carried_out(shen, form)
    assert "已收回审核意见 2 份，1 份没有办理" in text
    assert "方芸 已于 11-20 10:00 审核通过" in text
    assert [plan(one).step_no for one in plans] == [4, 2, 2]
    assert differences() == []


# Partial failure, second sending, the password


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        (Act.SUSPEND, DAY), (Act.SEND_BACK, {"step": ""}), (Act.HAND_OVER, {"to": "qin"}), (Act.CONSULT, {"to": "qin"}),
    ],
)  # fmt: skip
def test_what_a_colleague_decided_meanwhile_is_told_and_the_others_are_done(
    sign_in: SignIn, world: World, act: Act, typed: dict[str, str]
) -> None:
    plans, shen = three(world), sign_in("shen")
    person = {"to": world.people[typed["to"]]} if "to" in typed else {}
    form = form_for(act, plans, words="等评审结论", **{**typed, **person})
    summary(shen, form)
    reviewed(world, plans[1], "shen")
    text = carried_out(shen, form)
    assert f"已{act.label} 2 份，1 份没有办理，原因见下" in text
    assert "沈思远 已于 11-20 10:00 审核通过" in text
    assert 'name="words" value="等评审结论"' in text  # what was typed goes along to another look
    assert last_acts(plans) == [act, Act.AGREE, act]
    assert "沈思远 已于 11-20 10:00 办理" in summary(shen, form)


def test_sent_twice_nothing_is_done_twice(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.CONSULT, plans, words="金额对吗", to=world.people["qin"])
    carried_out(shen, form)
    before = acts_done()
    text = carried_out(shen, form)
    assert text.count("在您上一次提交时已经征求意见，没有重复办理") == 3
    assert acts_done() == before


def test_what_was_typed_comes_along_to_another_look(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.SUSPEND, plans)
    carried = {**form, "words": "等评审结论", **DAY}
    text = shen.get("/queue/acts", query_string=carried).get_data(as_text=True)
    assert ["等评审结论</textarea>" in text, 'value="2026-12-01"' in text] == [True, True]


def test_a_step_that_asks_for_a_code_asks_once_for_all(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, second_factor=True), TREASURY, APPROVAL)
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.SEND_BACK, plans, words="请再看合同", step="")
    text = carried_out(shen, form, 422)
    assert ["再次确认身份" in text, "请再看合同" in text] == [True, True]
    assert last_acts(plans) == [Act.AGREE] * 3
    confirmed(shen, text, bound(world, "shen").code())
    assert "已退回前一环节 3 份。" in carried_out(shen, form)


# Refused before anything is done


@pytest.mark.parametrize(
    ("act", "typed", "sentence"),
    [
        (Act.SUSPEND, {"words": " ", **DAY}, "挂起须写明原因"),
        (Act.SUSPEND, {"words": "库款不足"}, "请填写复审日期"),
        (Act.SUSPEND, {"words": "库款不足", "review_on": "2026-11-20"}, "复审日期须晚于今天"),
        (Act.HAND_OVER, {"words": "出差一周"}, "请选择一个人"),
        (Act.HAND_OVER, {"words": "", "to": "qin"}, "转办须写明原因"),
        (Act.HAND_OVER, {"words": "出差一周", "to": "shen"}, "不能转给自己"),
        (Act.CONSULT, {"words": "金额对吗", "to": "xi"}, "请选择有审核权限的在职人员"),
        (Act.SEND_BACK, {"words": "", "step": ""}, "退回前一环节须写明原因"),
    ],
)
def test_without_reason_person_or_day_nothing_is_done_and_nothing_lost(
    sign_in: SignIn, world: World, act: Act, typed: dict[str, str], sentence: str
) -> None:
    plans, shen = three(world), sign_in("shen")
    person = {"to": world.people[typed["to"]]} if "to" in typed else {}
    text = carried_out(shen, form_for(act, plans, **{**typed, **person}), 422)
    assert sentence in text
    assert typed["words"].strip() in text
    assert text.count('name="task"') == 3
    assert last_acts(plans) == [Act.AGREE] * 3


def test_the_summary_says_what_cannot_be_done_and_why(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    by = world.person("shen")
    asking.hand_over(open_task(plans[0]).id, world.people["qin"], "出差一周", by=by)
    asking.consult(open_task(plans[1]).id, world.people["qin"], "金额对吗", blocking=True, by=by)
    form = form_for(Act.HAND_OVER, plans)
    form["task"].append(str(uuid4()))
    text = summary(shen, form)
    assert "共 2 份" in text
    assert ["现在由其他人办理" in text, "已不在您的待办中" in text] == [True, True]
    assert "不能再转给别人" in summary(sign_in("qin"), form_for(Act.HAND_OVER, plans[:1]))
    assert "前面没有办理过的环节" in summary(sign_in("he"), form_for(Act.SEND_BACK, [submitted(world, ("A1", 1))]))


def test_a_step_that_may_not_hold_or_return_does_neither(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, may_return=False, may_hold=False), TREASURY, APPROVAL)
    plans, shen = three(world), sign_in("shen")
    assert summary(shen, form_for(Act.SUSPEND, plans)).count("本环节不能挂起计划") == 3
    assert summary(shen, form_for(Act.SEND_BACK, plans)).count("没有允许本环节退回") == 3
    text = carried_out(shen, form_for(Act.SUSPEND, plans, words="库款不足", **DAY))
    assert "已挂起 0 份，3 份没有办理" in text


def test_people_who_cannot_be_chosen_have_the_reason(sign_in: SignIn, world: World) -> None:
    plans, shen = three(world), sign_in("shen")
    form = form_for(Act.HAND_OVER, plans)
    text = shen.get("/queue/acts/people", query_string={**form, "q": ""}).get_data(as_text=True)
    assert "不能转给自己" in text
    assert "不能办理“股室初审”岗的事项" in text  # the unit's people
    answer = shen.post("/queue/acts/find", data={**form, "q": "方芸", "words": "出差一周"})
    text = answer.get_data(as_text=True)
    assert ["方芸" in text, "秦川" in text, "出差一周" in text] == [True, False, True]


def test_what_was_cut_may_be_in_it_though_not_agreed_to_unopened(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.CUT, Money.yuan(40), "按进度"))
    fang, form = sign_in("fang"), form_for(Act.SUSPEND, [plan_id], words="库款不足", **DAY)
    assert f'name="task" value="{form["task"][0]}"' in fang.get("/queue").get_data(as_text=True)
    assert "已挂起 1 份。" in carried_out(fang, form)


def test_without_a_choice_the_queue_says_so(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    form = form_for(Act.SUSPEND, [at_the_office(world)])
    for query, missing in (("act=suspend", "计划"), ("act=&task=x", "事项")):
        answer = shen.get(f"/queue/acts?{query}", follow_redirects=True)
        assert f"请先选择要办理的{missing}" in answer.get_data(as_text=True)
    assert "一次最多批量挂起 50 份" in summary(shen, {**form, "task": [str(uuid4()) for _ in range(51)]}, 422)
    assert shen.get("/queue/acts?act=void&task=x").status_code == 404


def test_a_strangers_tasks_are_not_there(sign_in: SignIn, world: World) -> None:
    plans = three(world)
    form = form_for(Act.SUSPEND, plans, words="库款不足", **DAY)
    assert "3 份" in summary(sign_in("qin"), form)
    carried_out(sign_in("qin"), form, 404)
    carried_out(sign_in("qin"), {**form, "act": "reclaim"}, 404)
    assert last_acts(plans) == [Act.AGREE] * 3


@pytest.mark.parametrize("act", [Act.SUSPEND, Act.HAND_OVER, Act.SEND_BACK, Act.RECLAIM])
def test_the_summary_asks_a_fixed_number_of_queries(
    sign_in: SignIn, world: World, count_queries: CountQueries, act: Act
) -> None:
    shen, counts = sign_in("shen"), []
    plans = [at_the_office(world) for _ in range(6)]
    summary(shen, form_for(act, plans[:1]))
    for many in (1, 6):
        with count_queries() as queries:
            summary(shen, form_for(act, plans[:many]))
        counts.append(len(queries) - many * 2)  # `form_for` itself reads each plan and its tasks
    assert counts[0] == counts[1]
