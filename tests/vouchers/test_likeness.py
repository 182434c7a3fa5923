"""Papers photographed again are found among those of the same seller, and the others stay apart.

A small sample; `./run bench likeness` measures all of it (docs/performance.md).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from core.jail import MEGABYTE, ROOMY, Limits
from tests.vouchers.corpus import pdfs, sellers
from tests.vouchers.corpus.telephones import photographed
from vouchers.likeness.aligning import Page
from vouchers.likeness.comparing import Likeness, compare
from vouchers.likeness.marks import BYTES, marks, nearest
from vouchers.likeness.pictures import NoPicture, grey, opened

SEEDS = range(3)


@cache
def pages() -> tuple[bytes, ...]:
    """Four invoices and two receipts; the first and the fourth invoice differ in number, date and codes only."""
    invoices = sellers.drawn(pdfs.invoice_pdf(*sellers.invoices(4, 1, digital=True)))
    return (*invoices, *sellers.drawn(sellers.receipts(2, 1)))


@cache
def page(number: int) -> Page:
    return Page(grey(opened(pages()[number])))


@cache
def photo(number: int, seed: int) -> bytes:
    return photographed(pages()[number], seed)


def taken(number: int, seed: int) -> Page:
    return Page(grey(opened(photo(number, seed))))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_photographed_again_is_found_works(seed: int) -> None:
    found = compare(taken(0, seed), page(0))
    assert found.same
    assert found.apart < 0.1  # far from the limit


@pytest.mark.parametrize(("one", "other"), [(0, 3), (0, 1), (4, 5)])
def test_another_of_the_same_seller_stays_apart(one: int, other: int) -> None:
    for seen in (page(one), taken(one, one)):
        found = compare(seen, page(other))
        assert not found.same
        assert found.apart > 0.18


def test_papers_of_different_forms_have_nothing_in_common() -> None:
    assert not compare(page(0), page(4)).same


def test_a_corner_of_a_page_is_no_match() -> None:
    """Too little print to tell."""
    cut = Page(page(0).grey[:70, :160])
    assert not compare(cut, page(0)).same
    assert not Likeness(500, 59, 0.0, 0.0).same


def test_a_page_whose_print_is_gone_is_no_match() -> None:
    assert not Likeness(500, 900, 0.2, 0.05).same


def test_an_empty_page_has_no_mark() -> None:
    white = np.full((300, 200, 3), 255, np.uint8)
    assert marks(_png(white), {})[1] == b""


def test_what_is_no_picture_is_said() -> None:
    with pytest.raises(NoPicture):
        opened(b"nothing")


def test_the_mark_finds_its_form_however_it_was_held() -> None:
    known = np.frombuffer(b"".join(marks(one, {})[1][:BYTES] for one in pages()), np.uint64).reshape(6, -1)
    for number, seed in ((0, 0), (0, 1), (0, 2), (4, 4)):
        near = nearest(marks(photo(number, seed), {})[1], known, 4)
        assert number in [row for row, _ in near]
        assert near == sorted(near, key=lambda one: one[1])


def test_the_jail_compares_a_page_with_its_candidates() -> None:
    parts = [photo(0, 1), pages()[3], pages()[0], b"nothing", pages()[4]]
    sizes, limits = {"sizes": [len(one) for one in parts]}, Limits(memory=1024 * MEGABYTE)
    said, _ = ROOMY.call("vouchers.likeness.comparing:same_among", b"".join(parts), sizes, limits)
    assert [place for place, _ in said["same"]] == [1]


def _png(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())
