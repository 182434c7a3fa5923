"""People in motion: posts that end with a page open, successors, makers who become reviewers, empty desks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.people import actions as people
from accounts.people import store as people_store
from accounts.people.actions import PostDraft
from accounts.people.rules import SYSTEM, Role
from approvals.desks import store as desks
from approvals.reviews import actions, queue, store
from core import clock, jobs, notices
from core.errors import Refused
from tests.approvals.stories import opinions, plan, review, reviewed, submitted, task_of
from tests.approvals.test_desk_pages import filled
from tests.world import DIVISION, NOW, World
from work import HANDLERS

SignIn = Callable[[str], FlaskClient]
TODAY = date(2026, 11, 20)


def end(world: World, username: str, last_day: date = TODAY - timedelta(days=1)) -> None:
    post = people_store.get_account(world.people[username]).posts[0]
    people.end_post(post.id, last_day, post.version, by=world.person("an"))


def grant(world: World, username: str, role: Role, **place: str) -> None:
    people.grant_post(
        username, PostDraft(role, TODAY, unit_code=place.get("unit", "")), DIVISION, by=world.person("an")
    )


def told(world: World, username: str) -> list[str]:
    return [one.text for one in notices.newest(world.people[username])]


def run_jobs() -> None:
    while jobs.run_one({**HANDLERS, "draw_pages": lambda *_: None}):
        pass


def test_who_lost_his_post_with_the_desk_open_decides_nothing(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 100))
    he, task = sign_in("he"), task_of(world, "he", plan_id)
    assert he.get(f"/queue/{task.id}").status_code == 200
    form = filled(task)
    end(world, "he")
    answer = he.post(f"/queue/{task.id}/decide", data=form)
    assert answer.status_code == 403
    assert "您的岗位不能使用这个功能" in answer.text
    assert plan(plan_id).step_no == 1
    assert store.tasks_of(plan_id, 1)[0].closed_by is None


def test_who_was_disabled_with_the_desk_open_is_sent_away(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 100))
    he, task = sign_in("he"), task_of(world, "he", plan_id)
    form = filled(task)
    people.deactivate(world.people["he"], by=world.person("xi"))
    assert he.post(f"/queue/{task.id}/decide", data=form).location.startswith("/sign-in")
    assert plan(plan_id).step_no == 1


def test_who_moved_to_another_desk_does_not_decide_at_the_old_one(world: World, sign_in: SignIn) -> None:
    plan_id = submitted(world, ("A1", 100))
    he, task = sign_in("he"), task_of(world, "he", plan_id)
    form = filled(task)
    end(world, "he")
    grant(world, "he", Role.UNIT_AUDITOR, unit="301001")
    assert he.post(f"/queue/{task.id}/decide", data=form).status_code == 404
    assert plan(plan_id).step_no == 1


def test_the_successor_sees_the_task_and_decides_it(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    end(world, "he")
    people.add_holder("wu", "吴接任", PostDraft(Role.UNIT_AUDITOR, TODAY, unit_code="201003"), DIVISION, by=SYSTEM)
    account = people_store.find_by_username("wu")
    assert account is not None
    world.people["wu"] = account.id
    assert [item.plan.id for item in queue.queue_page(world.person("wu"))[0]] == [plan_id]
    review(world, "wu")
    assert plan(plan_id).step_no == 2
    assert store.decisions_of(plan_id)[-1].person_name == "吴接任"


def test_a_maker_who_became_the_reviewer_does_not_decide_his_own_plan(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    task = task_of(world, "he", plan_id)
    digest = store.decisions_of(plan_id)[-1].digest
    end(world, "lin")
    end(world, "he")
    grant(world, "lin", Role.UNIT_AUDITOR, unit="201003")
    assert queue.queue_page(world.person("lin"))[0] == []
    with pytest.raises(Refused, match="这份计划由您填报或送审，不能由您审核"):
        actions.decide(task.id, opinions(task), "", digest, by=world.person("lin"))
    assert [found.id for found, *_ in desks.unmanned_page(TODAY, 1).items] == [task.id]


def test_a_desk_that_empties_tonight_is_told_tomorrow_morning(world: World, sign_in: SignIn) -> None:
    reviewed(world, submitted(world, ("A1", 100)), "he")
    end(world, "shen", TODAY)
    run_jobs()
    assert not any("无人办理" in text for text in told(world, "xi"))
    assert "每项待办都有人办理" in sign_in("xi").get("/unmanned").text
    with clock.stopped(NOW + timedelta(days=1)):
        run_jobs()
        assert told(world, "xi")[0].startswith("有 1 项待办目前无人办理（岗位空缺），请尽快授予岗位，由接任人员办理：")
        assert "区实验小学 YK-202612-0001 环节“业务股室初审”" in told(world, "xi")[0]
        assert told(world, "an")[0] == told(world, "xi")[0]
        page = sign_in("xi").get("/unmanned").text
        assert "YK-202612-0001" in page
        assert "教科文股 股室初审" in page


def test_a_disabled_reviewer_leaves_an_empty_desk_at_once(world: World) -> None:
    submitted(world, ("A1", 100))
    people.deactivate(world.people["he"], by=world.person("xi"))
    run_jobs()
    assert "无人办理" in told(world, "xi")[0]


def test_the_nightly_command_tells_as_well(app: Flask, world: World, sign_in: SignIn) -> None:
    submitted(world, ("A1", 100))
    said = app.test_cli_runner().invoke(args=["desks", "watch"])
    assert (said.exit_code, said.output) == (0, "无人办理的待办 0 项。\n")
    assert told(world, "xi") == []
    assert sign_in("an").get("/unmanned").status_code == 403
