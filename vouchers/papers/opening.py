"""Papers are opened here, in the jail: what a file is, what its pages look like, and what stands on them.

The answers come from a process that a hostile file may have taken over, so each is checked before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Refused
from core.files import FileKind
from core.jail import JAIL, MEGABYTE, Broken, End, Limits
from core.names import safe_name
from vouchers.drawing.pages import LAID_OUT
from vouchers.papers.previews import MOST_DRAWN, PAGE_HEIGHT, PAGE_WIDTH, PageImage
from vouchers.readers import ocr
from vouchers.readers.canonical import checked_reading
from vouchers.readers.page_words import checked_words
from vouchers.readers.pictures import KINDS as PICTURES
from vouchers.readers.reading import BROKEN
from vouchers.readers.rules import Reading, only

_EXAMINE: Final = "vouchers.papers.previews:examine"
_COUNT: Final = "vouchers.papers.previews:count"
_DRAW: Final = "vouchers.papers.previews:draw"
_READ: Final = "vouchers.readers.reading:answer"
LIMITS: Final = Limits()
# Recognition keeps its models in memory and takes seconds for each page.
_WITH_OCR: Final = Limits(memory=4096 * MEGABYTE, cpu=120, wall=240.0)
_MAY_BE_SCANS: Final = (*PICTURES, FileKind.PDF)
# Whoever hands a file in waits at a page, and the database may wait with him.
_AT_ONCE: Final = Limits(cpu=8, wall=20)
_WHY: Final = {
    End.TOO_LONG: "处理它用的时间过长，请重新导出为较简单的 PDF 或图片后再上传",
    End.TOO_LARGE: "处理它要用的内存过多，请缩小图片或拆分文件后再上传",
}
_UNREAD: Final = {
    End.TOO_LONG: "识别这个文件用的时间过长，没有识别；原件照常保存和显示，请看原件填写。",
    End.TOO_LARGE: "识别这个文件要用的内存过多，没有识别；原件照常保存和显示，请看原件填写。",
}
_DAMAGED: Final = "文件可能已损坏，请重新上传"
_MOST_COUNTED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page with its words, and with the thumbnail if it is the first."""

    page: PageImage
    small: bytes
    words: str = ""


def examine(data: bytes, filename: str, limit: int) -> tuple[FileKind, int]:
    """The kind of a welcome file by its content, and how many pages can be drawn. Raises `Refused` for any other."""
    try:
        said, _ = JAIL.call(_EXAMINE, data, {"name": filename, "limit": limit}, _AT_ONCE)
        kind, pages = FileKind(str(said.get("kind"))), _number(said, "pages", _MOST_COUNTED)
    except (Broken, ValueError) as broken:
        raise Refused(f"“{safe_name(filename)}”打不开，{_why(broken)}。") from broken
    return kind, _laid_out(data, kind) if kind in LAID_OUT else pages


def _laid_out(data: bytes, kind: FileKind) -> int:
    """How many pages we lay it out on. What we cannot lay out is kept all the same, and has none."""
    try:
        said, _ = JAIL.call(_COUNT, data, {"kind": kind.value}, _AT_ONCE)
        return _number(said, "pages", _MOST_COUNTED)
    except (Broken, Refused, ValueError):
        return 0


def pages(data: bytes, kind: FileKind, total: int) -> Iterator[Drawn]:
    """The first pages, one by one, each drawn by a process of its own. Raises `Refused` at one that cannot be drawn."""
    for number in range(1, min(total, MOST_DRAWN) + 1):
        try:
            yield _drawn(data, kind, number)
        except (Broken, ValueError) as broken:
            raise Refused(f"第 {number} 页无法显示，{_why(broken)}。") from broken


def reading_of(data: bytes, kind: FileKind) -> Reading:
    """What machines read on the paper. A file that breaks its reader gives nothing but a sentence."""
    limits = _WITH_OCR if kind in _MAY_BE_SCANS and ocr.installed() else LIMITS
    try:
        _, text = JAIL.call(_READ, data, {"kind": kind.value}, limits)
        return checked_reading(text)
    except Broken as broken:
        return only(_UNREAD.get(broken.end, BROKEN))
    except (Refused, ValueError):
        return only(BROKEN)


def _drawn(data: bytes, kind: FileKind, number: int) -> Drawn:
    """The page as the jail drew it. Raises ValueError when it is no picture of a page."""
    asked = {"kind": kind.value, "page": number, "small": number == 1}
    said, content = JAIL.call(_DRAW, data, asked, LIMITS)
    last = len(content) - _number(said, "words", len(content))
    end = last - _number(said, "small", last)
    page = PageImage(content[:end], _number(said, "width", PAGE_WIDTH), _number(said, "height", PAGE_HEIGHT))
    small, words = content[end:last], content[last:]
    if not all(_is_webp(picture) for picture in (page.webp, small or page.webp)):
        raise ValueError("no WebP")
    return Drawn(page, small, checked_words(words) if words else "")


def _number(said: Mapping[str, Any], name: str, most: int) -> int:
    value = said.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{name} is no number up to {most}")
    return value


def _is_webp(picture: bytes) -> bool:
    return picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"


def _why(broken: Exception) -> str:
    return _WHY.get(broken.end, _DAMAGED) if isinstance(broken, Broken) else _DAMAGED
