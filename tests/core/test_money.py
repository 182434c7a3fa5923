"""Money: what is read exactly, what is refused, what it says in capitals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.money import LARGEST_FEN, ZERO, Money

amounts = st.builds(Money, st.integers(-LARGEST_FEN, LARGEST_FEN))
DIGITS = "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0), ("1", 100), ("1.5", 150), ("1.05", 105), ("1.050", 105), ("-3.20", -320), ("+7", 700),
        ("1,234,567.89", 123456789), ("１，２３４．５", 123450), ("￥12元", 1200), ("(12)", -1200), ("（12）", -1200),
        (" 1 234 ", 123400), ("12。5", 1250), ("−1", -100), ("000.10", 10), ("1000000000000", LARGEST_FEN),
    ],
)  # fmt: skip
def test_reading_works(text: str, fen: int) -> None:
    assert Money.parse(text) == Money(fen)


@pytest.mark.parametrize("text", ["1.005", "0.001", "-1.234", "1,000.005"])
def test_a_third_decimal_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="超过两位小数"):
        Money.parse(text)


@pytest.mark.parametrize("text", ["1." + "0" * 34 + "1", "999999999999.999999999999999999999"])
def test_a_very_late_decimal_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Money.parse(text)


@pytest.mark.parametrize("text", ["", " ", "十元", "1e5", "12,34", "1,2345", "1.2.3", "--1", ".5", "1.", "NaN", "0x1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="不是有效的金额"):
        Money.parse(text)


def test_too_large_is_refused() -> None:
    with pytest.raises(Refused, match="过大"):
        Money.parse("1000000000000.01")


def test_ten_thousands_count_only_where_declared() -> None:
    assert Money.parse("1.2345", "万元") == Money.parse("12345")
    with pytest.raises(Refused):
        Money.parse("1.2345678", "万元")
    with pytest.raises(Refused):
        Money.parse("1万元")


@given(amounts)
def test_what_is_shown_is_read_back(amount: Money) -> None:
    assert Money.parse(str(amount)) == Money.parse(amount.plain) == amount
    assert Money.yuan(amount.decimal) == amount


@given(st.lists(amounts))
def test_a_total_is_exact_in_any_order(several: list[Money]) -> None:
    total = Money.total(several)
    assert total == Money.total(reversed(several))
    assert total.decimal == sum((amount.decimal for amount in several), Decimal(0))


@given(amounts, amounts)
def test_adding_and_taking_away_cancel(one: Money, other: Money) -> None:
    assert one + other - other == one
    assert one - one == ZERO
    assert (one < other) == (one.decimal < other.decimal)


@given(amounts)
def test_a_minus_is_said_first(amount: Money) -> None:
    if amount.fen > 0:
        assert (-amount).capitals == "负" + amount.capitals


@given(st.integers(0, LARGEST_FEN))
def test_capitals_are_well_formed(fen: int) -> None:
    said = Money(fen).capitals
    assert "零零" not in said
    assert said.endswith(("整", "分"))
    assert said.endswith("分") == bool(fen % 10)


@given(st.integers(0, LARGEST_FEN))
def test_capitals_lose_nothing(fen: int) -> None:
    assert fen_of(Money(fen).capitals) == fen


def fen_of(said: str) -> int:
    """Read capitals back, the slow way."""
    whole, _, part = said.rpartition("元") if "元" in said else ("", "", said)
    fen = digit = 0
    for character in part:
        if character in DIGITS:
            digit = DIGITS.index(character)
        fen += digit * {"角": 10, "分": 1}.get(character, 0)
    return whole_of(whole) * 100 + fen


def whole_of(said: str) -> int:
    """Whole yuan from capitals: 万亿 first, so that its 亿 is not taken for the next group's."""
    total = group = digit = 0
    for character in said.replace("万亿", "兆"):
        if character in DIGITS:
            digit = DIGITS.index(character)
        elif character in "拾佰仟":
            group, digit = group + digit * {"拾": 10, "佰": 100, "仟": 1000}[character], 0
        else:
            total += (group + digit) * {"兆": 10**12, "亿": 10**8, "万": 10**4}[character]
            group = digit = 0
    return total + group + digit


@pytest.mark.parametrize(
    ("yuan", "said"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("0.50", "伍角整"), ("0.55", "伍角伍分"), ("10", "壹拾元整"),
        ("100.05", "壹佰元零伍分"), ("110", "壹佰壹拾元整"), ("325.04", "叁佰贰拾伍元零肆分"),
        ("1005", "壹仟零伍元整"), ("1409.50", "壹仟肆佰零玖元伍角整"), ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"), ("10000", "壹万元整"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("100000", "壹拾万元整"), ("1005000", "壹佰万伍仟元整"), ("1000005", "壹佰万零伍元整"),
        ("10050000.01", "壹仟零伍万元零壹分"), ("100000001", "壹亿零壹元整"), ("100010000", "壹亿零壹万元整"),
        ("100100100", "壹亿零壹拾万零壹佰元整"), ("120000034", "壹亿贰仟万零叁拾肆元整"),
        ("1231480374.80", "壹拾贰亿叁仟壹佰肆拾捌万零叁佰柒拾肆元捌角整"), ("1000000010", "壹拾亿零壹拾元整"),
        ("1000000000000", "壹万亿元整"), ("-3.2", "负叁元贰角整"),
    ],
)  # fmt: skip
def test_known_capitals(yuan: str, said: str) -> None:
    assert Money.yuan(yuan).capitals == said
