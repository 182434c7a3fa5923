"""Giving a post and ending one, inside the caller's transaction; whoever does it is an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from accounts.people import granting, store
from accounts.people.models import Account, Post
from accounts.people.rules import ADMINISTRATORS, HeldPost, Person, Role, System, check_compatible
from accounts.people.seats import lent_to, standing_in
from core import clock, history
from core.errors import Refused

Administrator = Person | System


@dataclass(frozen=True)
class PostDraft:
    """A post as it is asked for: the place by the unit's code or the office's id."""

    role: Role
    starts_on: date
    ends_on: date | None = None
    unit_code: str = ""
    office_id: int | None = None


def give_post(work: Session, account: Account, draft: PostDraft, division_code: str, by: Administrator) -> Post:
    """The post of this draft, for a person whose account is locked. Raises `Refused` when it does not fit."""
    unit, office = store.find_place(division_code, draft.unit_code, draft.office_id)
    if draft.unit_code and unit is None:
        raise Refused(f"没有代码为“{draft.unit_code}”的单位，请核对后重填。")
    granting.check_place(draft.role, unit, office)
    granting.check_term(draft.starts_on, draft.ends_on)
    held = list(account.posts)
    post = Post(role=draft.role, unit=unit, office=office, starts_on=draft.starts_on, ends_on=draft.ends_on)
    post.unit_id, post.office_id = unit.id if unit else None, office.id if office else None
    check_compatible(held, post)
    granting.check_lent(_lent(account, post), post)
    account.posts.append(post)
    work.flush()  # the post's id
    if draft.ends_on is not None:
        store.watch_desks(draft.ends_on, by=by)
    term = f"{draft.starts_on} 起" + (f"至 {draft.ends_on}" if draft.ends_on else "")
    summary = f"授予“{account.name}”岗位：{post.place_name}{draft.role.label}，{term}"
    history.record("person", account.id, "grant_post", summary, by=by, details={"post": post.id})
    return post


def _lent(account: Account, wanted: Post) -> Iterator[tuple[HeldPost, str]]:
    """The posts at which he acts for others, and those of people who would act for him at the wanted one."""
    for delegation, post in lent_to(account.id, wanted.starts_on):
        yield post, f"“{account.name}”正受{delegation.giver.name}委托代办“{post.place_name}{post.role.label}”"
    for delegation, post in standing_in(account.id, wanted):
        yield post, f"“{account.name}”已委托{delegation.taker.name}代办，而{delegation.taker.name}任“{post.role.label}”"


def end(work: Session, account: Account, post: Post, last_day: date, by: Administrator) -> None:
    """The last day of a locked post; one that has not begun is withdrawn. Raises `Refused`."""
    today = clock.today()
    granting.check_not_self(account.id, by.id, "终止自己的岗位")
    what = f"“{account.name}”的岗位：{post.place_name}{post.role.label}"
    if post.starts_on > today:
        work.delete(post)
        history.record("person", account.id, "withdraw_post", f"撤销尚未开始的{what}", by=by)
        return
    granting.check_last_day(post, last_day, today)
    granting.check_replaceable(post.role, others_holding(post.role, account.id))
    post.ends_on = last_day
    store.watch_desks(last_day, by=by)
    history.record("person", account.id, "end_post", f"终止{what}，最后任职日 {last_day}", by=by)


def others_holding(role: Role, person_id: int) -> int:
    """How many others hold this administrator's role today; enough for every other role."""
    if role not in ADMINISTRATORS:
        return 1
    return sum(holder.id != person_id for holder in store.holders(role, clock.today()))
