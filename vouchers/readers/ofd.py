"""OFD invoices: the data that came inside, what the file says of itself, its words and its QR code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from vouchers.readers import invoice_text, invoice_xml, qr
from vouchers.readers.layout import Glyph, box_of
from vouchers.readers.ofd_package import Package, Page, Picture
from vouchers.readers.pictures import grey_of
from vouchers.readers.rules import Box, Reading, Source, merged
from vouchers.readers.xmltree import Node

TEXT_CONFIDENCE: Final = 90
TAG_CONFIDENCE: Final = 95
_MOST_PICTURES: Final = 12
_MOST_ATTACHMENTS: Final = 20


def reading_of(data: bytes) -> Reading:
    """All that the file says of its invoice. Raises `Refused` for a damaged file."""
    package = Package(data)
    pages = list(package.pages())
    return merged([*_attached(package), *_told(package, pages), *_written(pages), *_codes(package, pages)])


def _attached(package: Package) -> Iterator[Reading]:
    """The invoice data (XML) beside the pages; what is no invoice is passed over in silence."""
    reference = package.document.value("Attachments")
    listed = package.part(package.path, reference)
    if listed is None:
        return
    base = package.near(package.path, reference)
    for node in list(listed.named("Attachment"))[:_MOST_ATTACHMENTS]:
        path = package.near(base, node.value("FileLoc"))
        if path.lower().endswith((".xml", ".xbrl")):
            reading = invoice_xml.reading_of(package.content(path))
            if reading:
                yield reading


def _told(package: Package, pages: Sequence[Page]) -> Iterator[Reading]:
    """What the head of the file and its tags say; a tag names the text objects that hold its value."""
    data = package.body.find("DocInfo", "CustomDatas")
    if data is not None:
        root = Node("CustomDatas", {})
        root.children = [Node(each.attributes.get("Name", ""), {}, each.text) for each in data.named("CustomData")]
        yield invoice_xml.reading_of_tree(root, Source.OFD, TAG_CONFIDENCE)
    texts = {key: text for page in pages for key, text in page.texts.items()}
    for root in _tags(package):
        yield invoice_xml.reading_of_tree(_resolved(root, texts), Source.OFD, TAG_CONFIDENCE)


def _tags(package: Package) -> Iterator[Node]:
    reference = package.document.value("CustomTags")
    listed = package.part(package.path, reference)
    base = package.near(package.path, reference) if listed is not None else ""
    for node in listed.named("CustomTag") if listed is not None else ():
        root = package.part(base, node.value("FileLoc"))
        if root is not None:
            yield root


def _resolved(node: Node, texts: dict[str, str]) -> Node:
    """The tags with the texts they refer to in place of the references."""
    references = [*node.named("ObjectRef"), *node.named("ObjectData")]
    if references:
        parts = (texts.get(each.text.strip(), "") if each.name == "ObjectRef" else each.text for each in references)
        return Node(node.name, node.attributes, "".join(parts))
    return Node(node.name, node.attributes, node.text, [_resolved(child, texts) for child in node.children])


def _written(pages: Sequence[Page]) -> Iterator[Reading]:
    for page in pages:
        yield invoice_text.reading_of(page.sheet, Source.OFD, TEXT_CONFIDENCE)


def _codes(package: Package, pages: Sequence[Page]) -> Iterator[Reading]:
    """The QR codes among the pictures, placed where the picture stands on its page."""
    pictures = [(page, picture) for page in pages for picture in page.pictures][:_MOST_PICTURES]
    for page, picture in pictures:
        try:
            found = qr.readings_of(grey_of(package.content(picture.path)), page.sheet.number)
        except Exception:  # noqa: S112  a broken picture makes Pillow raise almost anything, and is not the invoice
            continue
        for reading in found:
            box = _box(page, picture)
            yield replace(reading, fields=tuple(replace(field, box=box) for field in reading.fields))


def _box(page: Page, picture: Picture) -> Box | None:
    around = Glyph("", picture.left, picture.top, picture.right, picture.bottom)
    return box_of([around], page.sheet.width, page.sheet.height)
