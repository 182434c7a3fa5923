"""Reading the payment nodes of a contract as they are typed, row by row, with what is wrong in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import request
from wtforms import StringField
from wtforms.validators import Length

from core.errors import Refused
from core.fields import EditForm
from core.money import Money
from vouchers.papers.nodes import LONGEST_REASON, MOST_NODES, NodeDraft

# Blank rows below those that are filled in.
_SPARE: Final = 3
_COLUMNS: Final = ("name", "due", "much", "retention")
_SHARE: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]")


@dataclass(frozen=True, slots=True)
class TypedNode:
    """One row, word for word; `much` is 30% or an amount in yuan."""

    name: str = ""
    due: str = ""
    much: str = ""
    retention: str = ""

    @property
    def blank(self) -> bool:
        """Nothing was typed into it."""
        return not (self.name.strip() or self.due.strip() or self.much.strip())

    def draft(self, number: int) -> NodeDraft:
        """The row read strictly. Raises `Refused`."""
        share, amount = _much(self.much.strip(), number)
        return NodeDraft(self.name.strip(), _day(self.due.strip(), number), share, amount, self.retention == "1")

    @classmethod
    def of(cls, draft: NodeDraft) -> TypedNode:
        """A node as its clerk would type it."""
        due, retention = draft.due.isoformat() if draft.due else "", "1" if draft.is_retention else ""
        return cls(draft.name, due, draft.much or str(draft.amount), retention)


class NodesForm(EditForm):
    """The nodes with the reason for changing them; `seen` is the number of the agreement that was shown."""

    reason = StringField(
        "修改原因", [Length(max=LONGEST_REASON, message=f"修改原因不能超过 {LONGEST_REASON} 个字。")],
        description="送审的计划已使用这份合同后，修改须填写，例如补充协议或验收日期。",
    )  # fmt: skip

    def typed(self) -> list[TypedNode]:
        """The rows that were sent, without blank ones."""
        columns = [request.form.getlist(name)[:MOST_NODES + 1] for name in _COLUMNS]
        rows = (TypedNode(*(cell[:100] for cell in cells)) for cells in zip(*columns, strict=False))
        return [row for row in rows if not row.blank]

    def drafts(self) -> list[NodeDraft]:
        """All nodes. Raises `Refused` with what is wrong in each row."""
        drafts: list[NodeDraft] = []
        faults: list[str] = []
        for number, row in enumerate(self.typed(), start=1):
            try:
                drafts.append(row.draft(number))
            except Refused as refusal:
                faults.extend(refusal.sentences)
        if faults:
            raise Refused(*faults)
        return drafts


def rows_of(nodes: Iterable[NodeDraft] | Sequence[TypedNode]) -> list[TypedNode]:
    """The rows of the page, with blank ones at the end."""
    return [*_rows(nodes), *(TypedNode() for _ in range(_SPARE))]


def _rows(nodes: Iterable[NodeDraft] | Sequence[TypedNode]) -> Iterator[TypedNode]:
    for node in nodes:
        yield node if isinstance(node, TypedNode) else TypedNode.of(node)


def _much(text: str, number: int) -> tuple[int | None, Money | None]:
    found = _SHARE.fullmatch(text)
    if found:
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")), None
    if not text:
        return None, None
    try:
        return None, Money.parse(text)
    except Refused as refusal:
        raise Refused(f"第 {number} 个节点：{refusal}比例请写百分号，如 30%。") from refusal


def _day(text: str, number: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Refused(f"第 {number} 个节点的应付日期应写成 2026-03-31，条件未到的留空。") from wrong
