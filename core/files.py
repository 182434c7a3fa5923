"""What a file really is: judged by its content, never by its name, and refused when it may do harm."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NoReturn

from PIL import Image

from core.errors import Refused
from core.markup import check_xml
from core.names import PROGRAM, refuse, safe_name
from core.office import OLE, check_ole, check_package
from core.pdfs import MAX_PAGES, check_pages, check_pdf
from core.zips import ends_as_zip

MAX_BYTES: Final = 50 * 1024 * 1024
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
_TAGS: Final = rb"(?is)(<!--.*?-->\s*)*<(!doctype\s+)?"
_UNWELCOME: Final = (
    (PROGRAM.pattern, "是可执行程序，不能作为凭证上传。"),
    (_TAGS + rb"(html|head|body|script|iframe|hta:)", "是网页文件，请打印或导出为 PDF 后再上传。"),
    (_TAGS + rb"svg", "是 SVG 图形，请另存为 PDF 或 JPG 后再上传。"),
    (rb"(?s).{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1|avif)", "是手机 HEIC 照片，请在手机上改存为 JPG 后再上传。"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", "是压缩包，请解压后逐个上传。"),
)

# Unpackers find these wherever they stand, so that a picture can be an archive as well.
_ARCHIVES: Final = re.compile(rb"Rar!\x1a\x07[\0\x01]|7z\xbc\xaf\x27\x1c")
# Modes of more than eight bits that Pillow calls one channel.
_CHANNELS: Final = {"I": 6, "F": 6, "I;16": 4, "I;16B": 4, "I;16L": 4}


def kind_of(data: bytes, filename: str, max_bytes: int = MAX_BYTES) -> FileKind:
    """The kind of a harmless, readable file by its content. The name only serves the sentence of a refusal."""
    name = safe_name(filename)
    if not data:
        refuse(name, "是空文件（0 字节），请重新选择文件。")
    if len(data) > max_bytes:
        refuse(name, f"超过 {max_bytes / 1024 / 1024:g} MB，请压缩或拆分后再上传。")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern, sentence in _UNWELCOME:
        if re.match(pattern, head):
            refuse(name, sentence)
    return _reader_of(data, head)(data, name)


def media_type(kind: FileKind) -> str:
    """The media type to send a file of this kind with."""
    return _MEDIA_TYPES[kind]


def endings(kind: FileKind) -> tuple[str, ...]:
    """How names of this kind end, with the dot and the usual one first: .jpg, .jpeg, .jfif."""
    return _ENDINGS.get(kind, (f".{kind}",))


def _reader_of(data: bytes, head: bytes) -> Callable[[bytes, str], FileKind]:
    """Which of the readers below judges a file that begins like this."""
    for magic, reader in _READERS:
        if data.startswith(magic):
            return reader
    if b"%PDF-" in data[:1024]:
        return _read_pdf
    return _read_xml if head.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\0<")) else _read_unknown


def _read_unknown(_data: bytes, name: str) -> FileKind:
    refuse(name, "不是可以上传的文件类型，请上传 PDF、OFD、图片（JPG、PNG）、XML、Word 或 Excel 文件。")


def _read_pdf(data: bytes, name: str) -> FileKind:
    check_pdf(data, name)
    return FileKind.PDF


def _read_xml(data: bytes, name: str) -> FileKind:
    check_xml(data, name)
    return FileKind.XML


def _read_package(data: bytes, name: str) -> FileKind:
    return FileKind(check_package(data, name))


def _read_ole(data: bytes, name: str) -> FileKind:
    found = check_ole(data, name)
    return FileKind(found) if found else _read_unknown(data, name)


def _image_reader(kind: FileKind) -> Callable[[bytes, str], FileKind]:
    def read(data: bytes, name: str) -> FileKind:
        if ends_as_zip(data) or b"%PDF-" in data[:1024] or _ARCHIVES.search(data):
            refuse(name, "混有其他格式的内容，请重新导出图片后再上传。")
        sizes = _frame_sizes(data, kind, name)
        check_pages(len(sizes), name)
        if max(sizes) > MAX_PIXELS:
            _refuse_flood(name)
        return kind

    return read


def _refuse_flood(name: str) -> NoReturn:
    refuse(name, f"的图片像素过大（超过 {MAX_PIXELS // 10_000:,} 万像素），请缩小后再上传。")


def _frame_sizes(data: bytes, kind: FileKind, name: str) -> list[int]:
    """The pixels of each page, read from headers; only TIFF has more than one, and one too many is enough."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind.name]) as image:
            sizes = [_pixels(image, kind)]
            while kind is FileKind.TIFF and len(sizes) <= MAX_PAGES and _seek(image, len(sizes)):
                sizes.append(_pixels(image, kind))
            return sizes
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _refuse_flood(name)
    except Exception as error:  # a hostile header makes Pillow raise almost anything
        raise Refused(f"“{name}”打不开，图片可能已损坏，请重新保存后再上传。") from error


def _pixels(image: Image.Image, kind: FileKind) -> int:
    """As many as an RGB picture of the same need would have: four channels need more, WebP is decoded three times."""
    weight = 10 if kind is FileKind.WEBP else max(3, _CHANNELS.get(image.mode, len(image.getbands())))
    return image.width * image.height * weight // 3


def _seek(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True


_READERS: Final[tuple[tuple[bytes, Callable[[bytes, str], FileKind]], ...]] = (
    (b"PK\x03\x04", _read_package),
    (OLE, _read_ole),
    (b"\xff\xd8\xff", _image_reader(FileKind.JPEG)),
    (b"\x89PNG\r\n\x1a\n", _image_reader(FileKind.PNG)),
    (b"RIFF", _image_reader(FileKind.WEBP)),
    (b"II*\0", _image_reader(FileKind.TIFF)),
    (b"MM\0*", _image_reader(FileKind.TIFF)),
    (b"BM", _image_reader(FileKind.BMP)),
)
