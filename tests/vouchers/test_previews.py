"""Pages are shown as small upright pictures."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import cycle, islice

import pytest
from PIL import Image
from weasyprint import HTML

from core.errors import Refused
from core.files import FileKind
from core.jail import Limits
from vouchers.papers import opening
from vouchers.papers.previews import MOST_DRAWN, PAGE_BYTES, PageImage, page_count

PAGE = """<section style="break-after: page"><h1>电子发票（普通发票）第 {} 页</h1>
<table border=1 style="width: 100%">{}</table></section>"""
ROW = "<tr><td>*办公用品*A4 复印纸<td>70g 500 张<td>包<td>12<td>18.50<td>222.00<td>13%<td>28.86</tr>"


@pytest.fixture(scope="module")
def three_pages() -> bytes:
    pages = "".join(PAGE.format(number, ROW * 25) for number in (1, 2, 3))
    pdf: bytes = HTML(string=f"<body style='font-family: Noto Serif CJK SC'>{pages}").write_pdf()
    return pdf


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def opened(page: PageImage) -> Image.Image:
    image = Image.open(BytesIO(page.webp))
    assert image.format == "WEBP"
    assert image.size == (page.width, page.height)
    return image.convert("RGB")


def page_images(data: bytes, kind: FileKind) -> list[PageImage]:
    """All pages, drawn in the jail."""
    return [drawn.page for drawn in opening.pages(data, kind, page_count(data, kind))]


def only(data: bytes, kind: FileKind) -> PageImage:
    (page,) = page_images(data, kind)
    return page


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(got - wanted) < 40 for got, wanted in zip(pixel, colour, strict=True))


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def red_over_blue(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def test_three_pages_give_three_small_pictures(three_pages: bytes) -> None:
    pages = page_images(three_pages, FileKind.PDF)
    assert page_count(three_pages, FileKind.PDF) == len(pages) == 3
    assert all(len(page.webp) <= PAGE_BYTES for page in pages)
    assert all(abs(page.width - 1240) <= 1 and abs(page.height - 1754) <= 1 for page in pages)
    assert is_near(opened(pages[0]).getpixel((5, 5)), WHITE)


def test_only_the_first_pages_are_drawn(three_pages: bytes) -> None:
    assert len(list(opening.pages(three_pages, FileKind.PDF, 2))) == 2
    assert next(iter(opening.pages(b"", FileKind.PDF, 0)), None) is None
    assert MOST_DRAWN == 60


def test_a_thumbnail_fits_into_88(three_pages: bytes) -> None:
    first, second, _ = opening.pages(three_pages, FileKind.PDF, 3)
    small = Image.open(BytesIO(first.small))
    assert small.format == "WEBP"
    assert max(small.size) == 88
    assert second.small == b""


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_comes_upright_however_the_phone_was_held(orientation: int) -> None:
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    scene = red_over_blue(3000, 4000)
    stored = scene.transpose(back[orientation]) if orientation > 1 else scene
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = only(saved(stored, "JPEG", exif=exif), FileKind.JPEG)
    assert (page.width, page.height) == (1240, 1653)
    shown = opened(page)
    assert is_near(shown.getpixel((620, 50)), RED)
    assert is_near(shown.getpixel((620, 1600)), BLUE)


def test_each_page_of_a_tiff_is_drawn() -> None:
    sheets = [Image.new("1", (1700, 2200), shade) for shade in (0, 1)]
    data = saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:], compression="group4")
    assert page_count(data, FileKind.TIFF) == 2
    black, white = (opened(page) for page in page_images(data, FileKind.TIFF))
    assert is_near(black.getpixel((9, 9)), (0, 0, 0))
    assert is_near(white.getpixel((9, 9)), WHITE)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP", "TIFF"])
def test_other_pictures_are_drawn_and_never_enlarged(form: str) -> None:
    page = only(saved(red_over_blue(300, 200), form), FileKind[form])
    assert (page.width, page.height) == (300, 200)
    assert is_near(opened(page).getpixel((150, 20)), RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_a_scanner_is_drawn(mode: str) -> None:
    white = Image.new("RGB", (2000, 1000), WHITE)
    sheet = Image.new(mode, white.size, 65_535) if mode == "I;16" else white.convert(mode)
    page = only(saved(sheet, "PNG"), FileKind.PNG)
    assert (page.width, page.height) == (1240, 620)
    assert is_near(opened(page).getpixel((9, 9)), WHITE)


def test_a_print_shop_jpeg_is_drawn() -> None:
    page = only(saved(red_over_blue(300, 200).convert("CMYK"), "JPEG"), FileKind.JPEG)
    assert is_near(opened(page).getpixel((150, 20)), RED)


def test_what_is_transparent_is_white() -> None:
    page = only(saved(Image.new("RGBA", (90, 90), (0, 0, 0, 0)), "PNG"), FileKind.PNG)
    assert is_near(opened(page).getpixel((9, 9)), WHITE)


def test_a_noisy_photo_stays_within_the_budget() -> None:
    noise = bytes(islice(cycle(range(0, 256, 7)), 1000)) * 3 * 1800
    page = only(saved(Image.frombytes("RGB", (1000, 1800), noise), "PNG"), FileKind.PNG)
    assert len(page.webp) <= PAGE_BYTES


def test_a_page_of_absurd_shape_is_drawn_small() -> None:
    absurd = HTML(string="<style>@page { size: 1pt 14000pt; margin: 0 }</style>").write_pdf()
    page = only(absurd, FileKind.PDF)
    assert page.height <= 3508
    assert page.width >= 1


@pytest.mark.parametrize("kind", [FileKind.OFD, FileKind.XML, FileKind.XLSX, FileKind.DOCX, FileKind.XLS, FileKind.DOC])
def test_what_cannot_be_drawn_has_no_pages(kind: FileKind) -> None:
    assert page_count(b"anything", kind) == 0
    assert page_images(b"anything", kind) == []


def test_a_broken_picture_is_refused_in_a_sentence() -> None:
    half = saved(Image.effect_noise((2000, 2000), 90), "PNG")[:50_000]
    with pytest.raises(Refused, match="第 1 页无法显示，文件可能已损坏"):
        page_images(half, FileKind.PNG)


ENDS = [("crash", "可能已损坏"), ("loop", "时间过长"), ("allocate", "内存过多"), ("echo", "可能已损坏")]


@pytest.mark.parametrize(("way", "why"), ENDS)
def test_a_page_that_breaks_its_reader_is_a_sentence(monkeypatch: pytest.MonkeyPatch, way: str, why: str) -> None:
    _break_drawing(monkeypatch, way)
    with pytest.raises(Refused, match=f"^第 1 页无法显示，.*{why}.*。$"):
        page_images(saved(red_over_blue(30, 20), "PNG"), FileKind.PNG)


def _break_drawing(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Let a reader that does really crash, loop or swell draw the pages from now on."""
    monkeypatch.setattr(opening, "_DRAW", f"tests.core.hostile_readers:{way}")
    monkeypatch.setattr(opening, "LIMITS", Limits(memory=256 * 1024 * 1024, cpu=1))


