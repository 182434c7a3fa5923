"""The windows of a whole year as its rule would make them: shown before anything is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from budget.calendar.store import special_days
from budget.windows import monthly, store
from budget.windows.models import FilingWindow
from budget.windows.monthly import Verdict
from core import clock


@dataclass(frozen=True)
class Planned:
    """One month: its days by the rule, what is stored, and what would be done."""

    month: int
    opens_at: datetime
    closes_at: datetime
    decide_by: date
    stored: FilingWindow | None
    verdict: Verdict


@dataclass(frozen=True)
class YearPlan:
    """What making the windows of a year would do; `digest` stands for all of it."""

    year: int
    months: tuple[Planned, ...]
    overwrite: bool

    @property
    def writing(self) -> list[Planned]:
        """The months whose window would be written."""
        return [one for one in self.months if one.verdict.writes]

    @property
    def kept_by_hand(self) -> int:
        """How many windows that somebody set by hand stay as they are."""
        return sum(one.verdict is Verdict.HAND for one in self.months)

    @property
    def digest(self) -> str:
        """The same plan has the same digest, so that what is done is what was shown."""
        said = [(one.month, one.opens_at, one.closes_at, one.verdict.value) for one in self.months]
        versions = [one.stored.version if one.stored else 0 for one in self.months]
        return hashlib.sha256(repr((self.year, self.overwrite, said, versions)).encode()).hexdigest()


def plan_year(division_code: str, year: int, *, overwrite: bool) -> YearPlan:
    """Read the rule, the calendar and what is stored; nothing is written."""
    now = clock.now()
    terms = store.terms_of_year(division_code, year)
    special = special_days(division_code, date(year - 1, 12, 1), date(year, 12, 31))
    stored = {one.month: one for one in store.windows(division_code, year) if not one.department_code}
    funded = store.is_funded(division_code, year)
    months = []
    for month in range(1, 13):
        days = monthly.dates_of(terms, year, month, special)
        opens = _moment(days.opens_on, 0)
        closes = _moment(days.closes_on, terms.closes_minute)
        found = stored.get(month)
        verdict = monthly.verdict_of(
            found, opens, closes, now=now, overwrite=overwrite, funded=funded or month > 1
        )  # fmt: skip
        months.append(Planned(month, opens, closes, days.decide_by, found, verdict))
    return YearPlan(year, tuple(months), overwrite)


def _moment(day: date, minutes: int) -> datetime:
    return clock.at(day.year, day.month, day.day, *divmod(minutes, 60))


def decide_by(division_code: str, year: int) -> dict[int, date]:
    """By when the plans of each month of a year should be approved: the last working day of the month before."""
    special = special_days(division_code, date(year - 1, 12, 1), date(year, 12, 31))
    terms = store.terms_of_year(division_code, year)
    return {month: monthly.dates_of(terms, year, month, special).decide_by for month in range(1, 13)}
