"""Files of every sort made by hand, for the tests: good ones, and such as no good program writes."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from io import BytesIO

import pypdfium2 as pdfium
from openpyxl import Workbook
from PIL import Image

INVOICE = "<?xml version='1.0' encoding='{}'?><发票><价税合计>100.00</价税合计></发票>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
XML = b"<?xml version='1.0'?>"
LAUGHS = b"<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]>"
XXE = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"
XHTML = b"<a><h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script></a>"
_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def a_pdf(pages: int = 1, height: int = 842) -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, height).close()
    out = BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def a_pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF written by hand; object 1 is the catalog, the page tree is 2 and the page is 3."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)
    return bytes(out)


TREE = [b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"]
PLAIN_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
ACTING_CATALOG = b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>"


def an_acting_pdf(action: bytes) -> bytes:
    return a_pdf_of([ACTING_CATALOG, *TREE, action])


def a_pdf_hiding(action: bytes) -> bytes:
    """Every object inside one compressed stream, where no scan of raw bytes can see it."""
    head, body = b"", b""
    for number, content in enumerate([ACTING_CATALOG, *TREE, action], start=1):
        head += b"%d %d " % (number, len(body))
        body += content + b" "
    packed = zlib.compress(head + body)
    out = b"%PDF-1.5\n"
    rows = b"\0\0\0\xff" + b"".join(bytes([2, 0, 5, place]) for place in range(4)) + struct.pack(">BHB", 1, len(out), 0)
    out += b"5 0 obj<</Type/ObjStm/N 4/First %d/Filter/FlateDecode/Length %d>>stream\n" % (len(head), len(packed))
    out += packed + b"\nendstream endobj\n"
    start = len(out)
    rows += struct.pack(">BHB", 1, start, 0)
    out += b"6 0 obj<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Length %d>>stream\n" % len(rows)
    return out + rows + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % start


def a_protected_pdf(user: bytes) -> bytes:
    encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]"
    return a_pdf_of([PLAIN_CATALOG, *TREE], encrypt % (b"11" * 32, user.hex().encode()))


def opens_freely() -> bytes:
    """The U entry of a PDF whose opening password is empty: only printing or copying is forbidden."""
    key = hashlib.md5(_PAD + b"\x11" * 32 + struct.pack("<i", -4) + b"\0", usedforsecurity=False).digest()[:5]
    return rc4(key, _PAD)


def rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def an_image(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, form)
    return out.getvalue()


def a_tiff(pages: int) -> bytes:
    out = BytesIO()
    page = Image.new("1", (8, 8))
    page.save(out, "TIFF", save_all=True, append_images=[page] * (pages - 1))
    return out.getvalue()


def a_zip(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in members.items():
            box.writestr(name, content)
    return out.getvalue()


def an_ofd(**more: bytes) -> bytes:
    return a_zip({"OFD.xml": b"<OFD xmlns='http://www.ofdspec.org/2016'/>", **more})


def a_workbook(more: dict[str, bytes] | None = None) -> bytes:
    out = BytesIO()
    Workbook().save(out)
    with zipfile.ZipFile(out) as box:
        return a_zip({name: box.read(name) for name in box.namelist()} | (more or {}))


def a_docx() -> bytes:
    return a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})


def an_ole(*streams: str) -> bytes:
    """Enough of the old container: its magic and its directory."""
    entries = b"".join(stream.encode("utf-16-le").ljust(128, b"\0") for stream in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


def a_flood(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
