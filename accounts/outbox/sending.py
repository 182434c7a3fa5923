"""The jobs that send: letters with messages, the daily summary, and what robots say. Each attempt is a row.

What could not be sent comes again with the next attempt of the job. A server that is away rests then: what is told
meanwhile waits without asking it, and every ten minutes one attempt takes up all that waits. Nothing else waits for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from accounts.outbox import store
from accounts.outbox.letters import NOTICE, Line, Post, letter_of
from accounts.outbox.rules import Told, group_text
from accounts.people.rules import SYSTEM
from core import clock, jobs, mail, webhooks
from core.db import session, transaction
from core.jobs import Progress
from core.mail import Letter, Mailing
from core.notices import MAIL_NOTICES, POST_WEBHOOK, SPAN, Way
from core.settings import Settings
from core.web import settings
from core.webhooks import Robot, Webhook, WebhookPost

# The summary leaves out what is on its way in a letter of its own just now.
_FRESH: Final = timedelta(minutes=10)
# So long a server that was away is left alone, and so often it is asked again, in minutes.
AGAIN: Final = 10
_REST: Final = timedelta(minutes=AGAIN)
TRIAL: Final = "这是一条测试消息：机器人已接通，以后所选的消息会发到这里。"


class Unsent(Exception):  # noqa: N818  the job comes back, and the pages tell people why
    """Something could not be sent."""


def mail_job(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """Mail these people what they have not read, one letter each."""
    people: list[int] = payload["people"]
    if not jobs.is_first(progress.job_id):
        with transaction():
            jobs.enqueue(MAIL_NOTICES, "people", payload, by=SYSTEM).run_after = clock.now() + SPAN
        return {"waits": "for another runner"}
    now = clock.now()
    if _is_first_attempt(progress) and store.mail_was_away(since=now - _REST):
        return {"waits": "for the mail server"}
    return _send(store.posts_due((Way.MAIL,), now, now, people), progress)


def digest_job(_payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The daily summary; whom a letter at once could not reach gets it with this one."""
    now = clock.now()
    return _send(store.posts_due((Way.DIGEST, Way.MAIL), now, now - _FRESH), progress)


def _send(posts: Sequence[Post], progress: Progress) -> Mapping[str, object]:
    """Send one letter after the other, each kept as soon as it is gone. Raises `Unsent` when any could not be sent."""
    session().rollback()  # no transaction stays open while a mail server is asked
    options = settings()
    if not options.mail.host or not posts:
        return {"sent": 0}
    letters = [_letter(post, options) for post in posts]
    failed = 0
    for done, (post, (_, fault)) in enumerate(zip(posts, mail.deliver(options.mail, letters), strict=True), 1):
        _keep(post.address, post.lines[-1:] if fault else post.lines, fault)
        failed += bool(fault)
        progress.say(done, len(letters))
    if failed:
        raise Unsent(f"{failed} of {len(letters)} letters could not be sent")
    return {"sent": len(letters)}


def _letter(post: Post, options: Settings) -> Letter:
    last = post.lines[-1].id
    return Letter(NOTICE, last, last, post.address, letter_of(post, options))


def _keep(address: str, lines: Sequence[Line], fault: str) -> None:
    now = clock.now()
    with transaction() as work:
        for line in lines:
            work.add(Mailing(about=NOTICE, about_id=line.id, address=address, at=now, fault=fault))


def webhook_job(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """Let a robot say what it has still to say, in one message; one that was switched off meanwhile says nothing."""
    hook_id: int = payload["webhook"]
    if not jobs.is_first(progress.job_id):
        with transaction():
            jobs.enqueue(POST_WEBHOOK, hook_id, payload, by=SYSTEM).run_after = clock.now() + SPAN
        return {"waits": "for another runner"}
    hook, now = store.get_webhook(hook_id), clock.now()
    if payload.get("trial"):
        return _post(hook, {uuid4(): Told(["系统管理员"], TRIAL)})
    if _is_first_attempt(progress) and store.was_away(hook_id, since=now - _REST):
        return {"waits": "for the robot"}
    return _post(hook, store.told_due(hook, now) if hook.enabled else {})


def send_again_job(_payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """One more attempt at each server that was away when it was last asked."""
    now = clock.now()
    found = []
    for hook_id in [hook.id for hook in store.webhooks() if hook.enabled and store.was_away(hook.id)]:
        hook = store.get_webhook(hook_id)
        with suppress(Unsent):
            found.append(_post(hook, store.told_due(hook, now)))
    if store.mail_was_away():
        with suppress(Unsent):
            found.append(_send(store.posts_due((Way.MAIL,), now, now - _FRESH), progress))
    return {"answered": len(found)}


def _is_first_attempt(progress: Progress) -> bool:
    job = jobs.find(progress.job_id)
    return job is not None and job.attempts == 1


def _post(hook: Webhook, told: Mapping[UUID, Told]) -> Mapping[str, object]:
    if not told:
        return {"posted": 0}
    hook_id, robot = hook.id, Robot(hook.format, hook.url, hook.secret)
    session().rollback()  # no transaction stays open while the other side is asked
    options = settings()
    place = f"{options.division_name}财政局"
    said = group_text(place, list(told.values()), options.address, robot.format.most_bytes)
    fault = webhooks.post(robot, said, options.robots, clock.now())
    _note(hook_id, list(told)[:1] if fault else told, fault)
    if fault:
        raise Unsent(fault)
    return {"posted": len(told)}


def _note(hook_id: int, told: Collection[UUID], fault: str) -> None:
    now = clock.now()
    with transaction() as work:
        work.add_all(WebhookPost(webhook_id=hook_id, told=one, at=now, fault=fault) for one in told)
