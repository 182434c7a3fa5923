"""What stands on the face of a paper, and how far lines may draw on its amount. Pure.

A draw is live while its paper, its line and its plan are. Live draws of a paper never exceed its face amount; the
database says the same. A paper without a face amount (minutes, an approval) is merely attached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from core.errors import Refused
from core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Face:
    """Number, date, counterparty and amount of a paper, as far as they are known."""

    number: str = ""
    on: date | None = None
    counterparty: str = ""
    amount: Money | None = None

    @property
    def clean(self) -> Face:
        """The same without blanks that mean nothing: none in a number, single ones in a name."""
        return replace(self, number="".join(self.number.split()), counterparty=" ".join(self.counterparty.split()))


def record_of(face: Face) -> dict[str, str]:
    """The face in the words of the page, to show two versions of it side by side."""
    return {
        "号码": face.number,
        "日期": f"{face.on:%Y-%m-%d}" if face.on else "",
        "对方单位": face.counterparty,
        "票面金额": str(face.amount) if face.amount is not None else "",
    }


def check_face(face: Face, drawn: Money) -> None:
    """An amount is more than nothing and covers what lines draw already. Raises `Refused`."""
    if face.amount is not None and face.amount <= ZERO:
        raise Refused("票面金额应大于 0；没有金额的凭证（如会议纪要、批示）请留空。")
    if drawn > (face.amount or ZERO):
        raise Refused(f"这份凭证已被用款使用 {drawn}，票面金额不能少于它；请先改小各行的使用金额。")


def check_draw(name: str, face: Money | None, others: Money, amount: Money) -> None:
    """So much may be drawn beside what `others` draw. Raises `Refused` with what is left."""
    if amount <= ZERO:
        raise Refused("使用金额应大于 0；只附凭证、不占用金额的，请留空。")
    if face is None:
        raise Refused(f"“{name}”没有票面金额，只能附在行上；需要按金额使用的，请先填写它的票面金额。")
    left = face - others
    if amount > left:
        raise Refused(
            f"“{name}”票面 {face}，其他用款已使用 {others}，还可使用 {max(left, ZERO)}，这里填写了 {amount}，不能超过。"
        )


def covered(draws: Iterable[tuple[str, Money]]) -> Money:
    """What the draws of a line prove of it, each given with the paper's kind.

    Papers of one kind add up. Those of several kinds (a contract and its invoice) prove the same money again.
    """
    sums: Counter[str] = Counter()
    for kind, amount in draws:
        sums[kind] += amount.fen
    return Money(max(sums.values(), default=0))
