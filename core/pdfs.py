"""A PDF that may be kept: it opens without a password, is not endless, does nothing by itself, carries no program."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pypdfium2 as pdfium

from core.errors import Refused
from core.names import is_program, refuse, refuse_password
from core.zips import ends_as_zip

MAX_PAGES: Final = 300
# An action must name its type, so /JS alone does nothing; a Rendition is the one action that runs /JS without it.
# A form of the XFA kind and rich media bring scripts of their own; the last two send and fetch.
_ACTIONS: Final = re.compile(
    rb"/(JavaScript|Launch|Rendition|XFA|RichMedia|SubmitForm|ImportData)(?=[\s\0/<>()\[\]%]|$)"
)
_MOST_ATTACHED: Final = 100
_PDFIUM: Final = threading.RLock()


@contextmanager
def open_pdf(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """The PDF, for one thread at a time: PDFium is not thread-safe, so nothing of it may outlive the block."""
    with _PDFIUM:
        document = pdfium.PdfDocument(data)
        try:
            yield document
        finally:
            document.close()


def check_pdf(data: bytes, name: str) -> None:
    """A PDF from its first byte, that opens without a password and does nothing by itself. Raises `Refused`."""
    before = data[: data.index(b"%PDF-")].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if (before and not before.startswith(b"\x1b%-12345X")) or ends_as_zip(data):
        refuse(name, "混有其他格式的内容，请重新导出为 PDF 后再上传。")
    try:
        with open_pdf(data) as document:
            check_pages(len(document), name)
            plain = _rewritten(document)
            _check_attached(document, name)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium.raw.FPDF_ERR_PASSWORD:
            refuse_password(name)
        raise Refused(f"“{name}”打不开，PDF 可能已损坏，请重新导出后再上传。") from error
    if _ACTIONS.search(data) or _ACTIONS.search(plain):
        refuse(name, "的 PDF 含有脚本或启动程序的动作，请用“打印为 PDF”另存后再上传。")


def check_pages(pages: int, name: str) -> None:
    """Not more pages than anybody looks through. Raises `Refused`."""
    if pages > MAX_PAGES:
        refuse(name, f"超过 {MAX_PAGES} 页，请拆分后再上传。")


def _rewritten(document: pdfium.PdfDocument) -> bytes:
    """The same objects in plain sight: no object streams, no encryption, no names spelt in hexadecimal."""
    plain = io.BytesIO()
    document.save(plain, flags=pdfium.raw.FPDF_REMOVE_SECURITY)
    return plain.getvalue()


def _check_attached(document: pdfium.PdfDocument, name: str) -> None:
    """An invoice may carry its XML; nothing carries a program."""
    count = document.count_attachments()
    if count > _MOST_ATTACHED:
        refuse(name, f"带有 {count} 个附件，请取出附件后逐个上传。")
    for number in range(count):
        attached = document.get_attachment(number)
        called = attached.get_name()
        try:
            content = bytes(attached.get_data())
        except pdfium.PdfiumError:  # named, but not there
            content = b""
        if is_program(called, content):
            refuse(name, "的 PDF 里夹带了程序，不能作为凭证上传。")
