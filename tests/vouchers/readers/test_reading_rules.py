"""What several sources say becomes one reading: the most trusted speaks, agreement makes sure, dispute is told."""

from __future__ import annotations

from datetime import date

import pytest

from core.money import Money
from vouchers.readers.rules import Box, Field, FieldName, Item, Reading, Source, merged, only, plain, same, shown

NUMBER = "26660487647593824219"
HERE, THERE = Box(10, 10, 90, 20), Box(700, 50, 950, 80)


def said(source: Source, page: int = 0, box: Box | None = None, **values: str | date | Money) -> Reading:
    confidence = {Source.XML: 99, Source.QR: 97}.get(source, 90)
    return Reading(tuple(Field(FieldName(n), v, confidence, source, page, box) for n, v in values.items()))


def test_the_most_trusted_source_speaks_and_agreement_makes_it_surer() -> None:
    code = said(Source.QR, 1, HERE, number=NUMBER, total=Money(11300))
    words = said(Source.PDF, 1, THERE, number=NUMBER, total=Money(11300), seller="远山公司")
    reading = merged([words, code])
    number, seller = reading.find(FieldName.NUMBER), reading.find(FieldName.SELLER)
    assert number is not None
    assert seller is not None
    assert (number.source, number.confidence, number.box) == (Source.QR, 99, THERE)
    assert (seller.source, seller.confidence) == (Source.PDF, 90)
    assert reading.money(FieldName.TOTAL) == Money(11300)
    assert reading.notes == ()


def test_data_without_a_place_borrows_that_of_the_words() -> None:
    reading = merged([said(Source.XML, number=NUMBER), said(Source.OFD, 2, THERE, number=NUMBER)])
    number = reading.find(FieldName.NUMBER)
    assert number is not None
    assert (number.source, number.page, number.box) == (Source.XML, 2, THERE)


def test_a_dispute_is_told_and_makes_the_value_unsure() -> None:
    code = said(Source.QR, number=NUMBER, total=Money(100))
    reading = merged([code, said(Source.PDF, number=NUMBER, total=Money(900))])
    total = reading.find(FieldName.TOTAL)
    assert total is not None
    assert (total.value, total.confidence) == (Money(100), 50)
    assert reading.notes == ("价税合计读到的结果不一致：二维码为“1.00”，PDF 文字为“9.00”，请看原件核对。",)


def test_names_of_kinds_are_never_in_dispute() -> None:
    code = said(Source.QR, number=NUMBER, kind="电子发票")
    reading = merged([code, said(Source.PDF, number=NUMBER, kind="普通发票")])
    assert reading.text(FieldName.KIND) == "电子发票"
    assert reading.notes == ()


def test_a_page_and_its_code_that_name_two_numbers_are_in_dispute() -> None:
    reading = merged([said(Source.QR, 1, number=NUMBER), said(Source.OCR, 1, number=NUMBER[:8], seller="远山公司")])
    assert reading.text(FieldName.SELLER) == "远山公司"
    assert reading.others == ()
    assert reading.notes[0].startswith("发票号码读到的结果不一致：二维码为")


def test_two_codes_on_one_page_are_two_invoices() -> None:
    reading = merged([said(Source.QR, 1, number=NUMBER), said(Source.QR, 1, number="12345678", total=Money(5))])
    assert reading.others == ("12345678",)
    assert reading.money(FieldName.TOTAL) is None


def test_another_invoice_in_the_file_is_counted_and_never_mixed_in() -> None:
    other = "26660487647593824999"
    reading = merged([said(Source.PDF, 1, number=NUMBER), said(Source.QR, 2, number=other, total=Money(500))])
    assert reading.text(FieldName.NUMBER) == NUMBER
    assert reading.money(FieldName.TOTAL) is None
    assert reading.others == (other,)


def test_the_rows_are_those_of_the_most_trusted_source() -> None:
    data = Reading(said(Source.XML, number=NUMBER).fields, (Item("课桌椅"),))
    words = Reading(said(Source.PDF, number=NUMBER).fields, (Item("课桌"), Item("椅")))
    assert merged([words, data]).items == (Item("课桌椅"),)


def test_nothing_gives_nothing_but_its_sentences_once() -> None:
    assert not merged([])
    assert merged([only("损坏。"), only("损坏。"), Reading()]).notes == ("损坏。",)


def test_a_reading_is_asked_by_name_and_type() -> None:
    reading = said(Source.XML, number=NUMBER, date=date(2026, 3, 4), total=Money(100))
    assert reading.day == date(2026, 3, 4)
    assert reading.text(FieldName.TOTAL) == ""
    assert reading.money(FieldName.NUMBER) is None
    assert Reading().day is None
    assert [said(Source.PDF, **red).is_red for red in ({"red": "被红冲"}, {"net": Money(-1)}, {"total": Money(1)})] == [
        True,
        True,
        False,
    ]
    assert [Source.OCR.label, FieldName.NET.label] == ["图片文字识别", "金额"]


@pytest.mark.parametrize(
    ("one", "other"), [("远山（北京）公司", "远山(北京) 公司"), ("91mA7", "91MA7"), (Money(1), Money(1))]
)
def test_width_case_and_blanks_make_no_difference(one: str | Money, other: str | Money) -> None:
    assert same(one, other)
    assert not same(one, "别的")


def test_values_are_shown_as_people_write_them() -> None:
    assert [shown(date(2026, 3, 4)), shown(Money(123456)), shown("甲")] == ["2026-03-04", "1,234.56", "甲"]
    assert plain("ＡＢ　１") == "AB1"
