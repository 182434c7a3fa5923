"""The text of the QR codes of Chinese invoices, in all its versions."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.money import Money
from vouchers.readers.qr_text import KINDS, reading_of
from vouchers.readers.rules import FieldName, Reading, Value


def values(reading: Reading) -> dict[FieldName, Value]:
    return {field.name: field.value for field in reading.fields}


@pytest.mark.parametrize(
    ("text", "net", "day"),
    [
        ("01,10,011001605111,80100798,64.9,20161018,85342965681116380258,", 6490, date(2016, 10, 18)),
        ("01,01,1200154130,03630024,94339.62,20160621,,9335,", 9433962, date(2016, 6, 21)),
        ("01,04,4200161350,00015045,165106.00,20160501,48114255542168294433,DBFE,", 16510600, date(2016, 5, 1)),
    ],
)
def test_the_older_codes_hold_the_amount_before_tax(text: str, net: int, day: date) -> None:
    _, kind, code, number, *_ = text.split(",")
    assert values(reading_of(text)) == {
        FieldName.KIND: KINDS[kind],
        FieldName.CODE: code,
        FieldName.NUMBER: number,
        FieldName.NET: Money(net),
        FieldName.DATE: day,
    }


@pytest.mark.parametrize("kind", ["31", "32", "51", "61"])
def test_the_digital_codes_hold_the_total(kind: str) -> None:
    assert values(reading_of(f"01,{kind},,25442000000012341234,666.00,20250208,,A6A1")) == {
        FieldName.KIND: KINDS[kind],
        FieldName.NUMBER: "25442000000012341234",
        FieldName.TOTAL: Money(66600),
        FieldName.DATE: date(2025, 2, 8),
    }


def test_an_unknown_kind_leaves_only_the_kind_out() -> None:
    assert FieldName.KIND not in values(reading_of("01,99,,25442000000012341234,666.00,20250208,,A6A1"))


def test_a_negative_amount_is_a_red_invoice() -> None:
    assert reading_of("01,32,,25442000000012341234,-666.00,20250208,,A6A1").is_red
    assert not reading_of("01,32,,25442000000012341234,666.00,20250208,,A6A1").is_red


def test_the_links_of_shenzhen_hold_the_total_in_fen() -> None:
    link = "https://bcfp.shenzhen.chinatax.gov.cn/verify/scan?hash=0195&bill_num=30532037&total_amount=7200"
    assert values(reading_of(link)) == {
        FieldName.KIND: "区块链电子普通发票",
        FieldName.NUMBER: "30532037",
        FieldName.TOTAL: Money(7200),
    }
    assert reading_of(link.replace("7200", "9" * 15)).money(FieldName.TOTAL) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01,32",
        "02,32,,25442000000012341234,666.00,20250208,,A6A1",
        "01,ab,,25442000000012341234,666.00,20250208,,A6A1",
        "01,32,,123,666.00,20250208,,A6A1",
        "https://example.com/pay?bill_num=30532037&total_amount=7200",
        "https://chinatax.gov.cn.example.com/?bill_num=30532037",
        "https://bcfp.shenzhen.chinatax.gov.cn/verify/scan?hash=0",
        "http://[",
        "wxp://f2f0abcdef",
    ],
)
def test_other_codes_are_not_taken_for_invoices(text: str) -> None:
    assert not reading_of(text)


@given(some.text(max_size=80) | some.text("01,23.-9", max_size=60).map("01,32,".__add__))
def test_no_text_raises(text: str) -> None:
    reading_of(text)
