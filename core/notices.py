"""Short messages shown in the page of the person they concern, and who wants them outside of the page as well."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Index, bindparam, func, literal, select, union_all, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, jobs, recall
from core.db import Id, Long, Model, Name, add_rows, code_of, session
from core.webhooks import Webhook

# The jobs that carry messages out of the house; their handlers stand to the right, in accounts.
MAIL_NOTICES: Final = "mail_notices"
MAIL_DIGEST: Final = "mail_digest"
POST_WEBHOOK: Final = "post_webhook"
SEND_AGAIN: Final = "send_again"
# What is told within one such span leaves together: robots take few messages a minute, and people few letters.
SPAN: Final = timedelta(seconds=20)


class NoticeKind(StrEnum):
    """What a message is about."""

    TASK = "task"
    RESULT = "result"
    LIMIT = "limit"
    ALARM = "alarm"
    NEWS = "news"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return {
            "task": "待办", "result": "办理结果", "limit": "时限与催办", "alarm": "警报", "news": "其他消息",
        }[self.value]  # fmt: skip


class Way(StrEnum):
    """How a person gets his messages, beside finding them in the page."""

    PAGE = "page"
    MAIL = "mail"
    DIGEST = "digest"

    @property
    def label(self) -> str:
        """The way as people read it."""
        return {"page": "只在页面显示", "mail": "页面显示，并随时发邮件", "digest": "页面显示，并每天汇总发一封邮件"}[
            self.value
        ]


class Notice(Model):
    """One message to one person; `link` is a path inside this system. `told` is shared by all who were told at once."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "person_id", "read_at"), Index(None, "kind", "created_at"))

    id: Mapped[Id]
    person_id: Mapped[int]
    text: Mapped[Long]
    link: Mapped[Name]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    kind: Mapped[NoticeKind] = mapped_column(code_of(NoticeKind), default=NoticeKind.NEWS)
    told: Mapped[UUID | None]


class NoticeWay(Model):
    """What one person chose; nobody has a row who never chose. Messages older than `since` are not sent."""

    __tablename__ = "notice_way"

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    way: Mapped[Way] = mapped_column(code_of(Way))
    address: Mapped[Name]
    since: Mapped[datetime]


@dataclass(frozen=True)
class _House:
    """Who asks for the jobs of messages."""

    name: str = "系统"
    id: None = field(default=None, init=False)


_HOUSE: Final = _House()
_MAIL, _ROBOT = literal("mail"), literal("robot")
# Who of these people wants a letter at once, and which robots pass on messages of this kind, in one query.
_LEADS: Final = union_all(
    select(_MAIL.label("lead"), NoticeWay.person_id.label("id")).where(
        NoticeWay.way == Way.MAIL, NoticeWay.person_id.in_(bindparam("people", expanding=True))
    ),
    select(_ROBOT.label("lead"), Webhook.id.label("id")).where(
        Webhook.enabled, Webhook.kinds.contains(bindparam("kind"))
    ),
)


def tell(person_ids: Iterable[int], text: str, link: str, kind: NoticeKind = NoticeKind.NEWS) -> None:
    """Leave a message for each person, inside the caller's transaction; what leads out of the house does as a job."""
    now, told = clock.now(), uuid4()
    people = sorted(set(person_ids))
    if people:
        said = {"text": text, "link": link, "created_at": now, "kind": kind, "told": told, "read_at": None}
        add_rows(Notice, [{"person_id": person_id, **said} for person_id in people])
        _lead_out(people, kind)


def _lead_out(people: Collection[int], kind: NoticeKind) -> None:
    """Ask for a letter to those who want one, and for a post by each robot; nothing else is flushed by that."""
    work = session()
    with work.no_autoflush:  # in the middle of the caller's work, whose rows have an order of their own
        asked = {"people": list(people), "kind": f",{kind.value},"}
        leads: Sequence[Any] = recall.of("leads", (tuple(people), kind), lambda: work.execute(_LEADS, asked).all())
    by_mail = [found.id for found in leads if found.lead == "mail"]
    if by_mail:
        job = jobs.enqueue(MAIL_NOTICES, "people", {"people": by_mail}, by=_HOUSE)
        job.run_after = next_span(job.run_after)
    for hook_id in (found.id for found in leads if found.lead == "robot"):
        job = jobs.enqueue(POST_WEBHOOK, hook_id, {"webhook": hook_id}, by=_HOUSE)
        job.run_after = next_span(job.run_after)


def next_span(now: datetime) -> datetime:
    """When what is told now leaves."""
    seconds = int(SPAN.total_seconds())
    return now.replace(second=now.second // seconds * seconds, microsecond=0) + SPAN


def unread_count(person_id: int) -> int:
    """How many messages the person has not read."""
    query = select(func.count()).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return session().scalar(query) or 0


def newest(person_id: int, limit: int = 50) -> list[Notice]:
    """The person's messages, newest first."""
    query = select(Notice).where(Notice.person_id == person_id).order_by(Notice.id.desc()).limit(limit)
    return list(session().scalars(query))


def mark_read(person_id: int) -> None:
    """All of the person's messages are read now; inside the caller's transaction."""
    unread = (Notice.person_id == person_id) & Notice.read_at.is_(None)
    session().execute(update(Notice).where(unread).values(read_at=clock.now()))
