"""What kinds of units and offices there are, and how unit codes form a tree."""

from __future__ import annotations

from enum import StrEnum


class UnitKind(StrEnum):
    """单位类型: decides which column of the economic-class mapping applies."""

    ADMINISTRATIVE = "administrative"
    INSTITUTION = "institution"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return "行政单位" if self is UnitKind.ADMINISTRATIVE else "事业单位"


class OfficeKind(StrEnum):
    """股室: what part of the bureau an office plays."""

    BUSINESS = "business"
    BUDGET = "budget"
    TREASURY = "treasury"
    PAYMENT_CENTRE = "payment_centre"
    LEADERS = "leaders"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return _OFFICE_LABELS[self]


_OFFICE_LABELS = {
    OfficeKind.BUSINESS: "业务股室",
    OfficeKind.BUDGET: "预算股",
    OfficeKind.TREASURY: "国库股",
    OfficeKind.PAYMENT_CENTRE: "支付中心",
    OfficeKind.LEADERS: "局领导",
}


def department_code(unit_code: str) -> str:
    """The department (主管部门) is the first three digits of a 3-6-9 code."""
    return unit_code[:3]
