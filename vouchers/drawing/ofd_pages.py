"""The pages of an OFD as pages of a PDF: templates, content, annotations and seals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vouchers.drawing.canvas import Canvas, Ink
from vouchers.drawing.ofd_objects import Painter
from vouchers.drawing.ofd_resources import Resources, plain_ink
from vouchers.drawing.outlines import numbers
from vouchers.drawing.seals import picture_of
from vouchers.readers.ofd_package import Package
from vouchers.readers.xmltree import Node

_A4: Final = "0 0 210 297"
_ZIP: Final = b"PK\x03\x04"
_MOST_SEALS: Final = 20
_BEHIND, _BEFORE = "Background", "Foreground"


def count_pages(data: bytes) -> int:
    """How many pages the document lists. Raises `Refused` for a damaged file."""
    return len(_nodes(Package(data)))


def page_pdf(data: bytes, number: int) -> bytes:
    """One page, counted from 1, as a PDF of one page. Raises `Refused` for a damaged file."""
    package = Package(data)
    node = _nodes(package)[number - 1]
    content = package.part(package.path, node.attributes.get("BaseLoc", "")) or Node("Page", {})
    left, top, width, height = _size(package, content)
    canvas = Canvas(width, height)
    with canvas.within((1.0, 0.0, 0.0, 1.0, -left, -top)):
        _draw(canvas, package, node, content)
        _stamp(canvas, package, node.attributes.get("ID", ""))
    return canvas.pdf()


def _nodes(package: Package) -> list[Node]:
    return list((package.document.find("Pages") or Node("Pages", {})).named("Page"))


def _size(package: Package, content: Node) -> tuple[float, float, float, float]:
    said = content.value("Area", "PhysicalBox") or package.document.value("CommonData", "PageArea", "PhysicalBox")
    left, top, width, height = (*numbers(said or _A4), 0.0, 0.0, 0.0, 0.0)[:4]
    return left, top, width or 210.0, height or 297.0


def _draw(canvas: Canvas, package: Package, node: Node, content: Node) -> None:
    """What lies behind the content first, the annotations last."""
    resources = Resources(package)
    base = package.near(package.path, node.attributes.get("BaseLoc", ""))
    for reference in content.named("PageRes"):
        resources.add(base, reference.text)
    painter, ink = Painter(canvas, resources), plain_ink()
    templates = list(_templates(package, content))
    for order, page in (*templates, ("", content)):
        if order != _BEFORE:
            _paint(painter, page, ink)
    for order, page in templates:
        if order == _BEFORE:
            _paint(painter, page, ink)
    for appearance in _annotations(package, node.attributes.get("ID", "")):
        left, top, *_ = (*numbers(appearance.attributes.get("Boundary", "")), 0.0, 0.0)
        with canvas.within((1.0, 0.0, 0.0, 1.0, left, top)):
            painter.paint(appearance, ink)


def _paint(painter: Painter, page: Node, ink: Ink) -> None:
    for content in page.named("Content"):
        painter.paint(content, ink)


def _templates(package: Package, content: Node) -> Iterator[tuple[str, Node]]:
    data = package.document.find("CommonData") or Node("CommonData", {})
    places = {each.attributes.get("ID", ""): each.attributes.get("BaseLoc", "") for each in data.named("TemplatePage")}
    for use in content.named("Template"):
        page = package.part(package.path, places.get(use.attributes.get("TemplateID", ""), ""))
        if page is not None:
            yield use.attributes.get("ZOrder", _BEHIND), page


def _annotations(package: Package, page_id: str) -> Iterator[Node]:
    reference = package.document.value("Annotations")
    listed = package.part(package.path, reference)
    base = package.near(package.path, reference) if listed is not None else ""
    for page in listed.named("Page") if listed is not None else ():
        held = package.part(base, page.value("FileLoc")) if page.attributes.get("PageID") == page_id else None
        for annotation in held.named("Annot") if held is not None else ():
            if annotation.attributes.get("Visible") != "false":
                yield from annotation.named("Appearance")


def _stamp(canvas: Canvas, package: Package, page_id: str) -> None:
    """The pictures of the seals on this page. Whether a seal is genuine is not asked here."""
    for stamp, seal in list(_seals(package))[:_MOST_SEALS]:
        left, top, width, height = (*numbers(stamp.attributes.get("Boundary", "")), 0.0, 0.0, 0.0, 0.0)[:4]
        if stamp.attributes.get("PageRef") != page_id or not width or not height:
            continue
        matrix = (width, 0.0, 0.0, height, left, top)
        try:
            if seal.startswith(_ZIP):
                _stamp_drawn(canvas, seal, matrix)
            else:
                canvas.picture(seal, matrix)
        except Exception:  # noqa: S112  a broken seal makes libraries raise almost anything; the page is shown without
            continue


def _stamp_drawn(canvas: Canvas, seal: bytes, matrix: tuple[float, ...]) -> None:
    """A seal that is a small OFD itself; what is stamped inside it is not looked at."""
    package = Package(seal)
    node = _nodes(package)[0]
    content = package.part(package.path, node.attributes.get("BaseLoc", "")) or Node("Page", {})
    left, top, width, height = _size(package, content)
    with canvas.within(matrix, (1 / width, 0.0, 0.0, 1 / height, -left / width, -top / height)):
        _draw(canvas, package, node, content)


def _seals(package: Package) -> Iterator[tuple[Node, bytes]]:
    """Each place of a seal with the picture, out of the signature or out of the seal beside it."""
    reference = package.body.value("Signatures")
    listed = package.part("OFD.xml", reference)
    base = package.near("OFD.xml", reference) if listed is not None else ""
    for each in listed.named("Signature") if listed is not None else ():
        path = package.near(base, each.attributes.get("BaseLoc", ""))
        signature = package.tree(path) if path else Node("Signature", {})
        said = signature.find("SignedInfo") or Node("SignedInfo", {})
        files = (signature.value("SignedValue"), said.value("Seal", "BaseLoc"))
        seals = (picture_of(package.content(package.near(path, file))) for file in files if file)
        picture = next(filter(None, seals), b"")
        if picture:
            for stamp in said.named("StampAnnot"):
                yield stamp, picture
