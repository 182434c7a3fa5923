"""收回 at a desk that waits for others, by its pages: in 已办, on the plan's page, and several at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from approvals.chains.rules import StepMode
from approvals.reviews import store, turning
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, Verdict
from approvals.reviews.waiting import spoken_by
from core.db import db, session
from core.money import Money
from exports.documents.plan_sheets import demand_sheet_of
from tests.approvals import stories
from tests.approvals.stories import sound
from tests.approvals.test_modes import at_the_treasury, open_desk, speak
from tests.approvals.unsaying import name_of
from tests.world import World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def undo_form(*tasks: ReviewTask) -> dict[str, object]:
    return {"act": "undo", "task": [str(one.id) for one in tasks], "form_key": uuid4().hex}


def shared(world: World, count: int) -> list[UUID]:
    """So many plans at which 方芸 has spoken and two others have not."""
    plans = [at_the_treasury(world, StepMode.ALL)]
    for _ in range(1, count):
        plans.append(stories.submitted(world, ("A2", 10), ("A3", 20)))
        stories.reviewed(world, plans[-1], "he", "shen")
    for plan_id in plans:
        speak(world, "fang", plan_id)
    return plans


def test_it_stands_in_what_is_done_and_is_taken_back_there_works(sign_in: SignIn, world: World) -> None:
    plan_id = shared(world, 1)[0]
    task, fang = open_desk(plan_id), sign_in("fang")
    listed = page(fang, "/queue?done=1")
    assert "已会签，等待他人" in listed
    assert f"/queue/{task.id}/undo" in listed
    assert "没有等您审核的计划" in page(fang, "/queue?all=1")
    answer = fang.post(f"/queue/{task.id}/undo", data={"form_key": uuid4().hex})
    assert answer.location == f"/queue/{task.id}", "back at the same desk"
    assert "已收回审核意见，请重新审核。" in page(fang, answer.location)
    assert "等待他人" not in page(fang, "/queue?done=1")
    story = page(fang, f"/plans/{plan_id}")
    assert "收回审核意见，重新办理；其他人的意见不变" in story
    assert sound()


def test_one_after_the_other_it_waits_for_those_behind(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.IN_ORDER)
    first = name_of(world, open_desk(plan_id).handed_to)
    speak(world, first, plan_id)
    assert "已审核，等待后面的人" in page(sign_in(first), "/queue?done=1")


def test_the_page_of_the_plan_offers_it_to_who_has_spoken_only(sign_in: SignIn, world: World) -> None:
    plan_id = shared(world, 1)[0]
    offered = "还在等其他人办理，可以收回重新审核，其他人的意见不变"
    assert offered in page(sign_in("fang"), f"/plans/{plan_id}")
    assert offered not in page(sign_in("jiao"), f"/plans/{plan_id}")
    speak(world, "jiao", plan_id)
    assert offered in page(sign_in("jiao"), f"/plans/{plan_id}")


def test_too_late_is_a_page_that_says_why(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    line = stories.plan(plan_id).lines[0]
    speak(world, "fang", plan_id, LineOpinion(line.id, Verdict.CUT, Money.yuan(80), "按进度"))
    speak(world, "jiao", plan_id)
    task, fang = open_desk(plan_id), sign_in("fang")
    listed = page(fang, "/queue?done=1")
    assert ["已会签，等待他人" in listed, f"/queue/{task.id}/undo" in listed] == [True, False]
    answer = fang.post(f"/queue/{task.id}/undo", data={"form_key": uuid4().hex})
    assert answer.status_code == 409
    assert "其他人已在您核减后的金额上表示意见" in answer.get_data(as_text=True)
    summary = page(fang, f"/queue/acts?act=undo&task={task.id}")
    assert "其他人已在您核减后的金额上表示意见" in summary


def test_several_are_taken_back_at_once_each_for_itself_works(sign_in: SignIn, world: World) -> None:
    plans = shared(world, 3)
    tasks, fang = [open_desk(one) for one in plans], sign_in("fang")
    form = undo_form(*tasks)
    summary = page(fang, "/queue/acts?act=undo&" + "&".join(f"task={one.id}" for one in tasks))
    assert "共 3 份" in summary
    turning.undo(tasks[0].id, by=world.person("fang"))
    session().rollback()
    text = fang.post("/queue/acts", data=form).get_data(as_text=True)
    assert "已收回审核意见 2 份，1 份没有办理" in text
    assert [store.decisions_of(one)[-1].act for one in plans] == [Act.UNDO] * 3
    assert [len(store.opinions_in_round(one, 1, 3)) for one in plans] == [0, 0, 0]
    assert sound()


def test_the_list_asks_a_fixed_number_of_queries(sign_in: SignIn, world: World, count_queries: CountQueries) -> None:
    plans, fang, counts = shared(world, 1), sign_in("fang"), []
    page(fang, "/queue?done=1")
    for more in (0, 4):
        for _ in range(more):
            plans.append(stories.submitted(world, ("A2", 10), ("A3", 20)))
            stories.reviewed(world, plans[-1], "he", "shen")
            speak(world, "fang", plans[-1])
        session().rollback()
        with count_queries() as queries:
            assert page(fang, "/queue?done=1").count("已会签，等待他人") == len(plans)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_desk_says_that_he_has_spoken_and_offers_nothing(sign_in: SignIn, world: World) -> None:
    plan_id = shared(world, 1)[0]
    address = f"/queue/{open_desk(plan_id).id}"
    assert "您已在本环节审核过这份计划，还要等其他人会签" in page(sign_in("fang"), address)
    assert "您已在本环节审核过" not in page(sign_in("jiao"), address)


def test_the_demand_sheet_has_no_words_that_were_taken_back(app: Flask, world: World) -> None:
    plan_id = at_the_treasury(world, StepMode.ALL)
    line = stories.plan(plan_id).lines[0]
    speak(world, "fang", plan_id, LineOpinion(line.id, Verdict.CUT, Money.yuan(80), "按进度"))
    with app.test_request_context():
        assert "按进度" in str(demand_sheet_of(stories.plan(plan_id)))
    turning.undo(open_desk(plan_id).id, by=world.person("fang"))
    speak(world, "fang", plan_id)
    with app.test_request_context():
        sheet = str(demand_sheet_of(stories.plan(plan_id)))
    assert ["按进度" in sheet, sheet.count("方芸")] == [False, 1]


@pytest.mark.only_on("sqlite")
def test_what_waits_for_others_is_found_by_its_index(world: World) -> None:
    query = select(ReviewTask.id).where(spoken_by(world.person("fang")))
    text = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with db.engine.connect() as connection:
        told = "\n".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "USING INDEX ix_review_task_shared (state=?" in told, told
