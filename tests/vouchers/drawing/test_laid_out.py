"""Invoice XML, workbooks and Word texts are laid out as plain pages on which every word can be read."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from core.files import FileKind
from core.jail import MEGABYTE, Limits
from core.pdfs import open_pdf
from tests.core.made_files import a_zip, an_ole
from tests.vouchers.corpus import xmls
from tests.vouchers.corpus.facts import CORPUS, taken_back
from vouchers.drawing import pages
from vouchers.drawing.flow import MOST_PAGES, lines_of
from vouchers.papers import opening

INVOICE = CORPUS[4]
MORNING = datetime(2026, 12, 1, 8, 30)  # noqa: DTZ001  a cell knows no zone


def words(data: bytes, kind: FileKind, number: int = 1) -> str:
    """What stands on the page, as PDFium reads it."""
    with open_pdf(pages.page_pdf(data, kind, number)) as document:
        page = document[0]
        text: str = page.get_textpage().get_text_range()
        return unicodedata.normalize("NFKC", text).replace("\r\n", "\n")


def a_workbook(rows: list[list[object]], more: list[list[object]] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "十二月工资"
    for row in rows:
        sheet.append(row)
    hidden = book.create_sheet("底稿")
    hidden.append(["看不见的底稿"])
    hidden.sheet_state = "hidden"
    for row in more or []:
        book.create_sheet("第二张").append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def a_text(body: str) -> bytes:
    document = f"<w:document xmlns:w='w'><w:body>{body}</w:body></w:document>"
    return a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode()})


def test_an_invoice_of_data_becomes_a_readable_invoice_works() -> None:
    data = xmls.invoice_xml(INVOICE)
    assert opening.examine(data, "发票.xml", 10**7) == (FileKind.XML, 1)
    said = words(data, FileKind.XML).replace("\n", "")
    for value in (INVOICE.number, INVOICE.seller[0], INVOICE.buyer[1], f"¥{INVOICE.total}", INVOICE.total.capitals):
        assert value in said
    for item in INVOICE.items:
        assert unicodedata.normalize("NFKC", item.name) in said
    assert "不是发票的版式文件;未经税务机关查验" in said
    (page,) = opening.pages(data, FileKind.XML, 1)
    assert page.small


def test_a_red_invoice_says_so() -> None:
    red = words(xmls.invoice_xml(taken_back(INVOICE)), FileKind.XML).replace("\n", "")
    assert f"红字:被红冲蓝字数电票号码:{INVOICE.number}" in red
    assert "¥-" in red


def test_any_other_xml_is_listed_and_acts_on_nobody() -> None:
    data = "<?xml version='1.0' encoding='UTF-8'?><账单 号='7'><户名>&lt;b&gt;青山小学&lt;/b&gt;</户名></账单>".encode()
    said = words(data, FileKind.XML)
    assert "账单" in said
    assert "号=7" in said
    assert "<b>青山小学</b>" in said


def test_a_workbook_shows_its_visible_cells() -> None:
    rows: list[list[object]] = [["姓名", "应发", "日期"], ["张三", 1234.5, date(2026, 12, 1)], ["李四", 20, None]]
    said = words(a_workbook(rows, [[MORNING, True]]), FileKind.XLSX)
    for value in ("十二月工资", "张三", "1234.5", "2026-12-01", "20", "第二张", "2026-12-01 08:30", "是"):
        assert value in said
    assert "底稿" not in said
    assert "样式从略,以原件为准" in said


def test_a_wide_workbook_is_made_narrow_and_says_what_is_left_out() -> None:
    rows: list[list[object]] = [[f"列{number}" for number in range(43)]]
    said = words(a_workbook(rows), FileKind.XLSX).replace("\n", "")
    assert "列39" in said
    assert "列41" not in said
    assert "右侧还有 3 列" in said


def test_a_long_workbook_ends_with_a_sentence() -> None:
    data = a_workbook([[number] for number in range(1, 1400)])
    assert pages.count_pages(data, FileKind.XLSX) == MOST_PAGES
    assert "其余请下载原件查看" in words(data, FileKind.XLSX, MOST_PAGES)


def test_a_word_text_shows_its_paragraphs_and_tables() -> None:
    body = (
        "<w:p><w:r><w:t>采购</w:t></w:r><w:r><w:t>合同</w:t><w:tab/><w:t>甲方</w:t><w:br/><w:t>乙方</w:t></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>删去的话</w:delText></w:r></w:del></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>单价</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    )
    data = a_text(body)
    assert opening.examine(data, "合同.docx", 10**7) == (FileKind.DOCX, 1)
    said = words(data, FileKind.DOCX)
    for value in ("采购合同", "甲方", "乙方", "单价"):
        assert value in said
    assert "删去的话" not in said


def test_long_words_are_broken_to_their_room() -> None:
    assert lines_of("青山县第三实验小学", 9.7, 3.2) == ["青山县", "第三实", "验小学"]
    assert lines_of("abcd", 3.3, 3.2) == ["ab", "cd"]
    assert lines_of("a\r\nb\x00\x07", 9, 3) == ["a", "b"]
    assert len(lines_of("长" * 3000, 9, 3)) == 30


def test_what_cannot_be_laid_out_is_kept_without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that calamine cannot open; and a layout that really crashes, loops or lies."""
    assert opening.examine(an_ole("Workbook"), "工资.xls", 10**7) == (FileKind.XLS, 0)
    monkeypatch.setattr(opening, "_AT_ONCE", Limits(memory=256 * MEGABYTE, cpu=1))
    for way in ("crash", "loop", "allocate", "echo", "refuse"):
        monkeypatch.setattr(opening, "_COUNT", f"tests.core.hostile_readers:{way}")
        assert opening.examine(xmls.invoice_xml(INVOICE), "发票.xml", 10**7) == (FileKind.XML, 0)
