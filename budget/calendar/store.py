"""Reading the working calendar and the state of the fiscal years."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, select

from budget.calendar.models import CalendarYear, FiscalYear, SpecialDay
from budget.calendar.rules import Day, YearState, check_year
from core import recall
from core.db import session

_DEFAULTS: Final = Path(__file__).parent / "defaults"


# Built once: to build a statement takes as long as to run it.
_SPECIAL: Final = select(SpecialDay.day, SpecialDay.is_work).where(
    SpecialDay.division_code == bindparam("division"),
    SpecialDay.day.between(bindparam("first"), bindparam("last")),
)


@recall.once
def special_days(division_code: str, first: date, last: date) -> dict[date, bool]:
    """The special days from one date to another, as the rules take them."""
    return dict(session().execute(_SPECIAL, {"division": division_code, "first": first, "last": last}).all())


def days_of(division_code: str, year: int) -> tuple[Day, ...]:
    """The table of a year in the order of its days."""
    query = select(SpecialDay).where(
        SpecialDay.division_code == division_code,
        SpecialDay.day >= date(year, 1, 1),
        SpecialDay.day <= date(year, 12, 31),
    )
    return tuple(sorted(row.said for row in session().scalars(query)))


def find_calendar(division_code: str, year: int) -> CalendarYear | None:
    """The head of a year's table, or None while nothing was ever saved for it."""
    query = select(CalendarYear).where(CalendarYear.division_code == division_code, CalendarYear.year == year)
    return session().scalars(query).first()


def calendar_version(division_code: str, year: int) -> int:
    """The version of a year's table; 0 while nothing was ever saved."""
    head = find_calendar(division_code, year)
    return head.version if head else 0


def default_text(year: int) -> str:
    """The arrangement of the State Council for a year as this house knows it; empty when it does not."""
    file = _DEFAULTS / f"{year}.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def find_fiscal_year(division_code: str, year: int) -> FiscalYear | None:
    """The row of a fiscal year; None means that it is open and never was closed."""
    query = select(FiscalYear).where(FiscalYear.division_code == division_code, FiscalYear.year == year)
    return session().scalars(query).first()


def fiscal_years(division_code: str) -> dict[int, FiscalYear]:
    """Every fiscal year that was ever closed, by year."""
    query = select(FiscalYear).where(FiscalYear.division_code == division_code)
    return {row.year: row for row in session().scalars(query)}


_STATE: Final = select(FiscalYear.state).where(
    FiscalYear.division_code == bindparam("division_code"), FiscalYear.year == bindparam("year")
)


def year_state(division_code: str, year: int) -> YearState:
    """Whether the year is open or closed."""
    return session().scalar(_STATE, {"division_code": division_code, "year": year}) or YearState.OPEN


def check_year_open(division_code: str, year: int) -> None:
    """Raise `Refused` when the year is closed: asked by every action that adds to a year."""
    check_year(year_state(division_code, year), year)
