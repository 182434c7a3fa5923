"""The parts of an OFD file (GB/T 33190): pages with their characters, tags, attachments and pictures."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from core.zips import check_zip
from vouchers.readers.layout import MOST_GLYPHS, Glyph, Sheet
from vouchers.readers.xmltree import Node, parsed

MOST_PAGES: Final = 40
_LARGEST_PART: Final = 32 * 1024**2
_MOST_REPEATS: Final = 5000
_A4: Final = "0 0 210 297"
# Places are kept in thousandths of a millimetre.
_FINE: Final = 1000
_FARTHEST: Final = Decimal(10**6)
_IDENTITY: Final = tuple(Decimal(n) for n in (1, 0, 0, 1, 0, 0))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page: the path of its content and its box in thousandths of a millimetre."""

    path: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its characters, the text of each text object by id, and its pictures."""

    sheet: Sheet
    texts: dict[str, str]
    pictures: tuple[Picture, ...]


class Package:
    """An OFD file, guarded before it is opened. Raises `Refused` for what is damaged or a bomb."""

    def __init__(self, data: bytes) -> None:
        check_zip(data)
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        # Producers mix upper and lower case between names and references.
        self._names = {name.lstrip("/").lower(): name for name in self._zip.namelist()}
        self.body = self.tree("OFD.xml").find("DocBody") or Node("DocBody", {})
        self.path = self.body.value("DocRoot").lstrip("/")
        self.document = self.tree(self.path) if self.has(self.path) else Node("Document", {})

    def has(self, path: str) -> bool:
        """Whether there is such a part."""
        return path.lstrip("/").replace("\\", "/").lower() in self._names

    def content(self, path: str) -> bytes:
        """The part, or nothing when it is absent or too large."""
        name = self._names.get(path.lstrip("/").replace("\\", "/").lower(), "")
        if not name or self._zip.getinfo(name).file_size > _LARGEST_PART:
            return b""
        return self._zip.read(name)

    def tree(self, path: str) -> Node:
        """The part as XML. Raises `Refused`."""
        return parsed(self.content(path))

    def near(self, base: str, path: str) -> str:
        """A path as another part names it: beside that part, from the top, or from the document's folder."""
        path = path.strip().replace("\\", "/")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        for candidate in (
            path if path.startswith("/") else beside,
            posixpath.join(posixpath.dirname(self.path), path),
            path,
        ):
            if self.has(candidate):
                return candidate.lstrip("/")
        return ""

    def part(self, base: str, path: str) -> Node | None:
        """The tree that another part names, or nothing. Raises `Refused`."""
        found = self.near(base, path) if path.strip() else ""
        return self.tree(found) if found else None

    def pages(self) -> Iterator[Page]:
        """The first pages. Raises `Refused`."""
        size = self.document.value("CommonData", "PageArea", "PhysicalBox") or _A4
        resources = self._resources()
        templates = self._templates()
        nodes = list((self.document.find("Pages") or Node("Pages", {})).named("Page"))
        for number, node in enumerate(nodes[:MOST_PAGES], start=1):
            content = self.part(self.path, node.attributes.get("BaseLoc", ""))
            if content is not None:
                layers = [
                    templates[t.attributes.get("TemplateID", "")]
                    for t in content.named("Template")
                    if t.attributes.get("TemplateID", "") in templates
                ]
                yield _page(number, content.value("Area", "PhysicalBox") or size, [*layers, content], resources)

    def _templates(self) -> dict[str, Node]:
        data = self.document.find("CommonData") or Node("CommonData", {})
        found = (
            (each.attributes.get("ID", ""), self.part(self.path, each.attributes.get("BaseLoc", "")))
            for each in data.named("TemplatePage")
        )
        return {key: node for key, node in found if node is not None}

    def _resources(self) -> dict[str, str]:
        """The path of each picture by its id."""
        data = self.document.find("CommonData") or Node("CommonData", {})
        paths: dict[str, str] = {}
        for kind in ("PublicRes", "DocumentRes"):
            for reference in data.named(kind):
                base = self.near(self.path, reference.text)
                root = self.tree(base) if base else Node("Res", {})
                for media in root.all():
                    if media.name == "MultiMedia" and media.value("MediaFile"):
                        file = posixpath.join(root.attributes.get("BaseLoc", ""), media.value("MediaFile"))
                        paths[media.attributes.get("ID", "")] = self.near(base, file)
        return paths


