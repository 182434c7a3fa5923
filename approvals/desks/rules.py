"""When one person's posts may go over to another; pure as rules are."""

from __future__ import annotations

from typing import Protocol

from core.errors import Refused


class Human(Protocol):
    """Somebody's account, as far as it matters here."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def active(self) -> bool: ...


def check_turn_over(leaver: Human, successor: Human, by_id: int) -> None:
    """An administrator turns nothing of his own over and takes nothing himself. Raises `Refused`."""
    if by_id in (leaver.id, successor.id):
        raise Refused("不能给自己办理离岗交接，也不能接任；请由另一位安全管理员办理。")
    if leaver.id == successor.id:
        raise Refused("接任人不能是离岗人本人，请填写另一位同事的用户名。")
    if not successor.active:
        raise Refused(f"“{successor.name}”的账号已停用，不能接任。")


def check_chosen(found: int, chosen: int) -> None:
    """At least one post, and each still his. Raises `Refused`."""
    if not chosen:
        raise Refused("请至少选择一个要交接的岗位。")
    if found != chosen:
        raise Refused("有的岗位刚刚已经终止，请刷新页面后重新选择。")
