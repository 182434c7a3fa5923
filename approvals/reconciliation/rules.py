"""What is compared with what, and when two amounts differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.money import ZERO, Money


class Check(StrEnum):
    """One comparison of two sides that must agree (domain 5.5)."""

    GRANTED = "granted"
    HELD = "held"
    POSTED = "posted"
    HOLDS = "holds"
    LEDGER = "ledger"
    PLANS = "plans"
    PAID = "paid"
    NUMBERS = "numbers"
    CODES = "codes"

    @property
    def label(self) -> str:
        """The comparison as people read it."""
        return {
            "granted": "指标额度 = 额度流水合计",
            "held": "指标占用 = 占用流水合计",
            "posted": "指标已批复 = 批复流水合计",
            "holds": "指标占用 = 在审计划申报数合计",
            "ledger": "指标已批复 = 台账核批数合计",
            "plans": "计划核批数 = 台账核批数",
            "paid": "支付认领 ≤ 台账核批数",
            "numbers": "台账号连续",
            "codes": "要素编码级次完整",
        }[self.value]


@dataclass(frozen=True)
class Difference:
    """One place at which the two sides do not agree, in words."""

    check: Check
    place: str
    stored: str
    found: str


def unequal(
    check: Check, stored: Mapping[int, Money], found: Mapping[int, Money], names: Mapping[int, str]
) -> Iterator[Difference]:
    """Where two sides of amounts differ; what one side lacks counts as nothing. In the order of the keys."""
    for key in sorted({*stored, *found}):
        one, other = stored.get(key, ZERO), found.get(key, ZERO)
        if one != other:
            yield Difference(check, names.get(key, str(key)), str(one), str(other))


def overpaid(
    paid: Mapping[int, Money], approved: Mapping[int, Money], names: Mapping[int, str]
) -> Iterator[Difference]:
    """Lines on which more is paid than approved, or less than nothing."""
    for key in sorted(paid):
        limit = approved.get(key, ZERO)
        if not ZERO <= paid[key] <= limit:
            yield Difference(Check.PAID, names.get(key, str(key)), str(limit), str(paid[key]))


def gaps(heads: Mapping[int, tuple[int, int]]) -> Iterator[Difference]:
    """Years whose ledger numbers are not 1..n: `heads` gives count and highest number."""
    for year, (count, highest) in sorted(heads.items()):
        if count != highest:
            yield Difference(Check.NUMBERS, f"{year}年", f"最大号 {highest}", f"共 {count} 行")
