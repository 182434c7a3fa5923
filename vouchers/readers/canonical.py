"""A reading as canonical JSON text and back: the same reading is always the same text. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final

from core.money import LARGEST_FEN, Money
from vouchers.readers.rules import SUREST, Box, Field, FieldName, Item, Reading, Source, Value

_DAYS: Final = (FieldName.DATE,)
_AMOUNTS: Final = (FieldName.NET, FieldName.TAX, FieldName.TOTAL)
_ITEM_AMOUNTS: Final = ("net", "tax")
_ITEM_PARTS: Final = tuple(part.name for part in fields(Item))
# No database keeps these.
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
# More than any reader says.
_LONGEST: Final = 2 * 1024**2
_LONGEST_TEXT: Final = 2000
_MOST_WORDS: Final = 500
_MOST_PAGES: Final = 10_000


def text_of(reading: Reading) -> str:
    """Amounts in fen, days as 2026-03-04, keys in order, no blanks."""
    content = {
        "fields": [_field(field) for field in reading.fields],
        "items": [_item(item) for item in reading.items],
        "notes": list(reading.notes),
        "others": list(reading.others),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def reading_from(text: str) -> Reading:
    """The reading that was written so."""
    content: dict[str, Any] = json.loads(text)
    return Reading(
        tuple(_field_from(each) for each in content["fields"]),
        tuple(_item_from(each) for each in content["items"]),
        tuple(content["notes"]),
        tuple(content["others"]),
    )


def checked_reading(text: bytes) -> Reading:
    """The reading out of a process that a file may have taken over. Raises ValueError for what no reader says."""
    if len(text) > _LONGEST:
        raise ValueError("too long")
    try:
        reading = reading_from(text.decode())
        sound = all(map(_is_field, reading.fields)) and all(map(_is_item, reading.items))
        words = [*reading.notes, *reading.others]
    except (KeyError, TypeError, AttributeError, RecursionError) as nonsense:
        raise ValueError("no reading") from nonsense
    if not sound or not all(_is_text(each) for each in words) or len(words) > _MOST_WORDS:
        raise ValueError("no reading")
    return reading


def _is_text(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST_TEXT and not _UNKEPT.search(text)


def _is_field(field: Field) -> bool:
    """The value is what its name asks for, and every number within its bounds."""
    if field.name in _AMOUNTS:
        value = _is_amount(field.value)
    else:
        value = isinstance(field.value, date) if field.name in _DAYS else _is_text(field.value)
    sides = asdict(field.box).values() if field.box is not None else ()
    numbers = [(field.confidence, SUREST), (field.page, _MOST_PAGES), *((side, 1000) for side in sides)]
    return value and all(type(number) is int and 0 <= number <= most for number, most in numbers)


def _is_amount(amount: object) -> bool:
    return isinstance(amount, Money) and type(amount.fen) is int and abs(amount.fen) <= LARGEST_FEN


def _is_item(item: Item) -> bool:
    parts = {part: getattr(item, part) for part in _ITEM_PARTS}
    amounts = [parts.pop(part) for part in _ITEM_AMOUNTS]
    return all(map(_is_text, parts.values())) and all(each is None or _is_amount(each) for each in amounts)


def _field(field: Field) -> dict[str, object]:
    return {
        "name": field.name.value,
        "value": _plain(field.value),
        "confidence": field.confidence,
        "source": field.source.value,
        "page": field.page,
        "box": list(asdict(field.box).values()) if field.box is not None else None,
    }


def _plain(value: Value | None) -> str | int | None:
    if isinstance(value, Money):
        return value.fen
    return value.isoformat() if isinstance(value, date) else value


def _field_from(each: dict[str, Any]) -> Field:
    name = FieldName(each["name"])
    value: Value = each["value"]
    if name in _AMOUNTS:
        value = Money(each["value"])
    elif name in _DAYS:
        value = date.fromisoformat(each["value"])
    box = Box(*each["box"]) if each["box"] is not None else None
    return Field(name, value, each["confidence"], Source(each["source"]), each["page"], box)


def _item(item: Item) -> dict[str, object]:
    return {part: _plain(getattr(item, part)) for part in _ITEM_PARTS}


def _item_from(each: dict[str, Any]) -> Item:
    amounts = {part: Money(each[part]) if each[part] is not None else None for part in _ITEM_AMOUNTS}
    return Item(**{**each, **amounts})
