"""Posts: what the security administrator gives and takes, what is refused, and the commands of the first day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from accounts.people import actions
from accounts.people.actions import PostDraft
from accounts.people.models import Account, Post
from accounts.people.rules import SYSTEM, Role
from core import clock, history
from core.db import db, session
from core.errors import Missing, Refused
from core.roles import migrating_engine
from tests.conftest import ROLES
from tests.postgres import as_role
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
TODAY = clock.at(2026, 11, 20).date()


def account(world: World, username: str) -> Account:
    return session().get_one(Account, world.people[username], populate_existing=True)


def told(world: World, username: str) -> list[str]:
    """The actions recorded about this person."""
    return [event.action for event in history.of("person", world.people[username])]


def grant(client: FlaskClient, username: str, role: Role, fields: dict[str, str]) -> TestResponse:
    data = {"username": username, "role": role.value, "unit_code": "", "office_id": "", "starts_on": "2026-11-20"}
    return client.post("/posts/new", data=data | fields)


def test_granting_a_post_works_at_once(sign_in: SignIn, world: World) -> None:
    security, qin = sign_in("an"), sign_in("qin")
    address = f"/people/{world.people['lin']}/edit"
    assert qin.get(address).status_code == 403
    answer = grant(security, "qin", Role.OFFICE_CHIEF, {"office_id": str(world.offices["04"]), "ends_on": "2026-12-31"})
    assert answer.status_code == 302, answer.text
    post = account(world, "qin").posts[-1]
    assert (post.role, post.office_id, post.unit_id) == (Role.OFFICE_CHIEF, world.offices["04"], None)
    assert "教科文股" in qin.get("/notices").text
    event = history.of("person", world.people["qin"])[-1]
    assert event.summary == "授予“秦川”岗位：教科文股股室负责人，2026-11-20 起至 2026-12-31"
    assert event.actor_id == world.people["an"]


@pytest.mark.parametrize(
    ("username", "role", "fields", "said"),
    [
        ("lin", Role.UNIT_AUDITOR, {"unit_code": "201003"}, "同一单位的经办、审核、负责人须由不同的人担任"),
        ("lin", Role.TREASURY_REVIEWER, {}, "申报与审批分离"),
        ("lin", Role.SYSTEM_ADMIN, {}, "三员分立"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "201003"}, "已任此岗"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "999999"}, "没有代码为“999999”的单位"),
        ("lin", Role.UNIT_CLERK, {}, "须在预算单位任职"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "301"}, "须在末级单位任职"),
        ("shen", Role.OFFICE_CHIEF, {}, "须在股室任职"),
        ("jiao", Role.DEPARTMENT_REVIEWER, {"unit_code": "301001"}, "须在主管部门"),
        ("fang", Role.TREASURY_REVIEWER, {"unit_code": "201003"}, "在全局任职"),
        ("nobody", Role.AUDITOR, {}, "没有用户名为“nobody”的人员"),
        ("an", Role.AUDIT_ADMIN, {}, "不能给自己授予岗位"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "301001", "ends_on": "2026-11-19"}, "早于起始日期"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "301001", "starts_on": "20-11-2026"}, "请填写起始日期"),
        ("lin", Role.UNIT_CLERK, {"unit_code": "301001", "ends_on": "soon"}, "不是有效的日期值"),
        ("lin", Role.UNIT_CLERK, {"office_id": "999"}, "不是有效的选择"),
        ("lin", Role.UNIT_CLERK, {"role": "king"}, "不是有效的选择"),
    ],
)
def test_a_wrong_post_is_refused_with_the_reason(
    sign_in: SignIn, world: World, username: str, role: Role, fields: dict[str, str], said: str
) -> None:
    answer = grant(sign_in("an"), username, role, fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert session().scalars(select(Post.id)).all() == list(range(1, len(world.people) + 1))


def test_a_deactivated_person_gets_no_post(sign_in: SignIn, world: World) -> None:
    actions.deactivate(world.people["qin"], by=SYSTEM)
    answer = grant(sign_in("an"), "qin", Role.OFFICE_CHIEF, {"office_id": str(world.offices["06"])})
    assert "账号已停用" in answer.text


def test_ending_a_post_works(sign_in: SignIn, world: World) -> None:
    security = sign_in("an")
    post = account(world, "lin").posts[0]
    assert "区实验小学 单位经办" in security.get(f"/posts/{post.id}/end").text
    assert security.post(f"/posts/{post.id}/end", data={"last_day": "2026-11-19", "seen": 1}).status_code == 302
    assert world.person("lin").posts == ()
    assert "已终止" in security.get("/posts?q=lin&role=unit_clerk").text
    assert history.of("person", world.people["lin"])[-1].summary == (
        "终止“林晓敏”的岗位：区实验小学单位经办，最后任职日 2026-11-19"
    )


def test_a_post_that_has_not_begun_is_withdrawn(sign_in: SignIn, world: World) -> None:
    draft = PostDraft(Role.UNIT_HEAD, TODAY + timedelta(days=10), unit_code="301001")
    post_id = actions.grant_post("lin", draft, DIVISION, by=world.person("an"))
    assert sign_in("an").post(f"/posts/{post_id}/end", data={"last_day": "2026-11-20", "seen": 1}).status_code == 302
    assert session().get(Post, post_id) is None
    assert told(world, "lin") == ["grant_post", "withdraw_post"]


@pytest.mark.parametrize(
    ("username", "last_day", "said"),
    [
        ("lin", "2026-10-31", "不能早于 2026-11-19"),
        ("an", "2026-11-20", "不能终止自己的岗位"),
        ("xi", "2026-11-20", "最后一位“系统管理员”"),
        ("lin", "", "请填写最后任职日"),
    ],
)
def test_some_posts_stay(sign_in: SignIn, world: World, username: str, last_day: str, said: str) -> None:
    post = account(world, username).posts[0]
    answer = sign_in("an").post(f"/posts/{post.id}/end", data={"last_day": last_day, "seen": 1})
    assert answer.status_code == 422
    assert said in answer.text
    assert account(world, username).posts[0].ends_on is None


def test_an_ended_post_is_not_prolonged(world: World) -> None:
    post = account(world, "lin").posts[0]
    actions.end_post(post.id, TODAY, 1, by=world.person("an"))
    with pytest.raises(Refused, match="不能再延长"):
        actions.end_post(post.id, TODAY + timedelta(days=9), 2, by=world.person("an"))


def test_absent_people_and_posts_are_missing(world: World) -> None:
    by = world.person("an")
    with pytest.raises(Missing):
        actions.end_post(9999, TODAY, 1, by=by)
    with pytest.raises(Missing):
        actions.unlock(9999, by=by)


def test_a_house_with_people_gets_no_first_administrators(app: Flask, engine: str) -> None:
    said = app.test_cli_runner().invoke(args=["people", "add"])
    assert said.exit_code == 1
    assert "系统里已有人员" in said.output


def test_an_empty_house_gets_its_first_administrators(app: Flask, engine: str) -> None:
    url = db.engine.url.render_as_string(hide_password=False)  # the application itself deletes nobody
    with migrating_engine(
        as_role(url, ROLES.migrator) if engine == "postgresql" else url, ROLES.owner
    ).begin() as owner:
        owner.execute(delete(Post))
        owner.execute(delete(Account))
    said = app.test_cli_runner().invoke(args=["people", "add"])
    assert said.exit_code == 0, said.output
    given = dict(line.split("\t") for line in said.output.splitlines() if "\t" in line)
    assert list(given) == ["admin", "security"]
    for username, password in given.items():
        client = app.test_client()
        assert client.post("/sign-in", data={"username": username, "password": password}).status_code == 302
        assert client.get("/").location == "/password"
    roles = session().execute(select(Account.username, Post.role).join(Post)).all()
    assert {tuple(row) for row in roles} == {("admin", Role.SYSTEM_ADMIN), ("security", Role.SECURITY_ADMIN)}


def test_adding_a_person_by_command_works(app: Flask, world: World) -> None:
    run = app.test_cli_runner().invoke
    said = run(args=["people", "add", "wang", "王芳", "--role", "office_reviewer", "--office", "04"])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("wang\t")
    wang = session().scalars(select(Account).where(Account.username == "wang")).one()
    assert wang.posts[0].office_id == world.offices["04"]
    assert run(args=["people", "add", "li", "李", "--role", "unit_clerk", "--unit", "201003"]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("wang", "王芳", "--role", "office_reviewer", "--office", "99"), "没有代码为“99”的股室"),
        (("wang", "王芳", "--role", "unit_clerk"), "须在预算单位任职"),
        (("lin", "林", "--role", "auditor"), "已有人使用"),
        (("wang", "王芳", "--role", "king"), "king"),
        (("wang", "王芳"), "请写明用户名、姓名和 --role"),
        (("wang", "--role", "auditor"), "请写明用户名、姓名和 --role"),
    ],
)
def test_a_wrong_command_says_why(app: Flask, arguments: tuple[str, ...], said: str) -> None:
    answer = app.test_cli_runner().invoke(args=["people", "add", *arguments])
    assert answer.exit_code != 0
    assert said in answer.output
    assert session().scalars(select(Account).where(Account.username == "wang")).all() == []
