"""What does not fit on an invoice is said in a sentence, and only that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.money import Money
from vouchers.readers.checks import Claim, doubts
from vouchers.readers.rules import Field, FieldName, Item, Reading, Source, Value

GOOD: dict[str, Value] = {
    "number": "26660487647593824219",
    "date": date(2026, 5, 18),
    "seller": "青山县宏达办公家具有限公司",
    "seller_tax_number": "91330106MA7GAL1299",
    "buyer": "青山县第三实验小学",
    "buyer_tax_number": "12330106470101234X",
    "net": Money(10000),
    "tax": Money(1300),
    "total": Money(11300),
}
CLAIM = Claim(
    unit_names=("青山县第三实验小学", "青山三小"),
    unit_tax_numbers=("12330106470101234X",),
    drawn=Money(11300),
    fiscal_year=2026,
    payees=("青山县宏达办公家具有限公司",),
    number="26660487647593824219",
    total=Money(11300),
)


def reading(*items: Item, **other: Value) -> Reading:
    values = GOOD | other
    return Reading(tuple(Field(FieldName(n), v, 99, Source.XML) for n, v in values.items()), tuple(items))


def test_a_good_invoice_raises_no_doubt() -> None:
    rows = (Item("课桌", net=Money(6000), tax=Money(780)), Item("椅", net=Money(4000), tax=Money(521)))
    assert doubts(reading(*rows), CLAIM) == []  # a fen for rounding in a row is usual
    assert doubts(reading(buyer="青山三小"), CLAIM) == []


def test_what_is_not_known_is_not_doubted() -> None:
    assert doubts(Reading(), CLAIM) == []
    assert doubts(reading(), Claim()) == []


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"buyer": "青山县教育局"}, "购买方“青山县教育局”不是本单位“青山县第三实验小学”。"),
        ({"buyer_tax_number": "11330106470101999X"}, "购买方税号 11330106470101999X 不是本单位的 12330106470101234X。"),
        ({"date": date(2025, 12, 31)}, "开票日期 2025-12-31 不在 2026 年度内，请说明原因。"),
        ({"void": "作废"}, "发票上有“作废”字样，不能作为支出凭证。"),
        ({"red": "被红冲蓝字"}, "这是红字发票，冲销的是另一张发票，不能作为支出凭证。"),
        (
            {"seller": "远山公司"},
            "销售方“远山公司”与收款人“青山县宏达办公家具有限公司”不是同一名称。",
        ),
        ({"tax": Money(1200)}, "金额 100.00 元加税额 12.00 元应为 112.00 元，发票上的价税合计是 113.00 元。"),
    ],
)
def test_each_doubt_has_its_sentence(other: dict[str, Value], sentence: str) -> None:
    assert doubts(reading(**other), CLAIM) == [sentence]


def test_an_invoice_below_the_draw() -> None:
    sentence = "发票价税合计 113.00 元，小于本次使用的 120.00 元，差 7.00 元。"
    assert doubts(reading(), replace(CLAIM, drawn=Money(12000))) == [sentence]


def test_a_red_invoice_is_known_by_its_amounts_and_not_called_too_small() -> None:
    red = reading(net=Money(-10000), tax=Money(-1300), total=Money(-11300))
    assert doubts(red, replace(CLAIM, total=None)) == ["这是红字发票，冲销的是另一张发票，不能作为支出凭证。"]


def test_each_payee_of_its_lines_is_compared() -> None:
    claim = replace(CLAIM, payees=("青山县宏达办公家具有限公司", "甲公司", "甲公司", "乙公司"))
    assert [sentence.split("收款人")[1] for sentence in doubts(reading(), claim)] == [
        "“甲公司”不是同一名称。",
        "“乙公司”不是同一名称。",
    ]


def test_what_was_registered_otherwise_is_said() -> None:
    assert doubts(reading(), replace(CLAIM, number="26660487647593824210", total=Money(11000))) == [
        "登记的号码 26660487647593824210 与识别的发票号码 26660487647593824219 不一致。",
        "登记的票面金额 110.00 元与识别的价税合计 113.00 元不一致。",
    ]


def test_a_unit_that_sold_to_itself() -> None:
    own = reading(seller="青山县第三实验小学")
    assert doubts(own, replace(CLAIM, payees=("",))) == ["销售方与购买方都是“青山县第三实验小学”。"]


def test_rows_that_do_not_add_up() -> None:
    short = Item("课桌", net=Money(9900), tax=Money(1300))
    assert doubts(reading(short), CLAIM) == ["各行金额相加为 99.00 元，发票上的合计是 100.00 元。"]
    assert doubts(reading(short, Item("折扣行")), CLAIM) == []  # a row that could not be read says nothing
