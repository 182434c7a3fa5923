"""Where and when a post may be given or taken back, and what nobody may do to himself; pure as rules are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from accounts.people.rules import HeldPost, PlaceKind, Role, incompatibility
from accounts.people.spans import overlap
from accounts.units.rules import Site, title_of
from core.errors import Refused

_PLACE_WORDS: Final = {
    PlaceKind.UNIT: "须在预算单位任职：请填写单位代码，股室留空。",
    PlaceKind.OFFICE: "须在股室任职：请选择股室，单位代码留空。",
    PlaceKind.BUREAU: "在全局任职：单位代码和股室都要留空。",
}


def check_place(role: Role, unit: Site | None, office: object | None) -> None:
    """Raise `Refused` unless the post is held at the kind of place that the role asks for."""
    wanted = (role.place is PlaceKind.UNIT, role.place is PlaceKind.OFFICE)
    if (unit is not None, office is not None) != wanted:
        raise Refused(f"“{role.label}”{_PLACE_WORDS[role.place]}")
    if unit is None:
        return
    if not unit.enabled:
        raise Refused(f"单位“{title_of(unit)}”已停用，不能在那里任职。")
    if role is Role.DEPARTMENT_REVIEWER and len(unit.code) != 3:
        raise Refused(f"“{role.label}”须在主管部门（3 位代码）任职，“{title_of(unit)}”不是主管部门。")
    if role is not Role.DEPARTMENT_REVIEWER and not unit.is_leaf:
        raise Refused(f"“{role.label}”须在末级单位任职，“{title_of(unit)}”下面还有单位，请填末级单位的代码。")


def check_term(starts_on: date, ends_on: date | None) -> None:
    """Raise `Refused` when a post would end before it starts."""
    if ends_on is not None and ends_on < starts_on:
        raise Refused("截止日期早于起始日期，请检查两个日期。")


def check_last_day(post: HeldPost, last_day: date, today: date) -> None:
    """Raise `Refused` when a post would be prolonged, or lost for days on which it may already have been used."""
    earliest = max(post.starts_on, today - timedelta(days=1))
    if post.ends_on is not None and post.ends_on < max(last_day, earliest):
        raise Refused(f"这个岗位到 {post.ends_on} 为止，不能再延长；需要继续任职请重新授予。")
    if last_day < earliest:
        raise Refused(f"最后任职日不能早于 {earliest}；要立即收回权限，请系统管理员停用账号。")


def check_not_self(person_id: int, by_id: int | None, what: str) -> None:
    """Raise `Refused` when somebody would do this to his own account."""
    if person_id == by_id:
        raise Refused(f"不能{what}，请由另一位管理员办理。")


def check_replaceable(role: Role, other_holders: int) -> None:
    """Raise `Refused` when the house would be left without its administrator."""
    if role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN) and other_holders == 0:
        raise Refused(f"这是最后一位“{role.label}”，须先有另一位在任，才能停用或终止。")


def check_username(username: str) -> None:
    """Raise `Refused` unless the name can be typed at sign-in without doubt."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,31}", username):
        raise Refused("用户名须为 2 至 32 位小写字母、数字、点、横线或下划线，以字母或数字开头。")


def check_lent(lent: Iterable[tuple[HeldPost, str]], wanted: HeldPost) -> None:
    """A new post goes together with those that its holder acts at for others, and those of whoever acts for him.

    `lent` are such posts, each with the sentence that says whose they are. Raises `Refused` naming the delegation.
    """
    for post, said in lent:
        reason = incompatibility(post.role, wanted.role, post.unit_id == wanted.unit_id)
        if reason and overlap(post, wanted):
            raise Refused(f"{said}，与“{wanted.role.label}”不能由一人担任，请先撤销委托：{reason}")
