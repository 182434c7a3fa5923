"""For which lines a step of a chain is asked: a condition over the facts of a line, told as a sentence.

A condition is kept as canonical JSON, so that the same condition is always the same text. What it does not name, it
does not ask; all that it names must hold. Amounts are in fen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final

from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core.digests import canonical
from core.errors import Refused
from core.money import Money

# The days over which payments of one unit from one allotment to one payee are added up.
ROLLING_DAYS: Final = 30
_FLAGS: Final = {"guaranteed": "“三保”支出", "purchase": "政府采购", "direct": "直达资金"}
_AMOUNTS: Final = {
    "line_from": "单行金额",
    "plan_from": "整份计划金额",
    "rolling_from": f"同一指标、同一收款人 {ROLLING_DAYS} 天内累计金额",
}


@dataclass(frozen=True)
class LineFacts:
    """What is known of a line when it is seen whether a step is asked about it."""

    kind: PlanKind
    spending: SpendingKind
    amount: Money
    plan_amount: Money
    rolling: Money
    fund_type: str
    guaranteed: bool = False
    purchase: bool = False
    direct: bool = False
    entered: bool = False


@dataclass(frozen=True)
class Condition:
    """Each part narrows; an empty condition is met by every line.

    `kinds` and `funds` are sets of codes (the beginning of a fund type is enough); a flag asks for yes or no. Where
    several amounts are named, reaching one of them is enough: a line that was split is still large.
    """

    kinds: frozenset[str] = frozenset()
    spending: str = ""
    line_from: int = 0
    plan_from: int = 0
    rolling_from: int = 0
    funds: frozenset[str] = frozenset()
    guaranteed: bool | None = None
    purchase: bool | None = None
    direct: bool | None = None

    def misses(self, line: LineFacts) -> Iterator[str]:
        """Why the step is not asked about this line, as short sentences; none when it is."""
        if self.kinds and line.kind.value not in self.kinds:
            yield f"{line.kind.label}不在其中"
        if self.spending and line.spending.value != self.spending:
            yield f"是{line.spending.label}"
        if self.funds and not any(line.fund_type.startswith(code) for code in self.funds):
            yield f"资金性质 {line.fund_type or '未填'} 不在其中"
        for name, words in _FLAGS.items():
            wanted, there = getattr(self, name), getattr(line, name)
            if wanted is not None and wanted is not there:
                yield f"{'是' if there else '不是'}{words}"
        yield from self._too_small(line)

    def _too_small(self, line: LineFacts) -> Iterator[str]:
        given = {"line_from": line.amount, "plan_from": line.plan_amount, "rolling_from": line.rolling}
        asked = {name: Money(getattr(self, name)) for name in _AMOUNTS if getattr(self, name)}
        if asked and not any(given[name] >= least for name, least in asked.items()):
            alike: dict[tuple[Money, Money], list[str]] = {}
            for name, least in asked.items():
                alike.setdefault((given[name], least), []).append(_AMOUNTS[name])
            yield "，".join(
                f"{'和'.join(names)} {amount} 元不到 {least} 元" for (amount, least), names in alike.items()
            )

    def values(self, line: LineFacts) -> dict[str, object]:
        """The values of the line that the condition looked at, for the record."""
        looked: dict[str, object] = {}
        if self.kinds:
            looked["kind"] = line.kind.value
        if self.spending:
            looked["spending"] = line.spending.value
        if self.funds:
            looked["fund_type"] = line.fund_type
        looked.update({name: getattr(line, name) for name in _FLAGS if getattr(self, name) is not None})
        given = {"line_from": line.amount, "plan_from": line.plan_amount, "rolling_from": line.rolling}
        looked.update({name: given[name].fen for name in _AMOUNTS if getattr(self, name)})
        return looked

    @property
    def said(self) -> str:
        """项目支出，且单行金额满 100,000.00 元; 所有行 when nothing is asked."""
        parts = list(self._said())
        return "，且".join(parts) if parts else "所有行"

    def _said(self) -> Iterator[str]:
        if self.kinds:
            yield "、".join(PlanKind(kind).label for kind in sorted(self.kinds))
        if self.spending:
            yield SpendingKind(self.spending).label
        if self.funds:
            yield f"资金性质为 {'、'.join(sorted(self.funds))}"
        for name, words in _FLAGS.items():
            wanted = getattr(self, name)
            if wanted is not None:
                yield f"{'是' if wanted else '不是'}{words}"
        amounts = [f"{words}满 {Money(least)} 元" for name, words in _AMOUNTS.items() if (least := getattr(self, name))]
        if amounts:
            yield "或".join(amounts)

    def text(self) -> str:
        """The condition as it is stored."""
        asked = {one.name: getattr(self, one.name) for one in fields(self)}
        return canonical({name: _plain(value) for name, value in asked.items() if _is_asked(value)})

    @classmethod
    @cache
    def read(cls, text: str) -> Condition:
        """The condition that `text` tells. Raises `Refused` for what is none."""
        try:
            given: Mapping[str, Any] = json.loads(text)
            return cls(**{name: _typed(name, value) for name, value in given.items()})
        except (AttributeError, TypeError, ValueError) as broken:
            raise Refused("审批流程中的适用条件无法识别，请联系系统管理员重新设置。") from broken


def _is_asked(value: object) -> bool:
    return value is False or bool(value)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _typed(name: str, value: object) -> Any:
    """What a part of a condition may be. Raises `TypeError`."""
    if isinstance(value, list) and name in ("kinds", "funds"):
        return frozenset(PlanKind(one).value if name == "kinds" else str(one) for one in value)
    if isinstance(value, bool) and name in _FLAGS:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0 and name in _AMOUNTS:
        return value
    if isinstance(value, str) and name == "spending":
        return SpendingKind(value).value
    raise TypeError(name)
