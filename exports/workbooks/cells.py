"""Workbook cells as XML (ECMA-376, SpreadsheetML): exact decimals, text that stays text, real dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Final

from core.money import Money

LONGEST_TEXT: Final = 32_767
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Kind(IntEnum):
    """What a column holds; the number is its style in `parts.STYLES`."""

    INTEGER = 0
    DATE = 1
    MONEY = 2
    TEXT = 3
    MOMENT = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it holds, its width in characters, a field code, whether it is summed."""

    name: str
    kind: Kind = Kind.TEXT
    width: float = 12
    code: str = ""
    summed: bool = False


def letters(index: int) -> str:
    """The column's letters from its index: 0 is A, 26 is AA."""
    name, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return name


def clean(text: str) -> str:
    """Text for an XML element: characters XML 1.0 forbids become U+FFFD, and `_x0041_` is not read as an escape."""
    safe = _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    safe = _ESCAPE_LIKE.sub("_x005F_", safe[:LONGEST_TEXT])
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=50_000)
def text_cell(value: str, style: int = Kind.TEXT) -> str:
    """An inline string: Excel never reads it as a formula, whatever it begins with."""
    space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
    return f'" s="{style}" t="inlineStr"><is><t{space}>{clean(value)}</t></is></c>'


def money_cell(value: Money, style: int = Kind.MONEY) -> str:
    """Yuan with two decimals, written from whole fen: no float on the way."""
    whole, part = divmod(abs(value.fen), 100)
    return f'" s="{style}"><v>{"-" if value.fen < 0 else ""}{whole}.{part:02d}</v></c>'


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(f"a text column got {value!r}")
    return text_cell(value)


def _money(value: object) -> str:
    if not isinstance(value, Money):
        raise TypeError(f"a money column got {value!r}")
    return money_cell(value)


def _integer(value: object) -> str:
    if type(value) is not int:
        raise TypeError(f"an integer column got {value!r}")
    return f'" s="0"><v>{value}</v></c>'


def _date(value: object) -> str:
    if type(value) is not date:
        raise TypeError(f"a date column got {value!r}")
    return f'" s="1"><v>{value.toordinal() - _DAY_ZERO}</v></c>'


def _moment(value: object) -> str:
    """A wall-clock time to the second: the fraction of a day with eleven places is exact to a microsecond."""
    if not isinstance(value, datetime):
        raise TypeError(f"a time column got {value!r}")
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    fraction = f"{(seconds * 10**11 + 43_200) // 86_400:011d}"
    return f'" s="4"><v>{value.toordinal() - _DAY_ZERO}.{fraction}</v></c>'


WRITERS: Final[dict[Kind, Callable[[object], str]]] = {
    Kind.TEXT: _text,
    Kind.MONEY: _money,
    Kind.INTEGER: _integer,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
}
