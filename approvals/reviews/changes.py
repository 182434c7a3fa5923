"""What changed in a line from one submitted content to another: field by field, and its vouchers. Pure.

Lines are the mappings that a content keeps (content.py), whatever the version of its form: a field that one of the two
does not have is not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.money import Money

Line = Mapping[str, Any]
# A voucher as a content keeps it: kind, name, digest; its number, and the fen that are drawn, where there are any.
Paper = tuple[str, str, str, str, int]
Pair = tuple[Paper, Paper]

NOTHING: Final = "（空）"
FIELDS: Final = {
    "allotment": "预算指标", "applied": "申报数", "purpose": "用途", "payee": "收款人", "pay_date": "拟支付日",
    "month": "支付月份", "note": "备注", "source": "调减来源",
}  # fmt: skip
HEADER: Final = {"month": "月份", "remark": "说明", "reason": "原因"}


@dataclass(frozen=True)
class FieldChange:
    """One field as it was and as it is, in words."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class LineChange:
    """All that changed in a line; `swapped` are vouchers of the same name or content that are not the same any more."""

    fields: Sequence[FieldChange] = ()
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    swapped: Sequence[str] = ()
    # The submission with which the line was compared.
    since: int = 0

    def __bool__(self) -> bool:
        return bool(self.fields or self.added or self.removed or self.swapped)


def changes_in(old: Line, new: Line, names: Mapping[str, str], since: int = 0) -> LineChange:
    """What changed from the old line to the new one. `names` are those of the allotments, by their codes."""
    both = "papers" in old and "papers" in new
    papers = [[_paper(*paper) for paper in line["papers"]] if both else [] for line in (old, new)]
    gone, come, renamed, exchanged = _vouchers(*papers)
    swapped = [f"{one[1]}（内容已更换）" for one, _ in exchanged] + [_renamed(*pair) for pair in renamed]
    fields = fields_changed(old, new, FIELDS, names)
    return LineChange(fields, [one[1] for one in come], [one[1] for one in gone], swapped, since)


def fields_changed(
    old: Line, new: Line, labels: Mapping[str, str], names: Mapping[str, str] | None = None
) -> list[FieldChange]:
    """The fields that both sides have and that differ, in the order of `labels`."""
    differ = [name for name in labels if name in old and name in new and old[name] != new[name]]
    return [
        FieldChange(name, labels[name], _said(name, old[name], names or {}), _said(name, new[name], names or {}))
        for name in differ
    ]


def _said(name: str, value: Any, names: Mapping[str, str]) -> str:
    if not value:
        return NOTHING
    say = _WORDS.get(name)
    return names.get(value, value) if name == "allotment" else say(value) if say else str(value)


_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "applied": lambda fen: str(Money(fen)),
    "pay_date": lambda text: f"{date.fromisoformat(text):%Y-%m-%d}",
    "month": lambda month: f"{month} 月",
    "source": lambda source: f"{source[0]} 第 {source[1]} 行",
}


def _vouchers(old: Iterable[Paper], new: Iterable[Paper]) -> tuple[list[Paper], list[Paper], list[Pair], list[Pair]]:
    """What is gone, what has come, what is the same file under another name, and the same name with another content."""
    before, now = Counter(old), Counter(new)
    gone, come = list((before - now).elements()), list((now - before).elements())
    renamed = _pairs(gone, come, lambda one: one[2])
    exchanged = _pairs(gone, come, lambda one: one[1])
    return gone, come, renamed, exchanged


def _pairs(gone: list[Paper], come: list[Paper], key: Callable[[Paper], str]) -> list[Pair]:
    """Take out of both lists what belongs together."""
    found: list[Pair] = []
    for one in list(gone):
        other = next((paper for paper in come if key(paper) == key(one)), None)
        if other is not None:
            gone.remove(one)
            come.remove(other)
            found.append((one, other))
    return found


def _paper(kind: str, name: str, digest: str, number: str = "", fen: int = 0) -> Paper:
    return kind, name, digest, number, fen


def _renamed(old: Paper, new: Paper) -> str:
    """The same file: what is said of it otherwise than before."""
    if old[1] != new[1]:
        return f"{old[1]} 改名为 {new[1]}"
    told = ["凭证种类已改"] if old[0] != new[0] else []
    if old[3] != new[3]:
        told.append(f"号码由 {old[3] or NOTHING} 改为 {new[3] or NOTHING}")
    if old[4] != new[4]:
        told.append(f"使用金额由 {_drawn(old[4])} 改为 {_drawn(new[4])}")
    return f"{old[1]}（{'，'.join(told)}）"


def _drawn(fen: int) -> str:
    return str(Money(fen)) if fen else NOTHING
