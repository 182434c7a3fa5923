"""Every invoice of the corpus in every form: what stands on it is what is read, completely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from core.files import FileKind, kind_of
from tests.vouchers.corpus import ofds, pdfs, photos, xmls
from tests.vouchers.corpus.facts import CORPUS, Issued, taken_back
from vouchers.readers import ocr
from vouchers.readers.reading import read
from vouchers.readers.rules import FieldName, Reading, Source, Value, same

FIRST = CORPUS[0]
some = pytest.mark.parametrize("invoice", CORPUS[:12], ids=lambda invoice: f"{invoice.kind}-{invoice.number[-4:]}")


@cache
def pdf_of(invoice: Issued) -> bytes:
    return pdfs.invoice_pdf(invoice)


def checked(data: bytes, kind: FileKind) -> Reading:
    """What is read of a file that an upload would take."""
    assert kind_of(data, "凭证") is kind
    return read(data, kind)


def wrong(reading: Reading, wanted: Mapping[FieldName, Value]) -> dict[str, tuple[str, str]]:
    """The fields that were not read as they stand: wanted and found."""
    found = {name: reading.find(name) for name in wanted}
    return {
        name.label: (str(value), str(field.value) if field else "")
        for name, value in wanted.items()
        if (field := found[name]) is None or not same(field.value, value)
    }


def sources(reading: Reading) -> set[Source]:
    return {field.source for field in reading.fields}


@some
def test_xml(invoice: Issued) -> None:
    reading = checked(xmls.invoice_xml(invoice), FileKind.XML)
    assert wrong(reading, invoice.values()) == {}
    assert reading.items == invoice.items
    assert reading.notes == ()


@some
def test_ofd_by_the_data_inside(invoice: Issued) -> None:
    reading = checked(ofds.invoice_ofd(invoice, data=xmls.invoice_xml(invoice)), FileKind.OFD)
    assert wrong(reading, invoice.values()) == {}
    assert reading.items == invoice.items
    assert reading.notes == ()
    number = reading.find(FieldName.NUMBER)
    assert number is not None
    assert (number.source, number.page) == (Source.XML, 1)


@some
def test_ofd_by_its_words_alone(invoice: Issued) -> None:
    reading = checked(ofds.invoice_ofd(invoice, tags=False, code=False), FileKind.OFD)
    assert wrong(reading, invoice.values()) == {}
    assert reading.items == invoice.items
    assert sources(reading) == {Source.OFD}


@some
def test_pdf_by_its_words_and_code(invoice: Issued) -> None:
    reading = checked(pdf_of(invoice), FileKind.PDF)
    assert wrong(reading, invoice.values()) == {}
    assert reading.items == invoice.items
    assert reading.notes == ()
    assert sources(reading) == {Source.QR, Source.PDF}
    assert all(field.page == 1 and field.box is not None for field in reading.fields)


def test_pdf_with_its_data_attached() -> None:
    data = pdfs.invoice_pdf(FIRST, attached=xmls.invoice_xml(FIRST))
    reading = checked(data, FileKind.PDF)
    assert wrong(reading, FIRST.values()) == {}
    assert sources(reading) == {Source.XML}
    assert reading.items == FIRST.items


@pytest.mark.parametrize("damage", photos.DAMAGES)
@pytest.mark.parametrize("invoice", CORPUS[:3], ids=lambda invoice: invoice.kind)
def test_the_code_of_every_photograph_at_150_dpi(invoice: Issued, damage: str) -> None:
    photo = photos.saved(photos.DAMAGES[damage](photos.scan(pdf_of(invoice))))
    reading = checked(photo, FileKind.JPEG)
    assert wrong(reading, invoice.coded()) == {}
    assert reading.notes == (() if ocr.installed() else (ocr.MISSING,))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "BMP"])
def test_scans_in_every_format(form: str) -> None:
    reading = checked(photos.saved(photos.scan(pdf_of(FIRST)), form), FileKind[form])
    assert wrong(reading, FIRST.coded()) == {}


def test_a_scan_inside_a_pdf() -> None:
    reading = checked(photos.saved(photos.scan(pdf_of(FIRST)), "PDF"), FileKind.PDF)
    assert wrong(reading, FIRST.coded()) == {}
    assert sources(reading) == {Source.QR}


def test_the_second_page_of_a_tiff_is_read() -> None:
    blank, sheet = (photos.scan(pdf_of(FIRST)).convert("1") for _ in range(2))
    blank.paste(1, (0, 0, *blank.size))
    reading = checked(photos.saved(blank, "TIFF", save_all=True, append_images=[sheet]), FileKind.TIFF)
    assert wrong(reading, FIRST.coded()) == {}
    assert {field.page for field in reading.fields} == {2}


def test_a_page_laid_on_its_side_and_turned_back_is_read_as_it_is_shown() -> None:
    for degrees in (90, 180, 270):
        reading = checked(pdfs.lying_pdf(FIRST, degrees), FileKind.PDF)
        assert wrong(reading, FIRST.values()) == {}


def test_several_invoices_in_one_pdf_are_told_apart() -> None:
    reading = checked(pdfs.invoice_pdf(*CORPUS[:3]), FileKind.PDF)
    assert wrong(reading, FIRST.values()) == {}
    assert reading.others == (CORPUS[1].number, CORPUS[2].number)
    assert reading.notes == (f"文件里还有另外 2 张发票（{CORPUS[1].number}、{CORPUS[2].number}），请逐张登记。",)


@pytest.mark.parametrize("form", ["xml", "pdf", "ofd"])
def test_a_red_invoice_is_marked(form: str) -> None:
    red = taken_back(FIRST)
    made = {"xml": xmls.invoice_xml(red), "pdf": pdfs.invoice_pdf(red), "ofd": ofds.invoice_ofd(red)}
    reading = checked(made[form], FileKind(form))
    assert wrong(reading, red.values()) == {}
    assert FIRST.number in reading.text(FieldName.RED)


def test_the_data_of_an_invoice_and_its_page_may_contradict_each_other() -> None:
    dearer = replace(FIRST, items=(*FIRST.items, FIRST.items[0]))
    reading = checked(pdfs.invoice_pdf(FIRST, attached=xmls.invoice_xml(dearer)), FileKind.PDF)
    total = reading.find(FieldName.TOTAL)
    assert total is not None
    assert (total.value, total.confidence) == (dearer.total, 50)
    assert any(note.startswith("价税合计读到的结果不一致：发票 XML为") for note in reading.notes)
