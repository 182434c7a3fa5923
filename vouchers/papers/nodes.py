"""Payment nodes of a contract: what falls due when, what is kept back, and how far lines may draw by a day. Pure.

A node is given in percent of the contract's face or as an amount; all nodes of a contract are of one sort and make up
the whole of it. A node whose condition has not come true yet has no day, and allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from core.errors import Refused
from core.money import ZERO, Money

# Kinds of paper that have nodes: 合同或协议, 政府采购合同, 施工合同.
CONTRACTS: Final = ("14", "33", "43")
MOST_NODES: Final = 30
WHOLE: Final = 10_000  # hundredths of a percent
LONGEST_NAME: Final = 50
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """One node: `share` in hundredths of a percent, or an amount; `due` is None until the day is known."""

    name: str
    due: date | None = None
    share: int | None = None
    amount: Money | None = None
    is_retention: bool = False

    @property
    def said(self) -> str:
        """The node in words, for the history."""
        kept = "，质保金" if self.is_retention else ""
        return f"{self.name} {self.much or f'{self.amount} 元'}（{self.due or '日期未定'}{kept}）"

    @property
    def much(self) -> str:
        """Its percentage; empty for an amount."""
        return "" if self.share is None else percent(self.share)


@dataclass(frozen=True, slots=True)
class Node:
    """A node with the yuan that it comes to; `share` in words, empty for an amount."""

    name: str
    due: date | None
    share: str
    amount: Money
    is_retention: bool

    def is_due(self, day: date) -> bool:
        """Whether it may be paid by that day."""
        return self.due is not None and self.due <= day


def told(drafts: Iterable[NodeDraft]) -> str:
    """All nodes in words."""
    return "；".join(draft.said for draft in drafts)


def percent(share: int) -> str:
    """30 % of 3000, 97.5 % of 9750."""
    whole, part = divmod(share, 100)
    return f"{whole}.{part:02}".rstrip("0").rstrip(".") + "%"


def check_nodes(drafts: Sequence[NodeDraft], face: Money | None) -> None:
    """They mean something, are of one sort, and make up the whole contract. Raises `Refused` with every fault."""
    if face is None:
        raise Refused("请先在登记内容中填写合同总价，再填写付款节点。")
    faults = [*_each(drafts), *_together(drafts, face)]
    if faults:
        raise Refused(*faults)


def _each(drafts: Sequence[NodeDraft]) -> Iterable[str]:
    for number, draft in enumerate(drafts, start=1):
        if not draft.name:
            yield f"第 {number} 个节点没有名称。"
        if len(draft.name) > LONGEST_NAME:
            yield f"第 {number} 个节点的名称不能超过 {LONGEST_NAME} 个字。"
        if (draft.share is None) == (draft.amount is None):
            yield f"第 {number} 个节点请填写比例或金额中的一项。"
        elif (draft.share or 0) <= 0 and (draft.amount or ZERO) <= ZERO:
            yield f"第 {number} 个节点的比例或金额应大于 0。"


def _together(drafts: Sequence[NodeDraft], face: Money) -> Iterable[str]:
    if not drafts:
        yield "请至少填写一个付款节点。"
    elif len(drafts) > MOST_NODES:
        yield f"付款节点不能超过 {MOST_NODES} 个。"
    shares = [draft.share for draft in drafts if draft.share is not None]
    amounts = [draft.amount for draft in drafts if draft.amount is not None]
    if shares and amounts:
        yield "各节点请都填比例，或者都填金额。"
    elif shares and sum(shares) != WHOLE:
        yield f"各节点的比例合计是 {percent(sum(shares))}，应为 100%。"
    elif amounts and Money.total(amounts) != face:
        yield f"各节点的金额合计是 {Money.total(amounts)} 元，应等于合同总价 {face} 元。"


def nodes_of(drafts: Sequence[NodeDraft], face: Money | None) -> list[Node]:
    """The nodes in yuan. Percentages are rounded so that together they are exactly the face."""
    whole = (face or ZERO).fen
    ends = [(whole * share + WHOLE // 2) // WHOLE for share in accumulate(draft.share or 0 for draft in drafts)]
    starts = [0, *ends]
    return [
        Node(one.name, one.due, one.much, one.amount or Money(end - start), one.is_retention)
        for one, start, end in zip(drafts, starts, ends, strict=False)
    ]


def allowed(nodes: Iterable[Node], day: date) -> Money:
    """What may be drawn by that day: the nodes that are due."""
    return Money.total(node.amount for node in nodes if node.is_due(day))


def retained(nodes: Iterable[Node]) -> Money:
    """质保金: what is kept back."""
    return Money.total(node.amount for node in nodes if node.is_retention)


def warning(called: str, nodes: Sequence[Node], day: date, drawn: Money) -> str:
    """A sentence when more is drawn by that day than the nodes allow; "" otherwise. Nothing is blocked."""
    most = allowed(nodes, day)
    if drawn <= most:
        return ""
    ahead = next((node for node in nodes if not node.is_due(day)), None)
    what = "质保金" if ahead is not None and ahead.is_retention else "节点"
    comes = f"{ahead.due} 到期" if ahead is not None and ahead.due else "日期未定"
    next_one = f"下一{what}“{ahead.name}”{ahead.amount} 元，{comes}。" if ahead is not None else ""
    return f"合同“{called}”到 {day} 按付款节点可付 {most} 元，已使用 {drawn} 元，超出 {drawn - most} 元。{next_one}"
