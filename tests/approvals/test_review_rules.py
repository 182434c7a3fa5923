"""The rules of reviews and chains, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from approvals.chains.rules import AmountField, StepScope
from approvals.reviews import acts, rules
from approvals.reviews.rules import Act, LineOpinion, Verdict
from budget.plans.rules import PlanKind
from core.errors import Refused
from core.money import Money

HUNDRED = Money.yuan(100)


@dataclass(frozen=True)
class Line:
    id: int = 7
    position: int = 1
    applied: Money | None = HUNDRED
    suggested: Money | None = None
    approved: Money | None = None


AGREED = LineOpinion(7, Verdict.AGREE)


@dataclass(frozen=True)
class Step:
    amount_field: AmountField = AmountField.NONE
    may_return: bool = True


def cut(amount: Money | None, reason: str = "按进度") -> LineOpinion:
    return LineOpinion(7, Verdict.CUT, amount, reason)


def test_every_word_has_its_label() -> None:
    assert [verdict.label for verdict in Verdict] == ["同意", "核减", "退回", "移出本次"]
    acts = ["送审", "撤回", "审核通过", "退回", "批复", "挂起", "恢复审核", "作废", "撤销批复", "提出异议"]
    acts += ["退回前一环节", "收回审核意见", "征求意见", "答复意见", "转办", "收回转办"]
    assert [act.label for act in Act] == acts
    assert [scope.label for scope in StepScope] == ["本单位", "主管部门", "各行的业务股室", "财政局"]


def test_the_amount_on_the_table_is_the_last_that_was_set() -> None:
    assert rules.amount_now(Line()) == Money.yuan(100)
    assert rules.amount_now(Line(suggested=Money.yuan(90))) == Money.yuan(90)
    assert rules.amount_now(Line(suggested=Money.yuan(90), approved=Money.yuan(80))) == Money.yuan(80)
    with pytest.raises(ValueError, match="has an amount"):
        rules.amount_now(Line(applied=None))


def test_a_cut_sets_the_amount_and_agreement_keeps_it() -> None:
    assert rules.amount_after(Line(), cut(Money.yuan(60))) == Money.yuan(60)
    assert rules.amount_after(Line(), AGREED) == Money.yuan(100)


def test_sound_opinions_pass_works() -> None:
    rules.check_opinions([Line()], [AGREED], Step(AmountField.NONE))
    rules.check_opinions([Line()], [cut(Money.yuan(99))], Step(AmountField.SUGGESTED))
    rules.check_opinions([Line()], [LineOpinion(7, Verdict.RETURN, None, "缺合同")], Step(AmountField.NONE))


@pytest.mark.parametrize(
    ("opinion", "sets", "sentence"),
    [
        (cut(Money.yuan(60), " "), AmountField.SUGGESTED, "第 1 行核减须写明原因"),
        (LineOpinion(7, Verdict.RETURN), AmountField.NONE, "第 1 行退回须写明原因"),
        (LineOpinion(7, Verdict.RETURN, None, "长" * 301), AmountField.NONE, "第 1 行的原因超过 300 字"),
        (cut(Money.yuan(60)), AmountField.NONE, "本环节不能核减"),
        (cut(None), AmountField.APPROVED, "须填写核减后的金额"),
        (cut(Money(0)), AmountField.APPROVED, "须大于 0；不予安排请退回"),
        (cut(Money.yuan(100)), AmountField.APPROVED, r"须小于 100\.00 元，只能调低不能调高"),
        (cut(Money.yuan(101)), AmountField.SUGGESTED, "只能调低不能调高"),
    ],
)
def test_an_unsound_opinion_is_refused(opinion: LineOpinion, sets: AmountField, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        rules.check_opinions([Line()], [opinion], Step(sets))


def test_all_faults_are_said_at_once() -> None:
    lines = [Line(), Line(id=8, position=2)]
    with pytest.raises(Refused) as refusal:
        rules.check_opinions(lines, [cut(None, ""), LineOpinion(9, Verdict.AGREE)], Step(AmountField.SUGGESTED))
    assert refusal.value.sentences == (
        "第 2 行还没有审核意见。",
        "第 1 行核减须写明原因。",
        "第 1 行核减须填写核减后的金额。",
        "有的行不属于您的审核范围，请刷新页面后重新审核。",
    )


def test_the_story_tells_what_was_not_agreed_to() -> None:
    lines = [Line(id=number, position=number) for number in range(1, 8)]
    back = [LineOpinion(number, Verdict.RETURN, None, " 缺合同 ") for number in range(1, 8)]
    assert rules.remarks_said(lines, [LineOpinion(1, Verdict.AGREE)]) == ""
    mixed = [LineOpinion(2, Verdict.CUT, Money.yuan(40), "按进度"), back[2]]
    assert rules.remarks_said(lines, mixed) == "第 2 行核减至 40.00 元：按进度；第 3 行退回：缺合同"
    assert rules.remarks_said(lines, back).endswith("第 5 行退回：缺合同；等 7 行")


def test_one_returned_line_returns() -> None:
    assert rules.act_of([AGREED, cut(Money.yuan(1))]) is Act.AGREE
    assert rules.act_of([AGREED, LineOpinion(8, Verdict.RETURN, None, "缺")]) is Act.RETURN


def test_a_step_that_may_not_return_says_so() -> None:
    for verdict in (Verdict.RETURN, Verdict.ASIDE):
        with pytest.raises(Refused, match="第 1 行：本环节不能退回或移出"):
            rules.check_opinions([Line()], [LineOpinion(7, verdict, None, "缺合同")], Step(may_return=False))


def test_a_plan_never_loses_all_of_its_lines() -> None:
    rules.check_something_stays([1, 2], [2])
    rules.check_something_stays([], [])
    with pytest.raises(Refused, match="全部行都移出本次"):
        rules.check_something_stays([1, 2], [1, 2])


def test_a_plan_without_remarks_may_go_in_a_batch_works() -> None:
    rules.check_batchable(1, cut=False)


@pytest.mark.parametrize(("revision", "was_cut", "sentence"), [(2, False, "再次送审"), (1, True, "已有核减")])
def test_a_plan_with_remarks_may_not(revision: int, was_cut: bool, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        rules.check_batchable(revision, was_cut)


def test_a_comment_may_be_empty_but_not_endless() -> None:
    rules.check_comment("")
    with pytest.raises(Refused, match="超过 1000 字"):
        rules.check_comment("长" * 1001)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=3), "剩 2 天 3 小时"),
        (timedelta(days=1), "剩 1 天"),
        (timedelta(hours=23, minutes=59), "剩 23 小时"),
        (timedelta(minutes=20), "剩 20 分钟"),
        (timedelta(hours=-4), "超时 4 小时"),
    ],
)
def test_the_time_left_is_said_in_its_largest_units(left: timedelta, said: str) -> None:
    assert rules.left_said(left) == said


def test_what_takes_back_is_not_cut() -> None:
    rules.check_uncut(PlanKind.MONTHLY, [Line()], [cut(Money.yuan(60))])
    rules.check_uncut(PlanKind.ADJUSTMENT, [Line()], [AGREED])
    with pytest.raises(Refused, match="调整计划不能核减（第 1 行），只能同意或退回"):
        rules.check_uncut(PlanKind.ADJUSTMENT, [Line()], [cut(Money.yuan(60))])


def test_what_is_paid_keeps_its_approval() -> None:
    acts.check_unpaid([(1, Money(0)), (2, Money(0))])
    with pytest.raises(Refused, match=r"第 2 行已支付 30\.00 元，不能撤销批复"):
        acts.check_unpaid([(1, Money(0)), (2, Money.yuan(30))])
