"""Looking for desks without people, at once when somebody leaves and every night; and 离岗交接 itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from accounts.delegations.ending import end_on
from accounts.delegations.store import locked_around
from accounts.people import store as people
from accounts.people.models import Account, Post
from accounts.people.rules import SYSTEM, Person
from accounts.people.tenure import PostDraft, end, give_post
from approvals.desks import moving, rules, store
from approvals.reviews.steps import tell_administrators
from core import clock, history, jobs, notices
from core.db import session, transaction
from core.errors import Refused
from core.waiting import retried

# So many tasks are named in one notice.
_NAMED: Final = 3


@retried
def watch_desks(payload: Mapping[str, Any], _progress: jobs.Progress | None) -> Mapping[str, object]:
    """Free what only somebody who left could do, and tell the administrators of plans where nobody may act.

    The job may name somebody who leaves and his successor: then what was given to the one goes to the other.
    """
    with transaction():
        moved = _pass_on(payload)
        moving.move_given(store.held(None, clock.today()), None, by=SYSTEM)
        return {"unmanned": _tell_of_unmanned(), "moved": moved}


def _pass_on(payload: Mapping[str, Any]) -> int:
    if "successor" not in payload:
        return 0
    leaver, successor = (people.get_account(payload[who]) for who in ("leaver", "successor"))
    moving.close_questions(leaver)
    given = store.held(leaver.id, clock.today())
    return moving.move_given(given, successor if successor.active else None, by=SYSTEM)


def _tell_of_unmanned() -> int:
    """Tell the system and the security administrators what waits where nobody may act, the most urgent by name."""
    page = store.unmanned_page(clock.today(), 1)
    if page.total:
        named = "；".join(one.said for one in page.items[:_NAMED])
        said = f"有 {page.total} 项待办目前无人办理（岗位空缺），请尽快授予岗位，由接任人员办理"
        tell_administrators(f"{said}：{named}{'等' if page.total > _NAMED else ''}")
    return page.total


@dataclass(frozen=True)
class TurnOver:
    """Who takes over which posts (by id) after which last day, and why."""

    successor: str
    post_ids: Collection[int]
    last_day: date
    reason: str


@dataclass(frozen=True)
class Handed:
    """What a 离岗交接 did: posts ended, posts given, tasks that the successor has now, desks where nobody may act."""

    ended: int
    given: int
    tasks: int
    unmanned: int


@retried
def turn_over(person_id: int, draft: TurnOver, division_code: str, *, by: Person) -> Handed:
    """离岗交接: a person's posts end and go to his successor from the next day on, and so does what was given to him.

    Raises `Refused` when the successor may not hold one of the posts beside his own; nothing has changed then.
    """
    today = clock.today()
    with transaction():
        leaver, successor = _both(person_id, _successor(draft.successor).id)
        rules.check_turn_over(leaver, successor, by.id)
        posts = [post for post in store.posts_of(leaver.id, today, lock=True) if post.id in set(draft.post_ids)]
        rules.check_chosen(len(posts), len(set(draft.post_ids)))
        given = _posts(leaver, successor, posts, draft, division_code, by)
        leaves = not store.posts_of(leaver.id, draft.last_day + timedelta(days=1))
        if leaves:
            for made in locked_around(leaver.id, today):
                end_on(made, draft.last_day, by=by)
        tasks = _tasks(leaver, successor, draft.last_day, by) if leaves else 0
        session().flush()
        unmanned = _tell_of_unmanned() if draft.last_day < today else 0
        _tell(leaver, successor, draft, given, by)
        return Handed(len(posts), given, tasks, unmanned)


def _successor(named: str) -> Account:
    found = people.find_by_username(named)
    if found is None:
        raise Refused(f"没有用户名为“{named}”的人员，请先由系统管理员新增。")
    return found


def _both(person_id: int, successor_id: int) -> tuple[Account, Account]:
    held = {one: people.locked(one) for one in sorted({person_id, successor_id})}
    return held[person_id], held[successor_id]


def _posts(
    leaver: Account, successor: Account, posts: Sequence[Post], draft: TurnOver, division_code: str, by: Person
) -> int:
    """End each post and give it on; gives how many the successor did not hold already."""
    given = 0
    for post in posts:
        wanted = _draft_of(post, draft.last_day)
        already = any(_same_place(one, post) and _lasts(one, wanted) for one in successor.posts)
        end(session(), leaver, post, draft.last_day, by)
        if not already and (wanted.ends_on is None or wanted.ends_on >= wanted.starts_on):
            give_post(session(), successor, wanted, division_code, by)
            given += 1
    return given


def _draft_of(post: Post, last_day: date) -> PostDraft:
    starts_on = max(last_day + timedelta(days=1), post.starts_on)
    return PostDraft(post.role, starts_on, post.ends_on, post.unit.code if post.unit else "", post.office_id)


def _same_place(one: Post, other: Post) -> bool:
    return (one.role, one.unit_id, one.office_id) == (other.role, other.unit_id, other.office_id)


def _lasts(held: Post, wanted: PostDraft) -> bool:
    """Whether a post that the successor holds already covers the one that he would get."""
    return held.starts_on <= wanted.starts_on and (held.ends_on is None or held.ends_on == wanted.ends_on)


def _tasks(leaver: Account, successor: Account, last_day: date, by: Person) -> int:
    """What was given to him goes over: now when his last day is over, else in the night after it."""
    if last_day >= clock.today():
        people.watch_desks(last_day, by=by, leaver=leaver.id, successor=successor.id)
        return 0
    moving.close_questions(leaver)
    session().flush()
    return moving.move_given(store.held(leaver.id, clock.today()), successor, by=by)


def _tell(leaver: Account, successor: Account, draft: TurnOver, given: int, by: Person) -> None:
    starts_on = draft.last_day + timedelta(days=1)
    said = f"离岗交接：{leaver.name}的岗位自 {starts_on} 起由{successor.name}接任：{draft.reason.strip()}"
    details = {"leaver": leaver.id, "successor": successor.id, "posts": sorted(draft.post_ids), "given": given}
    for one in (leaver.id, successor.id):
        history.record("person", one, "turn_over", said, by=by, details=details)
    notices.tell([successor.id], f"{said}。他的待办从那天起在您的待办中", "/queue")
    notices.tell([leaver.id], said, "/notices")
