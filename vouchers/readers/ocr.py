"""Recognition of scans and photographs, where the house has installed it: `pip install usage-plans[ocr]`.

The engine and its models lie in one package and work without a network; it needs about a gigabyte of memory and
three seconds of a processor for each page, so it is no part of a usual installation. Without it a scan is kept and
shown, and only its QR code is read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from PIL import Image

from vouchers.readers import invoice_text
from vouchers.readers.layout import Glyph, Sheet
from vouchers.readers.rules import Reading, Source

PACKAGE: Final = "rapidocr"
_SUREST: Final = 85
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


Engine = Callable[[Image.Image], Iterable[Words]]


def installed() -> bool:
    """Whether the house can recognise pictures."""
    return find_spec(PACKAGE) is not None


def reading_of(image: Image.Image, page: int, engine: Engine | None = None) -> Reading:
    """The invoice on a picture; nothing without an engine or an invoice."""
    if engine is None:
        if not installed():
            return Reading()
        engine = _engine()
    words = [each for each in engine(image) if each.text.strip()]
    if not words:
        return Reading()
    confidence = min(_SUREST, sum(each.confidence for each in words) // len(words))
    return invoice_text.reading_of(sheet_of(words, image.width, image.height, page), Source.OCR, confidence)


def sheet_of(words: Sequence[Words], width: int, height: int, page: int) -> Sheet:
    """Characters spread evenly over the box of their words; a Chinese one is twice as wide as a Latin one."""
    return Sheet(page, width, height, tuple(glyph for each in words for glyph in _spread(each)))


def _spread(words: Words) -> list[Glyph]:
    weights = [2 if ord(char) > 255 else 1 for char in words.text]
    whole, wide = sum(weights), words.right - words.left
    glyphs, before = [], 0
    for char, weight in zip(words.text, weights, strict=True):
        left, right = (words.left + wide * at // whole for at in (before, before + weight))
        glyphs.append(Glyph(char, left, words.top, right, words.bottom))
        before += weight
    return glyphs


@cache
def _engine() -> Engine:
    """The installed engine, loaded once in a process."""
    recognise: Any = import_module(PACKAGE).RapidOCR()

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
        Words(text, *_sides(corners), int(score * 100))
        for corners, text, score in zip(boxes, texts, scores, strict=True)
    ]


def _sides(corners: Any) -> tuple[int, int, int, int]:
    across, down = [int(corner[0]) for corner in corners], [int(corner[1]) for corner in corners]
    return min(across), min(down), max(across), max(down)
