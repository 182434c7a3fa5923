"""Sessions: what the cookie carries, when a session ends, and what a password change ends with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.people.models import Account
from accounts.signin.models import LoginSession
from accounts.signin.sessions import COOKIE, hash_of
from core import clock
from core.db import session, transaction
from tests.world import NOW, PASSWORD, World

SignIn = Callable[[str], FlaskClient]
FORMS = "yk_form"
NEW = "Jintian-2027#"


def key_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def is_in(client: FlaskClient) -> bool:
    """Whether this browser is still signed in."""
    return client.get("/notices").status_code == 200


def token_of(client: FlaskClient) -> str | None:
    """The CSRF token that counts for this browser's next request."""
    with client.session_transaction() as kept:
        return kept.get("csrf_token")


def plant(client: FlaskClient, *, of: FlaskClient) -> None:
    """Put the form cookie of one browser, with a token that is known, into another, as a neighbouring site might."""
    with of.session_transaction() as kept:
        kept["csrf_token"] = "planted"
    cookie = of.get_cookie(FORMS)
    assert cookie is not None
    client.set_cookie(FORMS, cookie.value)


def change(client: FlaskClient, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    return client.post("/password", data={"old": old, "new": new, "again": again}).status_code


def sessions() -> list[LoginSession]:
    return list(session().scalars(select(LoginSession).execution_options(populate_existing=True)))


def test_a_session_is_a_row_and_the_cookie_a_random_key_works(sign_in: SignIn) -> None:
    key = key_of(sign_in("lin"))
    assert len(key) >= 43
    assert [row.key_hash for row in sessions()] == [hash_of(key)]


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/sign-in", data={"username": "lin", "password": PASSWORD})
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie


def test_a_key_planted_before_sign_in_is_worth_nothing(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie(COOKIE, "planted-by-somebody-else")
    client.post("/sign-in", data={"username": "lin", "password": PASSWORD})
    assert key_of(client) != "planted-by-somebody-else"
    thief = app.test_client()
    thief.set_cookie(COOKIE, "planted-by-somebody-else")
    assert not is_in(thief)


def test_a_form_cookie_planted_by_a_visitor_is_worth_nothing(app: Flask, sign_in: SignIn) -> None:
    visitor, client = app.test_client(), sign_in("lin")
    plant(client, of=visitor)
    assert token_of(client) is None


def test_the_form_cookie_of_another_sign_in_is_worth_nothing(sign_in: SignIn) -> None:
    client, other = sign_in("lin"), sign_in("he")
    plant(client, of=other)
    assert token_of(client) is None
    assert token_of(other) == "planted"


def test_signing_in_gives_a_new_form_cookie(app: Flask) -> None:
    client = app.test_client()
    plant(client, of=client)
    assert token_of(client) == "planted"
    client.post("/sign-in", data={"username": "lin", "password": PASSWORD})
    assert token_of(client) is None


def test_a_message_for_the_next_page_is_shown_once_and_writes_nothing(sign_in: SignIn, world: World) -> None:
    client = sign_in("xi")
    before = sessions()[0].seen_at
    with clock.stopped(NOW + timedelta(seconds=30)):
        assert client.post(f"/people/{world.people['lin']}/unlock").status_code == 302
        assert sessions()[0].seen_at == before
        assert "账号已解锁" in client.get("/notices").text
        assert "账号已解锁" not in client.get("/notices").text


def test_signing_in_again_ends_the_session_of_this_browser(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("lin")
    first = key_of(client)
    client.post("/sign-in", data={"username": "lin", "password": PASSWORD})
    assert key_of(client) != first
    old = app.test_client()
    old.set_cookie(COOKIE, first)
    assert not is_in(old)
    assert len(sessions()) == 1


def test_thirty_idle_minutes_end_a_session(sign_in: SignIn) -> None:
    client = sign_in("lin")
    with clock.stopped(NOW + timedelta(minutes=30)):
        assert is_in(client)
    with clock.stopped(NOW + timedelta(minutes=60)):
        assert is_in(client)
    with clock.stopped(NOW + timedelta(minutes=90, seconds=1)):
        assert not is_in(client)


def test_ten_hours_end_a_session_however_busy(sign_in: SignIn) -> None:
    client = sign_in("lin")
    for quarter in range(1, 40 + 1):
        with clock.stopped(NOW + timedelta(minutes=15 * quarter)):
            assert is_in(client)
    with clock.stopped(NOW + timedelta(hours=10, seconds=1)):
        assert not is_in(client)


def test_a_session_is_touched_once_a_minute_at_most(sign_in: SignIn) -> None:
    client = sign_in("lin")
    for seconds, seen in ((30, 0), (60, 0), (61, 61), (100, 61)):
        with clock.stopped(NOW + timedelta(seconds=seconds)):
            assert is_in(client)
        assert sessions()[0].seen_at == NOW + timedelta(seconds=seen)


def test_dead_sessions_are_swept_out_at_the_next_sign_in(sign_in: SignIn, world: World) -> None:
    sign_in("lin")
    with clock.stopped(NOW + timedelta(hours=11)):
        sign_in("he")
    assert [row.person_id for row in sessions()] == [world.people["he"]]


def test_signing_out_deletes_the_row(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("lin")
    key = key_of(client)
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert sessions() == []
    assert client.get_cookie(COOKIE) is None
    thief = app.test_client()
    thief.set_cookie(COOKIE, key)
    assert not is_in(thief)


def test_signing_out_by_a_link_is_not_possible(sign_in: SignIn) -> None:
    client = sign_in("lin")
    assert client.get("/sign-out").status_code == 405
    assert is_in(client)


def test_a_deactivated_account_is_out_at_its_next_request(sign_in: SignIn, world: World) -> None:
    client = sign_in("lin")
    assert is_in(client)
    with transaction() as work:
        work.get_one(Account, world.people["lin"]).active = False
    assert not is_in(client)


def test_a_post_that_ended_yesterday_gives_nothing_today(sign_in: SignIn, world: World) -> None:
    client = sign_in("xi")
    assert client.get("/people").status_code == 200
    with transaction() as work:
        work.get_one(Account, world.people["xi"]).posts[0].ends_on = clock.today() - timedelta(days=1)
    assert client.get("/people").status_code == 403


def test_changing_the_password_works_and_ends_the_other_sessions(app: Flask, sign_in: SignIn) -> None:
    here, elsewhere, somebody = sign_in("lin"), sign_in("lin"), sign_in("he")
    assert change(here) == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    assert is_in(somebody)
    for password, status in ((PASSWORD, 422), (NEW, 302)):
        answer = app.test_client().post("/sign-in", data={"username": "lin", "password": password})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", NEW, NEW, "原密码不正确"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致"),
        (PASSWORD, "Ab1#short", "Ab1#short", "至少 10 位"),
        (PASSWORD, "onlyletters", "onlyletters", "至少三种"),
        (PASSWORD, "Lin-2026-lin", "Lin-2026-lin", "不能包含用户名"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与原密码相同"),
        (PASSWORD, "", "", "请输入新密码"),
    ],
)
def test_a_poor_new_password_is_refused(sign_in: SignIn, old: str, new: str, again: str, said: str) -> None:
    client = sign_in("lin")
    answer = client.post("/password", data={"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert said in answer.text
    assert client.post("/sign-in", data={"username": "lin", "password": PASSWORD}).status_code == 302


def test_a_name_of_two_letters_may_stand_in_a_password_by_chance(sign_in: SignIn) -> None:
    fields = {"old": PASSWORD, "new": "Qinghe-2026!", "again": "Qinghe-2026!"}
    assert sign_in("he").post("/password", data=fields).status_code == 302


def test_the_first_password_must_be_changed_before_anything_else(sign_in: SignIn, world: World) -> None:
    with transaction() as work:
        work.get_one(Account, world.people["lin"]).must_change_password = True
    client = sign_in("lin")
    assert client.get("/notices").location == "/password"
    assert client.post("/notices/read").location == "/password"
    page = client.get("/password")
    assert page.status_code == 200
    assert "初始密码" in page.text
    assert change(client) == 302
    assert is_in(client)


def test_one_may_sign_out_instead_of_changing_the_first_password(sign_in: SignIn, world: World) -> None:
    with transaction() as work:
        work.get_one(Account, world.people["lin"]).must_change_password = True
    client = sign_in("lin")
    assert client.post("/sign-out").location == "/sign-in"
    assert sessions() == []


def test_static_files_and_the_probe_are_open_to_all(app: Flask) -> None:
    visitor = app.test_client()
    assert visitor.get("/health").get_json() == {"ok": True}
    with visitor.get("/static/app.css") as styles:
        assert styles.status_code == 200
