"""Short messages shown in the page of the person they concern."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, func, select, update
from sqlalchemy.orm import Mapped

from core import clock
from core.db import Id, Long, Model, Name, session


class Notice(Model):
    """One message to one person; `link` is a path inside this system."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "person_id", "read_at"),)

    id: Mapped[Id]
    person_id: Mapped[int]
    text: Mapped[Long]
    link: Mapped[Name]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


def tell(person_ids: Iterable[int], text: str, link: str) -> None:
    """Leave a message for each person, inside the caller's transaction."""
    now = clock.now()
    work = session()
    for person_id in sorted(set(person_ids)):
        work.add(Notice(person_id=person_id, text=text, link=link, created_at=now))


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
