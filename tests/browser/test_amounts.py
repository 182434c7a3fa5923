"""The page's script and the server read and write amounts alike, to the fen and to the word."""

from __future__ import annotations

import random
from typing import Final

import pytest
from playwright.sync_api import Page

from core.errors import Refused
from core.money import Money

pytestmark = pytest.mark.browser

AMOUNTS: Final = (
    "0", "1", "12.3", "12.30", "12.345", "1.2300", "1,234", "1,234.50", "12,34", ",1", "1,,2", "1,234,567.89", "￥88",
    "¥ 88.8", "８８．８", "１，２３４．５", "1。5", "100元", "100元元", "元", "(12)", "（12.5）", "((1))", "-3", "−3",
    "+3", "--3", "(-3)", "1.", ".5", "1e3", "abc", "12a", "1 234", "　7　", "007", "-0", "1000000000000",
    "1000000000000.01", "99999999999999999999", "0.001", "0.00000001",
)  # fmt: skip


def python_reads(text: str, unit: str) -> int | str:
    try:
        return Money.parse(text, unit).fen
    except Refused as refusal:
        return str(refusal)


@pytest.mark.parametrize("unit", ["元", "万元"])
def test_script_and_server_read_the_same_amounts(page: Page, unit: str) -> None:
    one = "t => { const r = yk.money.read(t, unit); return 'fen' in r ? r.fen : r.error; }"
    ask = f"([texts, unit]) => texts.map({one})"
    read = page.evaluate(ask, [list(AMOUNTS), unit])
    assert dict(zip(AMOUNTS, read, strict=True)) == {text: python_reads(text, unit) for text in AMOUNTS}


def test_script_and_server_write_the_same_words_and_figures(page: Page) -> None:
    chance = random.Random(20261125)  # noqa: S311  a fixed sample
    known = [0, 1, 5, 10, 15, 100, 105, 110, 10_005, 10_000_000, 1_000_000_005, 10_000_000_000, 10**14, -1234]
    fen = known + [chance.randrange(10 ** chance.randrange(1, 15)) for _ in range(400)]
    said = page.evaluate("all => all.map(f => [yk.money.text(f), yk.capitals(f)])", fen)
    assert said == [[str(Money(f)), Money(f).capitals] for f in fen]
