"""A file is what its content says; whatever may do harm, or cannot be read later, is refused in a sentence."""

from __future__ import annotations

import pytest

from core.errors import Refused
from core.files import FileKind, endings, kind_of, media_type
from tests.core.made_files import (
    INVOICE,
    LAUGHS,
    PLAIN_CATALOG,
    SVG,
    TREE,
    XHTML,
    XML,
    XXE,
    a_docx,
    a_flood,
    a_pdf,
    a_pdf_hiding,
    a_pdf_of,
    a_protected_pdf,
    a_tiff,
    a_workbook,
    a_zip,
    an_acting_pdf,
    an_image,
    an_ofd,
    an_ole,
    opens_freely,
)

GOOD = [
    (a_pdf(), FileKind.PDF),
    (a_pdf_of([PLAIN_CATALOG, *TREE]), FileKind.PDF),
    (b"\x1b%-12345X@PJL\r\n" + a_pdf(), FileKind.PDF),
    (a_protected_pdf(opens_freely()), FileKind.PDF),
    (an_ofd(), FileKind.OFD),
    (an_image("JPEG"), FileKind.JPEG),
    (an_image("PNG"), FileKind.PNG),
    (an_image("WEBP"), FileKind.WEBP),
    (an_image("TIFF"), FileKind.TIFF),
    (a_tiff(3), FileKind.TIFF),
    (an_image("BMP"), FileKind.BMP),
    (INVOICE.format("utf-8").encode(), FileKind.XML),
    (b"\xef\xbb\xbf" + INVOICE.format("utf-8").encode(), FileKind.XML),
    (INVOICE.format("utf-16").encode("utf-16"), FileKind.XML),
    (INVOICE.format("GBK").encode("gbk"), FileKind.XML),
    (a_workbook(), FileKind.XLSX),
    (a_docx(), FileKind.DOCX),
    (an_ole("Workbook"), FileKind.XLS),
    (an_ole("WordDocument"), FileKind.DOC),
]


@pytest.mark.parametrize(("data", "kind"), GOOD)
def test_each_kind_is_known_by_its_content_and_not_by_its_name(data: bytes, kind: FileKind) -> None:
    assert kind_of(data, "发票.exe") is kind


def test_every_kind_has_a_media_type_and_an_ending() -> None:
    assert all("/" in media_type(kind) and endings(kind)[0].startswith(".") for kind in FileKind)
    assert (media_type(FileKind.PDF), endings(FileKind.JPEG)[0]) == ("application/pdf", ".jpg")


def refusal(data: bytes, name: str = "发票.pdf", **limits: int) -> str:
    with pytest.raises(Refused) as caught:
        kind_of(data, name, **limits)
    return str(caught.value)


