"""One page to draw on, in millimetres from its upper left corner; it comes out as a PDF of one page.

Nothing of a foreign file gets into that PDF but numbers, characters and pixels. Runs in the jail.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pydyf
from PIL import Image

POINTS: Final = 72 / 25.4
_LARGEST_SIDE: Final = 3000.0
_MOST_PIXELS: Final = 2000
_FARTHEST: Final = 1e6
# How wide we say that a Latin character is; PDFium narrows those of the font it finds to that.
_DIGIT: Final = 0.5
_NARROWEST: Final = 0.6
_YEN: Final = "\u00a5"
_PICTURES: Final = ("PNG", "JPEG", "BMP", "GIF", "TIFF")

Colour = tuple[float, float, float]
Matrix = Sequence[float]
# A step of an outline: m, l, c or h of PDF with its numbers.
Step = tuple[str, tuple[float, ...]]
BLACK: Final[Colour] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Ink:
    """How an outline is painted; None for not at all."""

    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = 0.353
    even_odd: bool = False
    dash: tuple[float, ...] = ()
    cap: int = 0
    join: int = 0
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character where its baseline begins, and the room until the next one."""

    char: str
    x: float
    y: float
    room: float


class Canvas:
    """Draws until `pdf` is asked for."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = (min(max(side, 1.0), _LARGEST_SIDE) for side in (width, height))
        self._steps: list[str] = []
        self._file = pydyf.PDF()
        self._pictures: dict[str, object] = {}
        self._alphas: dict[float, str] = {}
        self._say(POINTS, 0.0, 0.0, -POINTS, 0.0, self.height * POINTS, "cm")

    def _say(self, *parts: float | str) -> None:
        self._steps.append(" ".join(part if isinstance(part, str) else _number(part) for part in parts))

    @contextmanager
    def within(self, *matrices: Matrix) -> Iterator[None]:
        """What is drawn inside is moved by the matrices, the outermost first, and cut off by the clips set there."""
        self._say("q")
        for matrix in matrices:
            self._say(*matrix, "cm")
        yield
        self._say("Q")

    def clip(self, outline: Iterable[Step], even_odd: bool = False) -> None:
        """From now on, to the end of `within`, only what lies inside is drawn."""
        self._trace(outline)
        self._say("W* n" if even_odd else "W n")

    def paint(self, outline: Iterable[Step], ink: Ink) -> None:
        """Fill and stroke the outline."""
        if ink.fill is None and ink.stroke is None:
            return
        with self.within():
            self._dip(ink)
            self._trace(outline)
            star = "*" if ink.even_odd else ""
            both, filled = f"B{star}", f"f{star}"
            self._say("S" if ink.fill is None else filled if ink.stroke is None else both)

    def _dip(self, ink: Ink) -> None:
        if ink.alpha < 1:
            self._say(f"/{self._alpha(ink.alpha)} gs")
        if ink.fill is not None:
            self._say(*ink.fill, "rg")
        if ink.stroke is not None:
            self._say(*ink.stroke, "RG", max(ink.width, 0.02), "w", str(ink.cap), "J", str(ink.join), "j")
        if ink.dash:
            self._say("[", *ink.dash, "] 0 d")

    def _trace(self, outline: Iterable[Step]) -> None:
        for what, numbers in outline:
            self._say(*numbers, what)

    def write(self, glyphs: Iterable[Glyph], size: float, ink: Ink, *, bold: bool = False, wide: float = 1.0) -> None:
        """Characters each at its place; a Latin one is narrowed where its room asks for that."""
        with self.within():
            self._dip(ink)
            self._say("BT", "/B" if bold else "/F", "1 Tf")
            for glyph in glyphs:
                across = size * wide
                if ord(glyph.char) < 256 and 0 < glyph.room < across * _DIGIT:
                    across *= max(glyph.room / (across * _DIGIT), _NARROWEST)
                if glyph.char == _YEN:  # no half-width one among the Chinese characters
                    across *= _DIGIT
                code = glyph.char.replace(_YEN, "￥").encode("utf-16-be", "replace").hex()
                self._say(across, 0.0, 0.0, -size, glyph.x, glyph.y, f"Tm <{code}> Tj")
            self._say("ET")

    def picture(self, data: bytes, matrix: Matrix, alpha: float = 1.0) -> None:
        """A picture on the unit square of the matrix, upright. Raises what Pillow raises."""
        name = self._embedded(data)
        with self.within(matrix, (1.0, 0.0, 0.0, -1.0, 0.0, 1.0)):
            if alpha < 1:
                self._say(f"/{self._alpha(alpha)} gs")
            self._say(f"/{name} Do")

    def _embedded(self, data: bytes) -> str:
        with Image.open(io.BytesIO(data), formats=_PICTURES) as image:
            image.draft(None, (_MOST_PIXELS, _MOST_PIXELS))
            clear = "A" in image.getbands() or "transparency" in image.info
            plain = image.convert("RGBA" if clear else "RGB")
        plain.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
        extra = _about(plain, "/DeviceRGB")
        if clear:
            mask = pydyf.Stream([zlib.compress(plain.getchannel("A").tobytes())], _about(plain, "/DeviceGray"))
            self._file.add_object(mask)
            extra["SMask"] = mask.reference
        stream = pydyf.Stream([zlib.compress(plain.convert("RGB").tobytes())], extra)
        self._file.add_object(stream)
        name = f"P{len(self._pictures)}"
        self._pictures[name] = stream.reference
        return name

    def _alpha(self, alpha: float) -> str:
        return self._alphas.setdefault(max(alpha, 0.0), f"A{len(self._alphas)}")

    def pdf(self) -> bytes:
        """The page."""
        content = pydyf.Stream(["\n".join(self._steps).encode()])
        self._file.add_object(content)
        states = {name: pydyf.Dictionary({"ca": alpha, "CA": alpha}) for alpha, name in self._alphas.items()}
        resources = pydyf.Dictionary({
            "Font": pydyf.Dictionary({"F": self._font(40), "B": self._font(140)}),
            "XObject": pydyf.Dictionary(self._pictures),
            "ExtGState": pydyf.Dictionary(states),
        })  # fmt: skip
        box = pydyf.Array([0, 0, self.width * POINTS, self.height * POINTS])
        self._file.add_page(pydyf.Dictionary({
            "Type": "/Page", "Parent": self._file.pages.reference, "MediaBox": box, "Resources": resources,
            "Contents": content.reference,
        }))  # fmt: skip
        out = io.BytesIO()
        self._file.write(out)
        return out.getvalue()

    def _font(self, stem: int) -> object:
        """A Chinese font by name; PDFium takes what the system has, as heavy as the stems say."""
        name, system = "/STSong-Light", "<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
        shape = pydyf.Dictionary({
            "Type": "/FontDescriptor", "FontName": name, "Flags": 4, "FontBBox": pydyf.Array([-25, -254, 1000, 880]),
            "ItalicAngle": 0, "Ascent": 880, "Descent": -120, "CapHeight": 880, "StemV": stem,
        })  # fmt: skip
        inner = pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/CIDFontType0", "BaseFont": name, "CIDSystemInfo": system,
            "FontDescriptor": shape, "W": pydyf.Array([1, 95, 1000 * _DIGIT, 814, 939, 1000 * _DIGIT]),
        })  # fmt: skip
        self._file.add_object(inner)
        font = pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/Type0", "BaseFont": name, "Encoding": "/UniGB-UTF16-H",
            "DescendantFonts": pydyf.Array([inner.reference]),
        })  # fmt: skip
        self._file.add_object(font)
        return font.reference


def rectangle(x: float, y: float, width: float, height: float) -> list[Step]:
    """The outline of a rectangle."""
    corners = ((x + width, y), (x + width, y + height), (x, y + height))
    return [("m", (x, y)), *(("l", corner) for corner in corners), ("h", ())]


def _about(image: Image.Image, space: str) -> dict[str, object]:
    return {
        "Type": "/XObject", "Subtype": "/Image", "Width": image.width, "Height": image.height, "ColorSpace": space,
        "BitsPerComponent": 8, "Filter": "/FlateDecode",
    }  # fmt: skip


def _number(number: float) -> str:
    """As PDF writes it; what is beyond any page stays at its edge."""
    return f"{min(max(number, -_FARTHEST), _FARTHEST):.4f}".rstrip("0").rstrip(".")
