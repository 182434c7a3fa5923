"""What must be settled before a fiscal year is closed (年结检验), in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import Refused
from core.money import Money

LONGEST_REASON: Final = 300
# So many plans are named in a sentence; the rest are counted.
NAMED: Final = 5


@dataclass(frozen=True)
class Unsettled:
    """Plans of one sort that stand in the way: how many, the first few by name, and their money if it matters."""

    what: str
    todo: str
    count: int
    numbers: Sequence[str]
    amount: Money | None = None

    def __str__(self) -> str:
        named = "、".join(self.numbers[:NAMED]) + (" 等" if self.count > NAMED else "")
        money = f"，共 {self.amount} 元" if self.amount is not None else ""
        return f"{self.what} {self.count} 份（{named}）{money}：{self.todo}。"


def check_settled(year: int, obstacles: Sequence[str]) -> None:
    """Raise `Refused` with everything that is in the way at once."""
    if obstacles:
        raise Refused(f"{year} 年还不能年结：", *obstacles)


def check_reason(reason: str) -> None:
    """Reopening a year has a reason. Raises `Refused`."""
    if not reason.strip():
        raise Refused("请写明反年结的原因。")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因不能超过 {LONGEST_REASON} 个字。")
