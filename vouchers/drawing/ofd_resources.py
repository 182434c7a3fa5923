"""What the objects of an OFD refer to: fonts, pictures, ways to paint, colour spaces, figures drawn once for all."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import Final

from vouchers.drawing.canvas import BLACK, Colour, Ink
from vouchers.drawing.outlines import number, numbers
from vouchers.readers.ofd_package import Package
from vouchers.readers.xmltree import Node

_DEEPEST: Final = 8
_HEAVY: Final = 600
_LINE: Final = 0.353
_CAPS: Final = {"Butt": 0, "Round": 1, "Square": 2}
_JOINS: Final = {"Miter": 0, "Round": 1, "Bevel": 2}


class Resources:
    """Of one document; a page may bring more."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._named: dict[str, dict[str, Node]] = {}
        self._media: dict[str, str] = {}
        data = package.document.find("CommonData") or Node("CommonData", {})
        for kind in ("PublicRes", "DocumentRes"):
            for reference in data.named(kind):
                self.add(package.path, reference.text)

    def add(self, base: str, reference: str) -> None:
        """Those of one more file."""
        path = self._package.near(base, reference) if reference.strip() else ""
        root = self._package.tree(path) if path else Node("Res", {})
        for group in root.children:
            for each in group.children:
                self._named.setdefault(each.name, {})[each.attributes.get("ID", "")] = each
        folder = root.attributes.get("BaseLoc", "")
        for media in self._named.get("MultiMedia", {}).values():
            if media.value("MediaFile") and media.attributes.get("ID", "") not in self._media:
                found = self._package.near(path, posixpath.join(folder, media.value("MediaFile")))
                self._media[media.attributes.get("ID", "")] = found

    def find(self, kind: str, key: str) -> Node | None:
        """A font, a colour space or the like by its id."""
        return self._named.get(kind, {}).get(key)

    def picture(self, key: str) -> bytes:
        """The content of a picture; empty when it is not there."""
        path = self._media.get(key, "")
        return self._package.content(path) if path else b""

    def is_bold(self, node: Node) -> bool:
        """Whether a text is to be set in a heavy face."""
        font = self.find("Font", node.attributes.get("Font", ""))
        named = font is not None and (
            font.attributes.get("Bold") == "true" or "bold" in font.attributes.get("FontName", "").lower()
        )
        return named or number(node.attributes.get("Weight", "")) >= _HEAVY

    def ink(self, node: Node, inherited: Ink) -> Ink:
        """How an object is painted: by what it is in, by the way it names, by what it says itself."""
        named = self.find("DrawParam", node.attributes.get("DrawParam", ""))
        ink = self._under(named, inherited, _DEEPEST) if named is not None else inherited
        return self._said(node, ink)

    def _under(self, way: Node, ink: Ink, depth: int) -> Ink:
        base = self.find("DrawParam", way.attributes.get("Relative", ""))
        if base is not None and depth:
            ink = self._under(base, ink, depth - 1)
        return self._said(way, ink)

    def _said(self, node: Node, ink: Ink) -> Ink:
        said = node.attributes
        fill, stroke = (self._colour(node.find(name)) for name in ("FillColor", "StrokeColor"))
        return replace(
            ink,
            fill=fill or ink.fill,
            stroke=stroke or ink.stroke,
            width=number(said["LineWidth"]) if "LineWidth" in said else ink.width,
            dash=_dash(said["DashPattern"]) if "DashPattern" in said else ink.dash,
            cap=_CAPS.get(said.get("Cap", ""), ink.cap),
            join=_JOINS.get(said.get("Join", ""), ink.join),
            alpha=ink.alpha * _alpha(node),
        )

    def _colour(self, node: Node | None) -> Colour | None:
        """The colour, or the first one of a gradient."""
        if node is None:
            return None
        inner = next((each for each in node.all() if each.attributes.get("Value")), None)
        if inner is None:
            return None
        parts = [_part(word) for word in inner.attributes["Value"].split()[:4]]
        space = self.find("ColorSpace", inner.attributes.get("ColorSpace", ""))
        return _colour(parts, space.attributes.get("Type", "") if space is not None else "")


def _part(word: str) -> float:
    """0 to 255, in figures or as #FF."""
    try:
        value = int(word[1:], 16) if word.startswith("#") else number(word)
    except ValueError:
        value = 0
    return min(max(value / 255, 0.0), 1.0)


def _colour(parts: list[float], space: str) -> Colour:
    if len(parts) == 1 or (space.upper() == "GRAY" and parts):
        return parts[0], parts[0], parts[0]
    if len(parts) == 4:
        cyan, magenta, yellow, key = parts
        return (1 - cyan) * (1 - key), (1 - magenta) * (1 - key), (1 - yellow) * (1 - key)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else BLACK


def _alpha(node: Node) -> float:
    """Of the object and of its colour."""
    colour = node.find("FillColor") or node.find("StrokeColor")
    said = [each.attributes.get("Alpha", "") for each in (node, colour) if each is not None]
    whole = 1.0
    for each in said:
        whole *= _part(each) if each else 1.0
    return whole


def _dash(text: str) -> tuple[float, ...]:
    found = tuple(abs(each) for each in numbers(text)[:8])
    return found if any(found) else ()


def plain_ink() -> Ink:
    """What an object is painted with that says nothing: black, in lines of a third of a millimetre."""
    return Ink(fill=None, stroke=None, width=_LINE)
