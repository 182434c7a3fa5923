"""Zips, OFD and the documents of Word and Excel that mean harm."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO

from core.files import FileKind
from tests.core.made_files import LAUGHS, XXE, a_docx, a_workbook, a_zip, an_ofd, an_ole
from tests.vouchers.hostile.cases import Case, drawn, kept, refused

MEGABYTE = 1024 * 1024
_RELS = b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>%s</Relationships>"
_KINDS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_EXE = b"MZ\x90\0" + bytes(200)


def packages() -> Iterator[Case]:
    yield from _bombs()
    yield from _names()
    yield from _documents()
    yield from _macros()


def _bombs() -> Iterator[Case]:
    yield refused("200 MB in 200 KB", lambda: an_ofd(**{"Doc_0/a.bin": bytes(199 * MEGABYTE)}), "过大")
    inner = a_zip({"0.bin": bytes(4 * MEGABYTE)})
    yield kept("a bomb inside, which nobody opens", an_ofd(**{"Doc_0/inner.zip": inner}), FileKind.OFD)
    yield refused("16 nested bombs", a_zip({f"{n}.zip": inner for n in range(16)}), "压缩包")
    yield refused("entries that overlap", _overlapping(), "互相重叠")
    yield refused("says less than it inflates to", _lying(10), "过大")
    yield refused("says more than it inflates to", _lying(5 * MEGABYTE), "损坏")
    yield refused("100,000 entries", lambda: _many(100_000), "条目超过")
    yield refused("encrypted", _flagged(1), "密码")
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield refused(f"packed by method {method}", _packed(method), "不支持的压缩方式")
    yield refused("the same name twice", _flagged(0), "损坏")
    yield refused("cut off", an_ofd(a=b"b" * 999)[:-40], "损坏")
    yield refused("no entry", b"PK\x05\x06" + bytes(18), "不是可以上传的文件类型")


def _overlapping() -> bytes:
    """Two entries of the directory share one local header."""
    whole = an_ofd(**{"Doc_0/a.bin": b"kernel" * 99})
    at = whole.rindex(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    entry = bytearray(whole[at:end])
    entry[46] ^= 1  # another name
    count = struct.pack("<HH", 3, 3)
    size = struct.pack("<II", end - whole.index(b"PK\x01\x02") + len(entry), whole.index(b"PK\x01\x02"))
    return whole[:end] + bytes(entry) + whole[end : end + 8] + count + size + b"\0\0"


def _lying(size: int) -> bytes:
    """The declared size of the large entry is another, in both of its headers."""
    content = hashlib.shake_256(b"noise").digest(2 * MEGABYTE)
    whole = bytearray(an_ofd(**{"Doc_0/a.bin": content}))
    real = struct.pack("<I", len(content))
    return bytes(whole).replace(real, struct.pack("<I", size))


def _many(entries: int) -> bytes:
    one = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *(20, 20, 0, 0, 0, 33), 0, 0, 0, *(1, 0, 0, 0, 0), 0, 0) + b"a"
    local = b"PK\x03\x04" + bytes(26)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, len(one) * entries, len(local), 0)
    return local + one * entries + end


def _flagged(encrypted: int) -> bytes:
    """With the flag of a password, or else with one name twice."""
    whole = an_ofd(**{"Doc_0/aa": b"1", "Doc_0/ab": b"2"})
    if not encrypted:
        return whole.replace(b"Doc_0/ab", b"Doc_0/aa")
    at = whole.index(b"PK\x01\x02")
    return whole[:6] + b"\x01" + whole[7 : at + 8] + b"\x01" + whole[at + 9 :]


def _packed(method: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as box:
        box.writestr("OFD.xml", b"<OFD/>" + b" " * 999)
    return out.getvalue()


def _names() -> Iterator[Case]:
    outside = "文件夹之外"
    for name in ("../../evil.sh", "Doc_0/../../evil", "..\\..\\evil", "/etc/cron.d/evil", "C:\\evil", "\\\\host\\evil"):
        yield refused(f"unpacks to {name}", an_ofd(**{name: b"evil"}), outside)
    named = an_ofd(**{"Doc_0/evil.txt!exe": b"x"}).replace(b"evil.txt!exe", b"evil.txt\0exe")
    yield refused("a name with NUL", named, outside)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("OFD.xml", b"<OFD/>")
        link = zipfile.ZipInfo("Doc_0/link")
        link.external_attr = 0o120777 << 16
        box.writestr(link, "/etc/passwd")
    yield refused("a symbolic link", out.getvalue(), outside)
    yield kept("a Chinese name", an_ofd(**{"Doc_0/附件..一.txt": b"x"}), FileKind.OFD)


def _documents() -> Iterator[Case]:
    yield refused("xlsx with an external entity", a_workbook({"xl/sharedStrings.xml": XXE}), "DOCTYPE")
    yield refused("xlsx with a billion laughs", a_workbook({"xl/sharedStrings.xml": LAUGHS + b"<a/>"}), "DOCTYPE")
    yield refused("docx with an external entity", _docx({"word/styles.xml": XXE}), "DOCTYPE")
    yield refused("OFD with an external entity", an_ofd(**{"Doc_0/Document.xml": XXE}), "DOCTYPE")
    utf16 = XXE.decode().encode("utf-16")
    yield refused("an external entity in UTF-16", an_ofd(**{"Doc_0/Document.xml": utf16}), "DOCTYPE")
    res = b"<CommonData><PublicRes>../../../etc/passwd</PublicRes><Res>http://127.0.0.1/x</Res></CommonData>"
    yield kept("OFD that points outside", an_ofd(**{"Doc_0/Document.xml": res}), FileKind.OFD)
    for kind in (b"attachedTemplate", b"oleObject", b"frame", b"subDocument"):
        told = f"docx that fetches by {kind.decode()}"
        yield refused(told, _docx({"word/_rels/settings.xml.rels": _link(kind)}), "从别处装入")
    linked = _docx({"word/_rels/document.xml.rels": _link(b"hyperlink")})
    yield drawn("docx with a link to click", linked, FileKind.DOCX)
    figures = a_workbook({"xl/externalLinks/_rels/externalLink1.xml.rels": _link(b"externalLinkPath")})
    yield drawn("xlsx with figures of another workbook", figures, FileKind.XLSX)
    dde = b"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>"
    yield refused("xlsx with DDE", a_workbook({"xl/externalLinks/externalLink1.xml": dde}), "DDE")
    wide = dde.decode().encode("utf-16")
    yield refused("xlsx with DDE in UTF-16", a_workbook({"xl/externalLinks/externalLink1.xml": wide}), "DDE")
    formula = b"<worksheet><sheetData><row><c><f>cmd|'/c calc'!A0</f></c></row></sheetData></worksheet>"
    yield drawn("xlsx with a formula that calls", a_workbook({"xl/worksheets/sheet9.xml": formula}), FileKind.XLSX)
    yield refused("docx with a program", _docx({"word/embeddings/a.bin": _EXE}), "夹带了程序")
    yield refused("docx with a script", _docx({"word/media/a.js": b"alert(1)"}), "夹带了程序")
    yield refused("docx with a package of a file", _docx({"word/embeddings/a.dat": an_ole("\x01Ole10Native")}), "夹带")
    equation = _docx({"word/embeddings/oleObject1.bin": an_ole("Equation Native")})
    yield drawn("docx with an equation", equation, FileKind.DOCX)
    yield refused("OFD and docx at once", a_zip({"OFD.xml": b"<a/>", "word/document.xml": b"<a/>"}), "压缩包")
    yield refused("a zip of papers", a_zip({"发票.pdf": b"%PDF-1.4"}), "压缩包")
    yield refused("a jar", a_zip({"META-INF/MANIFEST.MF": b"Main-Class: A", "A.class": b"\xca\xfe\xba\xbe"}), "压缩包")


def _docx(more: dict[str, bytes]) -> bytes:
    return a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


def _link(kind: bytes) -> bytes:
    link = b"<Relationship Id='r1' Type='%s' Target='http://127.0.0.1/x.dotm' TargetMode='External'/>" % (_KINDS + kind)
    return _RELS % link


def _macros() -> Iterator[Case]:
    kinds = b"<Types><Override ContentType='application/vnd.ms-%s'/></Types>"
    yield refused("xlsm", a_workbook({"xl/vbaProject.bin": b"x"}), "含有宏")
    yield refused("docm", _docx({"word/VBAPROJECT.BIN": b"x"}), "含有宏")
    enabled = kinds % b"excel.sheet.macroEnabled.main+xml"
    yield refused("xlsm that calls itself xlsx", a_workbook({"[Content_Types].xml": enabled}), "含有宏")
    renamed = {"[Content_Types].xml": kinds % b"office.vbaProject", "xl/theme.bin": b"x"}
    yield refused("macros under another name", a_workbook(renamed), "含有宏")
    yield refused("macros of Excel 4", a_workbook({"xl/macrosheets/sheet1.xml": b"<a/>"}), "含有宏")
    yield refused("xls with macros", an_ole("Workbook", "_VBA_PROJECT_CUR", "_VBA_PROJECT"), "含有宏")
    yield refused("doc with macros", an_ole("WordDocument", "Macros", "_VBA_PROJECT"), "含有宏")
    yield refused("doc with a package of a file", an_ole("WordDocument", "\x01Ole10Native"), "夹带")
    yield refused("a protected xlsx", an_ole("EncryptedPackage", "EncryptionInfo"), "密码")
    yield refused("a Windows installer", an_ole("\x05SummaryInformation", "Property"), "不是可以上传的文件类型")
    yield refused("xlsb", a_zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}), "压缩包")
    yield drawn("a plain docx", a_docx(), FileKind.DOCX)
    yield kept("a plain xls", an_ole("Workbook"), FileKind.XLS)
