"""A page that lies askew, on its side or upside down is read as if it were straight, and its places are true."""

from __future__ import annotations

import math
from functools import cache

import pytest
from PIL import Image

from core.pdfs import open_pdf
from tests.vouchers.corpus.forms import FORMS, House
from tests.vouchers.corpus.pdfs import form_pdfs
from vouchers.readers import ocr
from vouchers.readers.layout import lines_of
from vouchers.readers.pdf import _sheet
from vouchers.readers.rules import Box, FieldName, Reading, same
from vouchers.readers.upright import Corners, Frame, Point, frame_of

WIDE, HIGH = 1654, 1103
FORM = FORMS["电子普票"](1, House())


@cache
def straight() -> list[ocr.Words]:
    """The words of an invoice as an engine finds them on a straight scan."""
    (pdf,) = form_pdfs([FORM.page])
    with open_pdf(pdf) as document:
        page = document[0]
        sheet = _sheet(page, 1)
        page.close()
    assert sheet is not None
    words = []
    for line in lines_of(sheet):
        for start, piece in line.pieces():
            box = line.box(start, start + len(piece))
            assert box is not None
            across, down = [side * WIDE // 1000 for side in (box.left, box.right)], (box.top, box.bottom)
            top, bottom = (side * HIGH // 1000 for side in down)
            words.append(ocr.Words(piece, across[0], top, across[1], bottom, 99))
    return words


def laid(frame: Frame) -> tuple[list[ocr.Words], tuple[int, int]]:
    """The words where they are on a picture whose page lies so; an engine begins with the upper left corner of each."""
    lying = []
    for words in straight():
        corners = sorted(
            (frame.back(corner) for corner in words.corners), key=lambda at: math.atan2(*_from(words, at, frame))
        )
        first = min(range(4), key=lambda at: corners[at][0] + corners[at][1])
        turned = corners[first:] + corners[:first]
        lying.append(ocr.Words(words.text, *ocr._sides(turned), 99, (turned[0], turned[1], turned[2], turned[3])))
    return lying, (frame.width, frame.height)


def _from(words: ocr.Words, at: Point, frame: Frame) -> Point:
    centre = frame.back(((words.left + words.right) / 2, (words.top + words.bottom) / 2))
    return centre[0] - at[0], at[1] - centre[1]


def reading_of(frame: Frame) -> Reading:
    lying, size = laid(frame)
    return ocr.reading_of(Image.new("L", size), 1, engine=lambda _image: lying)


LYING = {
    "straight": Frame(WIDE, HIGH),
    "on its left side": Frame(HIGH, WIDE, 1),
    "upside down": Frame(WIDE, HIGH, 2),
    "on its right side": Frame(HIGH, WIDE, 3),
    "askew": Frame(WIDE, HIGH, 0, math.radians(4)),
    "askew the other way": Frame(WIDE, HIGH, 0, math.radians(-2)),
    "upside down and askew": Frame(WIDE, HIGH, 2, math.radians(3)),
    "on its side and askew": Frame(HIGH, WIDE, 1, math.radians(-3)),
}


@pytest.mark.parametrize("name", LYING)
def test_a_page_is_read_however_it_lies(name: str) -> None:
    frame = LYING[name].in_sight()
    reading = reading_of(frame)
    for field, value in FORM.values.items():
        found = reading.find(field)
        assert found is not None, field.label
        assert same(found.value, value)


@pytest.mark.parametrize("name", LYING)
def test_a_place_is_given_on_the_picture_and_not_on_the_straightened_page(name: str) -> None:
    frame = LYING[name].in_sight()
    number = reading_of(frame).find(FieldName.NUMBER)
    assert number is not None
    assert number.box is not None
    printed = next(words for words in straight() if str(FORM.values[FieldName.NUMBER]) in words.text)
    centre = frame.back((printed.right - (printed.right - printed.left) / 4, (printed.top + printed.bottom) / 2))
    assert _holds(number.box, centre, frame)


def _holds(box: Box, at: Point, frame: Frame) -> bool:
    across, down = at[0] * 1000 / frame.width, at[1] * 1000 / frame.height
    return box.left <= across <= box.right and box.top <= down <= box.bottom


def test_there_and_back_is_the_same_place() -> None:
    for frame in LYING.values():
        x, y = frame.in_sight().back(frame.in_sight().there((123.0, 456.0)))
        assert (round(x, 6), round(y, 6)) == (123.0, 456.0)


def test_a_page_without_long_words_is_taken_as_it_is() -> None:
    corners: Corners = ((0, 0), (10, 0), (10, 30), (0, 30))
    assert frame_of([("甲", corners)], 100, 200) == Frame(100, 200)
    assert frame_of([], 100, 200) == Frame(100, 200)
