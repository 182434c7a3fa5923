"""Scans of bills at 200 dpi: a sheet of an office printer, laid askew, with grain, blur, shade and compression."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageFilter

from tests.vouchers.corpus.photos import Damage, as_it_is, blurred, faded, noisy, saved, scan, shaded, slanted, turned

DPI = 200


def grained(image: Image.Image) -> Image.Image:
    """Noise of a cheap scanner; the same in every run."""
    chance = Random(7)  # noqa: S311  the same corpus in every run
    grain = Image.frombytes("L", (256, 256), bytes(chance.randrange(256) for _ in range(65536)))
    wide, high = image.size
    sheet = Image.new("L", image.size)
    for left in range(0, wide, 256):
        for top in range(0, high, 256):
            sheet.paste(grain, (left, top))
    return Image.blend(image, Image.merge("RGB", (sheet, sheet, sheet)), 0.15)


def on_a4(image: Image.Image) -> Image.Image:
    """A small bill on the glass of a scanner for A4."""
    sheet = Image.new("RGB", (210 * DPI * 10 // 254, 297 * DPI * 10 // 254), (250, 250, 248))
    sheet.paste(image, ((sheet.width - image.width) // 2, 60))
    return sheet


def copied(image: Image.Image) -> Image.Image:
    """A photocopy: grey is gone, edges are hard."""
    return (
        image.convert("L").filter(ImageFilter.GaussianBlur(0.7)).point(lambda grey: 255 * (grey > 150)).convert("RGB")
    )


def _several(*damages: Damage) -> Damage:
    def damage(image: Image.Image) -> Image.Image:
        for each in damages:
            image = each(image)
        return image

    return damage


def stamped(image: Image.Image) -> Image.Image:
    """A red seal over the lower right corner, as the seller presses it."""
    seal = Image.new("RGB", image.size, "white")
    ring = Image.new("L", (260, 180), 0)
    oval = Image.radial_gradient("L").resize(ring.size).point(lambda far: 255 * (118 < far < 126))
    seal.paste((225, 60, 60), (image.width - 330, image.height - 260), oval)
    return ImageChops.multiply(image, seal)


DAMAGES: dict[str, Damage] = {
    "clean": as_it_is,
    "askew 1.5°": turned(1.5),
    "askew −3°": turned(-3),
    "blurred": blurred(1.0),
    "grain": grained,
    "pattern": noisy,
    "shade": shaded,
    "faded": faded,
    "slanted": slanted,
    "photocopy": copied,
    "seal": stamped,
    "on A4": on_a4,
    "upside down": turned(180),
    "on its side": turned(90),
    "askew, grain, blur and shade": _several(blurred(0.7), turned(-2), grained, shaded),
}


def photograph(pdf: bytes, damage: str) -> bytes:
    """The first page at 200 dpi, damaged, as JPEG."""
    return saved(DAMAGES[damage](scan(pdf, DPI)), quality=70)


def opened(photo: bytes) -> Image.Image:
    """The picture as a reader takes it."""
    return Image.open(BytesIO(photo)).convert("L")
