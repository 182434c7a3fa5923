"""Recognition of scans and photographs, where the house has installed it: `pip install usage-plans[ocr]`.

The engine and its models lie in one package and work without a network; it needs about a gigabyte of memory and
three seconds of one processor for each page, so it is no part of a usual installation. Without it a scan is kept and
shown, and only its QR code is read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from PIL import Image

from vouchers.readers import invoice_text
from vouchers.readers.layout import Glyph, Sheet
from vouchers.readers.rules import Field, Reading, Source
from vouchers.readers.upright import Corners, Frame, frame_of

PACKAGE: Final = "rapidocr"
_SUREST: Final = 85
# Pages are served beside it; and its own words about models belong into no log of ours.
_ONE_THREAD: Final = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.log_level": "critical",
}
MISSING: Final = "没有安装图片文字识别组件，照片和扫描件只能识别二维码，其余内容请看原件填写。"


@dataclass(frozen=True, slots=True)
class Words:
    """One piece of text as the engine found it: its box in pixels and how sure it is, in percent."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: int
    slanting: Corners | None = None

    @property
    def corners(self) -> Corners:
        """Its four corners, as they lie."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        return self.slanting or ((left, top), (right, top), (right, bottom), (left, bottom))


Engine = Callable[[Image.Image], Iterable[Words]]


def installed() -> bool:
    """Whether the house can recognise pictures."""
    return find_spec(PACKAGE) is not None


def reading_of(image: Image.Image, page: int, engine: Engine | None = None) -> Reading:
    """The invoice on a picture; nothing without an engine or an invoice."""
    if engine is None:
        if not installed():
            return Reading()
        engine = loaded()
    words = [each for each in engine(image) if each.text.strip()]
    if not words:
        return Reading()
    confidence = min(_SUREST, sum(each.confidence for each in words) // len(words))
    frame = frame_of([(each.text, each.corners) for each in words], image.width, image.height)
    reading = invoice_text.reading_of(sheet_of(words, frame, page), Source.OCR, confidence)
    return replace(reading, fields=tuple(_on_picture(field, frame) for field in reading.fields))


def _on_picture(field: Field, frame: Frame) -> Field:
    return replace(field, box=frame.on_picture(field.box)) if field.box is not None else field


def sheet_of(words: Sequence[Words], frame: Frame, page: int) -> Sheet:
    """The straight page with the characters spread evenly over the box of their words."""
    return Sheet(page, *frame.size, tuple(glyph for each in words for glyph in _spread(each, frame)))


def _spread(words: Words, frame: Frame) -> list[Glyph]:
    """A Chinese character is twice as wide as a Latin one."""
    (left, top, right, bottom), text = _straight(words, frame), words.text
    weights = [2 if ord(char) > 255 else 1 for char in text]
    whole, glyphs, before = sum(weights), [], 0
    for char, weight in zip(text, weights, strict=True):
        start, end = (left + (right - left) * at // whole for at in (before, before + weight))
        glyphs.append(Glyph(char, start, top, end, bottom))
        before += weight
    return glyphs


def _straight(words: Words, frame: Frame) -> tuple[int, int, int, int]:
    """Left, top, right and bottom on the straight page."""
    return _sides([frame.there(corner) for corner in words.corners])


@cache
def loaded() -> Engine:
    """The installed engine, loaded once in a process; it begins no threads, so that processes may fork off."""
    recognise: Any = import_module(PACKAGE).RapidOCR(params=_ONE_THREAD)

    def read(image: Image.Image) -> Iterable[Words]:
        picture = io.BytesIO()
        image.convert("RGB").save(picture, "PNG", compress_level=1)
        found = recognise(picture.getvalue())
        return words_of(found.boxes, found.txts, found.scores)

    return read


def words_of(boxes: Any, texts: Any, scores: Any) -> list[Words]:
    """The answer of the engine, four corners for each text, as boxes."""
    if boxes is None or texts is None:
        return []
    return [
        Words(text, *_sides(corners), int(score * 100), _points(corners))
        for corners, text, score in zip(boxes, texts, scores, strict=True)
    ]


def _points(corners: Any) -> Corners:
    first, second, third, fourth = ((int(corner[0]), int(corner[1])) for corner in corners)
    return first, second, third, fourth


def _sides(corners: Any) -> tuple[int, int, int, int]:
    across, down = [int(corner[0]) for corner in corners], [int(corner[1]) for corner in corners]
    return min(across), min(down), max(across), max(down)
