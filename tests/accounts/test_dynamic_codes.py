"""动态口令: bound and unbound by its owner, reset by the security administrator; nothing that opens is stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.signin import actions, binding, codes
from accounts.signin.models import RecoveryCode
from accounts.signin.rules import CodeFault
from accounts.signin.store import codes_left, find_code
from core import clock
from core.db import Table, session, transaction
from core.errors import Refused
from core.history import Event
from tests.accounts.authenticators import Authenticator, account, acts, bound, post, told
from tests.conftest import SECRET
from tests.world import NOW, PASSWORD, World

SignIn = Callable[[str], FlaskClient]
OWN = "/dynamic-codes"


def shown_secret(client: FlaskClient) -> str:
    found = re.search(r"<code>([A-Z2-7 ]{39})</code>", client.get(OWN).text)
    assert found
    return found[1].replace(" ", "")


def test_binding_with_password_and_first_code_works(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    assert 'href="/dynamic-codes"' in shen.get("/queue").text
    assert "开始绑定" in shen.get(OWN).text
    post(shen, f"{OWN}/begin", 302, password=PASSWORD)
    text = shen.get(OWN).text
    assert "data:image/svg+xml" in text
    phone = Authenticator(shown_secret(shen))
    page = post(shen, f"{OWN}/bind", 200, code=phone.code()).text
    recovery = re.findall(r"<code>([A-Z2-9-]{19})</code>", page)
    assert len(recovery) == codes_left(world.people["shen"]) == 8
    assert "只在本页显示这一次" in page
    assert acts(world, "shen")[-1] == "bind_code"
    assert "已绑定动态口令" in told(world, "shen")
    again = shen.get(OWN).text
    assert "已绑定" in again
    assert not any(part in again for part in (phone.secret, codes.in_groups(phone.secret), "data:image", recovery[0]))


def test_nothing_that_opens_is_stored_or_written_down(world: World) -> None:
    """Neither the secret nor a recovery code stands in any table: not in the history, the notices or their own."""
    phone = bound(world, "shen")
    tables = Table.metadata.sorted_tables
    stored = " ".join(str(row) for table in tables for row in session().execute(select(table)))
    assert "bind_code" in stored
    secrets = (phone.secret, *phone.recovery, *(one.replace("-", "") for one in phone.recovery))
    assert not any(one in stored for one in secrets)


def test_binding_asks_for_the_password_and_counts_wrong_ones(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    for _ in range(5):
        assert "密码不正确" in post(shen, f"{OWN}/begin", 422, password="Falsch-2026!").text
    assert account(world, "shen").locked_until is not None
    assert "密码不正确" in post(shen, f"{OWN}/begin", 422, password=PASSWORD).text
    assert "开始绑定" in shen.get(OWN).text


def test_without_the_first_code_nothing_is_bound(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    post(shen, f"{OWN}/begin", 302, password=PASSWORD)
    phone = Authenticator(shown_secret(shen))
    for code in (phone.wrong(), phone.code(-2), "", "１２３"):
        answer = post(shen, f"{OWN}/bind", 422, code=code).text
        assert "data:image/svg+xml" in answer  # the picture is still there, and the code can be typed again
    assert find_code(world.people["shen"]) is None
    assert account(world, "shen").failures == 0
    post(shen, f"{OWN}/give-up", 302)
    assert post(shen, f"{OWN}/bind", 302, code=phone.code()).location == OWN
    assert find_code(world.people["shen"]) is None


def test_a_binding_left_open_ends_after_ten_minutes(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    post(shen, f"{OWN}/begin", 302, password=PASSWORD)
    phone = Authenticator(shown_secret(shen))
    with clock.stopped(NOW + timedelta(minutes=10)):
        post(shen, f"{OWN}/bind", 302, code=phone.code())
        assert "绑定已超时" in shen.get(OWN).text
    assert find_code(world.people["shen"]) is None


def test_one_authenticator_at_a_time(world: World) -> None:
    bound(world, "shen")
    by = world.person("shen")
    with pytest.raises(Refused, match="您已绑定"):
        binding.begin(PASSWORD, by=by)
    phone = Authenticator(codes.secret_of(SECRET, by.id, "salt"))
    with pytest.raises(Refused, match="您已绑定"):
        binding.bind("salt", phone.code(), by=by)


# Recovery codes, unbinding


def test_the_page_says_when_few_recovery_codes_are_left(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    phone, by = bound(world, "shen"), world.person("shen")
    for code in phone.recovery[:5]:
        actions.confirm(code, by=by)
    assert "恢复码快用完了" not in shen.get(OWN).text
    actions.confirm(phone.recovery[5], by=by)
    assert "恢复码快用完了" in shen.get(OWN).text


@pytest.mark.parametrize("recovery", [False, True])
def test_unbinding_with_a_code_works(app: Flask, sign_in: SignIn, world: World, recovery: bool) -> None:
    shen = sign_in("shen")
    phone = bound(world, "shen")
    post(shen, f"{OWN}/unbind", 302, code=phone.recovery[0] if recovery else phone.code())
    assert find_code(world.people["shen"]) is None
    assert session().scalars(select(RecoveryCode)).all() == []
    assert acts(world, "shen")[-1] == "unbind_code"
    assert "已解绑" in told(world, "shen")
    answer = app.test_client().post("/sign-in", data={"username": "shen", "password": PASSWORD})
    assert answer.status_code == 302


def test_unbinding_needs_a_code_and_counts_wrong_ones(sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    phone = bound(world, "shen")
    for _ in range(5):
        assert "没有解绑" in post(shen, f"{OWN}/unbind", 422, code=phone.wrong()).text
    assert account(world, "shen").locked_until is not None
    post(shen, f"{OWN}/unbind", 422, code=phone.code())
    assert find_code(world.people["shen"]) is not None


def test_who_has_none_cannot_unbind(world: World) -> None:
    with pytest.raises(Refused, match=CodeFault.UNBOUND.said):
        binding.unbind_own("123456", by=world.person("shen"))


# The security administrator


def test_the_security_administrator_resets_works(app: Flask, sign_in: SignIn, world: World) -> None:
    shen, an = sign_in("shen"), sign_in("an")
    bound(world, "shen")
    listed = an.get(f"{OWN}/people?q=沈").text
    assert f'action="/dynamic-codes/{world.people["shen"]}/reset"' in listed
    post(an, f"{OWN}/{world.people['shen']}/reset", 302)
    assert find_code(world.people["shen"]) is None
    assert shen.get("/queue").location.startswith("/sign-in")  # whoever found the telephone is out
    assert "安保重置了您的动态口令" in told(world, "shen")
    last = session().scalars(select(Event).order_by(Event.id.desc())).first()
    assert last
    assert (last.action, last.actor_name, last.summary) == ("reset_code", "安保", "重置“沈思远”的动态口令")
    assert app.test_client().post("/sign-in", data={"username": "shen", "password": PASSWORD}).status_code == 302


def test_nobody_resets_his_own_or_what_is_not_there(sign_in: SignIn, world: World) -> None:
    an = sign_in("an")
    bound(world, "an")
    assert "不能重置自己的动态口令" in post(an, f"{OWN}/{world.people['an']}/reset", 422).text
    assert "没有绑定动态口令" in post(an, f"{OWN}/{world.people['shen']}/reset", 422).text
    post(an, f"{OWN}/987654321/reset", 404)
    assert find_code(world.people["an"]) is not None


def test_no_other_post_resets(sign_in: SignIn, world: World) -> None:
    bound(world, "shen")
    for username in ("xi", "ji", "luo", "qin"):
        post(sign_in(username), f"{OWN}/{world.people['shen']}/reset", 403)
    assert find_code(world.people["shen"]) is not None


def test_the_command_resets_where_nobody_can_sign_in(app: Flask, world: World) -> None:
    bound(world, "an")
    run = app.test_cli_runner().invoke
    assert "已重置" in run(args=["people", "reset-code", "an"]).output
    assert find_code(world.people["an"]) is None
    assert "没有绑定" in run(args=["people", "reset-code", "an"]).output
    assert "没有用户名为“nobody”" in run(args=["people", "reset-code", "nobody"]).output


# The key of the application


def test_with_another_key_only_recovery_codes_count(app: Flask, sign_in: SignIn, world: World) -> None:
    shen = sign_in("shen")
    phone, by = bound(world, "shen"), world.person("shen")
    mine = find_code(by.id)
    assert mine
    with transaction():
        mine.key_mark = codes.key_mark("an earlier key")
    with pytest.raises(Refused, match="系统密钥已更换"):
        actions.confirm(phone.code(), by=by)
    assert account(world, "shen").failures == 0
    assert "系统密钥已更换" in shen.get(OWN).text
    post(shen, f"{OWN}/unbind", 302, code=phone.recovery[0])
    assert find_code(by.id) is None
