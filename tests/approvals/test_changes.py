"""What a reviewer is shown of a line that came back: old and new, field by field, and its vouchers."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.reviews.changes import HEADER, NOTHING, FieldChange, changes_in, fields_changed

NAMES = {"A1": "张财预〔2026〕1号 人员经费", "A2": "张财预〔2026〕1号 公用经费"}
INVOICE, CONTRACT = ["11", "发票.png", "aa"], ["13", "合同.pdf", "bb"]


def line(**changes: Any) -> dict[str, Any]:
    """A line as a content keeps it."""
    kept = {
        "position": 1, "allotment": "A1", "applied": 100_00, "purpose": "买桌子", "pay_date": "2026-12-05",
        "payee": "家具厂", "note": "", "month": 12, "source": [], "papers": [INVOICE],
    }  # fmt: skip
    return {**kept, **changes}


@pytest.mark.parametrize(
    ("name", "value", "label", "old", "new"),
    [
        ("allotment", "A2", "预算指标", NAMES["A1"], NAMES["A2"]),
        ("applied", 90_50, "申报数", "100.00", "90.50"),
        ("purpose", "买椅子", "用途", "买桌子", "买椅子"),
        ("pay_date", "", "拟支付日", "2026-12-05", NOTHING),
        ("payee", "木器行", "收款人", "家具厂", "木器行"),
        ("note", "分两次付", "备注", NOTHING, "分两次付"),
        ("month", 11, "支付月份", "12 月", "11 月"),
        ("source", ["YK-202611-0001", 2], "调减来源", NOTHING, "YK-202611-0001 第 2 行"),
    ],
)
def test_each_field_tells_old_and_new(name: str, value: Any, label: str, old: str, new: str) -> None:
    assert changes_in(line(), line(**{name: value}), NAMES).fields == [FieldChange(name, label, old, new)]


def test_an_allotment_without_a_name_is_told_by_its_code() -> None:
    assert changes_in(line(), line(allotment="B9"), NAMES).fields[0].new == "B9"


def test_several_fields_come_in_the_order_of_the_table() -> None:
    found = changes_in(line(), line(note="急", applied=1, allotment="A2"), NAMES)
    assert [one.name for one in found.fields] == ["allotment", "applied", "note"]


def test_another_place_is_no_change() -> None:
    assert not changes_in(line(), line(position=7), NAMES)


def test_a_field_that_an_older_form_does_not_have_is_not_compared() -> None:
    old = line()
    del old["month"], old["papers"]
    found = changes_in(old, line(purpose="买椅子"), NAMES, since=3)
    assert [one.name for one in found.fields] == ["purpose"]
    assert (found.added, found.since) == ([], 3)


def test_vouchers_come_and_go() -> None:
    found = changes_in(line(), line(papers=[CONTRACT]), NAMES)
    assert (found.added, found.removed, found.swapped) == (["合同.pdf"], ["发票.png"], [])
    assert found


def test_a_voucher_with_another_content_was_exchanged() -> None:
    found = changes_in(line(), line(papers=[["11", "发票.png", "cc"]]), NAMES)
    assert (found.added, found.removed, found.swapped) == ([], [], ["发票.png（内容已更换）"])


def test_a_voucher_under_another_name_or_kind_is_the_same_file() -> None:
    renamed = changes_in(line(), line(papers=[["11", "电子发票.png", "aa"]]), NAMES)
    assert renamed.swapped == ["发票.png 改名为 电子发票.png"]
    other_kind = changes_in(line(), line(papers=[["12", "发票.png", "aa"]]), NAMES)
    assert other_kind.swapped == ["发票.png（凭证种类已改）"]


def test_a_second_copy_of_a_voucher_is_one_more() -> None:
    found = changes_in(line(), line(papers=[INVOICE, INVOICE]), NAMES)
    assert (found.added, found.removed, found.swapped) == (["发票.png"], [], [])


def test_the_words_of_the_whole_plan_are_compared_too() -> None:
    old, new = {"month": 12, "remark": "", "reason": "甲"}, {"month": 12, "remark": "急", "reason": "乙"}
    found = fields_changed(old, new, HEADER)
    assert [(one.label, one.old, one.new) for one in found] == [("说明", NOTHING, "急"), ("原因", "甲", "乙")]


def test_another_number_or_amount_of_a_voucher_is_told() -> None:
    old = line(papers=[[*INVOICE, "0271", 80_00]])
    assert changes_in(old, line(papers=[[*INVOICE, "0272", 90_00]]), NAMES).swapped == [
        "发票.png（号码由 0271 改为 0272，使用金额由 80.00 改为 90.00）"
    ]
    assert changes_in(line(), old, NAMES).swapped == [
        f"发票.png（号码由 {NOTHING} 改为 0271，使用金额由 {NOTHING} 改为 80.00）"
    ]
