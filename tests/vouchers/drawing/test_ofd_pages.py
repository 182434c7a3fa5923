"""OFD pages are drawn as they are meant: text, paths, pictures, templates, clips, colours and seals."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from core.errors import Refused
from core.files import FileKind
from tests.vouchers.corpus import ofds
from tests.vouchers.corpus.facts import CORPUS
from tests.vouchers.corpus.seals import a_red_ring, ofd_of, signed
from vouchers.drawing.seals import picture_of
from vouchers.papers import opening
from vouchers.readers import qr
from vouchers.readers.reading import read
from vouchers.readers.rules import FieldName

INVOICE = CORPUS[3]
WHITE, BLACK, RED, GREEN, BLUE = (255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)


def drawn(data: bytes) -> Image.Image:
    """The first page as the jail draws it."""
    page = next(iter(opening.pages(data, FileKind.OFD, 1))).page
    return Image.open(BytesIO(page.webp)).convert("RGB")


def colour(image: Image.Image, x: float, y: float, across: float = 100) -> tuple[int, int, int]:
    """What is at a place in millimetres, as one of the plain colours."""
    dots = image.width / across
    pixel = image.getpixel((int(x * dots), int(y * dots)))
    assert isinstance(pixel, tuple)
    plain = tuple(0 if side < 90 else 255 if side > 165 else side for side in pixel)
    return plain[0], plain[1], plain[2]


def darkness(image: Image.Image, box: tuple[int, int, int, int], across: float = 100) -> int:
    """How much ink lies in a box of millimetres, in percent."""
    dots = image.width / across
    part = image.crop(tuple(int(side * dots) for side in box)).convert("L")  # type: ignore[arg-type]
    levels = part.histogram()
    return 100 * sum(levels[:128]) // max(1, sum(levels))


def path(data: str, more: str = "", box: str = "10 10 20 20", inner: str = "") -> str:
    drawing = f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData>"
    return f'<ofd:PathObject Boundary="{box}" {more}>{inner}{drawing}</ofd:PathObject>'


SQUARE = "M 0 0 L 20 0 L 20 20 L 0 20 C"


def test_an_invoice_is_drawn_works() -> None:
    kind, pages = opening.examine(ofds.invoice_ofd(INVOICE), "发票.ofd", 10**7)
    assert (kind, pages) == (FileKind.OFD, 1)
    page = drawn(ofds.invoice_ofd(INVOICE))
    assert (page.width, page.height) == (1240, 827)
    assert darkness(page, (65, 8, 115, 16), 210) > 5
    (found,) = qr.readings_of(page.convert("L"), 1)
    assert found.text(FieldName.NUMBER) == INVOICE.number


def test_a_path_is_stroked_and_filled_only_when_it_says_so() -> None:
    fill = '<ofd:FillColor Value="255 0 0"/>'
    page = drawn(ofd_of(path(SQUARE, 'LineWidth="2"', inner=fill)))
    assert (colour(page, 10, 20), colour(page, 20, 20)) == (BLACK, WHITE)
    page = drawn(ofd_of(path(SQUARE, 'Stroke="false" Fill="true"', inner=fill)))
    assert (colour(page, 9.5, 20), colour(page, 20, 20)) == (WHITE, RED)


def test_a_way_to_paint_hands_its_colours_down() -> None:
    page = drawn(ofd_of(path(SQUARE, 'DrawParam="5" Fill="true"')))
    assert (colour(page, 10, 20), colour(page, 20, 20)) == (BLUE, GREEN)


COLOURS = [
    ('Value="255"', WHITE), ('Value="#FF #0 #0"', RED), ('Value="x"', BLACK),
    ('Value="0 255 255 0" ColorSpace="3"', RED),
]  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), COLOURS)
def test_each_colour_space_is_known(value: str, wanted: tuple[int, int, int]) -> None:
    ground = path(SQUARE, 'Stroke="false" Fill="true"', inner='<ofd:FillColor Value="0 0 255"/>')
    over = path(SQUARE, 'Stroke="false" Fill="true"', inner=f"<ofd:FillColor {value}/>")
    assert colour(drawn(ofd_of(ground + over)), 20, 20) == wanted


def test_a_hole_stays_open_under_the_even_odd_rule() -> None:
    ring = SQUARE + " M 5 5 L 15 5 L 15 15 L 5 15 C"
    fill = '<ofd:FillColor Value="0 0 0"/>'
    page = drawn(ofd_of(path(ring, 'Stroke="false" Fill="true" Rule="Even-Odd"', inner=fill)))
    assert (colour(page, 12, 20), colour(page, 20, 20)) == (BLACK, WHITE)


def test_arcs_are_round() -> None:
    circle = "M 0 10 A 10 10 0 1 1 20 10 A 10 10 0 1 1 0 10 C"
    page = drawn(ofd_of(path(circle, 'Stroke="false" Fill="true"', inner='<ofd:FillColor Value="0 0 0"/>')))
    for x, y, wanted in ((20, 20, BLACK), (20, 11, BLACK), (29, 20, BLACK), (12, 12, WHITE), (28, 28, WHITE)):
        assert colour(page, x, y) == wanted, (x, y)


def test_a_clip_cuts_off() -> None:
    half = "<ofd:Path><ofd:AbbreviatedData>M 0 0 L 10 0 L 10 20 L 0 20 C</ofd:AbbreviatedData></ofd:Path>"
    clip = f"<ofd:Clips><ofd:Clip><ofd:Area>{half}</ofd:Area></ofd:Clip></ofd:Clips>"
    fill = '<ofd:FillColor Value="0 0 0"/>'
    page = drawn(ofd_of(path(SQUARE, 'Stroke="false" Fill="true"', inner=clip + fill)))
    assert (colour(page, 15, 20), colour(page, 25, 20)) == (BLACK, WHITE)


def test_a_matrix_turns_and_a_hidden_object_is_not_drawn() -> None:
    fill = '<ofd:FillColor Value="0 0 0"/>'
    page = drawn(ofd_of(path("M 0 0 L 20 0 L 20 4 L 0 4 C", 'Fill="true" CTM="0 1 -1 0 10 0"', inner=fill)))
    assert (colour(page, 18, 28), colour(page, 28, 12)) == (BLACK, WHITE)
    assert darkness(drawn(ofd_of(path(SQUARE, 'Visible="false"'))), (0, 0, 100, 80)) == 0


def text(words: str, more: str = "") -> str:
    return (
        f'<ofd:TextObject Boundary="10 10 80 20" Font="6" Size="8" {more}>'
        f'<ofd:TextCode X="0" Y="8" DeltaX="g 9 8">{words}</ofd:TextCode></ofd:TextObject>'
    )


def test_text_stands_at_its_places_and_may_be_bold_and_red() -> None:
    plain, bold = (drawn(ofd_of(text("凭证齐全", more))) for more in ("", 'Weight="700"'))
    assert darkness(plain, (10, 10, 42, 20)) > 5
    assert darkness(plain, (43, 10, 90, 20)) == 0
    assert darkness(bold, (10, 10, 42, 20)) > darkness(plain, (10, 10, 42, 20))
    fill, one = '<ofd:FillColor Value="255 0 0"/>', '<ofd:TextCode X="0" Y="40">一</ofd:TextCode>'
    red = drawn(ofd_of(f'<ofd:TextObject Boundary="10 10 80 20" Size="40">{fill}{one}</ofd:TextObject>'))
    assert {colour(red, 30, y) for y in range(20, 50)} >= {RED, WHITE}


def test_a_template_lies_behind_and_an_annotation_before() -> None:
    fill = '<ofd:FillColor Value="{}"/>'
    solid = 'Stroke="false" Fill="true"'
    behind, page, before = (path(SQUARE, solid, inner=fill.format(c)) for c in ("255 0 0", "0 255 0", "0 0 255"))
    assert colour(drawn(ofd_of("", template=behind)), 20, 20) == RED
    assert colour(drawn(ofd_of(page, template=behind)), 20, 20) == GREEN
    assert colour(drawn(ofd_of(page, template=behind, annotation=before)), 20, 20) == BLUE


def test_a_seal_is_stamped_on_and_lets_through_what_is_under_it() -> None:
    under = path(SQUARE, 'Stroke="false" Fill="true"', box="65 50 20 20", inner='<ofd:FillColor Value="0 0 255"/>')
    page = drawn(ofd_of(under, seal=signed("png", a_red_ring())))
    assert colour(page, 75, 51.5) == RED
    assert colour(page, 75, 60) == BLUE
    assert colour(page, 58, 60) == WHITE


def test_a_seal_drawn_as_an_ofd_is_stamped_on() -> None:
    ring = "M 10 40 A 40 30 0 1 1 90 40 A 40 30 0 1 1 10 40 C"
    own = ofd_of(path(ring, 'LineWidth="8"', box="0 0 100 80", inner='<ofd:StrokeColor Value="255 0 0"/>'))
    page = drawn(ofd_of("", seal=signed("ofd", own)))
    assert colour(page, 60 + 30 * 0.1, 60) == RED
    assert colour(page, 75, 60) == WHITE


def test_a_seal_that_is_none_is_left_out() -> None:
    torn = (b"", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80\0\0")
    for broken in (*torn, signed("png", b"no picture"), signed("ofd", b"PK\x03\x04")):
        assert darkness(drawn(ofd_of(text("凭证"), seal=broken)), (10, 10, 40, 20)) > 1
    assert picture_of(signed("png", b"x")) == b"x"
    assert picture_of(b"\x30" * 3000) == b""


def test_what_refers_to_itself_ends() -> None:
    loops = '<ofd:CompositeObject ResourceID="9" Boundary="0 0 10 10"/>' * 3
    assert darkness(drawn(ofd_of(loops + path("A 1 B X C C Q 1", 'DrawParam="4"'))), (0, 0, 100, 80)) == 0


def test_a_damaged_document_is_kept_and_has_no_pages() -> None:
    broken = ofds.invoice_ofd(INVOICE, code=False)
    at = broken.find(b"Document.xml") + 40
    with pytest.raises(Refused):
        next(iter(opening.pages(broken[:at] + b"\0" * 40 + broken[at + 40 :], FileKind.OFD, 1)))


def test_what_was_read_lies_where_it_is_drawn() -> None:
    data = ofds.invoice_ofd(INVOICE, tags=False, code=False)
    field = read(data, FileKind.OFD).find(FieldName.TOTAL)
    assert field is not None
    assert field.box is not None
    page = drawn(data)
    part = page.crop((
        field.box.left * page.width // 1000, field.box.top * page.height // 1000,
        field.box.right * page.width // 1000, field.box.bottom * page.height // 1000,
    ))  # fmt: skip
    assert min(part.convert("L").tobytes()) < 100
