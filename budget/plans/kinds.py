"""The kinds of usage plan, and in what they differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.errors import Refused

LONGEST_PLAN_REASON: Final = 300


class PlanKind(StrEnum):
    """The kinds of plan (domain 1.4).

    月度 is filed in its window; 追加 outside of it, by permit; 调减 takes back from approved lines; 调整 takes from
    approved lines and gives as much to others; 代编 is entered by finance for a unit.
    """

    MONTHLY = "monthly"
    SUPPLEMENT = "supplement"
    REDUCTION = "reduction"
    ADJUSTMENT = "adjustment"
    ENTERED = "entered"

    @property
    def short(self) -> str:
        """月度, 追加, 调减, 调整 or 代编."""
        return _SHORT[self]

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return f"{self.short}计划"

    @property
    def prefix(self) -> str:
        """How the numbers of this kind begin; also the series they are counted in."""
        return _PREFIXES[self]


_SHORT: Final = {
    PlanKind.MONTHLY: "月度",
    PlanKind.SUPPLEMENT: "追加",
    PlanKind.REDUCTION: "调减",
    PlanKind.ADJUSTMENT: "调整",
    PlanKind.ENTERED: "代编",
}
_PREFIXES: Final = {
    PlanKind.MONTHLY: "YK",
    PlanKind.SUPPLEMENT: "ZJ",
    PlanKind.REDUCTION: "TJ",
    PlanKind.ADJUSTMENT: "TZ",
    PlanKind.ENTERED: "DB",
}
# What a unit's clerk starts.
FILED_BY_UNITS: Final = (PlanKind.MONTHLY, PlanKind.SUPPLEMENT, PlanKind.REDUCTION, PlanKind.ADJUSTMENT)
# What finance enters for a unit (代编).
ENTERED_BY_FINANCE: Final = (PlanKind.ENTERED, PlanKind.REDUCTION)
# These have minus lines. A desk agrees to them as they stand or returns them: a cut would tear the two sides apart.
WITH_MINUS: Final = frozenset({PlanKind.REDUCTION, PlanKind.ADJUSTMENT})
# These have lines that ask for money.
WITH_PLUS: Final = frozenset(PlanKind) - {PlanKind.REDUCTION}
_EXAMPLES: Final = {
    PlanKind.SUPPLEMENT: "上级专项 12 月下达，须年内支付",
    PlanKind.REDUCTION: "会议改为线上举行，会议费不再支付",
    PlanKind.ADJUSTMENT: "设备到货推迟，款项改用于房屋维修",
    PlanKind.ENTERED: "单位新设，尚无经办人员",
}


def title_of(fiscal_year: int, month: int, kind: PlanKind = PlanKind.MONTHLY) -> str:
    """2026年12月用款计划, 2026年12月追加用款计划."""
    return f"{fiscal_year}年{month}月{'' if kind is PlanKind.MONTHLY else kind.short}用款计划"


def check_kind(kind: PlanKind, reason: str) -> None:
    """Every plan but a monthly one says why it is made. Raises `Refused`."""
    if kind is not PlanKind.MONTHLY and not reason.strip():
        raise Refused(f"{kind.label}须写明{kind.short}原因，例如：{_EXAMPLES[kind]}。")
    if len(reason) > LONGEST_PLAN_REASON:
        raise Refused(f"{kind.short}原因不能超过 {LONGEST_PLAN_REASON} 个字。")
