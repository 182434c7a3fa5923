"""When plans of a month may be submitted: windows, and permits beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from budget.calendar.rules import YearState, check_year
from core.errors import Refused

LONGEST_REASON: Final = 300
_DECEMBER: Final = 12


class Window(Protocol):
    """申报窗口: from when to when plans of one month may be submitted."""

    @property
    def fiscal_year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


def is_open(window: Window | None, now: datetime) -> bool:
    """Whether plans may be submitted now; the closing moment itself still counts."""
    return window is not None and window.opens_at <= now <= window.closes_at


def check_open(window: Window | None, year: int, month: int, now: datetime, shown: str, contact: str) -> None:
    """Raise `Refused` outside the window. `shown` is the window in Shanghai time, `contact` whom to ask (H03)."""
    if window is None:
        raise Refused(f"{year}年{month}月的申报窗口尚未设置，计划可先保存为草稿；请联系{contact}。")
    if now < window.opens_at:
        raise Refused(f"{year}年{month}月的申报窗口还没有开放（{shown}），计划可先保存为草稿。")
    if now > window.closes_at:
        raise Refused(
            f"{year}年{month}月的申报已经截止（{shown}），不能送审；草稿已保留。"
            f"可以转为下月计划；确需补报请联系{contact}准予延期申报。"
        )


def check_dates(opens_at: datetime, closes_at: datetime) -> None:
    """Raise `Refused` when a window would close before it opens."""
    if closes_at <= opens_at:
        raise Refused("截止时间须晚于开放时间，请检查两个时间。")


def is_month(year: int, month: int) -> bool:
    """Whether this is a month in which the system may be in use."""
    return 2000 <= year <= 2100 and 1 <= month <= 12


def check_month(year: int, month: int) -> None:
    """Raise `Refused` unless this is a month."""
    if not is_month(year, month):
        raise Refused(f"没有 {year} 年 {month} 月，请核对年份和月份。")


# Permits, and whether a plan may be filed now


class PermitKind(StrEnum):
    """What an exception allows: monthly plans after the deadline, or supplements outside the window."""

    LATE = "late"
    SUPPLEMENT = "supplement"

    @property
    def label(self) -> str:
        """The exception as people read it."""
        return "延期申报" if self is PermitKind.LATE else "追加申报"


class Permit(Protocol):
    """例外: what finance grants one unit for one month."""

    @property
    def valid_until(self) -> datetime: ...


@dataclass(frozen=True)
class Filing:
    """What is to be filed: the kind of plan as stored (monthly, supplement, …), its month, and its reason."""

    kind: str
    year: int
    month: int
    reason: str = ""


@dataclass(frozen=True)
class Terms:
    """What a filing is judged by: the month's window, the unit's newest permit of the kind, and the year."""

    window: Window | None = None
    permit: Permit | None = None
    year: YearState = YearState.OPEN
    last_supplement: datetime | None = None
    shown: str = ""
    permit_shown: str = ""
    contact: str = ""

    @property
    def told(self) -> str:
        """The window and the permit as the check page says them."""
        return f"{self.shown}；已准予例外，有效期{self.permit_shown}" if self.permit else self.shown


def check_may_file(filing: Filing, terms: Terms, now: datetime) -> None:
    """Whether a plan may be submitted now. Raises `Refused`.

    Monthly plans need the open window or a late permit, supplements a permit and a reason; reductions, adjustments
    and plans entered by finance need an open year only.
    """
    check_year(terms.year, filing.year)
    if filing.kind == "monthly":
        if not _holds(terms.permit, now):
            check_open(terms.window, filing.year, filing.month, now, terms.shown, terms.contact)
    elif filing.kind == "supplement":
        faults = list(_supplement_faults(filing, terms, now))
        if faults:
            raise Refused(*faults)


def _holds(permit: Permit | None, now: datetime) -> bool:
    return permit is not None and now <= permit.valid_until


def _supplement_faults(filing: Filing, terms: Terms, now: datetime) -> Iterator[str]:
    if not filing.reason.strip():
        yield "追加计划须写明追加原因。"
    if terms.last_supplement is not None and now > terms.last_supplement:
        yield f"{filing.year}年的追加计划已经截止（年终规定），不能送审；请列入下一年度计划，或联系{terms.contact}。"
    elif terms.permit is None:
        yield f"{filing.year}年{filing.month}月的追加计划须先由财政准予“追加申报”，请联系{terms.contact}并说明原因。"
    elif not _holds(terms.permit, now):
        yield f"准予追加申报的期限已过（{terms.permit_shown}），请联系{terms.contact}。"


def check_reason(reason: str) -> None:
    """A permit and its end have a reason. Raises `Refused`."""
    if not reason.strip():
        raise Refused("请写明原因。")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因不能超过 {LONGEST_REASON} 个字。")


def month_to_move_to(month: int, window: Window | None, following: Window | None, now: datetime) -> int:
    """To which month a late plan may go: the next one, while its window is not over. Raises `Refused`."""
    if window is None or now <= window.closes_at:
        raise Refused("本月的申报还没有截止，不用转为下月计划。")
    if month == _DECEMBER:
        raise Refused(
            "12月是本年度最后一个月，不能转为下月计划；确需在本年支付的，请联系国库岗准予延期申报，"
            "其余的在新年度指标下达后申报1月计划。"
        )
    if following is not None and now > following.closes_at:
        raise Refused(f"{month + 1}月的申报也已经截止，请直接新建以后月份的计划，或联系国库岗准予延期申报。")
    return month + 1
