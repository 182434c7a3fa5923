"""The objects of an OFD page (text, paths, pictures, figures), put on a canvas. What is broken is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from vouchers.drawing.canvas import BLACK, Canvas, Glyph, Ink, Matrix
from vouchers.drawing.ofd_resources import Resources
from vouchers.drawing.outlines import number, numbers, outline_of
from vouchers.readers.ofd_package import spread
from vouchers.readers.xmltree import Node

MOST_OBJECTS: Final = 20_000
_DEEPEST: Final = 16
_IDENTITY: Final = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_TURNS: Final = {90: (0.0, 1.0, -1.0, 0.0), 180: (-1.0, 0.0, 0.0, -1.0), 270: (0.0, -1.0, 1.0, 0.0)}


class Painter:
    """Puts objects on one canvas with the resources of one document."""

    def __init__(self, canvas: Canvas, resources: Resources) -> None:
        self._canvas = canvas
        self._resources = resources
        self._left = MOST_OBJECTS

    def paint(self, node: Node, ink: Ink, depth: int = _DEEPEST) -> None:
        """One object with all that it holds."""
        self._left -= 1
        if self._left < 0 or not depth or node.attributes.get("Visible") == "false":
            return
        drawing = _DRAWN.get(node.name)
        if drawing is not None:
            with self._canvas.within(*_place(node)):
                self._clip(node)
                drawing(self, node, self._resources.ink(node, ink))
        elif node.name in ("Content", "Layer", "PageBlock", "Appearance"):
            inner = self._resources.ink(node, ink)
            for child in node.children:
                self.paint(child, inner, depth - 1)
        elif node.name == "CompositeObject":
            self._paint_figure(node, ink, depth)

    def _clip(self, node: Node) -> None:
        """Several clips cut one after the other; a path inside one is placed like an object."""
        clips = node.find("Clips") or Node("Clips", {})
        for area in (area for clip in clips.named("Clip") for area in clip.named("Area")):
            for path in area.named("Path"):
                matrix = next(iter(_place(path)), _IDENTITY)
                moved = [_moved(step, matrix) for step in outline_of(path.value("AbbreviatedData"))]
                if moved:
                    self._canvas.clip(moved, path.attributes.get("Rule") == "Even-Odd")

    def path(self, node: Node, ink: Ink) -> None:
        """Stroked unless it says no, filled only when it says so and has a colour."""
        said = node.attributes
        fill = ink.fill if said.get("Fill") == "true" else None
        stroke = (ink.stroke or BLACK) if said.get("Stroke", "true") == "true" else None
        even_odd = said.get("Rule") == "Even-Odd"
        outline = outline_of(node.value("AbbreviatedData"))
        if outline:
            self._canvas.paint(outline, replace(ink, fill=fill, stroke=stroke, even_odd=even_odd))

    def text(self, node: Node, ink: Ink) -> None:
        """Characters at their places."""
        size = number(node.attributes.get("Size", "")) or 3.0
        wide = number(node.attributes.get("HScale", "")) or 1.0
        own = Ink(fill=ink.fill or BLACK, alpha=ink.alpha)
        turn = _TURNS.get(int(number(node.attributes.get("CharDirection", ""))))
        bold = self._resources.is_bold(node)
        for code in node.named("TextCode"):
            glyphs = list(_glyphs(code, size))
            if turn is None:
                self._canvas.write(glyphs, size, own, bold=bold, wide=wide)
                continue
            for glyph in glyphs:
                with self._canvas.within((*turn, glyph.x, glyph.y)):
                    self._canvas.write([replace(glyph, x=0.0, y=0.0)], size, own, bold=bold, wide=wide)

    def picture(self, node: Node, ink: Ink) -> None:
        """A picture on the unit square of its matrix; without one it fills its box."""
        data = self._resources.picture(node.attributes.get("ResourceID", ""))
        if not data:
            return
        box = _box(node)
        matrix = _IDENTITY if len(numbers(node.attributes.get("CTM", ""))) == 6 else (box[2], 0.0, 0.0, box[3], 0, 0)
        try:
            self._canvas.picture(data, matrix, ink.alpha)
        except Exception:  # a broken picture makes Pillow raise almost anything, and the page goes on without it
            return

    def _paint_figure(self, node: Node, ink: Ink, depth: int) -> None:
        figure = self._resources.find("CompositeGraphicUnit", node.attributes.get("ResourceID", ""))
        content = figure.find("Content") if figure is not None else None
        if content is not None:
            with self._canvas.within(*_place(node)):
                self.paint(content, self._resources.ink(node, ink), depth - 1)


_DRAWN: Final = {"PathObject": Painter.path, "TextObject": Painter.text, "ImageObject": Painter.picture}


def _box(node: Node) -> tuple[float, float, float, float]:
    left, top, width, height = (*numbers(node.attributes.get("Boundary", "")), 0.0, 0.0, 0.0, 0.0)[:4]
    return left, top, width, height


def _place(node: Node) -> list[Matrix]:
    """To the corner of its box, then as its matrix says."""
    left, top, *_ = _box(node)
    matrices: list[Matrix] = [(1.0, 0.0, 0.0, 1.0, left, top)] if left or top else []
    own = numbers(node.attributes.get("CTM", ""))
    return [*matrices, own] if len(own) == 6 else matrices


def _moved(step: tuple[str, tuple[float, ...]], matrix: Matrix) -> tuple[str, tuple[float, ...]]:
    a, b, c, d, e, f = matrix
    what, given = step
    pairs = zip(given[::2], given[1::2], strict=True)
    return what, tuple(side for x, y in pairs for side in (a * x + c * y + e, b * x + d * y + f))


def _glyphs(code: Node, size: float) -> Iterator[Glyph]:
    for char, across, down, room in spread(code, Decimal(str(size))):
        if char.strip():
            yield Glyph(char, float(across), float(down), float(room))
