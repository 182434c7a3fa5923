"""QR codes of a picture of a page: read as it is, then once more in each way that helps a bad photograph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter
from zxingcpp import Barcode, BarcodeFormat, BarcodeFormats

from vouchers.readers.qr_text import reading_of
from vouchers.readers.rules import Box, Reading

# Below this many pixels a picture is doubled; above, the doubled one would cost more than it finds.
_SMALL: Final = 3_000_000

_FORMATS: Final = BarcodeFormats([BarcodeFormat.QRCode])

_Code = tuple[Barcode, int, int]


def readings_of(image: Image.Image, page: int, *, clean: bool = False) -> list[Reading]:
    """The invoices whose codes are on the page; the first way of looking that finds one is enough.

    A clean picture is looked at as it is: if there is a code, it is found so.
    """
    for way in _WAYS[:1] if clean else _WAYS:
        found = [reading for code in way(image) if (reading := _reading(*code, page))]
        if found:
            return found
    return []


def _reading(code: Barcode, width: int, height: int, page: int) -> Reading:
    return reading_of(code.text, page, _box(code, width, height))


def _box(code: Barcode, width: int, height: int) -> Box:
    """The place of the code in thousandths; the picture that was looked at may be a part or another size."""
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    across = [min(max(corner.x * 1000 // width, 0), 1000) for corner in corners]
    down = [min(max(corner.y * 1000 // height, 0), 1000) for corner in corners]
    return Box(min(across), min(down), max(across), max(down))


def _codes(image: Image.Image) -> Iterator[_Code]:
    for code in zxingcpp.read_barcodes(image, formats=_FORMATS):
        yield code, image.width, image.height


def _as_it_is(image: Image.Image) -> Iterator[_Code]:
    return _codes(image)


def _large(image: Image.Image, resampling: Image.Resampling) -> Image.Image:
    if image.width * image.height > _SMALL:
        return image
    return image.resize((image.width * 2, image.height * 2), resampling)


def _doubled(image: Image.Image) -> Iterator[_Code]:
    return _codes(_large(image, Image.Resampling.BICUBIC)) if image.width * image.height <= _SMALL else iter(())


def _sharpened(image: Image.Image) -> Iterator[_Code]:
    return _codes(image.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=0)))


def _smoothed(image: Image.Image) -> Iterator[_Code]:
    """Grain goes, and what is larger than a grain stays."""
    return _codes(_large(image, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2)))


def _doubled_and_sharpened(image: Image.Image) -> Iterator[_Code]:
    large = _large(image, Image.Resampling.LANCZOS)
    return _codes(large.filter(ImageFilter.UnsharpMask(radius=5, percent=300, threshold=0)))


def _halved(image: Image.Image) -> Iterator[_Code]:
    return _codes(image.reduce(2)) if image.width * image.height > _SMALL else iter(())


_WAYS: Final[tuple[Callable[[Image.Image], Iterator[_Code]], ...]] = (
    _as_it_is,
    _doubled,
    _sharpened,
    _halved,
    _smoothed,
    _doubled_and_sharpened,
)
