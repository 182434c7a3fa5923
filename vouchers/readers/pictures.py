"""Pictures of papers, upright and grey, page by page, and no larger than a reader needs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps

from core.files import MAX_PIXELS, FileKind

MOST_PAGES: Final = 10
_LONGEST_SIDE: Final = 4000
KINDS: Final = (FileKind.JPEG, FileKind.PNG, FileKind.WEBP, FileKind.TIFF, FileKind.BMP)


def pages(data: bytes, kind: FileKind) -> Iterator[Image.Image]:
    """The first pages, as the camera was held. Raises what Pillow raises."""
    with Image.open(io.BytesIO(data), formats=[kind.name]) as image:
        for number in range(min(getattr(image, "n_frames", 1) if kind is FileKind.TIFF else 1, MOST_PAGES)):
            if number:
                image.seek(number)
            yield _grey(image)


def grey_of(data: bytes) -> Image.Image:
    """One picture out of a container, with the white margin that a code needs. Raises what Pillow raises."""
    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "BMP", "GIF"]) as image:
        grey = _grey(image)
    return ImageOps.expand(grey, max(16, max(grey.size) // 8), fill=255)


def _grey(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ValueError("too many pixels")
    image.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))
    plain = ImageOps.exif_transpose(_on_white(image))
    plain.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BILINEAR)
    return plain


def _on_white(image: Image.Image) -> Image.Image:
    """Grey; what is transparent is paper, and 16 bits become 8."""
    if image.mode.startswith("I"):
        grey = image.convert("I").point(lambda level: level / 256).convert("L")
    elif "A" in image.getbands() or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        grey = Image.alpha_composite(paper, image.convert("RGBA")).convert("L")
    else:
        grey = image.convert("L")
    if image is not grey:
        grey.info["exif"] = image.info.get("exif", b"")
    return grey
