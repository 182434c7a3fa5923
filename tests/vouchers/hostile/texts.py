"""XML, web pages, programs, archives, and files that are nothing."""

from __future__ import annotations

import gzip
import lzma
import tarfile
from collections.abc import Iterator
from io import BytesIO

from core.files import FileKind
from tests.core.made_files import INVOICE, LAUGHS, SVG, XHTML, XML, XXE, a_pdf, a_zip, an_image
from tests.vouchers.hostile.cases import Case, drawn, kept, refused

# The test file of the makers of virus scanners, spelt apart so that no scanner takes this file away.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
_UNKNOWN = "不是可以上传的文件类型"


def texts() -> Iterator[Case]:
    yield from _xml()
    yield from _pages()
    yield from _programs()
    yield from _nothing()


def _xml() -> Iterator[Case]:
    yield refused("an external entity", XML + XXE, "DOCTYPE")
    yield refused("a billion laughs", XML + LAUGHS + b"<a>&c;</a>", "DOCTYPE")
    outer = b"<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><a/>"
    yield refused("a DTD from elsewhere", XML + outer, "DOCTYPE")
    yield refused("a parameter entity", XML + b"<!DOCTYPE a [<!ENTITY % b 'c'> %b;]><a/>", "DOCTYPE")
    yield refused("an external entity in UTF-16", (XML + XXE).decode().encode("utf-16"), "DOCTYPE")
    yield refused("an external entity in GBK", b"<?xml version='1.0' encoding='gbk'?>" + XXE, "DOCTYPE")
    included = b"<a xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='file:///etc/passwd'/></a>"
    yield drawn("an include that nobody follows", XML + included, FileKind.XML)
    yield refused("a style sheet", XML + b"<?xml-stylesheet href='x.xsl'?><a/>", "网页或图形")
    yield refused("XHTML in between", XML + XHTML, "网页或图形")
    yield refused("an unknown encoding", b"<?xml version='1.0' encoding='utf-7'?><a/>", "格式有误")
    yield refused("open at its end", XML + b"<a><b></a>", "格式有误")
    yield kept("300,000 levels deep", XML + b"<a>" * 300_000 + b"</a>" * 300_000, FileKind.XML)
    many = b" ".join(b"a%d='1'" % n for n in range(100_000))
    yield drawn("an element of 100,000 attributes", XML + b"<a " + many + b"/>", FileKind.XML)
    yield drawn("an invoice in GBK", INVOICE.format("GBK").encode("gbk"), FileKind.XML)


def _pages() -> Iterator[Case]:
    yield refused("SVG", SVG, "SVG")
    yield refused("SVG as XML", XML + SVG, "网页或图形")
    yield refused("HTML", b"\n<!DOCTYPE html><title>x</title>", "网页")
    yield refused("HTML behind a comment", b"<!-- %PDF-1.4 -->\n<HTML>", "网页")
    yield refused("HTA", b"<hta:application/><script>x</script>", "网页")
    yield refused("HTML in UTF-16", "<html></html>".encode("utf-16"), "网页或图形")
    yield refused("a saved web page", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>", _UNKNOWN)
    yield refused("RTF", b"{\\rtf1\\object\\objocx}", _UNKNOWN)
    yield refused("CSV with a formula", b"a,b\n=cmd|'/c calc'!A0,1", _UNKNOWN)


def _programs() -> Iterator[Case]:
    program, archive = "可执行程序", "压缩包"
    yield refused("a program of Windows", b"MZ\x90\0" + bytes(99), program)
    yield refused("a program of Linux", b"\x7fELF" + bytes(99), program)
    yield refused("a program of macOS", b"\xcf\xfa\xed\xfe" + bytes(99), program)
    yield refused("a shell script", b"#!/bin/sh\nrm -rf /", program)
    yield refused("a link of Windows", b"L\0\0\0\x01\x14\x02\0" + bytes(99), program)
    yield refused("a class of Java", b"\xca\xfe\xba\xbe" + bytes(99), program)
    yield refused("a batch file", b"@echo off\r\ndel *.*", _UNKNOWN)
    yield refused("a script of Windows", b"WScript.CreateObject('x')", _UNKNOWN)
    yield refused("an internet link", b"[InternetShortcut]\r\nURL=file://evil", _UNKNOWN)
    yield refused("EICAR", EICAR, _UNKNOWN)
    for name, magic in (("RAR 4", b"Rar!\x1a\x07\0"), ("RAR 5", b"Rar!\x1a\x07\x01\0"), ("7z", b"7z\xbc\xaf\x27\x1c")):
        yield refused(name, magic + bytes(99), archive)
    yield refused("gzip", gzip.compress(a_pdf()), archive)
    yield refused("xz", lzma.compress(a_pdf()), archive)
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as box:
        box.addfile(tarfile.TarInfo("../../evil"))
    yield refused("tar", out.getvalue(), _UNKNOWN)
    yield refused("a zip with a password", a_zip({"a": b"b"}).replace(b"\x14\0\0\0", b"\x14\0\x01\0"), "密码")


def _nothing() -> Iterator[Case]:
    yield refused("0 bytes", b"", "空文件")
    yield refused("1 byte", b"%", _UNKNOWN)
    yield refused("only zeros", bytes(4096), _UNKNOWN)
    yield refused("only blanks", b" \r\n" * 999, _UNKNOWN)
    yield drawn("EICAR in a picture, where only a scanner finds it", an_image("PNG") + EICAR, FileKind.PNG)
