"""Opening, moving and closing the filing window of a month."""

from __future__ import annotations

from datetime import datetime

from accounts.people.rules import Person, System
from budget.windows import rules, store
from budget.windows.models import FilingWindow
from core import history
from core.db import transaction


def save_window(
    division_code: str, year: int, month: int, opens_at: datetime, closes_at: datetime, *, by: Person | System
) -> None:
    """Set from when to when plans of this month may be submitted. Raises `Refused`."""
    rules.check_month(year, month)
    rules.check_dates(opens_at, closes_at)
    with transaction() as work:
        window = store.find_window(division_code, year, month)
        before = store.shown(window)
        if window is None:
            window = FilingWindow(division_code=division_code, fiscal_year=year, month=month)
            work.add(window)
        window.opens_at, window.closes_at = opens_at, closes_at
        summary = f"{year}年{month}月申报窗口：{store.shown(window)}"
        history.record("window", f"{year}-{month:02d}", "save", summary, by=by, details={"before": before})
