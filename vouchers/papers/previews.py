"""What a paper looks like: its pages as small pictures, drawn again so that nothing of the original can act.

All of this runs in the jail; `opening` asks for it there.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from core.files import FileKind, kind_of
from core.pdfs import open_pdf
from vouchers.drawing import pages as laid_out
from vouchers.drawing.pages import LAID_OUT
from vouchers.readers.page_words import words_of
from vouchers.readers.pdf import sheet_of

PAGE_WIDTH: Final = 1240  # A4 at 150 dpi
PAGE_HEIGHT: Final = 3508
PAGE_BYTES: Final = 150_000
MOST_DRAWN: Final = 60  # of a longer paper the rest is read in the original
THUMBNAIL: Final = 88
# How hard WebP tries: 3 takes two and a half times as long for a fifth of the bytes.
_METHOD: Final = 1
_QUALITIES: Final = (80, 65, 50, 35, 20)
_IMAGES: Final = (FileKind.JPEG, FileKind.PNG, FileKind.WEBP, FileKind.TIFF, FileKind.BMP)
_ORIENTATION: Final = 0x0112
_SMALL_MODES: Final = ("1", "L", "RGB")
_ANY: Final = "<凭证>凭证</凭证>".encode()
_LIES_ON_ITS_SIDE: Final = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as WebP."""

    webp: bytes
    width: int
    height: int


def page_count(data: bytes, kind: FileKind) -> int:
    """How many pages can be drawn; 0 for kinds that cannot, and for those that are counted apart."""
    if kind is FileKind.PDF:
        with open_pdf(data) as document:
            return len(document)
    if kind not in _IMAGES:
        return 0
    with _opened(data, kind) as image:
        return getattr(image, "n_frames", 1) if kind is FileKind.TIFF else 1


def _drawn(data: bytes, kind: FileKind, number: int) -> Image.Image:
    """One page, counted from 1. A broken one makes PDFium and Pillow raise almost anything."""
    return _pdf_page(data, number - 1) if kind is FileKind.PDF else _image_page(data, kind, number - 1)


def _thumbnail(page: Image.Image) -> bytes:
    """A WebP that fits into 88 × 88."""
    width, height = (max(1, side * THUMBNAIL // max(page.size)) for side in page.size)
    return _webp(page.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0), 75)


def examine(data: bytes, asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: which kind the file is and how many pages it has. Raises `Refused` when it is not welcome."""
    kind = kind_of(data, asked["name"], asked["limit"])
    return {"kind": kind, "pages": page_count(data, kind)}, b""


def count(data: bytes, asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: how many pages we lay such a file out on."""
    return {"pages": laid_out.count_pages(data, FileKind(asked["kind"]))}, b""


def draw(data: bytes, asked: Mapping[str, Any]) -> tuple[Mapping[str, object], bytes]:
    """For the jail: a page as WebP, followed by its thumbnail when that is asked for, and by its words."""
    kind, number = FileKind(asked["kind"]), asked["page"]
    if kind in LAID_OUT:
        data, kind, number = laid_out.page_pdf(data, kind, number), FileKind.PDF, 1
    drawn = _drawn(data, kind, number)
    page, small = _page_image(drawn), _thumbnail(drawn) if asked["small"] else b""
    words = _words(data, number) if kind is FileKind.PDF else b""
    sizes = {"width": page.width, "height": page.height, "small": len(small), "words": len(words)}
    return sizes, page.webp + small + words


def _words(data: bytes, number: int) -> bytes:
    """A page that cannot be searched is shown all the same."""
    try:
        with open_pdf(data) as document:
            return words_of(sheet_of(document[number - 1], number)).encode()
    except Exception:  # broken fonts make PDFium raise almost anything
        return b""


def warm() -> None:
    """Load what the first file would load, once for all."""
    Image.init()
    document = pdfium.PdfDocument.new()
    document.new_page(9, 9).close()
    out = io.BytesIO()
    document.save(out)
    document.close()
    draw(out.getvalue(), {"kind": FileKind.PDF.value, "page": 1, "small": True})
    draw(_ANY, {"kind": FileKind.XML.value, "page": 1, "small": False})  # PDFium looks for the Chinese fonts once


def _opened(data: bytes, kind: FileKind) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=[kind.name])


def _pdf_page(data: bytes, number: int) -> Image.Image:
    """The page as wide as our screen column; a page of absurd shape is drawn small instead."""
    with open_pdf(data) as document:
        page = document[number]
        width, height = page.get_size()
        scale = min(PAGE_WIDTH / max(width, 1), PAGE_HEIGHT / max(height, 1))
        bitmap = page.render(scale=scale, may_draw_forms=True)
        try:
            drawn: Image.Image = bitmap.to_pil()
            return drawn.convert("RGB")
        finally:
            bitmap.close()
            page.close()


def _image_page(data: bytes, kind: FileKind, number: int) -> Image.Image:
    """The picture upright and no wider than our column. Shrinking comes first: it lets JPEG decode at 1/2 to 1/8."""
    with _opened(data, kind) as image:
        if kind is FileKind.TIFF:
            image.seek(number)
        sideways = image.getexif().get(_ORIENTATION) in _LIES_ON_ITS_SIDE
        box = (PAGE_HEIGHT, PAGE_WIDTH) if sideways else (PAGE_WIDTH, PAGE_HEIGHT)
        image.draft("RGB", box)
        if image.mode not in _SMALL_MODES:  # these grow several times on their way, so thin out what is far too large
            image.thumbnail((3 * box[0], 3 * box[1]), Image.Resampling.NEAREST)
        small = _eight_bits(image)
        small.thumbnail(box, Image.Resampling.LANCZOS)
        return _on_white(_upright(small, image))


def _upright(small: Image.Image, original: Image.Image) -> Image.Image:
    """Turned as the camera says; a converted copy may have lost the note, so it is read from the original."""
    turn = original.getexif().get(_ORIENTATION, 1)
    exif = small.getexif()
    exif[_ORIENTATION] = turn
    return ImageOps.exif_transpose(small)


def _eight_bits(image: Image.Image) -> Image.Image:
    """A mode that can be shrunk smoothly: palettes, bitmaps and 16-bit greys cannot."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda grey: grey / 256).convert("L")
    plain = {"1": "L", "P": "RGBA", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "F": "L"}
    return image.convert(plain[image.mode]) if image.mode in plain else image


def _on_white(image: Image.Image) -> Image.Image:
    """As on paper: what is transparent is white."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _page_image(image: Image.Image) -> PageImage:
    """The best quality that stays within the budget of a county network."""
    for quality in _QUALITIES:
        webp = _webp(image, quality)
        if len(webp) <= PAGE_BYTES:
            break
    return PageImage(webp, image.width, image.height)


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=_METHOD)
    return out.getvalue()
