"""What is mailed to a person: his messages, one letter for all that came meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from accounts.outbox.rules import cut, link_said, one_line
from core import clock
from core.settings import Settings

# What letters of this part are about, as their rows say it.
NOTICE: Final = "notice"
_MOST_LISTED: Final = 50
_LONGEST_SUBJECT: Final = 120


@dataclass(frozen=True)
class Line:
    """One message to the person."""

    id: int
    text: str
    link: str
    at: datetime


@dataclass(frozen=True)
class Post:
    """All that one person is to be mailed."""

    name: str
    address: str
    lines: Sequence[Line]


def letter_of(post: Post, options: Settings) -> EmailMessage:
    """The letter; who gets the same one twice after all can tell by its Message-ID."""
    message = EmailMessage()
    message["From"], message["To"] = options.mail.sender, post.address
    message["Subject"] = _subject(post)
    message["Date"] = format_datetime(clock.now())
    domain = options.mail.sender.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<notice-{post.lines[-1].id}-{len(post.lines)}.{options.division_code}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(_body(post, options)) + "\n")
    return message


def _subject(post: Post) -> str:
    if len(post.lines) > 1:
        return f"【用款计划】您有 {len(post.lines)} 条消息"
    return cut(f"【用款计划】{one_line(post.lines[0].text)}", _LONGEST_SUBJECT)


def _body(post: Post, options: Settings) -> list[str]:
    said = [f"{post.name}：", "", f"您在{options.division_name}用款计划申报系统有 {len(post.lines)} 条未读消息：", ""]
    for number, line in enumerate(post.lines[:_MOST_LISTED], 1):
        link = link_said(options.address, line.link)
        said.append(f"{number}. {clock.local(line.at):%m-%d %H:%M}  {one_line(line.text)}{link}")
    if len(post.lines) > _MOST_LISTED:
        said.append(f"另有 {len(post.lines) - _MOST_LISTED} 条，请登录系统查看。")
    return [*said, "", "本邮件由系统自动发出，请勿回复。提醒方式可登录系统后在“消息”的“提醒方式”中更改。"]
