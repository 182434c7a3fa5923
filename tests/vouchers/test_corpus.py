"""The upload corpus: every hostile file comes to its verdict, is drawn harmlessly and breaks no reader."""

from __future__ import annotations

import itertools
from io import BytesIO

import pytest
from PIL import Image

from core.errors import Refused
from core.files import FileKind
from tests.vouchers.hostile.cases import Case
from tests.vouchers.hostile.layouts import layouts
from tests.vouchers.hostile.packages import packages
from tests.vouchers.hostile.pdfs import pdfs
from tests.vouchers.hostile.pictures import pictures
from tests.vouchers.hostile.texts import texts
from vouchers.papers import opening

LIMIT = 50 * 1024 * 1024
CORPUS = {case.title: case for case in itertools.chain(layouts(), packages(), pdfs(), pictures(), texts())}


def verdict(case: Case) -> str:
    """What becomes of the file, in the words of `expected`."""
    try:
        kind, count = opening.examine(case.data, "凭证.bin", LIMIT)
    except Refused as refusal:
        return str(refusal)
    shown = 0
    try:
        for drawn in opening.pages(case.data, kind, count):
            shown += 1
            with Image.open(BytesIO(drawn.page.webp), formats=["WEBP"]) as page:
                assert page.size == (drawn.page.width, drawn.page.height)
                assert page.width <= 1240
                assert page.height <= 3508
    except Refused as refusal:
        return f"{kind}, {shown} drawn, {refusal}"
    return f"{kind}, {shown} drawn"


@pytest.mark.parametrize("title", CORPUS)
def test_each_file_comes_to_its_verdict(title: str) -> None:
    case = CORPUS[title]
    found = verdict(case)
    if case.refused:
        assert found.startswith("“凭证.bin”"), found
        assert found.endswith("。")
        assert case.refused in found
    elif case.undrawn:
        assert found.startswith(f"{case.kind}, 0 drawn, {case.undrawn}")
    else:
        assert found == f"{case.kind}, {case.drawn} drawn"


# Which reader would open a file that begins so, were it let in; all of them meet what begins like none.
READERS = {
    b"%PDF": FileKind.PDF, b"PK": FileKind.OFD, b"<": FileKind.XML, b"\x89PNG": FileKind.PNG,
    b"\xff\xd8": FileKind.JPEG, b"II": FileKind.TIFF, b"MM": FileKind.TIFF, b"BM": FileKind.BMP, b"RIFF": FileKind.WEBP,
}  # fmt: skip


@pytest.mark.parametrize("title", CORPUS)
def test_no_file_breaks_a_reader(title: str) -> None:
    """Whatever it is, and were it let in: the paper stays readable, with a sentence where nothing was read."""
    data = CORPUS[title].data
    meant = [kind for magic, kind in READERS.items() if data.startswith(magic)]
    for kind in meant or READERS.values():
        found = opening.reading_of(data, kind)
        assert found or all(note.endswith("。") for note in found.notes), kind
        assert found or found.notes, kind


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60
