"""What was done, by whom and when: rows that are only ever added (a trigger refuses the rest)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Code, Id, Long, Model, Name, add_rows, session
from core.errors import SOMEBODY


class Actor(Protocol):
    """Whoever does something: a signed-in person, or the system itself."""

    @property
    def id(self) -> int | None:
        """The person's id; None for the system."""

    @property
    def name(self) -> str:
        """The name as people read it."""


class Event(Model):
    """One thing that happened to one subject."""

    __tablename__ = "history"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), Index(None, "at"))

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[Name]
    subject_kind: Mapped[Code]
    subject_id: Mapped[Code]
    action: Mapped[Code]
    summary: Mapped[Long]
    details: Mapped[Long] = mapped_column(default="{}")


def record(
    subject_kind: str,
    subject_id: object,
    action: str,
    summary: str,
    *,
    by: Actor,
    details: Mapping[str, object] | None = None,
) -> None:
    """Add one event inside the caller's transaction. `summary` is the Chinese sentence people read."""
    event = {
        "at": clock.now(),
        "actor_id": by.id,
        "actor_name": by.name,
        "subject_kind": subject_kind,
        "subject_id": str(subject_id),
        "action": action,
        "summary": summary,
        "details": _details(details or {}),
    }
    add_rows(Event, [event])  # nobody holds it as an object


def _details(details: Mapping[str, object]) -> str:
    return json.dumps(details, ensure_ascii=False, sort_keys=True)


def of(subject_kind: str, subject_id: object) -> list[Event]:
    """A subject's events, oldest first."""
    query = select(Event).where(Event.subject_kind == subject_kind, Event.subject_id == str(subject_id))
    return list(session().scalars(query.order_by(Event.id)))


def last(subject_kind: str, subject_id: object, among: Collection[str] = (), **details: str) -> Event | None:
    """A subject's newest event, of these actions if any are named, and with these details."""
    query = select(Event).where(Event.subject_kind == subject_kind, Event.subject_id == str(subject_id))
    if among:
        query = query.where(Event.action.in_(among))
    for name, text in details.items():
        query = query.where(Event.details.contains(_details({name: text})[1:-1], autoescape=True))
    return session().scalars(query.order_by(Event.id.desc()).limit(1)).first()


def last_said(subject_kind: str, subject_id: object, *among: str, **details: str) -> str:
    """Who was the last to do one of these actions, and when: 林小丹（11-20 10:00）; 其他人 if nobody is known."""
    event = last(subject_kind, subject_id, among, **details)
    return signed(event) if event else SOMEBODY


def signed(event: Event) -> str:
    """Who did it, and when: 林小丹（11-20 10:00）."""
    return f"{event.actor_name}（{clock.local(event.at):%m-%d %H:%M}）"


def since(subject_kind: str, moment: datetime) -> list[Event]:
    """What was done to subjects of a kind after a moment, newest first."""
    query = select(Event).where(Event.subject_kind == subject_kind, Event.at > moment)
    return list(session().scalars(query.order_by(Event.id.desc())))


def recent(limit: int = 200, subject_kind: str | None = None) -> list[Event]:
    """The newest events of the house, newest first, for the auditor."""
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if subject_kind:
        query = query.where(Event.subject_kind == subject_kind)
    return list(session().scalars(query))
