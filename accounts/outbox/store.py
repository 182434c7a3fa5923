"""Reading what still has to leave the house, and what became of what left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, func, literal, select

from accounts.outbox.letters import NOTICE, Line, Post
from accounts.outbox.rules import Told
from accounts.people.models import Account
from core.db import session
from core.errors import Missing
from core.mail import UNREACHABLE, Mailing
from core.notices import Notice, NoticeWay, Way
from core.webhooks import Webhook, WebhookPost

# What could not be sent for so long is not sent any more: it stands in the page.
GIVEN_UP_LETTER: Final = timedelta(days=7)
GIVEN_UP_POST: Final = timedelta(hours=24)
_AT_MOST: Final = 5000
# How many messages leave together, as a rule at most.
_TOGETHER: Final = 10


def find_way(person_id: int) -> NoticeWay | None:
    """What the person chose; None while he has chosen nothing."""
    return session().get(NoticeWay, person_id, populate_existing=True)


def posts_due(ways: Collection[Way], now: datetime, before: datetime, people: Collection[int] = ()) -> list[Post]:
    """By person, the unread messages that no letter has brought yet; of these people only, if any are named."""
    query = _unsent(now).where(NoticeWay.way.in_(ways), Notice.created_at <= before)
    if people:
        query = query.where(Notice.person_id.in_(people))
    rows = session().execute(query.order_by(Notice.person_id, Notice.id).limit(_AT_MOST)).all()
    return [_post(list(his)) for _, his in groupby(rows, key=lambda row: row.person_id)]


def _unsent(now: datetime) -> Select[*tuple[object, ...]]:
    brought = select(Mailing.id).where(Mailing.about == NOTICE, Mailing.about_id == Notice.id, Mailing.fault == "")
    return (
        select(
            *(Notice.id, Notice.person_id, Notice.text, Notice.link, Notice.created_at),
            *(Account.name, NoticeWay.address),
        )
        .join(NoticeWay, NoticeWay.person_id == Notice.person_id)
        .join(Account, Account.id == Notice.person_id)
        .where(Account.active, NoticeWay.address != "", Notice.read_at.is_(None), ~brought.exists())
        .where(Notice.created_at >= NoticeWay.since, Notice.created_at > now - GIVEN_UP_LETTER)
    )


def _post(rows: Sequence[Row[*tuple[object, ...]]]) -> Post:
    lines = [Line(row.id, row.text, row.link, row.created_at) for row in rows]
    return Post(rows[0].name, rows[0].address, lines)


def told_due(hook: Webhook, now: datetime) -> dict[UUID, Told]:
    """What a robot has still to say, oldest first; who was told the same at once stands in one line."""
    posted = select(WebhookPost.id).where(
        WebhookPost.webhook_id == hook.id, WebhookPost.told == Notice.told, WebhookPost.fault == ""
    )
    query = (
        select(Notice.told, Notice.text, Notice.link, Account.name)
        .join(Account, Account.id == Notice.person_id)
        .where(Notice.kind.in_(hook.kind_set), Notice.told.is_not(None), ~posted.exists())
        .where(Notice.created_at >= max(hook.since, now - GIVEN_UP_POST))
        .order_by(Notice.created_at, Notice.told, Notice.id)
        .limit(_AT_MOST)
    )
    grouped = groupby(session().execute(query).all(), key=lambda row: (row.told, row.text, row.link))
    return {told: Told([row.name for row in rows], text, link) for (told, text, link), rows in grouped}


def webhooks() -> list[Webhook]:
    """All robots, by name."""
    return list(session().scalars(select(Webhook).order_by(Webhook.name, Webhook.id)))


def get_webhook(webhook_id: int) -> Webhook:
    """The robot. Raises `Missing`."""
    hook = session().get(Webhook, webhook_id, populate_existing=True)
    if hook is None:
        raise Missing()
    return hook


def locked_webhook(webhook_id: int) -> Webhook:
    """The robot, held until the transaction ends. Raises `Missing`."""
    hook = session().get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if hook is None:
        raise Missing()
    return hook


def was_away(webhook_id: int, since: datetime | None = None) -> bool:
    """Whether the robot's last attempt failed, and not longer ago, if a moment is given."""
    query = select(WebhookPost.fault, WebhookPost.at).where(WebhookPost.webhook_id == webhook_id)
    last = session().execute(query.order_by(WebhookPost.id.desc()).limit(1)).first()
    return last is not None and last.fault != "" and (since is None or last.at > since)


def mail_was_away(since: datetime | None = None) -> bool:
    """Whether the mail server could not be reached with the last letter, and not longer ago, if a moment is given."""
    query = select(Mailing.fault, Mailing.at).where(Mailing.about == NOTICE).order_by(Mailing.id.desc()).limit(1)
    last = session().execute(query).first()
    return last is not None and last.fault.startswith(UNREACHABLE) and (since is None or last.at > since)


@dataclass(frozen=True)
class Sent:
    """What left, or could not, in one go: when, by which robot or to whom, and how many messages it held."""

    at: datetime
    name: str
    fault: str
    count: int
    address: str = ""


def newest_posts(limit: int) -> list[Sent]:
    """What became of the newest posts of robots."""
    query = select(WebhookPost.at, Webhook.name, WebhookPost.fault, literal("").label("address"))
    query = query.join(Webhook, Webhook.id == WebhookPost.webhook_id).order_by(WebhookPost.id.desc())
    return _in_one_go(query, limit)


def newest_letters(limit: int, person_id: int | None = None) -> list[Sent]:
    """What became of the newest letters; of those to one person if he is named."""
    query = select(Mailing.at, Account.name, Mailing.fault, Mailing.address)
    query = query.join(Notice, Notice.id == Mailing.about_id).join(Account, Account.id == Notice.person_id)
    query = query.where(Mailing.about == NOTICE).order_by(Mailing.id.desc())
    return _in_one_go(query if person_id is None else query.where(Notice.person_id == person_id), limit)


def _in_one_go(query: Select[*tuple[object, ...]], limit: int) -> list[Sent]:
    """Messages that left together are one line."""
    rows = session().execute(query.limit(limit * _TOGETHER)).all()
    runs = groupby(rows, key=lambda row: (row.at, row.name, row.fault, row.address))
    told = [Sent(at, name, fault, len(list(run)), address) for (at, name, fault, address), run in runs]
    return told[:limit]


def counts_of_ways() -> Iterator[tuple[Way, int]]:
    """How many people chose which way."""
    query = select(NoticeWay.way, func.count()).group_by(NoticeWay.way)
    yield from ((way, count) for way, count in session().execute(query))
