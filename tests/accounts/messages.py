"""Choosing ways, keeping robots and letting the worker send: what stories about messages have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import select

from accounts.outbox import actions
from accounts.outbox.actions import HookDraft
from accounts.people.rules import SYSTEM
from core import clock, jobs, notices
from core.db import session, transaction
from core.jobs import Job, JobState
from core.notices import MAIL_DIGEST, NoticeKind, Way
from core.settings import Mail, Settings
from core.webhooks import HookFormat, WebhookPost
from tests.robots import Group
from tests.smtp import Box
from tests.world import NOW, World
from work import HANDLERS

LIN, HE = "lin@unit.example", "he@unit.example"


def set_up(app: Flask, **changes: Any) -> Settings:
    options: Settings = replace(app.extensions["settings"], **changes)
    app.extensions["settings"] = options
    return options


def mail_of(port: int) -> Mail:
    return Mail(host="localhost", port=port, sender="plans@bureau.example", tls="off")


def choose(app: Flask, world: World, username: str, way: Way, address: str) -> None:
    actions.choose_way(way, address, app.extensions["settings"], by=world.person(username))
    session().rollback()


def settled(app: Flask, world: World, username: str, way: Way, address: str, box: Box) -> None:
    """The person has chosen, and what that tells him has gone."""
    choose(app, world, username, way, address)
    notices_read(world, username)
    work_until(NOW + timedelta(minutes=1))
    box.letters.clear()


def notices_read(world: World, username: str) -> None:
    with transaction():
        notices.mark_read(world.people[username])


def robot(app: Flask, world: World, group: Group, *kinds: NoticeKind, **more: Any) -> int:
    draft = HookDraft("国库股工作群", HookFormat.WECOM, group.origin + "/send?key=k", "", kinds, True)
    return actions.add_webhook(replace(draft, **more), app.extensions["settings"], by=world.person("xi"))


def told(world: World, text: str, *usernames: str, kind: NoticeKind = NoticeKind.TASK, link: str = "/plans/1") -> None:
    with transaction():
        notices.tell([world.people[username] for username in usernames], text, link, kind)


def work_until(moment: datetime) -> None:
    """Let the worker do what is due, ten seconds by ten seconds."""
    now = clock.now()
    while now <= moment:
        with clock.stopped(now):
            while jobs.run_one(HANDLERS):
                pass
        now += timedelta(seconds=10)


def digest(at: datetime) -> None:
    with clock.stopped(at):
        jobs.daily(MAIL_DIGEST, at.date(), by=SYSTEM)
        work_until(at)


def body_of(letter: EmailMessage) -> str:
    body = letter.get_body()
    assert body is not None
    found: str = body.get_content()
    return found


def posts() -> list[str]:
    return [row.fault for row in session().scalars(select(WebhookPost).order_by(WebhookPost.id))]


def failed_jobs() -> list[tuple[str, int]]:
    failed = session().scalars(select(Job).where(Job.state == JobState.FAILED))
    return [(job.kind, job.attempts) for job in failed]
