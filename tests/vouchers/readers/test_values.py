"""Written values are read strictly or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.money import LARGEST_FEN, Money
from vouchers.readers.rules import FieldName, Source
from vouchers.readers.values import (
    capital_money,
    code_in,
    day_in,
    field_of,
    money_in,
    name_in,
    number_in,
    tax_number_in,
)


@given(some.integers(1, LARGEST_FEN))
def test_what_we_write_in_capitals_we_read_again(fen: int) -> None:
    assert capital_money(Money(fen).capitals) == Money(fen)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("⊗壹万零伍拾圆整", 1_005_000), ("（负数）壹佰元零伍分", -10_005), ("伍角", 50), ("壹佰贰拾叁圆肆角伍分", 12_345)],
)
def test_capitals_as_invoices_print_them(text: str, fen: int) -> None:
    assert capital_money(text) == Money(fen)


@pytest.mark.parametrize("text", ["", "整", "一百元", "壹佰", "壹佰元整。", "仟仟亿亿亿亿元" * 6])
def test_what_is_no_amount_in_capitals(text: str) -> None:
    assert capital_money(text) is None


def test_an_amount_beyond_all_budgets_is_none() -> None:
    assert capital_money("玖仟亿亿元整") is None


@pytest.mark.parametrize("text", ["2026年3月4日", "2026 年 03 月 04 日", "20260304", "2026-03-04 09:30:12", "2026/3/4"])
def test_days_in_every_spelling(text: str) -> None:
    assert day_in(text) == date(2026, 3, 4)


@pytest.mark.parametrize("text", ["", "2026年13月1日", "20260230", "0001-01-01", "3026-01-01", "三月"])
def test_what_is_no_day(text: str) -> None:
    assert day_in(text) is None


def test_names_numbers_and_codes() -> None:
    assert name_in(" ⾦⼭ 有限 公司(北京) ") == "金山有限公司（北京）"
    assert name_in("Acme  Trading Ltd") == "Acme Trading Ltd"
    assert [name_in(text) for text in ("", "购", "长" * 101)] == ["", "", ""]
    assert number_in("2666 0487 6475 9382 4219") == "26660487647593824219"
    assert [number_in("1234567"), number_in("１２３４５６７８")] == ["", "12345678"]
    assert [code_in("033001900111"), code_in("0330")] == ["033001900111", ""]
    assert [tax_number_in("91330106ma7gal1299"), tax_number_in("电话")] == ["91330106MA7GAL1299", ""]


def test_amounts_with_more_than_two_decimals_are_prices() -> None:
    assert money_in("¥ 1,234.50") == Money(123450)
    assert money_in("3.141592") is None


def test_a_field_of_a_wrong_value_is_none() -> None:
    assert field_of(FieldName.TOTAL, "很多", Source.PDF, 90) is None
    assert field_of(FieldName.NUMBER, "", Source.PDF, 90) is None
    found = field_of(FieldName.TOTAL, "0.00", Source.PDF, 90)
    assert found is not None
    assert found.value == Money(0)
