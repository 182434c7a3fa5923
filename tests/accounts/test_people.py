"""People: what the system administrator does with accounts, and what is refused to him."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people import actions
from accounts.people.actions import PostDraft
from accounts.people.models import Account
from accounts.people.rules import SYSTEM, Role
from core import clock, history
from core.db import session
from tests.world import DIVISION, PASSWORD, World

SignIn = Callable[[str], FlaskClient]
TODAY = clock.at(2026, 11, 20).date()


def account(world: World, username: str) -> Account:
    return session().get_one(Account, world.people[username], populate_existing=True)


def told(world: World, username: str) -> list[str]:
    """The actions recorded about this person."""
    return [event.action for event in history.of("person", world.people[username])]


def password_on(page: str) -> str:
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None
    return found[1]


def test_adding_a_person_works(app: Flask, sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    page = admin.post("/people/new", data={"username": "wang", "name": "王芳", "phone": "0719-1"})
    assert page.status_code == 200
    assert "只在本页显示这一次" in page.text
    newcomer = app.test_client()
    answer = newcomer.post("/sign-in", data={"username": "wang", "password": password_on(page.text)})
    assert answer.status_code == 302
    assert newcomer.get("/").location == "/password"
    wang = session().scalars(select(Account).where(Account.username == "wang")).one()
    assert [event.action for event in history.of("person", wang.id)] == ["add", "sign_in"]
    assert history.of("person", wang.id)[0].actor_id == world.people["xi"]
    assert "王芳" in admin.get("/people?q=wang").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "lin", "name": "林某"}, "用户名“lin”已有人使用"),
        ({"username": "Wang", "name": "王芳"}, "小写字母"),
        ({"username": "", "name": "王芳"}, "请填写用户名"),
        ({"username": "wang", "name": "  "}, "请填写姓名"),
        ({"username": "wang", "name": "王" * 51}, "最多 50 个字"),
    ],
)
def test_a_person_is_added_only_with_a_free_plain_name(sign_in: SignIn, fields: dict[str, str], said: str) -> None:
    answer = sign_in("xi").post("/people/new", data=fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert session().scalars(select(Account).where(Account.name == fields["name"])).all() == []


def test_correcting_name_and_phone_works(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    address = f"/people/{world.people['lin']}/edit"
    assert "林晓敏" in admin.get(address).text
    assert admin.post(address, data={"name": "林晓闽", "phone": "", "seen": 1}).status_code == 302
    assert (account(world, "lin").name, account(world, "lin").phone) == ("林晓闽", "")
    assert told(world, "lin") == ["edit"]
    assert "林晓敏" in history.of("person", world.people["lin"])[0].details


def test_deactivating_and_reactivating_works(app: Flask, sign_in: SignIn, world: World) -> None:
    admin, lin = sign_in("xi"), sign_in("lin")
    assert admin.post(f"/people/{world.people['lin']}/deactivate").status_code == 302
    assert lin.get("/notices").status_code == 302
    assert "已停用" in admin.get("/people?q=lin").text
    assert admin.post(f"/people/{world.people['lin']}/reactivate").status_code == 302
    assert app.test_client().post("/sign-in", data={"username": "lin", "password": PASSWORD}).status_code == 302
    assert told(world, "lin")[1:3] == ["deactivate", "reactivate"]


def test_nobody_deactivates_himself_or_the_last_security_administrator(sign_in: SignIn, world: World) -> None:
    admin = sign_in("xi")
    for username, said in (("xi", "不能停用自己的账号"), ("an", "最后一位“安全管理员”")):
        answer = admin.post(f"/people/{world.people[username]}/deactivate")
        assert answer.status_code == 422
        assert said in answer.text
        assert account(world, username).active


def test_resetting_a_password_works(app: Flask, sign_in: SignIn, world: World) -> None:
    admin, lin = sign_in("xi"), sign_in("lin")
    page = admin.post(f"/people/{world.people['lin']}/reset-password")
    password = password_on(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert lin.get("/notices").location == "/password"
    assert app.test_client().post("/sign-in", data={"username": "lin", "password": PASSWORD}).status_code == 422
    assert app.test_client().post("/sign-in", data={"username": "lin", "password": password}).status_code == 302
    assert password not in account(world, "lin").password_hash
    assert all(password not in event.summary + event.details for event in history.recent())
    assert password not in admin.get("/people").text


def test_nobody_resets_his_own_password(sign_in: SignIn, world: World) -> None:
    answer = sign_in("xi").post(f"/people/{world.people['xi']}/reset-password")
    assert answer.status_code == 422
    assert "请用“修改密码”" in answer.text
    assert not account(world, "xi").must_change_password


def test_unlocking_works(app: Flask, sign_in: SignIn, world: World) -> None:
    for _ in range(5):
        app.test_client().post("/sign-in", data={"username": "lin", "password": "wrong"})
    admin = sign_in("xi")
    assert "锁定至 10:15" in admin.get("/people").text
    assert "解锁" in admin.get(f"/people/{world.people['lin']}/edit").text
    assert admin.post(f"/people/{world.people['lin']}/unlock").status_code == 302
    sign_in("lin")


def test_people_are_found_by_name_and_signs_are_no_wildcards(sign_in: SignIn) -> None:
    admin = sign_in("xi")
    assert "林小丹" in admin.get("/people?q=小丹").text
    assert "没有找到" in admin.get("/people?q=%25").text
    assert "没有找到" in admin.get("/people?q=_").text


def test_the_list_of_people_asks_the_same_number_of_questions_for_any_number_of_them(
    sign_in: SignIn, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    admin = sign_in("xi")
    admin.get("/people")
    with count_queries() as few:
        admin.get("/people")
    for number in range(60):
        draft = PostDraft(Role.UNIT_CLERK, TODAY, unit_code="201003")
        actions.add_holder(f"clerk{number}", f"经办{number}", draft, DIVISION, by=SYSTEM)
    with count_queries() as many:
        admin.get("/people")
    assert len(many) == len(few)
    assert "第 1 / 2 页" in admin.get("/people").text
    assert "clerk9" not in admin.get("/people").text
    assert "zhou" in admin.get("/people?page=2").text
