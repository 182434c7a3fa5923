"""What kinds of units and offices there are, and how unit codes form a tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol

from core.errors import Refused


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


class Site(Protocol):
    """A unit as people work in it."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_leaf(self) -> bool: ...
    @property
    def enabled(self) -> bool: ...


class Place(Site, Protocol):
    """A unit as the rules of its life need it."""

    @property
    def id(self) -> int: ...
    @property
    def merged_into_id(self) -> int | None: ...


def title_of(unit: Site) -> str:
    """201003 区实验小学."""
    return f"{unit.code} {unit.name}"


def check_in_operation(unit: Place) -> None:
    """A closed or merged unit files nothing more. Raises `Refused`."""
    if unit.merged_into_id is not None:
        raise Refused(f"单位“{title_of(unit)}”已并入其他单位，不能送审；仍需的用款请由接收单位另填计划。")
    if not unit.enabled:
        raise Refused(f"单位“{title_of(unit)}”已停用，不能送审；如仍需用款，请联系系统管理员恢复单位。")


def check_free(unit: Place, numbers: Sequence[str], what: str) -> None:
    """Nobody closes a unit over plans on their way. Raises `Refused` with their numbers and what to do."""
    if numbers:
        raise Refused(
            f"单位“{title_of(unit)}”还有 {len(numbers)} 份计划在审核中或已挂起：{'、'.join(numbers)}。"
            f"请先批复、退回或由单位撤回这些计划，再办理{what}。"
        )


def check_reopen(unit: Place, enabled: bool) -> None:
    """What was merged stays closed. Raises `Refused`."""
    if enabled and unit.merged_into_id is not None:
        raise Refused(f"单位“{title_of(unit)}”已并入其他单位，不能重新启用；如需恢复，请以新的单位代码导入。")


def check_merger(old: Place, new: Place, day: date, today: date) -> None:
    """Two different leaves of which the successor works, on a day that has come. Raises `Refused`, all at once."""
    faults = []
    if old.merged_into_id is not None:
        faults.append(f"单位“{title_of(old)}”已经并入其他单位，不能再次合并。")
    if old.id == new.id:
        faults.append("接收单位就是本单位，请填写另一个单位的代码。")
    if not (old.is_leaf and new.is_leaf):
        faults.append("只能合并末级单位；部门汇总单位请通过导入单位调整。")
    if not new.enabled:
        faults.append(f"接收单位“{title_of(new)}”已停用，请先恢复或另选单位。")
    if not date(today.year, 1, 1) <= day <= today:
        faults.append(f"合并日期须在今年年初和今天（{today}）之间；以后的合并请到那天再办理。")
    if faults:
        raise Refused(*faults)
