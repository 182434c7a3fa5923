"""Twenty-four kinds of vouchers: bills of twelve forms are read completely, other papers are never taken for bills."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

import vouchers.papers
from core.files import FileKind, kind_of
from tests.vouchers.corpus import photos
from tests.vouchers.corpus.forms import FORMS, STRANGERS, Form, House
from tests.vouchers.corpus.others import OTHERS
from tests.vouchers.corpus.pdfs import form_pdfs
from vouchers.readers import ocr
from vouchers.readers.reading import read
from vouchers.readers.rules import FieldName, Reading, same

HALVES = {"own": (House(), "Noto Serif CJK SC", 1), "held out": (STRANGERS, "Noto Sans CJK SC", 51)}
every_form = pytest.mark.parametrize("name", FORMS)


@cache
def half(which: str) -> dict[str, tuple[Form, bytes]]:
    """All forms of one half of the corpus, each with its PDF."""
    house, font, seed = HALVES[which]
    forms = {name: make(seed, house) for name, make in FORMS.items()}
    made = form_pdfs([form.page for form in forms.values()], font)
    return {name: (form, pdf) for (name, form), pdf in zip(forms.items(), made, strict=True)}


def wrong(reading: Reading, form: Form, names: frozenset[FieldName] | None = None) -> dict[str, str]:
    """The fields that were not read as they stand on the bill."""
    return {
        name.label: f"{value} was read as {field.value if (field := reading.find(name)) else None}"
        for name, value in form.values.items()
        if (names is None or name in names) and ((at := reading.find(name)) is None or not same(at.value, value))
    }


def test_there_are_more_than_twenty_kinds() -> None:
    assert len({*FORMS, *OTHERS}) >= 20
    kinds = Path(vouchers.papers.__file__).with_name("defaults") / "kinds.csv"
    codes = {row["code"] for row in csv.DictReader(kinds.read_text().splitlines())}
    assert {code for code, _, _ in OTHERS.values()} <= codes


@every_form
@pytest.mark.parametrize("which", HALVES)
def test_the_words_of_every_form_are_read(name: str, which: str) -> None:
    form, pdf = half(which)[name]
    reading = read(pdf, FileKind.PDF)
    assert wrong(reading, form) == {}
    assert reading.notes == ()


@every_form
def test_the_code_of_every_form_is_read_on_a_photograph_at_150_dpi(name: str) -> None:
    form, pdf = half("own")[name]
    assert bool(form.coded) is ("class=q" in form.page)
    photo = photos.shaded(photos.turned(4)(photos.scan(pdf)))
    reading = read(photos.saved(photo), FileKind.JPEG)
    assert wrong(reading, form, form.coded) == {}


@pytest.mark.parametrize("name", OTHERS)
def test_other_papers_are_welcome_and_are_no_invoices(name: str) -> None:
    _, kind, made = OTHERS[name]
    data = made()
    assert kind_of(data, name) is kind
    reading = read(data, kind)
    assert not reading
    assert len(reading.notes) == 1


def test_a_scan_in_a_pdf_says_what_is_missing_to_read_it() -> None:
    _, pdf = half("own")["非税票据"]
    scanned = photos.saved(photos.scan(pdf), "PDF")
    reading = read(scanned, FileKind.PDF)
    assert ocr.installed() or reading.notes == (ocr.MISSING,)
