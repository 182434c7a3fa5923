"""How urgent a task is, by the working days that are left of its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from approvals.reviews.rules import Light, left_said
from budget.calendar.rules import Special, add_working_days, is_working_day
from budget.calendar.store import special_days
from core import clock
from core.web import settings

# So far ahead the calendar is read: no time limit is longer, nor is a row of holidays.
_AHEAD: Final = timedelta(days=60)


@dataclass(frozen=True)
class Limits:
    """This moment, the same hour of the next working day, and the special days until further on."""

    now: datetime
    soon: datetime
    special: Special

    def light(self, due: datetime) -> Light:
        """Red once the time is over, amber when less than a working day is left, green before."""
        if due < self.now:
            return Light.RED
        return Light.AMBER if due <= self.soon else Light.GREEN

    def left(self, due: datetime) -> str:
        """超时 4 小时 · 剩 5 小时 (the last day) · 剩 2 个工作日."""
        days = self._days_until(clock.local(due).date())
        return f"剩 {days} 个工作日" if days else left_said(due - self.now)

    def _days_until(self, last: date) -> int:
        """The working days after today, the last one included; beyond the calendar that was read weekdays count."""
        today = clock.local(self.now).date()
        ahead = (today + timedelta(days=number) for number in range(1, (last - today).days + 1))
        return sum(is_working_day(day, self.special) for day in ahead)


def limits_now(division_code: str = "") -> Limits:
    """The limits as they are judged now, by the bureau's calendar; one query."""
    now = clock.now()
    today = clock.local(now).date()
    special = special_days(division_code or settings().division_code, today, today + _AHEAD)
    soon = now + (add_working_days(today, 1, special) - today)
    return Limits(now, soon, special)
