"""What every answer carries and what every page shares: headers, hosts, CSRF, limits, error pages, filters."""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from accounts.people.rules import Permission, may
from accounts.signin.guard import requires
from app import create_app
from core import clock, web
from core.db import db, session
from core.errors import Forbidden, Missing, Overtaken, Refused
from core.money import Money
from core.settings import Settings
from tests.conftest import Browser, Prepared, options
from tests.doors import address, doors, gather
from tests.world import NOW, PASSWORD

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
JSON = {"Accept": "application/json"}


@pytest.fixture
def guarded(prepared: Prepared, tmp_path: Path) -> Iterator[Flask]:
    """The application with CSRF tokens, as in production."""
    url = prepared.copy(tmp_path)
    settings = options(tmp_path, url)
    app = create_app(replace(settings, extra={**settings.extra, "WTF_CSRF_ENABLED": True}))
    app.test_client_class = Browser
    with app.app_context(), clock.stopped(NOW):
        yield app
        db.session.remove()
        db.engine.dispose()
    prepared.drop(url)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sign-in", 200),
        ("/health", 200),
        ("/", 302),
        ("/nothing", 404),
        ("/static/nothing.css", 404),
        ("/people", 302),
    ],
)
def test_every_answer_carries_the_safety_headers(app: Flask, address: str, status: int) -> None:
    answer = app.test_client().get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Permissions-Policy"] == "geolocation=(), microphone=(), camera=()"
    assert (answer.headers.get("Cache-Control") == "no-store") is not address.startswith("/static/")


def test_errors_carry_the_safety_headers_too(app: Flask) -> None:
    for answer in (
        app.test_client().put("/sign-in"),
        app.test_client().get("/sign-in", headers={"Host": "evil.example"}),
    ):
        assert answer.status_code >= 400
        assert answer.headers["Content-Security-Policy"] == CSP


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", ""])
def test_a_foreign_host_is_turned_away_in_words(app: Flask, host: str) -> None:
    answer = app.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "请求不完整" in answer.text
    assert host not in answer.text or not host


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000"])
def test_our_own_hosts_are_served(app: Flask, host: str) -> None:
    assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