BOMB = a_zip({"OFD.xml": b"<OFD/>", "Doc_0/a.bin": bytes(30_000_000)})
MACROS = b"<Types><Override ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></Types>"
BAD = [
    (b"", "空文件"),
    (b"MZ\x90\0" + bytes(99), "可执行程序"),
    (b"\x7fELF" + bytes(99), "可执行程序"),
    (b"#!/bin/sh\nrm -rf /", "可执行程序"),
    (b"\n<!DOCTYPE html><title>x</title>", "网页"),
    (b"<!-- %PDF-1.4 -->\n<HTML>", "网页"),
    (b"<script>alert(1)</script>%PDF-1.4", "网页"),
    (b"<hta:application/>", "网页"),
    (SVG, "SVG"),
    (XML + SVG, "网页或图形"),
    (XML + XHTML, "网页或图形"),
    (XML + b"<?xml-stylesheet href='x.xsl'?><a/>", "网页或图形"),
    (b"GIF89a=1;alert(1)//", "不是可以上传的文件类型"),
    (b"GIF89a=1/*" + a_pdf(), "混有其他格式"),
    (b"WScript.CreateObject('x')", "不是可以上传的文件类型"),
    (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"),
    (b"Rar!\x1a\x07\0", "压缩包"),
    (a_zip({"发票.pdf": b"%PDF-1.4"}), "压缩包"),
    (a_zip({"OFD.xml": b"<a/>", "word/document.xml": b"<a/>"}), "压缩包"),
    (BOMB, "过大"),
    (a_zip({"OFD.xml": b"<a/>"})[:-30], "损坏"),
    (a_workbook({"xl/vbaProject.bin": b"x"}), "含有宏"),
    (a_workbook({"xl/macrosheets/sheet1.xml": b"<a/>"}), "含有宏"),
    (a_workbook({"[Content_Types].xml": MACROS}), "含有宏"),
    (a_workbook({"xl/sharedStrings.xml": LAUGHS + b"<a/>"}), "DOCTYPE"),
    (an_ofd(**{"Doc_0/Document.xml": XXE}), "DOCTYPE"),
    (an_ole("EncryptedPackage"), "密码"),
    (an_ole("Workbook", "_VBA_PROJECT"), "含有宏"),
    (an_ole("SummaryInformation"), "不是可以上传的文件类型"),
    (XML + XXE, "DOCTYPE"),
    (XML + LAUGHS + b"<a>&c;</a>", "DOCTYPE"),
    (XML + b"<a><b></a>", "格式有误"),
    (b"<?xml version='1.0' encoding='gbk'?><a>\xff\xff</a>", "格式有误"),
    (b"\xff\xfe<\0h\0t\0m\0l\0>\0<\0/\0h\0t\0m\0l\0>\0", "网页或图形"),
    (bytes(2000) + a_pdf(), "不是可以上传的文件类型"),
    (b"%PDF-1.4\nnothing", "打不开"),
    (a_pdf_of([PLAIN_CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"]), "打不开"),
    (a_pdf(0), "打不开"),
    (a_pdf(301), "超过 300 页"),
    (a_pdf() + a_zip({"a": b"b"}), "混有其他格式"),
    (a_protected_pdf(b"\x22" * 32), "取消密码"),
    (an_acting_pdf(b"<</S/JavaScript/JS(app.alert\\(1\\))>>"), "脚本"),
    (an_acting_pdf(b"<</S/J#61vaScript/JS(app.alert\\(1\\))>>"), "脚本"),
    (an_acting_pdf(b"<</S/Launch/F(cmd.exe)>>"), "脚本"),
    (a_pdf_hiding(b"<</S/JavaScript/JS(app.alert\\(1\\))>>"), "脚本"),
    (a_flood(1, 100_000_001), "像素过大"),
    (a_flood(11_000, 10_000), "像素过大"),
    (a_flood(60_000, 60_000), "像素过大"),
    (a_tiff(301), "超过 300 页"),
    (an_image("JPEG")[:20], "打不开"),
    (an_image("PNG") + a_zip({"a": b"b"}), "混有其他格式"),
    (b"RIFF" + bytes(40), "打不开"),
    (b"BM, said the letter", "打不开"),
]


@pytest.mark.parametrize(("data", "reason"), BAD)
def test_whatever_may_do_harm_is_refused_by_name_and_reason(data: bytes, reason: str) -> None:
    sentence = refusal(data)
    assert sentence.startswith("“发票.pdf”")
    assert sentence.endswith("。")
    assert reason in sentence


def test_a_hidden_script_is_invisible_in_the_raw_bytes() -> None:
    assert b"JavaScript" not in a_pdf_hiding(b"<</S/JavaScript/JS(app.alert\\(1\\))>>")


def test_a_file_over_the_limit_is_refused() -> None:
    assert "超过 2 MB" in refusal(a_pdf() + bytes(2 * 1024 * 1024), max_bytes=2 * 1024 * 1024)


def test_the_sentence_shows_the_safe_name() -> None:
    assert refusal(b"", "C:\\发票\\\u202efdp.exe") == "“fdp.exe”是空文件（0 字节），请重新选择文件。"
