"""A reading as canonical JSON text and back: the same reading is always the same text. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final

from core.money import Money
from vouchers.readers.rules import Box, Field, FieldName, Item, Reading, Source, Value

_DAYS: Final = (FieldName.DATE,)
_AMOUNTS: Final = (FieldName.NET, FieldName.TAX, FieldName.TOTAL)
_ITEM_AMOUNTS: Final = ("net", "tax")
_ITEM_PARTS: Final = tuple(part.name for part in fields(Item))


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
