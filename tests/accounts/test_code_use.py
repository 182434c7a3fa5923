"""动态口令 at the sign-in and before an act: asked after the password, good once, however it is typed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.actions import reset_password
from accounts.signin import actions
from accounts.signin.models import LoginSession
from accounts.signin.store import codes_left, find_code
from core import clock
from core.db import session
from core.errors import Refused
from core.history import Event
from tests.accounts.authenticators import FULL_WIDTH, account, acts, bound, post
from tests.core.forms import in_parallel
from tests.world import NOW, PASSWORD, World

SignIn = Callable[[str], FlaskClient]


# At the sign-in


def half(app: Flask, username: str, next_page: str = "/queue?all=1") -> tuple[FlaskClient, str]:
    """A browser in which the password was right, and where its page sends the code."""
    client = app.test_client()
    data = {"username": username, "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": next_page}, data=data)
    assert answer.status_code == 200, answer.text
    assert "输入动态口令" in answer.text
    action = re.search(r'action="(/sign-in/code[^"]*)"', answer.text)
    assert action
    return client, html.unescape(action[1])


def test_password_then_code_signs_in_and_leads_back_works(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    assert session().scalars(select(LoginSession)).all() == []
    assert client.get("/queue").location.startswith("/sign-in")
    assert post(client, path, 302, code=phone.code()).location == "/queue?all=1"
    assert client.get("/queue").status_code == 200
    assert acts(world, "shen")[-2:] == ["sign_in_awaited", "sign_in"]


def test_who_has_bound_nothing_is_asked_for_nothing(app: Flask, world: World) -> None:
    bound(world, "shen")
    answer = app.test_client().post("/sign-in", data={"username": "qin", "password": PASSWORD})
    assert answer.status_code == 302


def test_a_code_alone_opens_nothing(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    answer = post(app.test_client(), "/sign-in/code?next=/queue", 302, code=phone.code())
    assert answer.location == "/sign-in?next=/queue"
    assert session().scalars(select(LoginSession)).all() == []


def test_the_second_page_waits_five_minutes(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    with clock.stopped(NOW + timedelta(minutes=5)):
        assert post(client, path, 302, code=phone.code()).location == "/sign-in?next=/queue?all%3D1"
        assert "登录已超时" in client.get("/sign-in").text


def test_a_password_that_was_reset_meanwhile_awaits_nothing(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    reset_password(world.people["shen"], by=world.person("xi"))
    assert "登录已超时" in post(client, path, 422, code=phone.code()).text
    assert find_code(world.people["shen"]) is not None


def test_another_house_never_comes_next(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen", "https://elsewhere.example/")
    assert post(client, path, 302, code=phone.code()).location == "/"


def test_five_wrong_codes_lock_and_the_right_password_does_not_clear_them(app: Flask, world: World) -> None:
    """Else whoever knows the password might guess for ever, four codes at a time."""
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    for _ in range(4):
        assert "动态口令不正确" in post(client, path, 422, code=phone.wrong()).text
    client, path = half(app, "shen")
    assert account(world, "shen").failures == 4
    post(client, path, 422, code=phone.wrong())
    assert account(world, "shen").locked_until == NOW + timedelta(minutes=15)
    assert "动态口令不正确" in post(client, path, 422, code=phone.code()).text
    last = session().scalars(select(Event.summary).order_by(Event.id.desc())).first()
    assert last == "“沈思远”登录失败：账号锁定中"
    with clock.stopped(NOW + timedelta(minutes=15)):
        client, path = half(app, "shen")
        post(client, path, 302, code=phone.code())


# A code counts once


def test_a_used_code_is_refused_however_it_is_typed(world: World) -> None:
    phone, by = bound(world, "shen"), world.person("shen")
    code = phone.code()
    actions.confirm(code, by=by)
    for typed in (code, f" {code[:3]} {code[3:]} ", f"{code[:3]}\u3000{code[3:]}", code.translate(FULL_WIDTH)):
        with pytest.raises(Refused, match="已经用过"):
            actions.confirm(typed, by=by)
    assert account(world, "shen").failures == 0  # whoever has a right code does not guess
    assert acts(world, "shen")[-1] == "confirm_failed"


def test_spaces_and_full_width_digits_are_no_fault(world: World) -> None:
    phone, by = bound(world, "shen"), world.person("shen")
    code = phone.code().translate(FULL_WIDTH)
    actions.confirm(f"　{code[:3]} {code[3:]}", by=by)
    assert acts(world, "shen")[-1] == "confirm"


def test_after_the_next_code_neither_it_nor_the_one_before_counts(world: World) -> None:
    """A telephone whose clock is half a minute ahead: its code counts, and none of the past after it."""
    phone, by = bound(world, "shen"), world.person("shen")
    actions.confirm(phone.code(1), by=by)
    for code in (phone.code(1), phone.code(0), phone.code(-1)):
        with pytest.raises(Refused, match="已经用过"):
            actions.confirm(code, by=by)
    with clock.stopped(NOW + timedelta(seconds=60)):
        actions.confirm(phone.code(), by=by)


@pytest.mark.parametrize("ahead", [-2, 2])
def test_an_old_or_a_far_code_is_wrong(world: World, ahead: int) -> None:
    phone, by = bound(world, "shen"), world.person("shen")
    with pytest.raises(Refused, match="动态口令不正确"):
        actions.confirm(phone.code(ahead), by=by)
    assert account(world, "shen").failures == 1


def test_a_code_of_the_sign_in_does_not_confirm_as_well(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    post(client, path, 302, code=phone.code())
    with pytest.raises(Refused, match="已经用过"):
        actions.confirm(phone.code(), by=world.person("shen"))


def test_two_who_send_the_same_code_at_once_get_one_confirmation(app: Flask, sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    phone = bound(world, "shen")
    data = {"confirm_code": phone.code(), "confirm_target": "/queue", "confirm_said": "环节"}
    session().rollback()
    found = in_parallel(app, shen, 4, lambda client: client.post("/confirm", data=data))
    assert sorted(answer.status_code for answer in found) == [200, 422, 422, 422]
    session().rollback()
    assert acts(world, "shen").count("confirm") == 1


def test_two_who_send_the_same_recovery_code_at_once_get_one_confirmation(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    shen = sign_in("shen")
    phone = bound(world, "shen")
    data = {"confirm_code": phone.recovery[0], "confirm_target": "/queue", "confirm_said": "环节"}
    session().rollback()
    found = in_parallel(app, shen, 4, lambda client: client.post("/confirm", data=data))
    assert sorted(answer.status_code for answer in found) == [200, 422, 422, 422]
    session().rollback()
    assert codes_left(world.people["shen"]) == 7


# Recovery codes


def test_a_recovery_code_signs_in_once_works(app: Flask, world: World) -> None:
    phone = bound(world, "shen")
    client, path = half(app, "shen")
    post(client, path, 302, code=phone.recovery[3].lower().replace("-", " "))
    assert codes_left(world.people["shen"]) == 7
    assert acts(world, "shen")[-2:] == ["use_recovery_code", "sign_in"]
    client, path = half(app, "shen")
    assert "动态口令不正确" in post(client, path, 422, code=phone.recovery[3]).text
    assert account(world, "shen").failures == 1


def test_anothers_recovery_code_is_wrong(world: World) -> None:
    bound(world, "shen")
    others = bound(world, "qin").recovery[0]
    with pytest.raises(Refused, match="动态口令不正确"):
        actions.confirm(others, by=world.person("shen"))
    assert codes_left(world.people["qin"]) == 8
