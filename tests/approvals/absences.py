"""What stories of absence and separation share: people who join and leave, delegations, and the open desk of a plan."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from accounts.delegations.actions import DelegationDraft, delegate
from accounts.people import actions as people
from accounts.people import store as people_store
from accounts.people.actions import PostDraft
from accounts.people.models import Account
from accounts.people.rules import SYSTEM, Role
from approvals.reviews import actions, queue, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.reasons import Reason, read_reason
from approvals.reviews.rules import Act, TaskState
from approvals.reviews.traces import digest_of
from core import notices
from core.db import session, transaction
from core.errors import Refused
from tests.approvals.stories import opinions, plan
from tests.world import DIVISION, World

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)


def lend(world: World, giver: str, taker: str) -> None:
    """The giver lets the taker act for him this week."""
    delegate(DelegationDraft(taker, None, TODAY, TODAY + timedelta(days=6), "出差"), by=world.person(giver))


def join(world: World, username: str, name: str, role: Role, **place: str) -> None:
    """Somebody new with a first post."""
    office = world.offices.get(place.get("office", ""))
    draft = PostDraft(role, TODAY, unit_code=place.get("unit", ""), office_id=office)
    people.add_holder(username, name, draft, DIVISION, by=SYSTEM)
    world.people[username] = account_of(username).id


def secretary(world: World) -> None:
    """Somebody without a post of his own."""
    people.add_person("su", "苏秘书", "", by=SYSTEM)
    world.people["su"] = account_of("su").id


def account_of(username: str) -> Account:
    found = people_store.find_by_username(username)
    assert found is not None
    return found


def second_account(world: World, username: str, of: str, role: Role, **place: str) -> None:
    """The same human being again: the same name and telephone."""
    first = session().get_one(Account, world.people[of])
    join(world, username, first.name, role, **place)
    with transaction() as work:
        work.get_one(Account, world.people[username]).phone = first.phone


def leave(world: World, username: str) -> None:
    """His first post ended yesterday."""
    post = account_of(username).posts[0]
    people.end_post(post.id, TODAY - timedelta(days=1), post.version, by=world.person("an"))


def desk(plan_id: UUID) -> ReviewTask:
    """The open desk of a plan."""
    tasks = store.tasks_of(plan_id, plan(plan_id).revision)
    return next(task for task in tasks if task.state is TaskState.OPEN)


def why(plan_id: UUID) -> Reason:
    return read_reason(desk(plan_id).why)


def excluded(plan_id: UUID) -> list[tuple[str, str]]:
    """Who was left out when the open desk was opened, and why."""
    return [(name, reason) for name, reason in why(plan_id).excluded]


def act(world: World, username: str, plan_id: UUID) -> Act:
    """The person agrees at the open desk, whether his queue shows it or not."""
    task = desk(plan_id)
    return actions.decide(task.id, opinions(task), "", digest_of(plan(plan_id)), by=world.person(username))


def refused(world: World, username: str, plan_id: UUID) -> str:
    """With what sentence he is sent away; his queue does not show the plan."""
    before = plan(plan_id).version
    assert plan_id not in waiting(world, username)
    with pytest.raises(Refused) as caught:
        act(world, username, plan_id)
    session().rollback()
    assert plan(plan_id).version == before
    return str(caught.value)


def waiting(world: World, username: str) -> list[UUID]:
    return [item.plan.id for item in queue.queue_page(world.person(username))[0]]


def told(world: World, username: str) -> list[str]:
    """His messages, the newest first."""
    return [one.text for one in notices.newest(world.people[username])]


def alarms(world: World) -> list[str]:
    """Those to the security administrator about desks without people, the newest first."""
    return [text for text in told(world, "an") if "无人办理" in text]


def newcomer(world: World) -> None:
    """马国栋, who has no post yet."""
    people.add_person("ma", "马国栋", "", by=SYSTEM)
    world.people["ma"] = account_of("ma").id
