"""How far back the statistics look, and how a reason that was returned often becomes a hint."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from approvals.words.rules import FormField, Reason

# Months that the page offers to look back; the hints look back over the usual ones.
SPANS: Final = (1, 3, 6, 12)
USUAL_SPAN: Final = 3
MOST_HINTS: Final = 3
_LONGEST: Final = 30


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def words_of(code: str, reason: str, known: Mapping[str, Reason]) -> str:
    """What a reason is called: the words of its code, or those that were typed."""
    return known[code].words if code in known else reason or code


@dataclass(frozen=True)
class Hint:
    """What a unit was sent back for, how often, and the column that it concerns."""

    words: str
    count: int
    field: FormField

    @property
    def said(self) -> str:
        """缺合同或协议，请补充（5 次）."""
        return f"{self.words}（{self.count} 次）"

    @property
    def points(self) -> bool:
        """Whether it concerns one column rather than the whole line."""
        return self.field is not FormField.OTHER


def hint(code: str, reason: str, count: int, known: Mapping[str, Reason]) -> Hint:
    """A reason, with how often it was given, as the clerk reads it; long words of one's own are shortened."""
    words = words_of(code, reason, known)
    field = known[code].field if code in known else FormField.OTHER
    return Hint(words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…", count, field)


def said_of(hints: Iterable[Hint]) -> str:
    """近三个月被退回最多的原因, in one line."""
    return "、".join(one.said for one in hints)
