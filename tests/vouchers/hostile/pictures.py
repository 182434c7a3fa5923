"""Pictures that flood, mix, move, lie on their side or break."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from core.files import FileKind
from tests.core.made_files import a_flood, a_pdf, a_tiff, a_zip, an_image
from tests.vouchers.hostile.cases import Case, drawn, kept, refused

_SCRIPT = b"<script>alert(1)</script>"


def pictures() -> Iterator[Case]:
    yield from _floods()
    yield from _mixed()
    yield from _many()
    yield from _odd()
    yield from _others()


def _floods() -> Iterator[Case]:
    flood = "像素过大"
    yield refused("PNG of 60,000 × 60,000", a_flood(60_000, 60_000), flood)
    yield refused("PNG of 1 × 100,000,001", a_flood(1, 100_000_001), flood)
    jpeg = bytearray(an_image("JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    yield refused("JPEG of 65,535 × 65,535", bytes(jpeg), flood)
    bmp = an_image("BMP")
    yield refused("BMP of 50,000 × 50,000", bmp[:18] + struct.pack("<ii", 50_000, 50_000) + bmp[26:], flood)
    tiff = _saved(Image.new("1", (1, 1)), "TIFF").replace(struct.pack("<HHIHH", 256, 4, 1, 1, 0), b"")
    yield refused("TIFF without a size", tiff[:60], "打不开")
    yield refused("WebP of 16,383 × 16,383", _wide_webp(), flood)
    yield drawn("PNG of 64 megapixels in 10 KB", _saved(Image.new("1", (8000, 8000)), "PNG"), FileKind.PNG)
    yield drawn("PNG of 25 megapixels with an alpha channel", lambda: _flat_png(5000, 5000, 6), FileKind.PNG)
    yield refused("PNG of 90 megapixels with an alpha channel", a_flood_of(9500, 9500, 6), flood)
    yield refused("PNG whose text is a bomb", _with_bomb, "打不开")


def _wide_webp() -> bytes:
    """An extended header alone says the size of the canvas."""
    size = struct.pack("<I", 16_382)[:3]
    head = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + size + size
    body = an_image("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(body)) + b"WEBP" + head + body


def a_flood_of(width: int, height: int, colour: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"


def _flat_png(width: int, height: int, colour: int) -> bytes:
    """A whole PNG of zeros, without holding it."""
    rows, packer = bytes(4 * width + 1), zlib.compressobj(1)
    packed = b"".join(packer.compress(rows) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _with_chunk(kind: bytes, content: bytes) -> bytes:
    png = an_image("PNG")
    return png[:33] + _chunk(kind, content) + png[33:]


def _with_bomb() -> bytes:
    return _with_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000), 1))


def _mixed() -> Iterator[Case]:
    mixed, unknown = "混有其他格式", "不是可以上传的文件类型"
    yield refused("JPEG and zip", an_image("JPEG") + a_zip({"evil.exe": b"MZ"}), mixed)
    yield refused("PNG and jar", an_image("PNG") + a_zip({"META-INF/MANIFEST.MF": b"x"}), mixed)
    yield refused("JPEG and RAR", an_image("JPEG") + b"Rar!\x1a\x07\x01\0" + bytes(99), mixed)
    yield refused("BMP and 7z", an_image("BMP") + b"7z\xbc\xaf\x27\x1c" + bytes(99), mixed)
    yield refused("JPEG and PDF", _commented(a_pdf()), mixed)
    yield refused("GIF and script", b"GIF89a=1;alert(1)//", unknown)
    yield refused("BMP and script", b"BM=1;alert(1)//" + bytes(60), "打不开")
    yield drawn("JPEG with a script as comment", _commented(_SCRIPT), FileKind.JPEG)
    yield drawn("PNG with a program behind", an_image("PNG") + b"MZ\x90\0" + bytes(99), FileKind.PNG)
    yield drawn("PNG with HTML as text", _with_chunk(b"tEXt", b"Title\0" + _SCRIPT), FileKind.PNG)


def _commented(comment: bytes) -> bytes:
    """A JPEG that says something at its beginning."""
    jpeg = an_image("JPEG")
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def _many() -> Iterator[Case]:
    yield drawn("TIFF of 12 pages", a_tiff(12), FileKind.TIFF, 12)
    yield refused("TIFF of 301 pages", a_tiff(301), "超过 300 页")
    yield drawn("TIFF whose pages go round", _endless_tiff(), FileKind.TIFF)
    frames = [Image.new("RGB", (60, 40), (shade, 0, 0)) for shade in range(0, 250, 5)]
    for form in ("PNG", "WEBP"):
        moving = _saved(frames[0], form, save_all=True, append_images=frames[1:])
        yield drawn(f"moving {form}", moving, FileKind[form])
    gif = _saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield refused("moving GIF", gif, "不是可以上传的文件类型")


def _endless_tiff() -> bytes:
    """The last page says that the first comes next."""
    one = bytearray(a_tiff(1))
    (first,) = struct.unpack("<I", one[4:8])
    (tags,) = struct.unpack("<H", one[first : first + 2])
    after = first + 2 + 12 * tags
    one[after : after + 4] = struct.pack("<I", first)
    return bytes(one)


def _odd() -> Iterator[Case]:
    exif = Image.Exif()
    exif[0x0112] = 6
    yield drawn("JPEG on its side", _saved(Image.new("RGB", (80, 40), "blue"), "JPEG", exif=exif), FileKind.JPEG)
    exif[0x0112] = 99
    yield drawn("JPEG turned by no number", _saved(Image.new("RGB", (80, 40)), "JPEG", exif=exif), FileKind.JPEG)
    torn = b"\xff\xe1\0\x12Exif\0\0II*\0\xff\xff\xff\xff\xff\xff"
    yield drawn("JPEG with broken EXIF", an_image("JPEG")[:2] + torn + an_image("JPEG")[2:], FileKind.JPEG)
    yield drawn("JPEG in CMYK", _saved(Image.new("CMYK", (80, 40)), "JPEG"), FileKind.JPEG)
    yield drawn("TIFF in CMYK", _saved(Image.new("CMYK", (80, 40)), "TIFF"), FileKind.TIFF)
    yield drawn("PNG of 16 bits", _saved(Image.new("I;16", (80, 40)), "PNG"), FileKind.PNG)
    noise = Image.effect_noise((2000, 2000), 90)
    yield kept("PNG cut off", _saved(noise, "PNG")[:50_000], FileKind.PNG, "第 1 页无法显示")
    yield kept("JPEG cut off", _saved(noise, "JPEG")[:50_000], FileKind.JPEG, "第 1 页无法显示")
    yield refused("JPEG without a picture", an_image("JPEG")[:20], "打不开")
    yield refused("WebP of zeros", b"RIFF" + bytes(40), "打不开")
    yield kept("TIFF packed by a method of its own", _strange_tiff(), FileKind.TIFF, "第 1 页无法显示")


def _strange_tiff() -> bytes:
    whole = _saved(Image.new("L", (8, 8)), "TIFF")
    return whole.replace(struct.pack("<HHIH", 259, 3, 1, 1), struct.pack("<HHIH", 259, 3, 1, 5))


def _others() -> Iterator[Case]:
    for brand in (b"heic", b"heix", b"mif1", b"avif"):
        yield refused(f"{brand.decode()} of a telephone", b"\0\0\0\x18ftyp" + brand + bytes(99), "HEIC")


def _saved(image: Image.Image, form: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()
