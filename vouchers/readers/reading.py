"""The one entry: the bytes of a paper in, what machines can read on it out. Never an exception, never an amount set.

All of this runs in the jail, which is given `answer`; `vouchers/papers/opening.py` asks for it there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from PIL import Image

from core.errors import Refused
from core.files import FileKind
from vouchers.readers import invoice_xml, ocr, ofd, pdf, pictures, qr
from vouchers.readers.canonical import text_of
from vouchers.readers.rules import Reading, merged, only

NOTHING: Final = "没有识别到发票内容，请看原件填写。"
BROKEN: Final = "文件内容无法识别，可能已损坏或格式特殊；原件照常保存和显示，请看原件填写。"
_OTHER: Final = "这种文件不作识别，原件照常保存，请看原件填写。"
_log: Final = logging.getLogger(__name__)


def answer(data: bytes, asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: what was read, as canonical text."""
    return {}, text_of(read(data, FileKind(asked["kind"]))).encode()


def warm() -> None:
    """Load what every file would load."""
    Image.init()
    if ocr.installed():
        ocr.loaded()


def read(data: bytes, kind: FileKind) -> Reading:
    """What is on the paper. A file that cannot be read gives an empty reading with a sentence."""
    reader = _READERS.get(kind)
    if reader is None:
        return only(_OTHER)
    try:
        reading = reader(data)
    except Refused as refusal:
        return only(str(refusal))
    except Exception:  # a hostile or broken file makes PDFium, Pillow and zlib raise almost anything
        _log.info("a %s of %d bytes could not be read", kind.value, len(data), exc_info=True)
        return only(BROKEN)
    return _told(reading)


def _told(reading: Reading) -> Reading:
    """With the sentences that belong to the whole: nothing found, more than one invoice."""
    notes = list(reading.notes)
    if not reading and not notes:
        notes.append(NOTHING)
    if reading.others:
        notes.append(f"文件里还有另外 {len(reading.others)} 张发票（{'、'.join(reading.others[:5])}），请逐张登记。")
    return replace(reading, notes=tuple(notes))


def _of_pictures(data: bytes, kind: FileKind) -> Reading:
    parts = [
        part for number, image in enumerate(pictures.pages(data, kind), start=1) for part in _of_picture(image, number)
    ]
    reading = merged(parts)
    return reading if ocr.installed() or reading.items else replace(reading, notes=(*reading.notes, ocr.MISSING))


def _of_picture(image: Image.Image, page: int) -> list[Reading]:
    return [*qr.readings_of(image, page), ocr.reading_of(image, page)]


def _pictures(kind: FileKind) -> Callable[[bytes], Reading]:
    return lambda data: _of_pictures(data, kind)


_READERS: Final[dict[FileKind, Callable[[bytes], Reading]]] = {
    FileKind.XML: invoice_xml.reading_of,
    FileKind.OFD: ofd.reading_of,
    FileKind.PDF: pdf.reading_of,
    **{kind: _pictures(kind) for kind in pictures.KINDS},
}
