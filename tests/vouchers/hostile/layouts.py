"""OFD, workbooks and texts that mean harm to whoever lays them out: kept, and shown as far as may be."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from openpyxl import Workbook

from core.files import FileKind
from tests.core.made_files import XML, a_flood, a_workbook, a_zip
from tests.vouchers.corpus.seals import ofd_of, signed
from tests.vouchers.hostile.cases import Case, drawn, kept

_OFD = FileKind.OFD
_DOCUMENT = b"<Document><Pages><Page BaseLoc='a.xml'/></Pages></Document>"
_PATH = '<ofd:PathObject Boundary="0 0 100 80"><ofd:AbbreviatedData>{}</ofd:AbbreviatedData></ofd:PathObject>'
_TEXT = (
    '<ofd:TextObject Boundary="0 0 100 80" Size="{}"><ofd:TextCode X="{}" Y="{}" DeltaX="{}">凭证</ofd:TextCode>'
    "</ofd:TextObject>"
)


def layouts() -> Iterator[Case]:
    yield from _ofds()
    yield from _sheets()


def _ofds() -> Iterator[Case]:
    steps = "M 0 0 " + "L 9 9 L 1 1 " * 40_000
    yield drawn("an outline of 80,000 steps", ofd_of(_PATH.format(steps)), _OFD)
    yield drawn("numbers that are none", ofd_of(_PATH.format("M nan inf L 1e999 -1e999 A 1 1 1 1 1 nan nan")), _OFD)
    yield drawn("text far outside", ofd_of(_TEXT.format("1e300", "-1e300", "nan", "g 999999999 1e300")), _OFD)
    yield drawn("22,000 objects", ofd_of("".join(_PATH.format(f"M 0 0 L {n} 1") for n in range(22_000))), _OFD)
    seal = signed("ofd", ofd_of(_PATH.format("M 0 0 L 100 80")))
    for _ in range(5):
        seal = signed("ofd", ofd_of(_PATH.format("M 0 0 L 100 80"), seal=seal))
    yield drawn("seals within seals", ofd_of("", seal=seal), _OFD)
    yield drawn("a seal of 100,000 megapixels", ofd_of("", seal=signed("png", a_flood(300_000, 300_000))), _OFD)
    yield drawn("DER in DER", ofd_of("", seal=_nested()), _OFD)
    head = b"<OFD><DocBody><DocRoot>d.xml</DocRoot></DocBody></OFD>"
    deep = b"<Page>" * 70 + b"</Page>" * 70
    yield kept("a page too deep", a_zip({"OFD.xml": head, "d.xml": _DOCUMENT, "a.xml": deep}), _OFD, "XML 过大")


def _nested() -> bytes:
    inner = b""
    for _ in range(2000):
        size = len(inner)
        head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        inner = b"\x30" + head + inner
    return inner


def _sheets() -> Iterator[Case]:
    yield drawn("a workbook of 4,000 rows", _a_long_workbook, FileKind.XLSX, 20)
    far = b"<worksheet><sheetData><row r='1048576'><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
    yield drawn("a cell in the last corner", _with_sheet(far), FileKind.XLSX)
    text = "<w:p><w:r><w:t>" + "凭证" * 20_000 + "</w:t></w:r></w:p>"
    document = f"<w:document xmlns:w='w'><w:body>{text * 3}</w:body></w:document>".encode()
    yield drawn("paragraphs without end", _docx(document), FileKind.DOCX, 3)
    deep = b"<w:tbl><w:tr><w:tc>" * 15 + b"</w:tc></w:tr></w:tbl>" * 15
    nested = b"<w:document xmlns:w='w'><w:body>" + deep + b"</w:body></w:document>"
    yield drawn("tables in tables", _docx(nested), FileKind.DOCX)
    yield kept("300,001 elements", XML + b"<a>" + b"<b/>" * 300_001 + b"</a>", FileKind.XML)


def _docx(document: bytes) -> bytes:
    return a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": document})


def _a_long_workbook() -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("工资")
    for number in range(4_000):
        sheet.append([number, "=1+1", "张三" * 20])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _with_sheet(sheet: bytes) -> bytes:
    return a_workbook({"xl/worksheets/sheet1.xml": sheet})
