"""One cell: whatever the file holds becomes the text that its column expects, or is refused in a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Final

from core.errors import Refused
from core.money import Money
from core.sheets.layout import Kind

Cell = str | float | bool | date | datetime | time | timedelta
Reader = Callable[[Cell, str], str]

# Excel keeps 15 digits of a number; a longer code typed as a number has already lost its end.
_DIGITS_KEPT: Final = 10**15
_QUANTA: Final = {"元": Decimal("0.01"), "万元": Decimal("0.000001")}
_SERIALS: Final = (20_000, 80_000)
_FIRST_DAY: Final = date(1899, 12, 30)
_INVISIBLE: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_TIGHT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_LOOSE_DATE: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)
_FLAGS: Final = {"1": "1", "是": "1", "TRUE": "1", "2": "2", "否": "2", "FALSE": "2"}


def text_of(cell: Cell) -> str:
    """The cell as plain text, trimmed: 1.0 is "1", a date is ISO."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _number_text(cell)
    if isinstance(cell, (datetime, date)):
        return _iso(cell)
    return str(cell)


def _number_text(number: float) -> str:
    if not isfinite(number):
        return str(number)
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def _iso(moment: date | datetime) -> str:
    """The day alone when there is no time of day."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")


def read_text(cell: Cell, unit: str) -> str:
    """Text as typed; a number only if it still has all its digits."""
    del unit
    if isinstance(cell, float) and abs(cell) >= _DIGITS_KEPT:
        raise Refused("是以数字格式保存的，超过 15 位的部分已经丢失。请把这一列设为文本格式，重新填写后再上传。")
    return text_of(cell)


def read_code(cell: Cell, unit: str) -> str:
    """A code with half-width characters, without blanks around it and without invisible ones."""
    half = unicodedata.normalize("NFKC", read_text(cell, unit))
    return _INVISIBLE.sub("", half).strip().removeprefix("'")


def read_money(cell: Cell, unit: str) -> str:
    """An amount as plain yuan with two decimals, from text or from a number."""
    if isinstance(cell, str):
        return Money.parse(cell, unit).plain if cell.strip() else ""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise Refused(f"“{text_of(cell)}”不是金额，请填写数字，例如 1234.50。")
    return Money.parse(_amount_text(cell, unit), unit).plain


def _amount_text(number: float, unit: str) -> str:
    """The number rid of the dust of binary arithmetic (0.30000000000000004), and of nothing more.

    A real third decimal stays, so that `Money.parse` refuses it instead of us rounding it away.
    """
    exact = Decimal(repr(number))
    quantum = _QUANTA[unit]
    if exact.is_finite() and exact.adjusted() < 20:
        near = exact.quantize(quantum)
        exact = near if abs(exact - near) <= quantum / 1000 else exact
    return format(exact, "f")


def read_date(cell: Cell, unit: str) -> str:
    """A day, or a day and time, in ISO; also from 2026/1/23, 2026年1月23日, 20260123 and Excel's day count."""
    del unit
    if isinstance(cell, float) and _SERIALS[0] <= cell < _SERIALS[1]:
        return (_FIRST_DAY + timedelta(days=int(cell))).isoformat()
    text = unicodedata.normalize("NFKC", text_of(cell)).strip()
    if not text:
        return ""
    match = _TIGHT_DATE.fullmatch(text) or _LOOSE_DATE.fullmatch(text)
    try:
        parts = [int(part or 0) for part in match.groups()] if match else []
        return _iso(datetime(*parts))  # type: ignore[arg-type]  # noqa: DTZ001  a day on paper has no zone
    except (TypeError, ValueError):
        raise Refused(f"“{text}”不是有效的日期，请按 2026-01-31 的样式填写。") from None


def read_flag(cell: Cell, unit: str) -> str:
    """ "1" for 是 and "2" for 否, as the national tables write it; 0 is in neither and refused."""
    text = read_code(cell, unit).upper()
    if text and text not in _FLAGS:
        raise Refused(f"“{text}”不是有效的标志，请填写 1（是）或 2（否）。")
    return _FLAGS.get(text, "")


READERS: Final[dict[Kind, Reader]] = {
    "text": read_text,
    "money": read_money,
    "code": read_code,
    "date": read_date,
    "flag": read_flag,
}