# CSRF


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def signed_in(app: Flask, username: str = "lin") -> FlaskClient:
    client = app.test_client()
    token = token_on(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"username": username, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302
    return client


def test_a_post_with_the_pages_token_works(guarded: Flask) -> None:
    client = signed_in(guarded)
    token = token_on(client.get("/notices").text)
    assert client.post("/notices/read", data={"csrf_token": token}).status_code == 302


def test_a_post_without_or_with_anothers_token_is_refused_in_words(guarded: Flask) -> None:
    client, other = signed_in(guarded), signed_in(guarded)
    foreign = token_on(other.get("/notices").text)
    for data in ({}, {"csrf_token": "x"}, {"csrf_token": foreign}):
        answer = client.post("/notices/read", data=data)
        assert answer.status_code == 400
        assert "页面已过期，请返回上一页刷新后再提交。" in answer.text
    told = client.post("/notices/read", headers=JSON)
    assert (told.status_code, told.get_json()) == (400, {"error": "页面已过期，请返回上一页刷新后再提交。"})


def test_every_post_is_guarded_by_the_token(guarded: Flask, prepared: Prepared) -> None:
    """Whoever holds the permission is still asked for the token of a page, signing in included."""
    things = gather(prepared.world)
    posts = [door for door in doors(guarded) if door.method == "POST"]
    asked: set[str] = set()
    for username in ("lin", "he", "fang", "luo", "xi", "an", "shi"):
        client = signed_in(guarded, username)
        for door in posts:
            if door.permission and may(prepared.world.person(username), door.permission):
                assert client.post(address(guarded, door, things.absent)).status_code == 400, door
                asked.add(door.endpoint)
    assert asked == {door.endpoint for door in posts}
    assert guarded.test_client().post("/sign-in", data={"username": "lin", "password": PASSWORD}).status_code == 400


# Limits and nonsense


def test_a_body_over_the_limit_is_refused_in_words(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data={"username": "x" * (3 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "上传的内容过大，请压缩或拆分后再上传。" in answer.text


def test_a_body_over_the_limit_is_refused_with_tokens_on(guarded: Flask) -> None:
    answer = guarded.test_client().post("/sign-in", data={"username": "x" * (3 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "上传的内容过大" in answer.text


def test_nul_is_refused_everywhere(app: Flask) -> None:
    client = app.test_client()
    for answer in (
        client.get("/sign-in?next=%00"), client.get("/%00"), client.post("/sign-in", data={"username": "a\0b"})
    ):  # fmt: skip
        assert answer.status_code == 400


def test_a_number_longer_than_a_column_leads_nowhere(app: Flask) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"username": "xi", "password": PASSWORD})
    assert client.get(f"/people/{10**18}/edit").status_code == 404
    assert client.get(f"/people/{10**18 - 1}/edit").status_code == 404


@pytest.mark.parametrize(
    ("asked", "number"), [("2", 2), ("0", 1), ("-3", 1), ("x", 1), ("", 1), ("999999", 1), ("１", 1), ("99999", 99999)]
)
def test_a_page_number_is_a_number(app: Flask, asked: str, number: int) -> None:
    with app.test_request_context("/", query_string={"page": asked}):
        assert web.page_number() == number


# Error pages


def answered(app: Flask, failure: Exception, **headers: str) -> tuple[int, str]:
    """What a page that fails so answers."""
    views: dict[str, Any] = app.view_functions
    views["health"] = lambda: raise_(failure)
    answer = app.test_client().get("/health", headers=headers)
    return answer.status_code, answer.text


def raise_(failure: Exception) -> None:
    raise failure


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (Refused("第一句。", "第二句。"), 422, "<p>第二句。</p>"),
        (Overtaken("罗局 已于 11-20 10:03 批复。"), 409, "罗局 已于 11-20 10:03 批复。"),
        (Missing("计划 7 是别的单位的。"), 404, "没有找到您要的内容。"),
        (Forbidden(), 403, "您的岗位不能使用这个功能"),
        (ZeroDivisionError("secret detail"), 500, "系统出错了"),
        (OSError(errno.ENOSPC, "secret detail"), 507, "存储空间已满"),
        (OSError(errno.EACCES, "secret detail"), 500, "系统出错了"),
    ],
)
def test_a_failure_becomes_a_page_and_a_script_s_answer(
    app: Flask, failure: Exception, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    page = answered(app, failure)
    assert page[0] == status
    assert said in page[1]
    assert "secret detail" not in page[1]
    told = answered(app, failure, **JSON)
    assert told[0] == status
    assert told[1].startswith('{"error":')


def test_a_missing_page_never_says_why(app: Flask) -> None:
    assert answered(app, Missing("计划 7 是别的单位的。")) == answered(app, Missing())


def test_an_error_of_ours_is_a_page_even_when_the_database_is_broken(app: Flask) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"username": "lin", "password": PASSWORD})

    @requires(Permission.SIGNED_IN)
    def broken() -> None:
        session().execute(text("SELECT * FROM no_such_table"))

    views: dict[str, Any] = app.view_functions
    views["house.notice_list"] = broken
    answer = client.get("/notices")
    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert "no_such_table" not in answer.text
    assert "退出登录" not in answer.text


def test_the_wrong_method_is_told_in_words(app: Flask) -> None:
    answer = app.test_client().delete("/sign-in")
    assert answer.status_code == 405
    assert "请从菜单进入" in answer.text


def test_a_missing_page_keeps_the_frame_of_who_is_signed_in(app: Flask) -> None:
    client = app.test_client()
    assert "退出登录" not in client.get("/nothing").text
    client.post("/sign-in", data={"username": "lin", "password": PASSWORD})
    assert "退出登录" in client.get("/nothing").text


# Filters and settings


def test_filters_show_moments_days_and_amounts() -> None:
    assert web.moment(NOW) == "2026-11-20 10:00"
    assert web.moment(NOW, "%m-%d") == "11-20"
    assert web.day(date(2026, 11, 5)) == "2026-11-05"
    assert web.yuan(Money.yuan(1_234_567)) == "1,234,567.00"
    assert (web.moment(None), web.day(None), web.yuan(None)) == ("", "", "")


def test_settings_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YK_DATABASE_URL", "YK_SECRET_KEY", "YK_TRUSTED_HOSTS", "YK_SECURE_COOKIES"):
        monkeypatch.delenv(name, raising=False)
    plain = Settings.from_environment(tmp_path / "data")
    assert plain.database_url == f"sqlite:///{tmp_path}/data/usage_plans.db"
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert Settings.from_environment(tmp_path / "data").secret_key == plain.secret_key
    assert len(plain.secret_key) == 64
    assert not plain.secure_cookies
    monkeypatch.setenv("YK_TRUSTED_HOSTS", "plans.example,10.0.0.8")
    monkeypatch.setenv("YK_SECURE_COOKIES", "1")
    monkeypatch.setenv("YK_DATA", str(tmp_path / "elsewhere"))
    told = Settings.from_environment()
    assert told.trusted_hosts == ("plans.example", "10.0.0.8")
    assert told.secure_cookies
    assert told.data == tmp_path / "elsewhere"


def test_secure_cookies_are_secure(prepared: Prepared, tmp_path: Path) -> None:
    url = prepared.copy(tmp_path)
    settings = options(tmp_path, url)
    app = create_app(replace(settings, secure_cookies=True))
    with app.app_context(), clock.stopped(NOW):
        answer = app.test_client().post("/sign-in", data={"username": "lin", "password": PASSWORD})
        assert [cookie for cookie in answer.headers.getlist("Set-Cookie") if "Secure" not in cookie] == []
        db.session.remove()
        db.engine.dispose()
    prepared.drop(url)
