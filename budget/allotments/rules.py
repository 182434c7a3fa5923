"""What an allotment (指标) has left, what a posting does to it, and what is basic or project spending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from core.errors import Refused
from core.money import Money

MONTHS: Final = 12
_GUARANTEES: Final = {"003001": "保工资", "003002": "保运转", "003003": "保基本民生"}


class PostingKind(StrEnum):
    """How money of an allotment moves; a database trigger carries each row into the balances."""

    GRANT = "grant"
    HOLD = "hold"
    RELEASE = "release"
    POST = "post"
    REVERSE = "reverse"

    @property
    def label(self) -> str:
        """The movement as people read it."""
        return {"grant": "下达额度", "hold": "送审占用", "release": "解除占用", "post": "批复", "reverse": "批复冲回"}[
            self.value
        ]


class SpendingKind(StrEnum):
    """支出类型 by 项目类别: 1 and 21 are basic, the rest project (domain 0.9)."""

    BASIC = "basic"
    PROJECT = "project"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return "基本支出" if self is SpendingKind.BASIC else "项目支出"


def spending_kind(pro_cat_code: str) -> SpendingKind:
    """基本支出 = 人员类 1 and 公用经费 21."""
    return SpendingKind.BASIC if pro_cat_code in {"1", "21"} else SpendingKind.PROJECT


class Balance(Protocol):
    """An allotment as the money rules need it."""

    @property
    def granted(self) -> Money: ...
    @property
    def held(self) -> Money: ...
    @property
    def posted(self) -> Money: ...


def available(allotment: Balance) -> Money:
    """What may still be asked for: granted − held − posted."""
    return allotment.granted - allotment.held - allotment.posted


def monthly_share(kind: SpendingKind, granted: Money, left: Money) -> Money | None:
    """What a month of basic spending suggests: an even twelfth, never more than is left; None for projects."""
    if kind is SpendingKind.PROJECT or left <= Money(0):
        return None
    return min(granted.share(MONTHS), left)


def guarantee_label(code: str) -> str:
    """“三保” as a short word; empty for spending that is none of the three."""
    return _GUARANTEES.get(code[:6], "三保" if code.startswith("003") else "")


# 直达资金标识 as the tables of the platform and of some provinces call it; 09 means none.
_DIRECT: Final = ("direct_flag", "直达资金标识", "是否直达资金")
_NOT_DIRECT: Final = frozenset({"", "0", "09", "2", "否"})


def is_direct(pro_name: str, doc_title: str, extra: Mapping[str, str]) -> bool:
    """Whether the money goes straight through to those who benefit: by its flag, or where none is given, its name."""
    for name in _DIRECT:
        if name in extra:
            return str(extra[name]).strip() not in _NOT_DIRECT
    return "直达" in f"{pro_name}{doc_title}"


class Named(Protocol):
    """An allotment as its label needs it."""

    @property
    def doc_no(self) -> str: ...
    @property
    def pro_name(self) -> str: ...
    @property
    def dep_eco_code(self) -> str: ...
    @property
    def dep_eco_name(self) -> str: ...


def label_of(one: Named) -> str:
    """How clerks know it: document number, project and economic class."""
    return f"{one.doc_no} {one.pro_name} {one.dep_eco_code} {one.dep_eco_name}".strip()


def unique_labels(labels: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Labels that tell allotments apart: the second of two equal ones in the order of ids becomes “… ·2”."""
    told: dict[int, str] = {}
    taken: set[str] = set()
    for key, label in sorted(labels):
        text, count = label, 1
        while text in taken:
            count += 1
            text = f"{label} ·{count}"
        taken.add(text)
        told[key] = text
    return told


@dataclass(frozen=True)
class Holder:
    """Who else holds money of an allotment: a plan's number, the line and the amount."""

    plan_number: str
    line_no: int
    amount: Money

    def __str__(self) -> str:
        return f"{self.plan_number} 第 {self.line_no} 行占用 {self.amount} 元"


def check_cut(label: str, committed: Money, new_amount: Money) -> None:
    """An import may not lower an allotment below what is held and posted. Raises `Refused` by name."""
    if new_amount < committed:
        raise Refused(
            f"指标“{label}”的新金额 {new_amount} 元低于已占用和已批复的 {committed} 元，"
            "请先调减或退回相关用款计划，再导入。"
        )


def check_deletable(label: str, committed: Money) -> None:
    """An import may not delete an allotment that plans count on. Raises `Refused` by name."""
    if committed:
        raise Refused(
            f"指标“{label}”已有用款计划占用或批复 {committed} 元，不能删除；请先退回、调减或撤销相关用款计划，"
            "或者改为冻结（指标可执行标志填“否”）。"
        )


def check_stays(label: str, committed: Money, what: str) -> None:
    """An import may not take an allotment away from the plans that count on it. Raises `Refused` by name."""
    if committed:
        raise Refused(
            f"指标“{label}”已有用款计划占用或批复 {committed} 元，不能改变{what}，请先退回或调减相关用款计划，再导入。"
        )


def short_sentence(line_no: int, label: str, wanted: Money, left: Money, holders: Iterable[Holder]) -> str:
    """The sentence that names the line, the allotment, what is left and who holds the rest."""
    others = "；".join(str(holder) for holder in holders)
    rest = f"其余额度：{others}。" if others else "其余额度已批复使用。"
    return f"第 {line_no} 行：指标“{label}”可用余额 {left} 元，不够申报 {wanted} 元，差 {wanted - left} 元。{rest}"
