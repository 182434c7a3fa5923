"""Made-up source vouchers as pictures: every one of them is marked as a sample from edge to edge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

import exports.documents
from core.money import Money

# The product's own Chinese font, so that the demonstration looks the same on every machine.
FONT: Final = Path(exports.documents.__file__).with_name("fonts") / "PlanSans-Regular.ttf"
SIZE: Final = (1240, 860)
_INK: Final = (40, 44, 52)
_RULE: Final = (150, 60, 50)
_MARK: Final = (205, 60, 50, 70)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def sample_paper(title: str, facts: Sequence[tuple[str, str]], total: Money, *, pdf: bool = False) -> bytes:
    """A page with a title, a frame of facts and a total, as PNG or PDF."""
    page = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((SIZE[0] / 2, 70), title, font=_font(46), fill=_RULE, anchor="mm")
    pen.rectangle((60, 130, SIZE[0] - 60, SIZE[1] - 70), outline=_RULE, width=3)
    for row, (label, text) in enumerate([*facts, ("合计（大写）", total.capitals), ("合计（小写）", f"￥{total}")]):
        top = 165 + row * 82
        pen.text((95, top), label, font=_font(28), fill=_RULE)
        pen.text((360, top), text, font=_font(30), fill=_INK)
        pen.line((60, top + 62, SIZE[0] - 60, top + 62), fill=_RULE)
    page.paste(_mark(), mask=_mark())
    stream = BytesIO()
    if pdf:
        page.save(stream, "PDF", resolution=110)
    else:
        page.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@cache
def _mark() -> Image.Image:
    """样张 all over the page, slanted, see-through."""
    mark = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    word = Image.new("RGBA", (520, 140), (0, 0, 0, 0))
    ImageDraw.Draw(word).text((260, 70), "样张 仅供演示", font=_font(64), fill=_MARK, anchor="mm")
    slanted = word.rotate(24, expand=True)
    for left, top in ((40, 60), (640, 60), (40, 470), (640, 470)):
        mark.alpha_composite(slanted, (left, top))
    return mark
