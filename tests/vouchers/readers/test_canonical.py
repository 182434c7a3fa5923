"""A reading is kept as text and comes back as it was."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.money import Money
from tests.vouchers.corpus.facts import CORPUS
from tests.vouchers.corpus.xmls import invoice_xml
from vouchers.readers import invoice_xml as reader
from vouchers.readers.canonical import checked_reading, reading_from, text_of
from vouchers.readers.rules import Box, Field, FieldName, Item, Reading, Source, Value

_AMOUNTS = (FieldName.NET, FieldName.TAX, FieldName.TOTAL)
_money = some.integers(-(10**14), 10**14).map(Money)


def _value(name: FieldName) -> some.SearchStrategy[Value]:
    if name is FieldName.DATE:
        return some.dates(date(1990, 1, 1))
    return _money if name in _AMOUNTS else some.text(max_size=20)


_boxes = some.none() | some.builds(Box, *(some.integers(0, 1000) for _ in range(4)))
_percent = some.integers(0, 99)
_fields = some.sampled_from(FieldName).flatmap(
    lambda name: some.builds(
        Field, some.just(name), _value(name), _percent, some.sampled_from(Source), some.integers(0, 40), _boxes
    )
)
_texts = some.text(max_size=12)
_items = some.builds(Item, _texts, _texts, _texts, _texts, _texts, some.none() | _money, _texts, some.none() | _money)


@given(some.lists(_fields, max_size=4), some.lists(_items, max_size=2), some.lists(_texts, max_size=2))
def test_what_is_kept_comes_back(fields: list[Field], items: list[Item], notes: list[str]) -> None:
    reading = Reading(tuple(fields), tuple(items), tuple(notes), tuple(notes))
    text = text_of(reading)
    assert reading_from(text) == reading
    assert text_of(reading_from(text)) == text
    assert "\0" in text or "\\u0000" in text or checked_reading(text.encode()) == reading


def test_a_whole_invoice_is_short() -> None:
    reading = reader.reading_of(invoice_xml(CORPUS[0]))
    assert reading_from(text_of(reading)) == reading
    assert len(text_of(reading)) < 2000


NUMBER = Field(FieldName.NUMBER, "1", 90, Source.QR, 1, Box(1, 2, 3, 4))
SOUND = text_of(Reading((NUMBER,), (Item("纸"),), ("一句。",)))
LIES = [
    ("value", 7), ("value", None), ("value", "x" * 3000), ("value", "a\0"), ("confidence", 100), ("confidence", "90"),
    ("confidence", True), ("page", -1), ("box", [1, 2, 3]), ("box", [0, 0, 0, 1001]), ("source", 9), ("name", "amount"),
    ("name", "total"), ("name", "date"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "value"), LIES)
def test_a_field_that_no_reader_says_is_not_believed(part: str, value: object) -> None:
    content = json.loads(SOUND)
    assert checked_reading(SOUND.encode()) == reading_from(SOUND)
    content["fields"][0][part] = value
    with pytest.raises(ValueError):
        checked_reading(json.dumps(content).encode())


NONSENSE = ["", "[]", "{}", '{"fields": 1, "items": [], "notes": [], "others": []}', "[" * 100_000, "x" * 3_000_000]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_no_reading(text: str) -> None:
    with pytest.raises(ValueError):
        checked_reading(text.encode())


@pytest.mark.parametrize(("part", "value"), [("notes", [1]), ("others", ["\ud800"]), ("items", [{"name": 1}])])
def test_words_that_cannot_be_kept_are_not_believed(part: str, value: object) -> None:
    with pytest.raises(ValueError):
        checked_reading(json.dumps({**json.loads(SOUND), part: value}).encode())
