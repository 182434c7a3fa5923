"""Reading the history, the jobs and one person's notices, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from core import clock
from core.db import session
from core.history import Event
from core.jobs import Job
from core.notices import Notice
from core.paging import Page, paged


@dataclass(frozen=True)
class Question:
    """What the auditor asks of the history; empty fields ask for nothing."""

    kind: str = ""
    subject: str = ""
    name: str = ""
    since: date | None = None
    until: date | None = None


def events(question: Question, page: int) -> Page[Event]:
    """The events that answer the question, newest first; days are days in Shanghai."""
    query = select(Event)
    if question.kind:
        query = query.where(Event.subject_kind == question.kind)
    if question.subject:
        query = query.where(Event.subject_id == question.subject)
    if question.name:
        query = query.where(Event.actor_name.contains(question.name, autoescape=True))
    if question.since:
        query = query.where(Event.at >= clock.at(*question.since.timetuple()[:3]))
    if question.until:
        query = query.where(Event.at < clock.at(*question.until.timetuple()[:3]) + timedelta(days=1))
    return paged(query.order_by(Event.id.desc()), page)


def subject_kinds() -> list[str]:
    """The kinds of subjects of which anything has been recorded."""
    return list(session().scalars(select(Event.subject_kind).distinct().order_by(Event.subject_kind)))


def notices(person_id: int, page: int) -> Page[Notice]:
    """The person's messages, newest first."""
    return paged(select(Notice).where(Notice.person_id == person_id).order_by(Notice.id.desc()), page)


def jobs(page: int) -> Page[Job]:
    """All jobs, newest first."""
    return paged(select(Job).order_by(Job.created_at.desc(), Job.id), page)
