"""Saving the yearly table of special days."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

from sqlalchemy import delete

from budget.calendar import rules, store
from budget.calendar.models import CalendarYear, SpecialDay
from budget.calendar.rules import Day
from core import history
from core.db import alone, session, transaction
from core.differences import Difference, Record, compare
from core.errors import Refused
from core.history import Actor
from core.waiting import retried


@retried
def save_days(division_code: str, year: int, text: str, seen: int, *, by: Actor) -> Difference:
    """Make the table of the year what the text says. Raises `Refused`, `Conflict` when the page was an old one."""
    days = rules.read_table(text, year)
    with transaction():
        return _replace(division_code, year, days, seen, f"{year}年工作日历", by)


@retried
def load_default_days(division_code: str, year: int, seen: int, *, by: Actor) -> Difference:
    """Replace the table of the year by the arrangement of the State Council that this house knows."""
    text = store.default_text(year)
    if not text:
        raise Refused(f"系统没有附带 {year} 年的放假安排，请按国务院办公厅通知逐行填写。")
    days = rules.read_table(text, year)
    with transaction():
        return _replace(division_code, year, days, seen, f"载入{year}年国务院办公厅放假安排", by)


def _replace(division_code: str, year: int, days: Collection[Day], seen: int, what: str, by: Actor) -> Difference:
    alone(f"calendar {division_code} {year}")
    before = store.days_of(division_code, year)
    stored, typed = _records(before), _records(days)
    version = store.calendar_version(division_code, year)
    rules.check_version(f"{year}年工作日历", seen, version, stored, typed, partial(history.last_said, "calendar", year))
    told = compare(stored, typed, removes=True)
    if not told.is_empty:
        _store(division_code, set(days), set(before))
        details = {"before": rules.table_text(before)} if before else {}
        history.record("calendar", year, "save", f"{what}：{told}", by=by, details=details)
        _count_up(division_code, year)
    return told


def _records(days: Iterable[Day]) -> dict[str, Record]:
    return {one.day.isoformat(): one.record() for one in days}


def _store(division_code: str, wanted: set[Day], stored: set[Day]) -> None:
    """Days that differ or are gone go, new ones and the new form of changed ones come."""
    work = session()
    gone = [one.day for one in stored - wanted]
    work.execute(delete(SpecialDay).where(SpecialDay.division_code == division_code, SpecialDay.day.in_(gone)))
    for one in sorted(wanted - stored):
        work.add(SpecialDay(division_code=division_code, day=one.day, is_work=one.is_work, name=one.name))


def _count_up(division_code: str, year: int) -> None:
    head = store.find_calendar(division_code, year)
    if head is None:
        session().add(CalendarYear(division_code=division_code, year=year, version=1))
    else:
        head.version += 1
