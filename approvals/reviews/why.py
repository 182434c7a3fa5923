"""Why a desk is asked, in sentences: the values that its condition looked at, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from approvals.reviews.reasons import Reason
from budget.allotments.rules import SpendingKind
from budget.plans.rules import PlanKind
from core.money import Money

# So many places are named before the rest is counted.
_MOST: Final = 12
_SAY: Final[Mapping[str, Callable[[Any], str]]] = {
    "kind": lambda code: PlanKind(code).label,
    "spending": lambda code: SpendingKind(code).label,
    "fund_type": lambda code: f"资金性质 {code or '未填'}",
    "guaranteed": lambda yes: f"{'是' if yes else '不是'}“三保”支出",
    "purchase": lambda yes: f"{'是' if yes else '不是'}政府采购",
    "direct": lambda yes: f"{'是' if yes else '不是'}直达资金",
    "line_from": lambda fen: f"单行金额 {Money(fen)} 元",
    "plan_from": lambda fen: f"整份计划 {Money(fen)} 元",
    "rolling_from": lambda fen: f"30 天内累计 {Money(fen)} 元",
}


def values_said(reason: Reason) -> list[str]:
    """第 1、3 行：项目支出，单行金额 120,000.00 元; lines of the same values are told together."""
    alike: dict[str, list[int]] = {}
    for place, looked in sorted((reason.values or {}).items(), key=lambda pair: int(pair[0])):
        words = "，".join(_SAY[name](value) for name, value in looked.items() if name in _SAY)
        alike.setdefault(words, []).append(int(place))
    return [f"{places_said(places)}：{words}" for words, places in alike.items() if words]


def left_out_said(reason: Reason) -> list[str]:
    """第 2 行：是基本支出; lines that are left out for the same reason are told together."""
    alike: dict[str, list[int]] = {}
    for place, because in sorted((reason.left_out or {}).items(), key=lambda pair: int(pair[0])):
        alike.setdefault(because, []).append(int(place))
    return [f"{places_said(places)}：{because}" for because, places in alike.items()]


def places_said(places: Sequence[int]) -> str:
    """第 1、3 行; 第 1、2、3 行等 40 行."""
    named = "、".join(map(str, places[:_MOST]))
    return f"第 {named} 行" + (f"等 {len(places)} 行" if len(places) > _MOST else "")
