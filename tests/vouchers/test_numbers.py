"""When two numbers are one invoice."""

from __future__ import annotations

import pytest

from core.money import Money
from vouchers.papers.numbers import is_spent, number_key

DIGITAL = "26332000000012345678"


@pytest.mark.parametrize(
    ("number", "code", "key"),
    [
        (DIGITAL, "", DIGITAL),
        ("2633 2000 0000 1234 5678", "", DIGITAL),
        ("２６３３２０００００００１２３４５６７８", "", DIGITAL),
        ("12345678", "033002300111", "03300230011112345678"),
        ("033002300111 12345678", "", "03300230011112345678"),
        ("№12345678", "3300231130", "330023113012345678"),
    ],
)
def test_a_number_is_the_same_however_it_is_written_works(number: str, code: str, key: str) -> None:
    assert number_key(number, code) == key


@pytest.mark.parametrize(("number", "code"), [("12345678", ""), ("12345678", "33"), ("HT-2026-001", ""), ("", "0330")])
def test_a_number_that_others_may_have_is_no_key(number: str, code: str) -> None:
    assert number_key(number, code) == ""


def test_a_file_serves_once_when_money_is_proven_by_it() -> None:
    assert is_spent("11", None)
    assert is_spent("14", Money.yuan(10))
    assert not is_spent("16", None)  # minutes go with the plans of many units
