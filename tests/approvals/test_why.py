"""Why a desk is asked, in the sentences that a reviewer reads."""

from __future__ import annotations

from approvals.reviews.reasons import Reason
from approvals.reviews.why import left_out_said, places_said, values_said


def test_lines_of_the_same_values_are_told_together_works() -> None:
    large = {"spending": "project", "line_from": 12_000_000, "rolling_from": 15_000_000}
    small = {"spending": "project", "line_from": 100_00}
    told = values_said(Reason(values={"10": large, "2": small, "1": large}))
    assert told == [
        "第 1、10 行：项目支出，单行金额 120,000.00 元，30 天内累计 150,000.00 元",
        "第 2 行：项目支出，单行金额 100.00 元",
    ]


def test_every_value_that_a_condition_looks_at_has_its_words() -> None:
    looked = {
        "kind": "supplement", "fund_type": "", "guaranteed": True, "purchase": False, "direct": True, "plan_from": 100,
    }  # fmt: skip
    [said] = values_said(Reason(values={"1": looked}))
    for words in ("资金性质 未填", "是“三保”支出", "不是政府采购", "是直达资金", "整份计划 1.00 元"):
        assert words in said


def test_what_no_condition_knows_any_more_is_left_out() -> None:
    assert values_said(Reason(values={"1": {"colour": "red"}})) == []
    assert values_said(Reason()) == []
    assert left_out_said(Reason()) == []


def test_left_out_lines_of_one_reason_are_told_together() -> None:
    told = left_out_said(Reason(left_out={"3": "是基本支出", "1": "是基本支出", "2": "不是政府采购"}))
    assert told == ["第 1、3 行：是基本支出", "第 2 行：不是政府采购"]


def test_many_places_are_counted() -> None:
    assert places_said([1]) == "第 1 行"
    assert places_said(list(range(1, 21))) == "第 1、2、3、4、5、6、7、8、9、10、11、12 行等 20 行"
