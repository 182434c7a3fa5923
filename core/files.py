"""What a file really is: judged by its content, never by its name, and refused when it may do harm."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, NoReturn
from xml.parsers import expat

import pypdfium2 as pdfium
from PIL import Image

from core.errors import Refused
from core.names import safe_name
from core.zips import check_zip, ends_as_zip

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_PAGES: Final = 300
MAX_PIXELS: Final = 100_000_000
# Pillow compares a header with this before it decodes anything.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class FileKind(StrEnum):
    """The kinds that may prove a payment."""

    PDF = "pdf"
    OFD = "ofd"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    BMP = "bmp"
    XML = "xml"
    XLSX = "xlsx"
    DOCX = "docx"
    XLS = "xls"
    DOC = "doc"


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES: Final = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/webp",
    FileKind.TIFF: "image/tiff",
    FileKind.BMP: "image/bmp",
    FileKind.XML: "application/xml",
    FileKind.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    FileKind.DOCX: f"{_OFFICE}.wordprocessingml.document",
    FileKind.XLS: "application/vnd.ms-excel",
    FileKind.DOC: "application/msword",
}
_ENDINGS: Final = {FileKind.JPEG: (".jpg", ".jpeg", ".jfif"), FileKind.TIFF: (".tif", ".tiff")}
_MARKERS: Final = {
    "OFD.xml": FileKind.OFD,
    "xl/workbook.xml": FileKind.XLSX,
    "word/document.xml": FileKind.DOCX,
}
_STREAMS: Final = {"Workbook": FileKind.XLS, "Book": FileKind.XLS, "WordDocument": FileKind.DOC}
_TAGS: Final = rb"(?is)(<!--.*?-->\s*)*<(!doctype\s+)?"
_UNWELCOME: Final = (
    (rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|L\0\0\0\x01\x14\x02", "是可执行程序，不能作为凭证上传。"),
    (_TAGS + rb"(html|head|body|script|iframe|hta:)", "是网页文件，请打印或导出为 PDF 后再上传。"),
    (_TAGS + rb"svg", "是 SVG 图形，请另存为 PDF 或 JPG 后再上传。"),
    (rb"(?s).{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1|avif)", "是手机 HEIC 照片，请在手机上改存为 JPG 后再上传。"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", "是压缩包，请解压后逐个上传。"),
)
# An action must name its type, so /JS alone does nothing; a Rendition is the one action that runs /JS without it.
_PDF_ACTIONS: Final = re.compile(rb"/(JavaScript|Launch|Rendition)(?=[\s\0/<>()\[\]%]|$)")
_ACTIVE_XML: Final = re.compile(r"(http://www\.w3\.org/(1999/xhtml|2000/svg|1999/XSL/Transform) .*|html|svg)", re.I)
_GB_XML: Final = re.compile(rb"""<\?xml[^>]*encoding=["'](gb2312|gbk|gb18030)["']""", re.I)
_PDFIUM: Final = threading.RLock()


def kind_of(data: bytes, filename: str, max_bytes: int = MAX_BYTES) -> FileKind:
    """The kind of a harmless, readable file by its content. The name only serves the sentence of a refusal."""
    name = safe_name(filename)
    if not data:
        _refuse(name, "是空文件（0 字节），请重新选择文件。")
    if len(data) > max_bytes:
        _refuse(name, f"超过 {max_bytes / 1024 / 1024:g} MB，请压缩或拆分后再上传。")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern, sentence in _UNWELCOME:
        if re.match(pattern, head):
            _refuse(name, sentence)
    return _reader_of(data, head)(data, name)


def media_type(kind: FileKind) -> str:
    """The media type to send a file of this kind with."""
    return _MEDIA_TYPES[kind]


def endings(kind: FileKind) -> tuple[str, ...]:
    """How names of this kind end, with the dot and the usual one first: .jpg, .jpeg, .jfif."""
    return _ENDINGS.get(kind, (f".{kind}",))


@contextmanager
def open_pdf(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """The PDF, for one thread at a time: PDFium is not thread-safe, so nothing of it may outlive the block."""
    with _PDFIUM:
        document = pdfium.PdfDocument(data)
        try:
            yield document
        finally:
            document.close()


def _refuse(name: str, sentence: str) -> NoReturn:
    raise Refused(f"“{name}”{sentence}")


def _reader_of(data: bytes, head: bytes) -> Callable[[bytes, str], FileKind]:
    """Which of the readers below judges a file that begins like this."""
    for magic, reader in _READERS:
        if data.startswith(magic):
            return reader
    if b"%PDF-" in data[:1024]:
        return _read_pdf
    return _read_xml if head.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\0<")) else _read_unknown


def _read_unknown(_data: bytes, name: str) -> FileKind:
    _refuse(name, "不是可以上传的文件类型，请上传 PDF、OFD、图片（JPG、PNG）、XML、Word 或 Excel 文件。")


def _read_zip(data: bytes, name: str) -> FileKind:
    """OFD, xlsx and docx are zips that differ in one member."""
    try:
        check_zip(data)
    except Refused as refusal:
        raise Refused(f"“{name}”：{refusal}") from refusal
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        members = box.namelist()
        found = [kind for marker, kind in _MARKERS.items() if marker in members]
        if len(found) != 1:
            _refuse(name, "是压缩包或不支持的文档，请解压后逐个上传，文档请另存为 PDF、xlsx 或 docx。")
        for member in members:
            _check_member(box, member, name)
    return found[0]


def _check_member(box: zipfile.ZipFile, member: str, name: str) -> None:
    """No macro in any guise, and every XML part is plain."""
    lower = member.lower()
    if lower.endswith("vbaproject.bin") or "/macrosheets/" in lower:
        _refuse_macros(name)
    if lower.endswith((".xml", ".rels")):
        content = box.read(member)
        if lower == "[content_types].xml" and b"macroenabled" in content.lower():
            _refuse_macros(name)
        _check_xml(content, name, active_allowed=True)


def _refuse_macros(name: str) -> NoReturn:
    _refuse(name, "含有宏，不能上传，请另存为不含宏的 xlsx、docx 或 PDF。")


def _refuse_password(name: str) -> NoReturn:
    _refuse(name, "设有打开密码，请先取消密码（打开后另存或打印为不带密码的文件）再上传。")


def _read_ole(data: bytes, name: str) -> FileKind:
    """The binary formats of Word and Excel 97; a protected xlsx or docx hides in the same container."""
    if _has_stream(data, "EncryptedPackage"):
        _refuse_password(name)
    if _has_stream(data, "_VBA_PROJECT"):
        _refuse_macros(name)
    found = {kind for stream, kind in _STREAMS.items() if _has_stream(data, stream)}
    return found.pop() if len(found) == 1 else _read_unknown(data, name)


def _has_stream(data: bytes, stream: str) -> bool:
    """Whether the directory names the stream; its entries of 128 bytes are aligned and begin with the name."""
    entry = f"{stream}\0".encode("utf-16-le")
    at = data.find(entry)
    while at >= 0 and at % 128:
        at = data.find(entry, at + 1)
    return at >= 0


def _read_xml(data: bytes, name: str) -> FileKind:
    _check_xml(data, name, active_allowed=False)
    return FileKind.XML


def _check_xml(data: bytes, name: str, *, active_allowed: bool) -> None:
    """Well-formed, without DOCTYPE; and, where a browser may meet it, without page, drawing or style sheet."""

    def refuse_doctype(*_about: object) -> None:
        _refuse(name, "的 XML 含有 DOCTYPE 或实体声明，可能有害，请重新下载原始文件。")

    def refuse_active(element: str, *_about: object) -> None:
        if element == "xml-stylesheet" or _ACTIVE_XML.fullmatch(element):
            _refuse(name, "是网页或图形，不是数据 XML，请导出为 PDF 后再上传。")

    # Expat knows no GBK, which older tax software writes.
    legacy = _GB_XML.match(data)
    parser = expat.ParserCreate("utf-8" if legacy else None, " ")
    parser.StartDoctypeDeclHandler = refuse_doctype
    if not active_allowed:
        parser.StartElementHandler = refuse_active
        parser.ProcessingInstructionHandler = refuse_active
    try:
        parser.Parse(data.decode("gb18030").encode() if legacy else data, True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(f"“{name}”的 XML 内容不完整或格式有误，请重新下载原始文件。") from error


def _read_pdf(data: bytes, name: str) -> FileKind:
    """A PDF from its first byte, that opens without a password and does nothing by itself."""
    before = data[: data.index(b"%PDF-")].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if (before and not before.startswith(b"\x1b%-12345X")) or ends_as_zip(data):
        _refuse(name, "混有其他格式的内容，请重新导出为 PDF 后再上传。")
    try:
        with open_pdf(data) as document:
            _check_pages(len(document), name)
            plain = _rewritten(document)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium.raw.FPDF_ERR_PASSWORD:
            _refuse_password(name)
        raise Refused(f"“{name}”打不开，PDF 可能已损坏，请重新导出后再上传。") from error
    if _PDF_ACTIONS.search(data) or _PDF_ACTIONS.search(plain):
        _refuse(name, "的 PDF 含有脚本或启动程序的动作，请用“打印为 PDF”另存后再上传。")
    return FileKind.PDF


def _rewritten(document: pdfium.PdfDocument) -> bytes:
    """The same objects in plain sight: no object streams, no encryption, no names spelt in hexadecimal."""
    plain = io.BytesIO()
    document.save(plain, flags=pdfium.raw.FPDF_REMOVE_SECURITY)
    return plain.getvalue()


def _check_pages(pages: int, name: str) -> None:
    if pages > MAX_PAGES:
        _refuse(name, f"超过 {MAX_PAGES} 页，请拆分后再上传。")


def _image_reader(kind: FileKind) -> Callable[[bytes, str], FileKind]:
    def read(data: bytes, name: str) -> FileKind:
        if ends_as_zip(data):
            _refuse(name, "混有其他格式的内容，请重新导出图片后再上传。")
        sizes = _frame_sizes(data, kind, name)
        _check_pages(len(sizes), name)
        if any(width * height > MAX_PIXELS for width, height in sizes):
            _refuse_flood(name)
        return kind

    return read


def _refuse_flood(name: str) -> NoReturn:
    _refuse(name, f"的图片像素过大（超过 {MAX_PIXELS // 10_000:,} 万像素），请缩小后再上传。")


def _frame_sizes(data: bytes, kind: FileKind, name: str) -> list[tuple[int, int]]:
    """The size of each page, read from headers; only TIFF has more than one, and one too many is enough."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind.name]) as image:
            sizes = [image.size]
            while kind is FileKind.TIFF and len(sizes) <= MAX_PAGES and _seek(image, len(sizes)):
                sizes.append(image.size)
            return sizes
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _refuse_flood(name)
    except Exception as error:  # a hostile header makes Pillow raise almost anything
        raise Refused(f"“{name}”打不开，图片可能已损坏，请重新保存后再上传。") from error


def _seek(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True


_READERS: Final[tuple[tuple[bytes, Callable[[bytes, str], FileKind]], ...]] = (
    (b"PK\x03\x04", _read_zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _read_ole),
    (b"\xff\xd8\xff", _image_reader(FileKind.JPEG)),
    (b"\x89PNG\r\n\x1a\n", _image_reader(FileKind.PNG)),
    (b"RIFF", _image_reader(FileKind.WEBP)),
    (b"II*\0", _image_reader(FileKind.TIFF)),
    (b"MM\0*", _image_reader(FileKind.TIFF)),
    (b"BM", _image_reader(FileKind.BMP)),
)
