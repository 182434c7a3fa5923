"""Which days are working days, how the yearly table of special days is written, and what a closed year refuses."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from core.differences import Record, compare
from core.errors import SOMEBODY, Conflict, Refused

LONGEST_NAME: Final = 40
# Special days by date: True is a day of work (调休上班), False a day off (节假日). A date without entry is a weekday.
Special = Mapping[date, bool]

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


class YearState(StrEnum):
    """Whether a fiscal year still takes plans and money."""

    OPEN = "open"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The state as people read it."""
        return "已年结" if self is YearState.CLOSED else "未年结"


def check_year(state: YearState, year: int) -> None:
    """A closed year takes nothing more (I21). Raises `Refused`."""
    if state is YearState.CLOSED:
        raise Refused(f"{year} 年已经年结，不能再新建、送审、审批或登记；确需办理，请联系国库批复岗先反年结。")


@dataclass(frozen=True, order=True)
class Day:
    """One special day: 节假日 or 调休."""

    day: date
    is_work: bool
    name: str

    @property
    def kind(self) -> str:
        """休 or 班."""
        return "班" if self.is_work else "休"

    def record(self) -> Record:
        """The day as a comparison shows it."""
        return {"日期": self.day.isoformat(), "休/班": self.kind, "名称": self.name}


def is_working_day(day: date, special: Special) -> bool:
    """Monday to Friday, unless the table says otherwise."""
    return special.get(day, day.weekday() < _SATURDAY)


def next_working_day(day: date, special: Special) -> date:
    """The day itself when it is a working day, else the first one after it."""
    while not is_working_day(day, special):
        day += _DAY
    return day


def previous_working_day(day: date, special: Special) -> date:
    """The day itself when it is a working day, else the last one before it."""
    while not is_working_day(day, special):
        day -= _DAY
    return day


def add_working_days(day: date, count: int, special: Special) -> date:
    """The working day so many working days after this day; with 0 it is this day itself."""
    for _ in range(count):
        day = next_working_day(day + _DAY, special)
    return day


def last_working_day(year: int, month: int, special: Special) -> date:
    """The last working day of a month."""
    return previous_working_day(date(year, month, monthrange(year, month)[1]), special)


_LINE: Final = re.compile(
    r"(?P<first>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)(?:\s*(?:至|到|~|—|－)\s*(?P<last>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?))?"
    r"[\s,，;；]+(?P<kind>休|放假|班|上班|补班)[\s,，;；]*(?P<name>.*)"
)
_EXAMPLE: Final = "请写成“2026-10-01 至 2026-10-07 休 国庆节”或“2026-10-10 班 国庆节调休”"


def read_table(text: str, year: int) -> tuple[Day, ...]:
    """The table of a year as it is typed or pasted, one line a day or a span. Raises `Refused` with every fault."""
    days: dict[date, Day] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            for one in _days_of(line.strip(), year):
                if one.day in days:
                    raise Refused(f"{one.day} 写了两次，请只保留一行。")
                days[one.day] = one
        except Refused as refusal:
            faults.append(f"第 {number} 行：{refusal}")
    if faults:
        raise Refused(*faults)
    return tuple(sorted(days.values()))


def _days_of(line: str, year: int) -> Iterator[Day]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise Refused(f"看不懂“{line[:40]}”，{_EXAMPLE}。")
    first = _date(found["first"])
    last = _date(found["last"]) if found["last"] else first
    name = found["name"].strip()
    if len(name) > LONGEST_NAME:
        raise Refused(f"名称不能超过 {LONGEST_NAME} 个字。")
    if (first.year, last.year) != (year, year):
        raise Refused(f"日期不在 {year} 年内；其他年度请在那一年的页面上填写。")
    if last < first:
        raise Refused("结束日期早于开始日期，请检查。")
    for offset in range((last - first).days + 1):
        yield Day(first + timedelta(days=offset), found["kind"] in ("班", "上班", "补班"), name)


def _date(text: str) -> date:
    year, month, day = (int(part) for part in re.findall(r"\d+", text))
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Refused(f"没有“{text}”这一天，请检查。") from error


def table_text(days: Iterable[Day]) -> str:
    """The table as it is typed; neighbouring days of one kind and name become one line."""
    numbered = enumerate(sorted(days))
    runs = groupby(numbered, key=lambda pair: (pair[1].day - timedelta(days=pair[0]), pair[1].is_work, pair[1].name))
    return "\n".join(_run_text([one for _, one in run]) for _, run in runs)


def _run_text(run: list[Day]) -> str:
    span = f"{run[0].day} 至 {run[-1].day}" if len(run) > 1 else f"{run[0].day}"
    return f"{span} {run[0].kind} {run[0].name}".strip()


def check_version(
    what: str,
    seen: int,
    version: int,
    stored: Mapping[str, Record],
    typed: Mapping[str, Record],
    by: Callable[[], str] = lambda: SOMEBODY,
) -> None:
    """Raise `Conflict` when the page was made from another version and says something else than is stored.

    For what may not be stored yet (version 0) and for whole tables; a single row has `core.versions.check_seen`.
    `by` finds out who saved it.
    """
    if seen == version or stored == typed:
        return
    told = compare(stored, typed)
    said = [f"“{entry.name}”只在您的页面上。" for entry in told.new]
    for entry in told.changed:
        place = f"{entry.name} " if len(typed) > 1 else ""
        said += [f"{place}{change}" for change in entry.changes]
    said += [f"已保存“{' '.join(stored[entry.key].values())}”，您的页面上没有。" for entry in told.absent]
    raise Conflict(what, said, version, by())