def _page(number: int, size: str, layers: list[Node], resources: dict[str, str]) -> Page:
    glyphs: list[Glyph] = []
    texts: dict[str, str] = {}
    pictures: list[Picture] = []
    left, top, width, height = _box(size)
    for layer in layers:
        for node in layer.all():
            if node.name == "TextObject" and len(glyphs) < MOST_GLYPHS:
                texts[node.attributes.get("ID", "")] = "".join(code.text for code in node.named("TextCode")).strip()
                glyphs.extend(_glyphs(node, left, top))
            elif node.name == "ImageObject":
                pictures.extend(_pictures(node, resources, left, top))
    return Page(Sheet(number, _fine(width), _fine(height), tuple(glyphs)), texts, tuple(pictures))


def _pictures(node: Node, resources: dict[str, str], left: Decimal, top: Decimal) -> Iterator[Picture]:
    path = resources.get(node.attributes.get("ResourceID", ""), "")
    if path:
        x, y, width, height = _box(node.attributes.get("Boundary", ""))
        yield Picture(path, *(_fine(side) for side in (x - left, y - top, x - left + width, y - top + height)))


def _glyphs(node: Node, left: Decimal, top: Decimal) -> Iterator[Glyph]:
    """The characters of a text object, each as wide as its step to the next."""
    x, y, _, _ = _box(node.attributes.get("Boundary", ""))
    numbers = _numbers(node.attributes.get("CTM", ""))
    matrix = tuple(numbers) if len(numbers) == 6 else _IDENTITY
    size = next(iter(_numbers(node.attributes.get("Size", ""))), Decimal(3))
    for code in node.named("TextCode"):
        for char, across, down, wide in spread(code, size):
            start = _moved(across, down - size, matrix)
            end = _moved(across + wide, down, matrix)
            sides = (
                x - left + min(start[0], end[0]),
                y - top + min(start[1], end[1]),
                x - left + max(start[0], end[0]),
                y - top + max(start[1], end[1]),
            )
            yield Glyph(char, *(_fine(side) for side in sides))


def _moved(x: Decimal, y: Decimal, matrix: tuple[Decimal, ...]) -> tuple[Decimal, Decimal]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def spread(code: Node, size: Decimal) -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    """Each character with its place and width; where steps are missing the last one, or its own width, goes on."""
    across = next(iter(_numbers(code.attributes.get("X", ""))), Decimal(0))
    down = next(iter(_numbers(code.attributes.get("Y", ""))), Decimal(0))
    steps, falls = _steps(code.attributes.get("DeltaX", "")), _steps(code.attributes.get("DeltaY", ""))
    for index, char in enumerate(code.text[:MOST_GLYPHS]):
        own = size if ord(char) > 255 else size / 2
        step = steps[index] if index < len(steps) else steps[-1] if steps else Decimal(0) if falls else own
        yield char, across, down, min(own, step) if step > 0 else own
        across += step
        down += falls[index] if index < len(falls) else falls[-1] if falls else 0


def _steps(text: str) -> list[Decimal]:
    """`3.1 3.1 g 4 3.1`: after g a count and the step that is repeated."""
    words = text.split()[:_MOST_REPEATS]
    steps: list[Decimal] = []
    while words and len(steps) < _MOST_REPEATS:
        word = words.pop(0)
        if word == "g" and len(words) > 1:
            times, step = words.pop(0), words.pop(0)
            steps.extend(_numbers(step) * (min(int(times), _MOST_REPEATS) if times.isdecimal() else 0))
        else:
            steps.extend(_numbers(word))
    return steps


def _numbers(text: str) -> list[Decimal]:
    """The numbers of an attribute; one that is none, or out of all bounds, counts as zero."""
    return [_number(word) for word in text.split()[:_MOST_REPEATS]]


def _number(word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number) < _FARTHEST else Decimal(0)


def _box(text: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    left, top, width, height = (*_numbers(text), *(Decimal(0) for _ in range(4)))[:4]
    return left, top, width, height


def _fine(length: Decimal) -> int:
    return int(length * _FINE)
