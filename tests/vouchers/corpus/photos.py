"""Scans and photographs of the invoices: drawn from the PDF, then turned, blurred, shaded and compressed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from core.pdfs import open_pdf

Damage = Callable[[Image.Image], Image.Image]


def scan(pdf: bytes, dpi: int = 150) -> Image.Image:
    """The first page as a clean scan."""
    with open_pdf(pdf) as document:
        page = document[0]
        bitmap = page.render(scale=dpi / 72)
        image: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
    return image


def turned(degrees: float) -> Damage:
    return lambda image: image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(120, 110, 100))


def blurred(radius: float) -> Damage:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))


def shaded(image: Image.Image) -> Image.Image:
    """A lamp from one side: from half dark to bright."""
    ramp = Image.linear_gradient("L").rotate(90).resize(image.size).point(lambda grey: 110 + grey * 145 // 255)
    return ImageChops.multiply(image, Image.merge("RGB", (ramp, ramp, ramp)))


def faded(image: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(0.35)


def noisy(image: Image.Image) -> Image.Image:
    """Grain of a bad sensor; the same in every run, as it is a fixed pattern."""
    grain = Image.effect_mandelbrot((64, 64), (-2, -1, 1, 1), 60).resize(image.size, Image.Resampling.NEAREST)
    return Image.blend(image, Image.merge("RGB", (grain, grain, grain)), 0.18)


def slanted(image: Image.Image) -> Image.Image:
    """Held at an angle: the far side is narrower."""
    width, height = image.size
    far = width // 14
    quad = (far, 0, 0, height, width, height, width - far, 0)
    outer = (-far, 0, 0, height, width, height, width + far, 0)
    assert quad != outer
    return image.transform(image.size, Image.Transform.QUAD, outer, Image.Resampling.BICUBIC, fillcolor=(120, 110, 100))


def as_it_is(image: Image.Image) -> Image.Image:
    return image


DAMAGES: dict[str, Damage] = {
    "clean": as_it_is,
    "turned 3°": turned(3),
    "turned 17°": turned(17),
    "upside down": turned(180),
    "on its side": turned(90),
    "blurred": blurred(1.2),
    "shaded": shaded,
    "faded": faded,
    "noisy": noisy,
    "slanted": slanted,
    "turned, blurred and shaded": lambda image: shaded(blurred(0.8)(turned(-5)(image))),
}


def saved(image: Image.Image, form: str = "JPEG", **how: object) -> bytes:
    out = BytesIO()
    if form == "JPEG":
        how.setdefault("quality", 60)
    image.save(out, form, **how)
    return out.getvalue()
