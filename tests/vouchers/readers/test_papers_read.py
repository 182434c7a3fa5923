"""Other papers, foreign and broken files: read as far as they go, else a sentence, and never an exception."""

from __future__ import annotations

import zipfile
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from core.files import FileKind
from core.money import Money
from tests.vouchers.corpus import ofds, pdfs, photos, xmls
from tests.vouchers.corpus.facts import CORPUS, SCHOOL
from tests.vouchers.samples import a_pdf, a_png, a_workbook
from vouchers.readers import ocr, reading
from vouchers.readers.archives import read_zip
from vouchers.readers.layout import Glyph, Sheet, lines_of
from vouchers.readers.reading import NOTHING, read
from vouchers.readers.rules import FieldName, Reading, Source
from vouchers.readers.xmltree import LONGEST_TEXT, parsed

INVOICE = CORPUS[0]
OFD = ofds.invoice_ofd(INVOICE, data=xmls.invoice_xml(INVOICE))
XML = xmls.invoice_xml(INVOICE)


def test_a_train_ticket() -> None:
    ticket = read(pdfs.paper_pdf(pdfs.TRAIN), FileKind.PDF)
    assert ticket.text(FieldName.KIND) == "电子发票（铁路电子客票）"
    assert ticket.text(FieldName.NUMBER) == "26339132621000219582"
    assert ticket.day == date(2026, 4, 23)
    assert ticket.money(FieldName.TOTAL) == Money(5600)
    assert (ticket.text(FieldName.BUYER), ticket.text(FieldName.BUYER_TAX_NUMBER)) == SCHOOL
    assert ticket.find(FieldName.SELLER) is None


def test_a_fiscal_receipt() -> None:
    receipt = read(pdfs.paper_pdf(pdfs.FISCAL), FileKind.PDF)
    assert receipt.text(FieldName.KIND) == "浙江省政府非税收入票据（电子）"
    assert (receipt.text(FieldName.CODE), receipt.text(FieldName.NUMBER)) == ("33060126", "0012345678")
    assert receipt.day == date(2026, 5, 6)
    assert receipt.money(FieldName.TOTAL) == Money(60000)
    assert (receipt.text(FieldName.BUYER), receipt.text(FieldName.SELLER)) == (SCHOOL[0], "青山县教育考试院")


def test_capitals_stand_in_for_missing_figures_and_contradict_wrong_ones() -> None:
    without = read(pdfs.paper_pdf(pdfs.FISCAL.replace("（小写）600.00", "")), FileKind.PDF)
    assert without.money(FieldName.TOTAL) == Money(60000)
    other = read(pdfs.paper_pdf(pdfs.FISCAL.replace("（小写）600.00", "（小写）900.00")), FileKind.PDF)
    assert other.notes == ("价税合计大写为 600.00 元，小写为 900.00 元，两者不一致。",)


def test_a_stamp_says_that_it_is_void() -> None:
    stamped = pdfs.digital_page(INVOICE) + "<p style='font-size: 30pt'>作 废</p>"
    assert read(pdfs.paper_pdf(stamped), FileKind.PDF).text(FieldName.VOID) == "作废"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdfs.paper_pdf(pdfs.CONTRACT), FileKind.PDF),
        (a_pdf(2), FileKind.PDF),
        (b"<payroll><row>1</row></payroll>", FileKind.XML),
        (a_png(), FileKind.PNG),
        (a_workbook(), FileKind.XLSX),
        (b"anything", FileKind.DOC),
    ],
    ids=["contract", "blank", "xml", "picture", "payroll", "doc"],
)
def test_what_is_no_invoice_gives_a_sentence(data: bytes, kind: FileKind) -> None:
    found = read(data, kind)
    assert not found
    assert len(found.notes) == 1
    assert found.notes[0].endswith("。")


