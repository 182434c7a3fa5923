"""The rule of a year (月度规则): on which days the windows of its months open and close. As pure as `rules`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from budget.calendar.rules import Special, last_working_day, next_working_day, previous_working_day
from budget.windows.rules import Window
from core.errors import Refused

_DECEMBER: Final = 12


class Moving(StrEnum):
    """Where a deadline goes that falls on a day off."""

    NEXT = "next"
    PREVIOUS = "previous"

    @property
    def label(self) -> str:
        """The setting as people read it."""
        return "顺延到下一个工作日" if self is Moving.NEXT else "提前到上一个工作日"


@dataclass(frozen=True)
class MonthTerms:
    """月度规则: days of the month before, and the last day in December for supplements."""

    opens_day: int = 15
    closes_day: int = 20
    closes_minute: int = 17 * 60
    moves: Moving = Moving.NEXT
    last_supplement_day: int = 20

    @property
    def closes_time(self) -> str:
        """17:00."""
        return f"{self.closes_minute // 60:02d}:{self.closes_minute % 60:02d}"

    def record(self) -> dict[str, str]:
        """The rule as a comparison shows it."""
        return {
            "开放日": f"上月 {self.opens_day} 日",
            "截止日": f"上月 {self.closes_day} 日 {self.closes_time}",
            "截止日遇休息日": self.moves.label,
            "12 月追加计划截止": f"12 月 {self.last_supplement_day} 日",
        }


def check_terms(terms: MonthTerms) -> None:
    """Days up to the 28th exist in every month. Raises `Refused` with every fault."""
    faults = []
    if not 1 <= terms.opens_day <= terms.closes_day <= 28:
        faults.append("开放日和截止日须在 1 日至 28 日之间，且开放日不晚于截止日。")
    if not 1 <= terms.last_supplement_day <= 31:
        faults.append("12 月追加计划截止日须在 1 日至 31 日之间。")
    if faults:
        raise Refused(*faults)


def moved(day: date, moves: Moving, special: Special) -> date:
    """A deadline on a day off goes to a working day, but never into another month."""
    later = next_working_day(day, special)
    if moves is Moving.NEXT and later.month == day.month:
        return later
    return previous_working_day(day, special)


@dataclass(frozen=True)
class Dates:
    """The days of one month's plans: opening, deadline, and the last day for approvals."""

    month: int
    opens_on: date
    closes_on: date
    decide_by: date


def dates_of(terms: MonthTerms, year: int, month: int, special: Special) -> Dates:
    """The days for plans of a month: all in the month before, January's in the December of the old year."""
    before = (year - 1, _DECEMBER) if month == 1 else (year, month - 1)
    closes = moved(date(*before, terms.closes_day), terms.moves, special)
    return Dates(month, date(*before, terms.opens_day), closes, last_working_day(*before, special))


class Verdict(StrEnum):
    """What making a year's windows would do to one month."""

    NEW = "new"
    MOVE = "move"
    OVERWRITE = "overwrite"
    SAME = "same"
    HAND = "hand"
    PAST = "past"
    NO_MONEY = "no_money"

    @property
    def label(self) -> str:
        """The verdict as people read it."""
        return _VERDICTS[self]

    @property
    def writes(self) -> bool:
        """Whether a window is written."""
        return self in (Verdict.NEW, Verdict.MOVE, Verdict.OVERWRITE)


_VERDICTS: Final = {
    Verdict.NEW: "新增",
    Verdict.MOVE: "按规则调整",
    Verdict.OVERWRITE: "覆盖手工设置",
    Verdict.SAME: "不变",
    Verdict.HAND: "手工设置，保留",
    Verdict.PAST: "已经过期，不动",
    Verdict.NO_MONEY: "新年度指标尚未下达，暂不生成",
}


class MadeWindow(Window, Protocol):
    """A stored window, which somebody set by hand or the rule made."""

    @property
    def by_hand(self) -> bool: ...


def verdict_of(
    stored: MadeWindow | None,
    opens_at: datetime,
    closes_at: datetime,
    *,
    now: datetime,
    overwrite: bool,
    funded: bool,
) -> Verdict:
    """What becomes of one month's window; `funded` is whether the year has allotments that January could ask for."""
    if stored is None:
        return Verdict.PAST if closes_at < now else Verdict.NEW if funded else Verdict.NO_MONEY
    if (stored.opens_at, stored.closes_at) == (opens_at, closes_at):
        return Verdict.SAME
    if stored.closes_at < now:
        return Verdict.PAST
    if stored.by_hand:
        return Verdict.OVERWRITE if overwrite else Verdict.HAND
    return Verdict.MOVE
