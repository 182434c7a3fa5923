"""Robots of groups (企业微信, 钉钉, 飞书): what is told leaves to them by HTTP, from here and from nowhere else.

Only to the servers of the settings, whatever address somebody typed: no redirect is followed, no answer is kept but its
word of success. The address and the secret are keys: no sentence, history or log names them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, quote_plus, urlsplit
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Long, Model, Name, code_of
from core.versions import Versioned

_PATIENCE: Final = 15
_LARGEST_ANSWER: Final = 64 * 1024
_SENT: Final = text("fault = ''")


class HookFormat(StrEnum):
    """Whose robot it is."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"

    @property
    def label(self) -> str:
        """The product as people call it."""
        return {"wecom": "企业微信", "dingtalk": "钉钉", "feishu": "飞书"}[self.value]

    @property
    def most_bytes(self) -> int:
        """How long a text may be, in bytes of UTF-8, with room for what is around it."""
        return 2000 if self is HookFormat.WECOM else 15_000


class Webhook(Versioned, Model):
    """A robot of a group. `kinds` is like ",task,limit,": which messages it passes on; none older than `since`."""

    __tablename__ = "webhook"

    id: Mapped[Id]
    name: Mapped[Name]
    format: Mapped[HookFormat] = mapped_column(code_of(HookFormat))
    url: Mapped[Long]
    secret: Mapped[Name] = mapped_column(default="")
    kinds: Mapped[Name]
    enabled: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime]

    @property
    def server(self) -> str:
        """The part of the address that is no secret."""
        return origin_of(self.url)

    @property
    def kind_set(self) -> frozenset[str]:
        """The kinds one by one."""
        return frozenset(filter(None, self.kinds.split(",")))


class WebhookPost(Model):
    """What was told was posted by one robot; of an attempt that failed, one row with its fault. Only ever added."""

    __tablename__ = "webhook_post"
    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index("uq_webhook_post_sent", "webhook_id", "told", unique=True, sqlite_where=_SENT, postgresql_where=_SENT),
    )

    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    told: Mapped[UUID]
    at: Mapped[datetime]
    fault: Mapped[Long]


@dataclass(frozen=True)
class Robot:
    """What is needed to post: read from the row before, so that no transaction stays open meanwhile."""

    format: HookFormat
    url: str
    secret: str


def origin_of(url: str) -> str:
    """https://host of an address; '' for what is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else ""


def post(robot: Robot, said: str, servers: Collection[str], now: datetime) -> str:
    """Let the robot say something; gives what went wrong, '' for nothing. Never raises for what the other side does."""
    if origin_of(robot.url) not in servers:
        return "机器人的服务器不在允许的范围内（YK_ROBOT_SERVERS），没有发送"
    target, body = request_of(robot, said, now)
    try:
        status, answer = _exchange(urlsplit(robot.url), target, body)
    except ssl.SSLError:
        return "对方的证书或加密有问题"
    except (OSError, HTTPException, ValueError) as failure:
        return f"连不上 {origin_of(robot.url)}（{type(failure).__name__}）"
    return _fault_in(status, answer)


def request_of(robot: Robot, said: str, now: datetime) -> tuple[str, Mapping[str, Any]]:
    """The path with its query, and the JSON body, as the product's robot wants them."""
    parts = urlsplit(robot.url)
    query = parts.query
    body: dict[str, Any]
    if robot.format is HookFormat.FEISHU:
        body = {"msg_type": "text", "content": {"text": said}}
        if robot.secret:
            at = str(int(now.timestamp()))
            body = {"timestamp": at, "sign": _digest(f"{at}\n{robot.secret}", ""), **body}
    else:
        body = {"msgtype": "text", "text": {"content": said}}
        if robot.format is HookFormat.DINGTALK and robot.secret:
            at = str(int(now.timestamp() * 1000))
            sign = quote_plus(_digest(robot.secret, f"{at}\n{robot.secret}"))
            query = "&".join(filter(None, (query, f"timestamp={at}&sign={sign}")))
    return f"{parts.path or '/'}{'?' if query else ''}{query}", body


def _digest(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def _exchange(parts: SplitResult, target: str, body: Mapping[str, Any]) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    host = parts.hostname or ""
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(host, parts.port, timeout=_PATIENCE, context=ssl.create_default_context())
    else:
        connection = HTTPConnection(host, parts.port, timeout=_PATIENCE)
    try:
        sent = json.dumps(body, ensure_ascii=False).encode()
        connection.request("POST", target, sent, {"Content-Type": "application/json; charset=utf-8"})
        answer = connection.getresponse()
        return answer.status, answer.read(_LARGEST_ANSWER)
    finally:
        connection.close()


def _fault_in(status: int, answer: bytes) -> str:
    """Whether the robot took it: these answer 200 even when they did not, and say so in a number."""
    if status != 200:
        return f"对方没有收下（HTTP {status}）"
    try:
        told = json.loads(answer)
        code = next(told[name] for name in ("errcode", "code", "StatusCode") if name in told)
    except (ValueError, TypeError, StopIteration):
        return "对方的回答看不懂，可能没有收下"
    if code == 0:
        return ""
    return f"对方没有收下（错误码 {code}）：{told.get('errmsg') or told.get('msg') or ''}"[:300]
