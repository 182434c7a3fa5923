"""Reading filing windows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from budget.windows.models import FilingWindow
from core import clock
from core.db import session


def find_window(division_code: str, fiscal_year: int, month: int) -> FilingWindow | None:
    """The window of a month, or None."""
    query = select(FilingWindow).where(
        FilingWindow.division_code == division_code,
        FilingWindow.fiscal_year == fiscal_year,
        FilingWindow.month == month,
    )
    return session().scalars(query).first()


def windows(division_code: str) -> list[FilingWindow]:
    """All windows, newest month first."""
    query = select(FilingWindow).where(FilingWindow.division_code == division_code)
    return list(session().scalars(query.order_by(FilingWindow.fiscal_year.desc(), FilingWindow.month.desc())))


def current_window(division_code: str, now: datetime) -> FilingWindow | None:
    """The window that closes next, or None when all are closed."""
    query = select(FilingWindow).where(
        FilingWindow.division_code == division_code, FilingWindow.opens_at <= now, FilingWindow.closes_at >= now
    )
    return session().scalars(query.order_by(FilingWindow.closes_at)).first()


def shown(window: FilingWindow | None) -> str:
    """The window as people read it, in Shanghai time."""
    if window is None:
        return "未设置"
    opens, closes = clock.local(window.opens_at), clock.local(window.closes_at)
    return f"{opens:%Y年%m月%d日 %H:%M} 至 {closes:%Y年%m月%d日 %H:%M}"
