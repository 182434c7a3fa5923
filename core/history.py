"""What was done, by whom and when: rows that are only ever added (a trigger refuses the rest)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Code, Id, Long, Model, Name, session


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
    session().add(
        Event(
            at=clock.now(),
            actor_id=by.id,
            actor_name=by.name,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            action=action,
            summary=summary,
            details=json.dumps(details or {}, ensure_ascii=False, sort_keys=True),
        )
    )


def of(subject_kind: str, subject_id: object) -> list[Event]:
    """A subject's events, oldest first."""
    query = select(Event).where(Event.subject_kind == subject_kind, Event.subject_id == str(subject_id))
    return list(session().scalars(query.order_by(Event.id)))


def recent(limit: int = 200, subject_kind: str | None = None) -> list[Event]:
    """The newest events of the house, newest first, for the auditor."""
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if subject_kind:
        query = query.where(Event.subject_kind == subject_kind)
    return list(session().scalars(query))
