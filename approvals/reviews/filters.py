"""The filter of the queue as it stands in the address, and the choices that a page offers for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from approvals.reviews.rules import Light
from approvals.reviews.tallies import Tally
from approvals.reviews.waiting import EVERYTHING, QueueFilter

LONGEST_SEARCH: Final = 100


def wanted_from(args: MultiDict[str, str]) -> QueueFilter:
    """The filter in an address; what is no sense in it is as if it were not there."""
    light = args.get("light", "")
    return QueueFilter(
        done=args.get("done") == "1",
        year_month=_number(args.get("window", "")),
        office_id=_number(args.get("office", "")),
        department=args.get("department", "").strip()[:9],
        light=Light(light) if light in set(Light) and args.get("done") != "1" else None,
        guaranteed=args.get("guaranteed") == "1",
        search=args.get("q", "").strip()[:LONGEST_SEARCH],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def args_of(wanted: QueueFilter) -> dict[str, str]:
    """The same filter as words of an address, in one order: the same filter is the same text."""
    told = {
        "done": "1" if wanted.done else "",
        "window": str(wanted.year_month or ""),
        "office": str(wanted.office_id or ""),
        "department": wanted.department,
        "light": wanted.light.value if wanted.light else "",
        "guaranteed": "1" if wanted.guaranteed else "",
        "q": wanted.search,
    }
    return {name: text for name, text in told.items() if text}


def query_of(wanted: QueueFilter) -> str:
    """The filter as the part of an address after the question mark."""
    return urlencode(args_of(wanted))


@dataclass(frozen=True)
class Choice:
    """One choice of a filter: what it is called, how many tasks it leaves, and the address of the page with it."""

    value: str
    label: str
    count: int
    chosen: bool
    args: Mapping[str, str]


def window_label(year_month: int) -> str:
    """2026年12月."""
    return f"{year_month // 100}年{year_month % 100}月"


def choices(
    tally: Tally, wanted: QueueFilter, name: str, labels: Iterable[tuple[Hashable, str]]
) -> Sequence[Choice]:
    """The choices of one word of the filter: those that leave anything, and the one that is chosen."""
    counts, chosen = tally.by.get(name, {}), getattr(wanted, name)
    return [
        _choice(wanted, name, value, label, counts.get(value, 0))
        for value, label in labels
        if counts.get(value) or value == chosen
    ]


def _choice(wanted: QueueFilter, name: str, value: Any, label: str, count: int) -> Choice:
    chosen = getattr(wanted, name) == value
    word: dict[str, Any] = {name: getattr(EVERYTHING, name) if chosen else value}
    args = args_of(replace(wanted, **word))
    return Choice(str(value), label, count, chosen, args)
