"""PDF: invoice data attached to it, the words of its pages, and the QR codes that are drawn on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from core.pdfs import open_pdf
from vouchers.readers import invoice_text, invoice_xml, ocr, qr
from vouchers.readers.layout import MOST_GLYPHS, Glyph, Sheet
from vouchers.readers.rules import Reading, Source, merged, only
from vouchers.readers.values import half

CONFIDENCE: Final = 90
MOST_PAGES: Final = 40
# To look for codes takes ten times as long as to read the words; what is longer is a contract.
_MOST_SEARCHED: Final = 10
# A page of a scan takes seconds; what is longer is no invoice.
_MOST_RECOGNISED: Final = 5
_SCAN_DPI: Final = 200
_MOST_ATTACHMENTS: Final = 20
_LARGEST_ATTACHMENT: Final = 8 * 1024**2
_MOST_PIXELS: Final = 12_000_000
_DPI: Final = (150, 250)
_POINTS: Final = 72
# Places are kept in hundredths of a point.
_FINE: Final = 100
_BLANK: Final = 32
# A scan may carry a few words, such as the name of the scanner.
_FEW: Final = 40
_INVOICE_WORDS: Final = ("发票", "票据", "客票", "行程单")
_SIDEWAYS: Final = (90, 270)


def reading_of(data: bytes) -> Reading:
    """All invoices of the file, the first one foremost. Raises what PDFium raises on a broken file."""
    with open_pdf(data) as document:
        parts = list(_attached(document))
        pages = min(len(document), MOST_PAGES)
        for number in range(1, pages + 1):
            parts.extend(_page(document, number))
        if len(document) > MOST_PAGES:
            parts.append(only(f"文件共 {len(document)} 页，只识别了前 {MOST_PAGES} 页。"))
    return merged(parts)


def _attached(document: pdfium.PdfDocument) -> Iterator[Reading]:
    """The invoice data (XML) that came inside; what is no invoice is passed over in silence."""
    for index in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
        attachment = document.get_attachment(index)
        if attachment.get_name().lower().endswith(".xml"):
            content = bytes(attachment.get_data())
            reading = invoice_xml.reading_of(content) if len(content) <= _LARGEST_ATTACHMENT else Reading()
            if reading:
                yield reading


def _page(document: pdfium.PdfDocument, number: int) -> list[Reading]:
    """What one page says in words, and by its codes. A page of words about something else is passed over."""
    page = document[number - 1]
    try:
        sheet = _sheet(page, number)
        if sheet is None:
            return []
        by_text = invoice_text.reading_of(sheet, Source.PDF, CONFIDENCE)
        codes = _codes(page, number, clean=bool(by_text)) if number <= _MOST_SEARCHED else []
        scanned = len(sheet.glyphs) < _FEW and number <= _MOST_RECOGNISED
        return [*([by_text] if by_text else []), *codes, *(_recognised(page, number) if scanned else [])]
    finally:
        page.close()


def _codes(page: pdfium.PdfPage, number: int, *, clean: bool) -> list[Reading]:
    """The invoices of its codes; a page whose words were read is drawn cleanly."""
    for dpi in _DPI:
        drawn = _drawn(page, dpi)
        if _is_blank(drawn):
            return []
        found = qr.readings_of(drawn, number, clean=clean)
        if found:
            return found
    return []


def _recognised(page: pdfium.PdfPage, number: int) -> list[Reading]:
    """The words of a scan, where the house can recognise them; else a sentence."""
    drawn = _drawn(page, _SCAN_DPI)
    if _is_blank(drawn):
        return []
    return [ocr.reading_of(drawn, number)] if ocr.installed() else [only(ocr.MISSING)]


def _is_blank(drawn: Image.Image) -> bool:
    darkest, lightest = drawn.getextrema()
    return darkest == lightest


def _drawn(page: pdfium.PdfPage, dpi: int) -> Image.Image:
    """The page in grey; of absurd size in fewer pixels."""
    width, height = page.get_size()
    pixels = max(1, int(width * height * dpi * dpi / _POINTS**2))
    scale = dpi / _POINTS / max(1, pixels / _MOST_PIXELS) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    try:
        drawn: Image.Image = bitmap.to_pil()
        return drawn.convert("L")
    finally:
        bitmap.close()


def _sheet(page: pdfium.PdfPage, number: int) -> Sheet | None:
    """The characters as a reader sees the page: turned with it, y downwards. None when it cannot be an invoice."""
    text = page.get_textpage()
    try:
        count = min(text.count_chars(), MOST_GLYPHS)
        words = half(text.get_text_range(0, count)) if count else ""
        if len(words) >= _FEW and not any(word in words for word in _INVOICE_WORDS):
            return None
        return _placed(page, text, number, count)
    finally:
        text.close()


def sheet_of(page: pdfium.PdfPage, number: int) -> Sheet:
    """All characters of a page, whatever it is about."""
    text = page.get_textpage()
    try:
        return _placed(page, text, number, min(text.count_chars(), MOST_GLYPHS))
    finally:
        text.close()


def _placed(page: pdfium.PdfPage, text: pdfium.PdfTextPage, number: int, count: int) -> Sheet:
    left, bottom, right, top = (int(side * _FINE) for side in page.get_bbox())
    area = _Area(left, bottom, right, top, page.get_rotation())
    box = raw.FS_RECTF()
    glyphs = []
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        if code > _BLANK and raw.FPDFText_GetLooseCharBox(text, index, box):
            sides = (int(side * _FINE) for side in (box.left, box.bottom, box.right, box.top))
            glyphs.append(area.glyph(chr(code), *sides))
    return Sheet(number, area.width, area.height, tuple(glyphs))


@dataclass(frozen=True, slots=True)
class _Area:
    """The visible part of a page in its own units, y upwards, and how it is turned clockwise when shown."""

    left: int
    bottom: int
    right: int
    top: int
    turned: int

    @property
    def width(self) -> int:
        """As shown."""
        return self.top - self.bottom if self.turned in _SIDEWAYS else self.right - self.left

    @property
    def height(self) -> int:
        """As shown."""
        return self.right - self.left if self.turned in _SIDEWAYS else self.top - self.bottom

    def glyph(self, char: str, left: int, bottom: int, right: int, top: int) -> Glyph:
        """The character where it is shown, y downwards."""
        if self.turned == 90:
            return Glyph(char, bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
        if self.turned == 180:
            return Glyph(char, self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
        if self.turned == 270:
            return Glyph(char, self.top - top, self.right - right, self.top - bottom, self.right - left)
        return Glyph(char, left - self.left, self.top - top, right - self.left, self.top - bottom)
