"""Robots of groups: what was told is said once, in one message, later when it must be, and harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from accounts.outbox import actions
from accounts.outbox.actions import HookDraft
from accounts.outbox.sending import AGAIN
from accounts.people.rules import SYSTEM
from core import clock, jobs, notices
from core.db import session, transaction
from core.notices import POST_WEBHOOK, SEND_AGAIN, NoticeKind
from core.webhooks import HookFormat, Webhook, WebhookPost
from tests.accounts.messages import (
    failed_jobs,
    posts,
    robot,
    set_up,
    told,
    work_until,
)
from tests.robots import Group, group_server
from tests.test_processes import free_port
from tests.world import NOW, World
from work import HANDLERS


@pytest.fixture
def group(app: Flask) -> Iterator[Group]:
    with group_server() as group:
        set_up(app, robots=(group.origin,), address="https://plans.example")
        yield group


def test_a_robot_says_what_was_told_works(app: Flask, world: World, group: Group) -> None:
    hook = robot(app, world, group, NoticeKind.TASK, NoticeKind.LIMIT)
    told(world, "区实验小学12月计划待您股室初审", "shen", "qin")
    told(world, "计划已批复", "lin", kind=NoticeKind.RESULT)
    told(world, "已超时 1 个工作日", "shen", "lin", "he", "fang", kind=NoticeKind.LIMIT, link="")
    work_until(NOW + timedelta(minutes=1))
    (heard,) = group.heard
    assert heard.path == "/send?key=k"
    content = heard.body["text"]["content"]
    assert content.startswith("【用款计划】张湾区财政局\n· ")
    assert set(content.splitlines()[1:]) == {
        "· 沈思远、秦川：区实验小学12月计划待您股室初审 https://plans.example/plans/1",
        "· 林晓敏、何雨桐、沈思远等 4 人：已超时 1 个工作日",
    }
    assert posts() == ["", ""]
    told(world, "又一件", "shen")
    with clock.stopped(NOW + timedelta(minutes=1)):
        work_until(NOW + timedelta(minutes=2))
    assert [one.body["text"]["content"].count("·") for one in group.heard] == [2, 1]
    assert session().get_one(Webhook, hook).version == 1


def test_a_robot_that_is_away_is_tried_again_and_hurts_nobody(app: Flask, world: World, group: Group) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    set_up(app, robots=(group.origin, away))
    robot(app, world, group, NoticeKind.TASK, url=f"{away}/gone?key=k-secret")
    robot(app, world, group, NoticeKind.TASK)
    told(world, "请审核", "shen")
    work_until(NOW + timedelta(minutes=5))
    assert len(group.heard) == 1
    assert "k-secret" not in "".join(posts())
    assert failed_jobs() == [(POST_WEBHOOK, jobs.ATTEMPTS)]


def test_a_robot_that_stumbles_says_it_later_once(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    group.status = 503
    told(world, "请审核", "shen")
    work_until(NOW + timedelta(seconds=25))
    assert len(group.heard) > 0
    assert set(posts()) == {"对方没有收下（HTTP 503）"}
    group.status = 200
    tried = len(group.heard)
    work_until(NOW + timedelta(minutes=3))
    assert len(group.heard) == tried + 1
    assert posts()[-1] == ""
    work_until(NOW + timedelta(minutes=6))
    assert len(group.heard) == tried + 1


def test_what_a_robot_could_not_say_comes_with_what_it_says_next(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    group.status = 503
    told(world, "第一件", "shen")
    work_until(NOW + timedelta(minutes=10))
    group.status = 200
    group.heard.clear()
    with clock.stopped(NOW + timedelta(hours=2)):
        told(world, "第二件", "shen")
        work_until(NOW + timedelta(hours=2, minutes=1))
    content = group.heard[-1].body["text"]["content"]
    assert "第一件" in content
    assert "第二件" in content


def test_no_transaction_is_open_while_a_robot_listens(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    told(world, "请审核", "shen")

    def write() -> None:
        with app.app_context(), transaction() as work:  # would wait for ever behind the job's own
            work.add(notices.Notice(person_id=1, text="同时", link="", created_at=NOW))

    group.meanwhile = write
    work_until(NOW + timedelta(minutes=1))
    assert posts() == [""]


def test_many_messages_are_cut_to_what_a_robot_takes(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    for number in range(100):
        told(world, f"区实验小学2026年12月用款计划（YK-202612-{number:04d}）待您股室初审", "shen")
    work_until(NOW + timedelta(minutes=1))
    (heard,) = group.heard
    content = heard.body["text"]["content"]
    assert len(content.encode()) <= 2000
    assert content.splitlines()[-1].startswith("另有 ")
    shown = content.count("·")
    assert f"另有 {100 - shown} 条" in content
    assert len(posts()) == 100


def test_a_robot_that_is_off_says_nothing_then_or_later(app: Flask, world: World, group: Group) -> None:
    hook = robot(app, world, group, NoticeKind.TASK)
    options, xi = app.extensions["settings"], world.person("xi")
    off = HookDraft("国库股工作群", HookFormat.WECOM, "", "", (NoticeKind.TASK,), False)
    told(world, "停用前", "shen")
    actions.edit_webhook(hook, off, 1, options, by=xi)
    work_until(NOW + timedelta(minutes=1))
    told(world, "停用时", "shen")
    with clock.stopped(NOW + timedelta(minutes=5)):
        actions.edit_webhook(hook, replace(off, enabled=True), 2, options, by=xi)
        told(world, "恢复后", "shen")
        work_until(NOW + timedelta(minutes=6))
    (heard,) = group.heard
    assert heard.body["text"]["content"].splitlines()[1:] == ["· 沈思远：恢复后 https://plans.example/plans/1"]
    assert session().get_one(Webhook, hook).url == f"{group.origin}/send?key=k"


def test_two_runners_let_a_robot_say_it_once(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    told(world, "一", "shen")
    told(world, "二", "shen")
    group.meanwhile = lambda: _second_runner(app)
    work_until(NOW + timedelta(minutes=2))
    assert len(group.heard) == 1


def _second_runner(app: Flask) -> None:
    with app.app_context():
        jobs.run_one(HANDLERS)
        session().rollback()


def test_what_a_robot_was_sent_stays_on_record(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    told(world, "请审核", "shen")
    work_until(NOW + timedelta(minutes=1))
    for statement in (update(WebhookPost).values(fault="x"), delete(WebhookPost)):
        with pytest.raises(DBAPIError), transaction() as work:
            work.execute(statement)


def test_nothing_leaves_before_the_commit(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    with transaction():
        notices.tell([world.people["lin"]], "还没有提交", "/", NoticeKind.TASK)
        assert group.heard == []
    work_until(NOW + timedelta(minutes=1))
    assert len(group.heard) == 1


def test_a_robot_that_is_away_rests_and_says_all_of_it_later(app: Flask, world: World, group: Group) -> None:
    robot(app, world, group, NoticeKind.TASK)
    group.status = 503
    for number in range(30):
        with clock.stopped(NOW + timedelta(seconds=20 * number)):
            told(world, f"第 {number} 件", "shen")
            work_until(clock.now())
    assert len(group.heard) == jobs.ATTEMPTS  # one job tried for all of them
    assert len(posts()) == jobs.ATTEMPTS
    group.status = 200
    group.heard.clear()
    with clock.stopped(NOW + timedelta(minutes=20)):
        jobs.every(SEND_AGAIN, AGAIN, by=SYSTEM)
        work_until(clock.now())
    (heard,) = group.heard
    assert heard.body["text"]["content"].count("·") == 30
    with clock.stopped(NOW + timedelta(minutes=40)):
        jobs.every(SEND_AGAIN, AGAIN, by=SYSTEM)
        work_until(clock.now())
    assert len(group.heard) == 1


def test_a_robot_that_is_off_can_be_tried(app: Flask, world: World, group: Group) -> None:
    hook = robot(app, world, group, NoticeKind.TASK, enabled=False)
    actions.try_webhook(hook, by=world.person("xi"))
    work_until(NOW + timedelta(minutes=1))
    assert len(group.heard) == 1
