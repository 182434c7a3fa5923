"""Written values made into typed ones: what cannot be read strictly is not read at all. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from core.errors import Refused
from core.money import LARGEST_FEN, Money
from vouchers.readers.rules import Box, Field, FieldName, Source, Value

_LONGEST_NAME: Final = 100
_DAY: Final = re.compile(r"(\d{4})\s*[年\-/.]?\s*(\d{1,2})\s*[月\-/.]?\s*(\d{1,2})(?!\d)")
_NUMBER: Final = re.compile(r"\d{8}|\d{10}|\d{20}")
_CODE: Final = re.compile(r"\d{8}|\d{10}|\d{12}")
_TAX_NUMBER: Final = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,20}")
_BRACKETS: Final = str.maketrans("()", "（）")
_CAPITAL_DIGITS: Final = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_CAPITAL_PLACES: Final = {"拾": 10, "佰": 100, "仟": 1000}
_CAPITALS: Final = re.compile(
    r"(?:[（(]?(负)数?[）)]?)?(?:([零壹贰叁肆伍陆柒捌玖拾佰仟万亿]{1,40})[元圆])?"
    r"(?:零?([壹贰叁肆伍陆柒捌玖])角)?(?:零?([壹贰叁肆伍陆柒捌玖])分)?[整正]?"
)


def half(text: str) -> str:
    """Half-width and without blanks at the ends; radicals that some PDF writers use become the characters meant."""
    return unicodedata.normalize("NFKC", text).strip()


def name_in(text: str) -> str:
    """A name with Chinese brackets and single blanks, or nothing when it is no name."""
    name = " ".join(half(text).translate(_BRACKETS).split())
    if len(name) > 1 and re.fullmatch(r"[^\x00-\x7f].*|.*[^\x00-\x7f]", name):
        name = name.replace(" ", "")  # characters set apart, not words
    return name if 1 < len(name) <= _LONGEST_NAME else ""


def day_in(text: str) -> date | None:
    """The first day in the text: 20260304, 2026-03-04 10:20, 2026年3月4日."""
    found = _DAY.search(half(text))
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2100 else None


def money_in(text: str) -> Money | None:
    """An amount in yuan; what has more than two decimals, as unit prices do, is none."""
    try:
        return Money.parse(half(text).removeprefix("CNY"))
    except Refused:
        return None


def capital_money(text: str) -> Money | None:
    """An amount in capitals: 壹佰贰拾叁元肆角伍分."""
    found = _CAPITALS.fullmatch(re.sub(r"\s|[⊗ⓧ○×]", "", text))
    if found is None:
        return None
    minus, whole, jiao, fen = found.groups()
    if not (whole or jiao or fen):
        return None
    value = _whole(whole or "零") * 100 + _CAPITAL_DIGITS[jiao or "零"] * 10 + _CAPITAL_DIGITS[fen or "零"]
    if value > LARGEST_FEN:
        return None
    return Money(-value if minus else value)


def _whole(capitals: str) -> int:
    """The whole yuan: what stands before 亿, then before 万, then the last four digits."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        before, found, after = capitals.rpartition(unit)
        if found:
            return _whole(before) * size + _whole(after)
    total = digit = 0
    for capital in capitals:
        if capital in _CAPITAL_PLACES:
            total += (digit or 1) * _CAPITAL_PLACES[capital]
            digit = 0
        else:
            digit = _CAPITAL_DIGITS[capital]
    return total + digit


def number_in(text: str) -> str:
    """An invoice number of 8, 10 or 20 digits."""
    return _whole_match(_NUMBER, text)


def code_in(text: str) -> str:
    """An invoice code of 8, 10 or 12 digits."""
    return _whole_match(_CODE, text)


def tax_number_in(text: str) -> str:
    """A tax number or unified social credit code."""
    return _whole_match(_TAX_NUMBER, text.upper())


def _whole_match(pattern: re.Pattern[str], text: str) -> str:
    bare = re.sub(r"\s", "", half(text))
    return bare if pattern.fullmatch(bare) else ""


_READ: Final = {
    FieldName.KIND: name_in,
    FieldName.NUMBER: number_in,
    FieldName.CODE: code_in,
    FieldName.DATE: day_in,
    FieldName.SELLER: name_in,
    FieldName.SELLER_TAX_NUMBER: tax_number_in,
    FieldName.BUYER: name_in,
    FieldName.BUYER_TAX_NUMBER: tax_number_in,
    FieldName.NET: money_in,
    FieldName.TAX: money_in,
    FieldName.TOTAL: money_in,
    FieldName.RED: name_in,
    FieldName.VOID: name_in,
}


def field_of(
    name: FieldName, text: str, source: Source, confidence: int, page: int = 0, box: Box | None = None
) -> Field | None:
    """The field with its value as the name asks for it, or nothing when the text is no such value."""
    value: Value | None = _READ[name](text)
    if value is None or value == "":
        return None
    return Field(name, value, confidence, source, page, box)
