"""How much of an approved line may be taken back, in numbers and sentences; no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from budget.reductions import rules
from budget.reductions.rules import Reducible, Taking
from core.errors import Refused
from core.money import ZERO, Money

REASONS = ("改为线上举行", "改为线上举行")


@dataclass(frozen=True)
class Line:
    position: int
    applied: Money | None
    source_line_id: int | None = 7
    purpose: str = "会议费"
    returned: bool = False


def source(line_id: int = 7, approved: int = 300, paid: int = 100, pending: int = 50) -> Reducible:
    amounts = (Money.yuan(approved), Money.yuan(paid), Money.yuan(pending))
    return Reducible(line_id, "YK-202612-0007", 2, 12, 1, "指标", "会议费", "会议中心", *amounts)


def sentences(refusal: pytest.ExceptionInfo[Refused]) -> tuple[str, ...]:
    return refusal.value.sentences


def test_what_is_neither_paid_nor_asked_back_may_be_taken() -> None:
    assert source().left == Money.yuan(150)
    assert source().place == "YK-202612-0007 第 2 行"
    rules.check_covered([Line(1, -Money.yuan(150)), Line(2, Money.yuan(9), None)], {7: source()})
    with pytest.raises(Refused) as refusal:
        rules.check_covered(
            [Line(1, -Money.yuan(151)), Line(2, ZERO), Line(3, -Money.yuan(1), 8), Line(4, None)], {7: source()}
        )
    assert sentences(refusal) == (
        "第 1 行：YK-202612-0007 第 2 行 批复 300.00 元，已支付 100.00 元，另有在审的调减 50.00 元，"
        "最多可调减 150.00 元，现填 151.00 元。",
        "第 2 行：调减金额须大于 0。",
        "第 3 行：原计划的批复已撤销或不存在，不能调减；请去掉这一行。",
        "第 4 行：调减金额须大于 0。",
    )
    with pytest.raises(Refused, match=r"已支付 100\.00 元，最多可调减 0\.00 元"):
        rules.check_covered([Line(1, -Money.yuan(1))], {7: source(approved=90, pending=0)})


def test_a_stored_line_is_told_as_it_was_typed() -> None:
    line = Line(1, -Money.yuan(5))
    assert rules.taking_of(line, source()) == Taking(7, Money.yuan(5))
    assert rules.taking_of(line, None) == Taking(7, Money.yuan(5), "会议费")
    assert rules.taking_of(Line(1, None, None, "少开一次"), source()) == Taking(0, ZERO, "少开一次")


def test_takings_name_each_line_once_with_an_amount() -> None:
    rules.check_takings([Taking(7, Money.yuan(5))], {7: source()})
    with pytest.raises(Refused, match="一份计划最多 500 行"):
        rules.check_takings([Taking(key, Money.yuan(1)) for key in range(501)], {})
    with pytest.raises(Refused, match="只能调减一次"):
        rules.check_takings([Taking(7, Money.yuan(1)), Taking(7, Money.yuan(2))], {7: source()})
    with pytest.raises(Refused) as refusal:
        rules.check_takings([Taking(7, ZERO), Taking(8, Money.yuan(1)), Taking(9, Money.yuan(1))], {7: source()})
    assert sentences(refusal) == (
        "YK-202612-0007 第 2 行：调减金额须大于 0；不调减请留空。",
        "有一行不是本单位本年度已批复的用款，请刷新页面后重新选择。",
    )


def test_in_a_returned_plan_only_the_returned_lines_change() -> None:
    kept = [(Line(position, -Money.yuan(5), key, returned=key == 7), Taking(key, Money.yuan(5)))
            for position, key in ((1, 7), (2, 8), (3, 9))]  # fmt: skip
    rules.check_only_returned(kept, [Taking(8, Money.yuan(5)), Taking(9, Money.yuan(5))])
    with pytest.raises(Refused) as refusal:
        rules.check_only_returned(kept, [Taking(8, Money.yuan(5), "别的"), Taking(10, Money.yuan(1))])
    assert sentences(refusal) == (
        "第 2 行没有被退回，不能修改；只能修改被退回的行。",
        "第 3 行没有被退回，不能修改；只能修改被退回的行。",
        "被退回的计划不能增加调减的行；请另报一份调减计划。",
    )


def test_differences_are_told_line_by_line() -> None:
    stored = [Taking(7, Money.yuan(5)), Taking(8, Money.yuan(6), "设备"), Taking(9, Money.yuan(7))]
    typed = [Taking(7, Money.yuan(9)), Taking(8, Money.yuan(6)), Taking(9, Money.yuan(7))]
    assert rules.differences(stored, typed, ("甲", "乙"), {7: source(), 9: source(9)}) == [
        "原因：已保存“甲”，您填写“乙”。",
        "YK-202612-0007 第 2 行：已保存调减 5.00 元，您填写 9.00 元。",
        "已不能调减的一行：已保存的调减说明“设备”，您填写“空”。",
    ]
    assert rules.differences(stored, stored, REASONS, {}) == []


def test_the_year_end_takes_what_is_left_and_not_drafted() -> None:
    sources = [source(7), source(8, pending=200), source(9)]
    assert rules.lapsing(sources, {9: Money.yuan(100)}) == [Taking(7, Money.yuan(150)), Taking(9, Money.yuan(50))]
    rules.check_lapse_day(2026, date(2026, 12, 1))
    with pytest.raises(Refused, match="2026 年的年终注销从 12 月 1 日起办理"):
        rules.check_lapse_day(2026, date(2026, 11, 30))
