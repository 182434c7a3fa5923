"""When plans of a month may be submitted."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.errors import Refused


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
            f"{year}年{month}月的申报已经截止（{shown}），不能送审；草稿已保留。确需补报请联系{contact}开放窗口。"
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
