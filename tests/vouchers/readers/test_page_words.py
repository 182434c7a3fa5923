"""The words of a page keep their places, and words that are none are not believed."""

from __future__ import annotations

import json

import pytest

from core.pdfs import open_pdf
from tests.vouchers.corpus import pdfs
from tests.vouchers.corpus.facts import CORPUS
from vouchers.readers.layout import Glyph, Sheet
from vouchers.readers.page_words import checked_words, words_of
from vouchers.readers.pdf import sheet_of

INVOICE = CORPUS[0]


def test_words_of_an_invoice_stand_where_they_are_printed_works() -> None:
    with open_pdf(pdfs.invoice_pdf(INVOICE)) as document:
        written = words_of(sheet_of(document[0], 1))
    assert checked_words(written.encode()) == written
    lines = json.loads(written)
    (number,) = (line for line in lines if INVOICE.number in line[0])
    text, top, bottom, edges = number
    assert top < bottom < 400
    assert len(edges) == len(text) + 1
    at = text.index(INVOICE.number)
    assert 500 < edges[at] < edges[at + len(INVOICE.number)] <= 1000
    assert len(written) < 12_000


def test_blanks_have_places_too() -> None:
    glyphs = (Glyph("甲", 0, 10, 10, 20), Glyph("乙", 50, 10, 60, 20))
    assert json.loads(words_of(Sheet(1, 100, 100, glyphs))) == [["甲\t乙", 100, 200, [0, 100, 500, 600]]]
    assert words_of(Sheet(1, 0, 0, glyphs)) == "[]"
    assert words_of(Sheet(1, 100, 100, ())) == "[]"


LIES: list[object] = [
    {}, [1], [["a", 1, 2]], [["a", 1, 2, [0]]], [["a", 1, 2, [0, 1001]]], [["a", "1", 2, [0, 1]]], [["", 1, 2, [0]]],
    [["a", True, 2, [0, 1]]], [["\0", 1, 2, [0, 1]]], [["\ud800", 1, 2, [0, 1]]], [[1, 1, 2, [0, 1]]],
    [["a" * 1001, 1, 2, [0] * 1002]], [["a", 1, 2, [0, 1]]] * 2001,
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_words_that_are_none_are_not_believed(lie: object) -> None:
    with pytest.raises(ValueError, match="no words"):
        checked_words(json.dumps(lie).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"[" * 700_000])
def test_nonsense_is_no_words(content: bytes) -> None:
    with pytest.raises(ValueError):
        checked_words(content)
