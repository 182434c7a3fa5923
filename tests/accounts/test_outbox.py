"""Choosing the way of one's messages, and the administrator's pages of robots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.outbox import actions
from accounts.outbox.actions import HookDraft
from accounts.outbox.sending import TRIAL
from core import history
from core.db import session
from core.errors import Refused
from core.notices import NoticeKind, Way
from core.webhooks import HookFormat, Webhook
from tests.accounts.messages import (
    LIN,
    choose,
    mail_of,
    robot,
    set_up,
    told,
    work_until,
)
from tests.robots import Group, group_server
from tests.smtp import Box, mail_server
from tests.world import NOW, World

Counting = Callable[[], AbstractContextManager[list[str]]]
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    with mail_server() as box:
        set_up(app, mail=mail_of(box.port), address="https://plans.example")
        yield box


@pytest.fixture
def group(app: Flask) -> Iterator[Group]:
    with group_server() as group:
        set_up(app, robots=(group.origin,), address="https://plans.example")
        yield group


@pytest.mark.parametrize(
    "address", ["", "lin", "lin@", "lin@x", "林@unit.example", "a@b.example\nBcc: c@d.example", "a b@c.example",
                "lin@-x.example", "a@b..example", "<a@b.example>", "a@b.example,c@d.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(app: Flask, world: World, box: Box, address: str) -> None:
    with pytest.raises(Refused, match="不是有效的邮件地址"):
        choose(app, world, "lin", Way.MAIL, address)


def test_without_a_mail_server_nobody_chooses_mail(app: Flask, world: World) -> None:
    with pytest.raises(Refused, match="还没有配置邮件服务器"):
        choose(app, world, "lin", Way.MAIL, LIN)
    choose(app, world, "lin", Way.PAGE, "")


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://qyapi.weixin.qq.com/x", "file:///etc/passwd", "x"])
def test_a_robot_on_another_server_is_refused(app: Flask, world: World, url: str) -> None:
    draft = HookDraft("群", HookFormat.WECOM, url, "", (NoticeKind.TASK,), True)
    with pytest.raises(Refused, match="机器人地址须以下列服务器开头：https://qyapi"):
        actions.add_webhook(draft, app.extensions["settings"], by=world.person("xi"))


def test_telling_asks_one_question_whatever_the_number_of_people(
    app: Flask, world: World, group: Group, count_queries: Counting
) -> None:
    robot(app, world, group, NoticeKind.TASK)
    counts = []
    for people in (["lin"], ["lin", "he", "shen", "fang", "luo"]):
        with count_queries() as queries:
            told(world, "请审核", *people)
        counts.append(len([one for one in queries if one.startswith("SELECT")]))
    assert counts == [1, 1]


# Pages


def test_the_page_of_ways_keeps_the_choice_works(app: Flask, world: World, box: Box, sign_in: SignIn) -> None:
    lin = sign_in("lin")
    assert "提醒方式" in lin.get("/notices").text
    assert lin.post("/notices/way", data={"way": "digest", "address": f" {LIN} "}).status_code == 302
    text = lin.get("/notices/way").text
    assert f'value="{LIN}"' in text
    assert "工作日 08:00 起寄一封" in text
    refused = lin.post("/notices/way", data={"way": "mail", "address": "lin@"})
    assert refused.status_code == 422
    assert 'value="lin@"' in refused.text
    assert "不是有效的邮件地址" in refused.text
    assert LIN not in sign_in("he").get("/notices/way").text


def test_the_pages_of_robots_never_show_their_keys(
    app: Flask, world: World, group: Group, sign_in: SignIn
) -> None:
    xi = sign_in("xi")
    new = {"name": "工作群", "format": "dingtalk", "url": f"{group.origin}/robot/send?access_token=TOKEN",
           "secret": "SECRET", "kinds": ["alarm", "limit"], "enabled": "y"}  # fmt: skip
    assert xi.post("/robots/new", data=new).status_code == 302
    hook = session().scalars(select(Webhook)).one()
    assert xi.post(f"/robots/{hook.id}/try").status_code == 302
    work_until(NOW + timedelta(minutes=1))
    assert group.heard[0].body["text"]["content"].endswith(TRIAL)
    assert "access_token=TOKEN&timestamp=" in group.heard[0].path
    edit = {"name": "新名", "format": "dingtalk", "kinds": "alarm", "enabled": "y", "seen": "1"}
    assert xi.post(f"/robots/{hook.id}/edit", data=edit).status_code == 302
    shown = "".join(xi.get(path).text for path in ("/robots", f"/robots/{hook.id}/edit", "/jobs"))
    shown += "".join(f"{one.summary}{one.details}" for one in history.of("webhook", hook.id))
    assert "新名" in shown
    assert "已发送" in shown
    assert "TOKEN" not in shown
    assert "SECRET" not in shown
    session().refresh(hook)
    assert (hook.secret, hook.url) == ("SECRET", new["url"])
    assert xi.post(f"/robots/{hook.id}/edit", data={**edit, "seen": "2", "unsigned": "y"}).status_code == 302
    session().refresh(hook)
    assert hook.secret == ""


def test_a_robot_that_somebody_else_changed_is_a_conflict(
    app: Flask, world: World, group: Group, sign_in: SignIn
) -> None:
    hook = robot(app, world, group, NoticeKind.TASK)
    xi = sign_in("xi")
    edit = {"name": "甲", "format": "wecom", "kinds": "alarm", "enabled": "y", "seen": "1"}
    assert xi.post(f"/robots/{hook}/edit", data=edit).status_code == 302
    late = xi.post(f"/robots/{hook}/edit", data={**edit, "name": "乙"})
    assert late.status_code == 409
    assert "席系统" in late.text
    assert 'value="乙"' in late.text


def test_only_the_administrator_sees_robots(world: World, sign_in: SignIn) -> None:
    for username in ("lin", "luo", "an"):
        assert sign_in(username).get("/robots").status_code == 403
