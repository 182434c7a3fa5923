"""Robots of groups: exactly what each product's robot is sent, how it signs, and what counts as taken."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from core import clock
from core.webhooks import HookFormat, Robot, origin_of, post, request_of
from tests.robots import Group, group_server
from tests.test_processes import free_port

NOW = clock.at(2026, 11, 20, 10, 0)
SAID = "【用款计划】张湾区财政局\n· 沈思远：待您股室初审"
PATHS = {
    HookFormat.WECOM: "/cgi-bin/webhook/send?key=k-1",
    HookFormat.DINGTALK: "/robot/send?access_token=t-1",
    HookFormat.FEISHU: "/open-apis/bot/v2/hook/h-1",
}


@pytest.fixture
def group() -> Iterator[Group]:
    with group_server() as group:
        yield group


def said(group: Group, kind: HookFormat, secret: str = "") -> str:
    return post(Robot(kind, group.origin + PATHS[kind], secret), SAID, (group.origin,), NOW)


def test_wecom_gets_its_form_works(group: Group) -> None:
    assert said(group, HookFormat.WECOM) == ""
    (heard,) = group.heard
    assert heard.path == "/cgi-bin/webhook/send?key=k-1"
    assert heard.content_type == "application/json; charset=utf-8"
    assert heard.body == {"msgtype": "text", "text": {"content": SAID}}


def test_dingtalk_gets_its_form_and_the_signature_in_the_address(group: Group) -> None:
    assert said(group, HookFormat.DINGTALK) == ""
    assert said(group, HookFormat.DINGTALK, "SECabc") == ""
    plain, signed = group.heard
    assert plain.path == "/robot/send?access_token=t-1"
    assert plain.body == signed.body == {"msgtype": "text", "text": {"content": SAID}}
    # Worked out with openssl dgst -sha256 -hmac SECabc -binary | base64 over '1795140000000\nSECabc'
    assert parse_qs(urlsplit(signed.path).query) == {
        "access_token": ["t-1"],
        "timestamp": ["1795140000000"],
        "sign": ["mNVqjZKslQzj5KRHFgzbmKud5y+iYqLZEjhlg39mLRM="],
    }  # fmt: skip
    assert "+" not in signed.path.split("sign=")[1]


def test_feishu_gets_its_form_and_the_signature_in_the_body(group: Group) -> None:
    group.answer = b'{"code":0,"msg":"success","data":{}}'
    assert said(group, HookFormat.FEISHU) == ""
    assert said(group, HookFormat.FEISHU, "SECabc") == ""
    plain, signed = group.heard
    assert plain.path == signed.path == "/open-apis/bot/v2/hook/h-1"
    assert plain.body == {"msg_type": "text", "content": {"text": SAID}}
    # printf '' | openssl dgst -sha256 -hmac $'1795140000\nSECabc' -binary | base64
    sign = "OAjhfeArgfBc7w4EP4vCRZ0EONhG1k2n6MAQlzW7KUQ="
    assert signed.body == {"timestamp": "1795140000", "sign": sign, **plain.body}


@pytest.mark.parametrize(
    ("status", "answer", "fault"),
    [
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "对方没有收下（错误码 93000）：invalid webhook url"),
        (200, b'{"code":19021,"msg":"sign match fail"}', "对方没有收下（错误码 19021）：sign match fail"),
        (200, b'{"StatusCode":1}', "对方没有收下（错误码 1）："),
        (500, b"", "对方没有收下（HTTP 500）"),
        (200, b"<html>", "对方的回答看不懂，可能没有收下"),
        (200, b"[0]", "对方的回答看不懂，可能没有收下"),
    ],
)
def test_what_the_robot_did_not_take_is_said(group: Group, status: int, answer: bytes, fault: str) -> None:
    group.status, group.answer = status, answer
    assert said(group, HookFormat.WECOM) == fault


def test_a_redirect_is_not_followed(group: Group) -> None:
    with group_server() as other:
        group.status, group.headers = 307, {"Location": f"{other.origin}/inside"}
        assert said(group, HookFormat.WECOM) == "对方没有收下（HTTP 307）"
        assert other.heard == []


def test_nothing_leaves_for_a_server_that_is_not_named(group: Group) -> None:
    robot = Robot(HookFormat.WECOM, group.origin + "/send", "")
    assert "不在允许的范围内" in post(robot, SAID, ("https://qyapi.weixin.qq.com",), NOW)
    assert group.heard == []


def test_a_server_that_is_away_is_a_fault_without_the_key() -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    fault = post(Robot(HookFormat.WECOM, f"{origin}/send?key=k-secret", ""), SAID, (origin,), NOW)
    assert fault == f"连不上 {origin}（ConnectionRefusedError）"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "https://qyapi.weixin.qq.com"),
        ("HTTPS://OAPI.dingtalk.com:8443/robot", "https://oapi.dingtalk.com:8443"),
        ("https://open.feishu.cn@evil.example/x", "https://evil.example"),
        ("https://open.feishu.cn.evil.example/x", "https://open.feishu.cn.evil.example"),
        ("file:///etc/passwd", ""),
        ("gopher://x.example", ""),
        ("https://x.example:port", ""),
        ("机器人", ""),
    ],
)
def test_the_server_of_an_address(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_text_that_is_too_long_for_a_path_never_gets_into_it() -> None:
    target, _ = request_of(Robot(HookFormat.FEISHU, "https://open.feishu.cn", ""), SAID, NOW)
    assert target == "/"