@pytest.mark.parametrize("kind", FileKind)
def test_broken_files_of_every_kind_give_a_sentence(kind: FileKind) -> None:
    for data in (b"", b"\0" * 100, OFD[: len(OFD) // 2], XML[: len(XML) // 2], b"%PDF-1.7\n%%EOF", b"PK\x03\x04"):
        found = read(data, kind)
        assert not found
        assert found.notes


def test_an_xml_that_would_blow_up_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "' + b"b" * 100 + b'">]><EInvoice>&b;</EInvoice>'
    assert read(bomb, FileKind.XML).notes == ("XML 含有 DOCTYPE 或实体声明，可能有害，不予识别。",)
    assert read(b"<a>" * 100 + b"</a>" * 100, FileKind.XML).notes == ("XML 过大或层次过深，无法识别。",)


def test_older_tax_software_writes_gbk() -> None:
    legacy = XML.decode().replace('encoding="UTF-8"', 'encoding="GBK"').encode("gb18030")
    assert read(legacy, FileKind.XML).text(FieldName.BUYER) == SCHOOL[0]


def test_long_texts_and_lines_are_cut_short() -> None:
    tree = parsed(b"<a><b>" + b"7" * 5_000_000 + b"</b></a>")
    assert LONGEST_TEXT <= len(tree.value("b")) < 2 * LONGEST_TEXT
    digits = tuple(Glyph("7", at, 0, at + 9, 9) for at in range(0, 200_000, 10))
    (line,) = lines_of(Sheet(1, 200_000, 100, digits))
    assert len(line.text) == 1000


def test_an_ofd_bomb_is_refused_before_it_is_opened() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("OFD.xml", b" " * 50_000_000)
    assert "解压后过大" in read(out.getvalue(), FileKind.OFD).notes[0]


def test_an_ofd_that_points_outside_finds_nothing() -> None:
    parts = {"OFD.xml": "<OFD><DocBody><DocRoot>../../etc/passwd</DocRoot></DocBody></OFD>"}
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, content in parts.items():
            box.writestr(name, content)
    assert read(out.getvalue(), FileKind.OFD).notes == (NOTHING,)


def test_an_ofd_tells_of_itself_where_it_has_no_words() -> None:
    found = read(ofds.invoice_ofd(INVOICE, told=True, tags=False, code=False), FileKind.OFD)
    number = found.find(FieldName.NUMBER)
    assert number is not None
    assert (number.source, number.confidence) == (Source.OFD, 95)


def test_a_zip_of_invoices_is_read_file_by_file() -> None:
    data = xmls.zipped(a__xml=XML, b__ofd=OFD, c__txt=b"hello")
    found = read_zip(data)
    assert [name for name, _ in found] == ["a.xml", "b.ofd", "c.txt"]
    assert [each.text(FieldName.NUMBER) for _, each in found] == [INVOICE.number, INVOICE.number, ""]
    assert "不是可以上传的文件类型" in found[2][1].notes[0]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", XML])
def test_a_broken_zip_is_one_sentence(data: bytes) -> None:
    assert read_zip(data) == [("", Reading(notes=read_zip(data)[0][1].notes))]


class TestRecognition:
    """The engine is outside the house; what it answers is put in its place."""

    def test_words_of_a_scan_are_read_like_those_of_a_page(self) -> None:
        words = [
            ocr.Words("电子发票（普通发票）", 400, 40, 800, 80, 98),
            ocr.Words(f"发票号码：{INVOICE.number}", 880, 50, 1230, 75, 97),
            ocr.Words("开票日期：2026年05月18日", 880, 85, 1150, 110, 97),
            ocr.Words(f"名称：{SCHOOL[0]}", 60, 180, 320, 205, 96),
            ocr.Words(f"名称：{INVOICE.seller[0]}", 660, 180, 980, 205, 96),
            ocr.Words("价税合计（大写）壹佰壹拾叁圆整", 40, 420, 660, 445, 95),
            ocr.Words("（小写）￥113.00", 880, 420, 1060, 445, 95),
        ]
        found = ocr.reading_of(Image.new("L", (1240, 826)), 1, engine=lambda _image: words)
        assert found.text(FieldName.NUMBER) == INVOICE.number
        assert (found.text(FieldName.BUYER), found.text(FieldName.SELLER)) == (SCHOOL[0], INVOICE.seller[0])
        assert found.money(FieldName.TOTAL) == Money(11300)
        assert {field.confidence for field in found.fields} == {85}

    def test_an_empty_page_gives_nothing(self) -> None:
        assert not ocr.reading_of(Image.new("L", (10, 10)), 1, engine=lambda _image: [])

    def test_the_answer_of_the_engine_becomes_boxes(self) -> None:
        corners = [[1.2, 2.9], [30.0, 2.0], [30.0, 12.5], [1.0, 12.0]]
        lying = ((1, 2), (30, 2), (30, 12), (1, 12))
        assert ocr.words_of([corners], ["甲"], [0.987]) == [ocr.Words("甲", 1, 2, 30, 12, 98, lying)]
        assert ocr.words_of(None, None, None) == []


@settings(max_examples=60, deadline=None)
@given(data=some.binary(max_size=400), kind=some.sampled_from(FileKind))
def test_random_bytes_never_raise(data: bytes, kind: FileKind) -> None:
    assert read(data, kind).notes


@settings(max_examples=60, deadline=None)
@given(at=some.integers(0, len(OFD) - 1), byte=some.integers(0, 255), data=some.sampled_from([OFD, XML]))
def test_a_changed_byte_never_raises(at: int, byte: int, data: bytes) -> None:
    at %= len(data)
    changed = data[:at] + bytes([byte]) + data[at + 1 :]
    found = read(changed, FileKind.OFD if data is OFD else FileKind.XML)
    assert found or found.notes


def test_what_libraries_raise_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger=reading.__name__)
    assert read(photos.saved(Image.new("L", (50, 50)))[:60], FileKind.JPEG).notes
    assert "could not be read" in caplog.text
