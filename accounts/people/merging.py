"""Merging one unit into another (单位合并): the unit closes, its posts end, its successor may read what it filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy.orm import Session

from accounts.people import store
from accounts.people.models import Post
from accounts.people.rules import Person, Role, System
from accounts.units import store as units
from accounts.units.models import Unit
from accounts.units.rules import check_free, check_merger, title_of
from core import clock, history, notices
from core.db import transaction
from core.errors import Missing, Refused
from core.versions import check_untouched
from core.waiting import retried


@dataclass(frozen=True)
class MergerDraft:
    """Into which unit, with which last day, and on what grounds."""

    successor_code: str
    day: date
    reason: str


@retried
def merge_unit(unit_id: int, draft: MergerDraft, division: str, seen: int, *, by: Person | System) -> int:
    """Merge the unit into another; gives how many posts end. Money stays where it is until an import moves it.

    Raises `Refused` with every obstacle at once: plans on their way, a successor that cannot be one, no reason.
    """
    with transaction() as work:
        units.hold_tree()
        busy = units.plans_on_their_way([unit_id], lock=True)
        old, new = units.locked(unit_id, division), units.find_unit(division, draft.successor_code)
        if new is None:
            raise Refused(f"没有代码为“{draft.successor_code}”的单位，请核对后重填。")
        now = {"单位名称": old.name, "状态": "启用" if old.enabled else "停用"}
        check_untouched(old, seen, f"单位“{title_of(old)}”", now)
        _check(old, new, draft, busy.get(old.id, []))
        old.merged_into_id, old.ends_on, old.enabled = new.id, draft.day, False
        ended = _end_posts(work, old, draft.day, by)
        _tell(old, new, draft, ended, by)
        return ended


def merge_by_codes(old_code: str, draft: MergerDraft, division: str, *, by: Person | System) -> int:
    """The same by codes, for the command line, which has just read what it changes."""
    old = units.find_unit(division, old_code)
    if old is None:
        raise Missing(f"没有代码为“{old_code}”的单位。")
    return merge_unit(old.id, draft, division, old.version, by=by)


def _check(old: Unit, new: Unit, draft: MergerDraft, busy: list[str]) -> None:
    faults: list[str] = []
    checks = (partial(check_merger, old, new, draft.day, clock.today()), partial(check_free, old, busy, "合并"))
    for check in checks:
        try:
            check()
        except Refused as refusal:
            faults.extend(refusal.sentences)
    if not draft.reason.strip():
        faults.append("请填写合并依据，例如批文的名称和文号。")
    if faults:
        raise Refused(*faults)


def _end_posts(work: Session, old: Unit, day: date, by: Person | System) -> int:
    """Posts end on the day, but not before yesterday: what was done until then was done with a mandate."""
    today = clock.today()
    last = max(day, today - timedelta(days=1))
    posts = store.posts_at(old.id, last)
    for post in posts:
        _end(work, post, last, today, by)
    if posts:
        store.watch_desks(last, by=by)
    return len(posts)


def _end(work: Session, post: Post, last: date, today: date, by: Person | System) -> None:
    what = f"“{post.account.name}”的岗位：{post.place_name}{post.role.label}"
    if post.starts_on > today:
        work.delete(post)
        history.record("person", post.person_id, "withdraw_post", f"单位合并，撤销尚未开始的{what}", by=by)
    else:
        post.ends_on = max(last, post.starts_on)
        said = f"单位合并，终止{what}，最后任职日 {post.ends_on}"
        history.record("person", post.person_id, "end_post", said, by=by)


def _tell(old: Unit, new: Unit, draft: MergerDraft, ended: int, by: Person | System) -> None:
    """Both units' histories; the security administrators, who give the posts at the successor, and its clerks."""
    details = {"old": old.code, "new": new.code, "day": str(draft.day), "reason": draft.reason, "posts": ended}
    said = f"单位“{title_of(old)}”自 {draft.day} 起并入“{title_of(new)}”：{draft.reason.strip()}"
    history.record("unit", old.id, "merge", f"{said}；终止岗位 {ended} 个", by=by, details=details)
    history.record("unit", new.id, "take_over", said, by=by, details=details)
    today = clock.today()
    guards = {one.id for one in store.holders(Role.SECURITY_ADMIN, today)}
    notices.tell(guards, f"{old.name}已并入{new.name}，原单位岗位 {ended} 个已终止，请按需在接收单位授予岗位", "/posts")
    clerks = {one.id for one in store.holders(Role.UNIT_CLERK, today, unit_id=new.id)}
    notices.tell(clerks, f"{old.name}已并入本单位，可以查看它已送审的计划、指标和台账", "/plans")