LIES: list[tuple[str, bytes]] = [
    ("{}", b""),
    ('{"width": 1, "height": 1, "small": 0, "words": 0}', b"<html>"),
    ('{"width": 1, "height": 1, "small": 9, "words": 0}', b"RIFF0000WEBP"),
    ('{"width": 1, "height": 1, "small": 99, "words": 0}', b"RIFF0000WEBP"),
    ('{"width": "1", "height": 1, "small": 0, "words": 0}', b"RIFF0000WEBP"),
    ('{"width": 1, "height": 99999, "small": 0, "words": 0}', b"RIFF0000WEBP"),
    ('{"width": true, "height": 1, "small": -1, "words": 0}', b"RIFF0000WEBP"),
    ('{"width": 1, "height": 1, "small": 0, "words": 99}', b"RIFF0000WEBP"),
    ('{"width": 1, "height": 1, "small": 0, "words": 3}', b"RIFF0000WEBP[1]"),
]


@pytest.mark.parametrize(("header", "content"), LIES)
def test_a_reader_that_lies_is_not_believed(header: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_DRAW", "tests.core.hostile_readers:lie_about_a_page")
    with pytest.raises(Refused, match="第 1 页无法显示"):
        list(opening.pages(json.dumps([header, content.decode()]).encode(), FileKind.PNG, 1))
