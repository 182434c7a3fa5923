"""PDFs that act, hide, swell or break."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

import pypdfium2 as pdfium

from core.files import FileKind
from tests.core.made_files import (
    ACTING_CATALOG,
    PLAIN_CATALOG,
    TREE,
    a_pdf,
    a_pdf_hiding,
    a_pdf_of,
    a_protected_pdf,
    a_zip,
    an_acting_pdf,
    opens_freely,
)
from tests.vouchers.hostile.cases import Case, drawn, kept, refused

PDF = FileKind.PDF
_TWICE = b"[/FlateDecode/FlateDecode]"
_UNDRAWN = "第 1 页无法显示"
_SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def pdfs() -> Iterator[Case]:
    yield from _acting()
    yield from _mixed()
    yield from _carrying()
    yield from _broken()
    yield from _swollen()


def _acting() -> Iterator[Case]:
    acts = "脚本"
    yield refused("JavaScript at opening", an_acting_pdf(_SCRIPT), acts)
    yield refused("JavaScript spelt J#61va", an_acting_pdf(b"<</S/J#61vaScript/JS(app.alert\\(1\\))>>"), acts)
    yield refused("JavaScript in an object stream", a_pdf_hiding(_SCRIPT), acts)
    locked = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]"
    trailer = locked % (b"11" * 32, opens_freely().hex().encode())
    yield refused("JavaScript behind an empty password", a_pdf_of([ACTING_CATALOG, *TREE, _SCRIPT], trailer), acts)
    yield refused("a program at opening", an_acting_pdf(b"<</S/Launch/F(cmd.exe)/Win<</F(cmd.exe)>>>>"), acts)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/AA<</O 4 0 R>>>>"
    yield refused("JavaScript at a page", a_pdf_of([PLAIN_CATALOG, TREE[0], page, _SCRIPT]), acts)
    named = b"<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a) 4 0 R]>>>>>>"
    yield refused("JavaScript by name", a_pdf_of([named, *TREE, _SCRIPT]), acts)
    form = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</XFA 4 0 R/Fields[]>>>>"
    xfa = b"<</Length 7>>stream\n<xdp/>\n\nendstream"
    yield refused("a form that scripts itself", a_pdf_of([form, *TREE, xfa]), acts)
    yield refused("a form that sends itself", an_acting_pdf(b"<</S/SubmitForm/F(http://127.0.0.1)>>"), acts)
    yield refused("a film with a script", an_acting_pdf(b"<</S/Rendition/JS(app.alert\\(1\\))>>"), acts)
    media = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</Subtype/RichMedia/Rect[0 0 9 9]>>]>>"
    yield refused("Flash", a_pdf_of([PLAIN_CATALOG, TREE[0], media]), acts)
    yield drawn("JavaScript as a word of a text", a_pdf_of([PLAIN_CATALOG, *TREE, b"(JavaScript)"]), PDF)
    yield drawn("a link to a page", an_acting_pdf(b"<</S/GoTo/D[3 0 R/Fit]>>"), PDF)


def _mixed() -> Iterator[Case]:
    page = b"<html><script>alert(1)</script>"
    yield refused("HTML before PDF", page + a_pdf(), "网页")
    yield refused("HTML in a comment before PDF", b"<!--" + a_pdf() + b"--><script>alert(1)</script>", "网页")
    yield refused("HTML in an open comment before PDF", b"<!--" + a_pdf(), "混有其他格式")
    yield drawn("HTML behind PDF", a_pdf() + b"\n" + page, PDF)
    yield refused("a program before PDF", b"MZ\x90\0" + bytes(99) + a_pdf(), "可执行程序")
    yield drawn("MZ behind %PDF", a_pdf().replace(b"\n", b"\nMZ\x90\0\n", 1), PDF)
    yield refused("PDF and zip", a_pdf() + a_zip({"evil.exe": b"MZ"}), "混有其他格式")
    yield refused("GIF and PDF", b"GIF89a=1/*" + a_pdf(), "混有其他格式")
    yield refused("PDF after 2 KB of nothing", bytes(2000) + a_pdf(), "不是可以上传的文件类型")
    yield drawn("PDF sent to a printer", b"\x1b%-12345X@PJL\r\n" + a_pdf(), PDF)


def _carrying() -> Iterator[Case]:
    yield drawn("an invoice that carries its XML", _with_attached("发票.xml", b"<a/>"), PDF)
    yield refused("carries a program", _with_attached("发票.xml", b"MZ\x90\0" + bytes(99)), "夹带了程序")
    yield refused("carries a script", _with_attached("发票.pdf.js", b"WScript.Quit()"), "夹带了程序")
    yield refused("carries a script with a dot", _with_attached("发票.vbs. ", b"x"), "夹带了程序")
    yield refused("a password", a_protected_pdf(b"\x22" * 32), "取消密码")
    yield drawn("an empty password", a_protected_pdf(opens_freely()), PDF)


def _with_attached(name: str, content: bytes) -> bytes:
    document = pdfium.PdfDocument(a_pdf())
    document.new_attachment(name).set_data(content)
    out = BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def _broken() -> Iterator[Case]:
    damaged = "打不开"
    yield refused("nothing behind %PDF", b"%PDF-1.4\nnothing", damaged)
    yield refused("no page", a_pdf(0), damaged)
    yield drawn("a wrong table of objects", a_pdf_of([PLAIN_CATALOG, *TREE]).replace(b"00000 n", b"99999 n"), PDF)
    yield refused("cut off behind its page", a_pdf_of([PLAIN_CATALOG, *TREE])[:-90], damaged)
    yield refused("cut off before its page", a_pdf_of([PLAIN_CATALOG, *TREE])[:60], damaged)
    circle = a_pdf_of([PLAIN_CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"])
    yield kept("pages in a circle", circle, PDF, _UNDRAWN)
    deep = b"[" * 100_000 + b"]" * 100_000
    yield drawn("a list 100,000 deep", a_pdf_of([PLAIN_CATALOG, *TREE, deep]), PDF)
    chain = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R>>"
    yield drawn("a page that is its own content", a_pdf_of([PLAIN_CATALOG, TREE[0], chain]), PDF)


def _swollen() -> Iterator[Case]:
    yield refused("301 pages", a_pdf(301), "超过 300 页")
    kids = b"<</Type/Pages/Kids[%s]/Count 10000>>" % (b"3 0 R " * 10_000)
    yield refused("10,000 pages in 70 KB", a_pdf_of([PLAIN_CATALOG, kids, TREE[1]]), "超过 300 页")
    claimed = b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"
    yield drawn("claims two billion pages and has one", a_pdf_of([PLAIN_CATALOG, claimed, TREE[1]]), PDF)
    for box in (b"0 0 1 1000000000", b"0 0 1000000000 1", b"0 0 14400000 14400000", b"0 0 0 0", b"9 9 -9 -9"):
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]>>" % box
        yield drawn(f"a page of {box.decode()}", a_pdf_of([PLAIN_CATALOG, TREE[0], page]), PDF)
    yield kept("a content of 300 MB in 300 KB", lambda: _with_content(_packed(b"q Q ")), PDF, _UNDRAWN)
    yield kept("zeros packed twice", lambda: _with_content(zlib.compress(_packed(bytes(4))), _TWICE), PDF, _UNDRAWN)
    yield drawn("a picture of 1,600 megapixels", _with_picture(40_000), PDF)


def _packed(word: bytes) -> bytes:
    """300 MB of the word, without holding them."""
    packer, piece = zlib.compressobj(1), word * 250_000
    return b"".join(packer.compress(piece) for _ in range(300)) + packer.flush()


def _with_content(packed: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    stream = b"<</Filter%s/Length %d>>stream\n%s\nendstream" % (filters, len(packed), packed)
    return a_pdf_of([PLAIN_CATALOG, TREE[0], page, stream])


def _with_picture(side: int) -> bytes:
    """A page with one picture of so many points on each side, whose data would be all white."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>"
    shown = b"q 595 0 0 842 0 0 cm /A Do Q"
    packed = zlib.compress(bytes(100_000), 9)
    about = b"<</Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB" % (side, side)
    picture = about + b"/Filter/FlateDecode/Length %d>>" % len(packed) + b"stream\n" + packed + b"\nendstream"
    content = b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown)
    return a_pdf_of([PLAIN_CATALOG, TREE[0], page, content, picture])
