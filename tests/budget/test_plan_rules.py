"""What allotments have left and what plans may say, without a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.allotments import rules as money
from budget.allotments.rules import Holder, SpendingKind
from budget.plans import rules
from budget.plans.rules import LineDraft, PlanDraft, PlanKind, PlanState
from core.errors import Refused
from core.money import ZERO, Money

DECEMBER = date(2026, 12, 1)
amounts = st.integers(0, 10**14).map(Money)
kinds = st.sampled_from([*SpendingKind, None])
funds = st.sampled_from(["11111", "12", "2"])


@dataclass(frozen=True)
class Kept:
    """A stored line."""

    id: int = 1
    position: int = 1
    allotment_id: int | None = 5
    applied: Money | None = Money(100)  # noqa: RUF009  a frozen value
    purpose: str = "教学用纸"
    pay_date: date | None = None
    payee: str = "商行"
    note: str = ""
    returned: bool = False
    month: int = 12
    source_line_id: int | None = None


@dataclass(frozen=True)
class Card:
    """An allotment."""

    granted: Money = Money(1200)  # noqa: RUF009  it never changes
    held: Money = ZERO
    posted: Money = ZERO
    unit_id: int = 7
    fiscal_year: int = 2026
    executable: bool = True
    deleted: bool = False


# ---- allotments ----


def test_basic_spending_is_personnel_and_public_costs_works() -> None:
    assert [money.spending_kind(code) for code in ("1", "21", "22", "31", "")] == [
        SpendingKind.BASIC, SpendingKind.BASIC, SpendingKind.PROJECT, SpendingKind.PROJECT, SpendingKind.PROJECT,
    ]  # fmt: skip
    assert [kind.label for kind in SpendingKind] == ["基本支出", "项目支出"]


@given(amounts, amounts, amounts)
def test_what_is_left_and_what_is_gone_is_what_was_granted(granted: Money, held: Money, posted: Money) -> None:
    assert money.available(Card(granted, held, posted)) + held + posted == granted


@given(amounts, st.integers(-(10**14), 10**14).map(Money))
def test_a_monthly_share_is_never_more_than_a_twelfth_or_what_is_left(granted: Money, left: Money) -> None:
    share = money.monthly_share(SpendingKind.BASIC, granted, left)
    if left <= ZERO:
        assert share is None
    else:
        assert share is not None
        assert share <= left
        assert share.fen * money.MONTHS <= granted.fen


def test_projects_have_no_monthly_share() -> None:
    assert money.monthly_share(SpendingKind.PROJECT, Money(1200), Money(1200)) is None


def test_the_three_guarantees_are_short_words() -> None:
    codes = ("003001", "003002", "003003", "003001002", "003", "000", "")
    assert [money.guarantee_label(code) for code in codes] == [
        "保工资", "保运转", "保基本民生", "保工资", "三保", "", "",
    ]  # fmt: skip


@given(st.dictionaries(st.integers(1, 50), st.sampled_from(["甲", "乙", "甲 ·2"])))
def test_labels_tell_all_allotments_apart(labels: dict[int, str]) -> None:
    told = money.unique_labels(labels.items())
    assert told.keys() == labels.keys()
    assert len(set(told.values())) == len(labels)


def test_the_second_of_two_equal_labels_is_numbered_in_the_order_of_ids() -> None:
    assert money.unique_labels([(9, "办公费"), (3, "办公费"), (4, "水费")]) == {3: "办公费", 4: "水费", 9: "办公费 ·2"}


def test_an_allotment_is_not_cut_below_what_is_committed() -> None:
    money.check_cut("办公费", Money(100), Money(100))
    with pytest.raises(Refused, match=r"“办公费”的新金额 0\.99 元低于已占用和已批复的 1\.00 元"):
        money.check_cut("办公费", Money(100), Money(99))


def test_an_allotment_that_plans_count_on_is_not_deleted() -> None:
    money.check_deletable("办公费", ZERO)
    with pytest.raises(Refused, match=r"“办公费”已有用款计划占用或批复 1\.00 元，不能删除"):
        money.check_deletable("办公费", Money(100))


def test_a_short_balance_names_who_holds_the_rest() -> None:
    said = money.short_sentence(3, "办公费", Money(500), Money(200), [Holder("YK-1", 2, Money(300))])
    assert said == (
        "第 3 行：指标“办公费”可用余额 2.00 元，不够申报 5.00 元，差 3.00 元。其余额度：YK-1 第 2 行占用 3.00 元。"
    )
    assert "其余额度已批复使用。" in money.short_sentence(3, "办公费", Money(500), Money(200), [])


# ---- sums ----


@given(st.lists(st.tuples(st.none() | amounts, kinds, funds), max_size=60))
def test_sums_lose_no_fen(lines: list[tuple[Money | None, SpendingKind | None, str]]) -> None:
    found = rules.sums(lines)
    assert found.total.fen == sum(amount.fen for amount, _, _ in lines if amount)
    known = [(amount or ZERO, kind) for amount, kind, _ in lines if kind]
    assert found.basic == Money.total(amount for amount, kind in known if kind is SpendingKind.BASIC)
    assert found.basic + found.project == Money.total(found.funds.values())
    assert found.basic + found.project <= found.total


# ---- editing ----


def test_states_and_kinds_speak_chinese() -> None:
    states = ["草稿", "审核中", "已挂起", "被退回", "已批复", "已撤销批复", "已作废"]
    assert [state.label for state in PlanState] == states
    assert [kind.label for kind in PlanKind] == ["月度计划", "追加计划", "调减计划", "调整计划", "代编计划"]
    assert rules.title_of(2026, 12, PlanKind.SUPPLEMENT) == "2026年12月追加用款计划"


@pytest.mark.parametrize("state", PlanState)
def test_only_drafts_and_returned_plans_may_be_edited(state: PlanState) -> None:
    if state in (PlanState.DRAFT, PlanState.RETURNED):
        rules.check_editable(state)
    else:
        with pytest.raises(Refused, match=f"计划{state.label}，不能修改"):
            rules.check_editable(state)


STORED = PlanDraft((rules.draft_of(Kept(1)), rules.draft_of(Kept(2, 2, purpose="水费"))), "8650000", "")


def test_a_plan_is_the_same_when_new_rows_say_what_is_stored() -> None:
    assert rules.same_plan(STORED, STORED)
    assert rules.same_plan(STORED, replace(STORED, lines=tuple(replace(line, line_id=None) for line in STORED.lines)))


def test_a_plan_differs_by_a_row_a_word_an_id_or_its_header() -> None:
    first, second = STORED.lines
    assert not rules.same_plan(STORED, replace(STORED, lines=(first,)))
    assert not rules.same_plan(STORED, replace(STORED, lines=(first, replace(second, payee=""))))
    assert not rules.same_plan(STORED, replace(STORED, lines=(first, replace(second, line_id=9))))
    assert not rules.same_plan(STORED, replace(STORED, contact_phone=""))


def test_differences_are_told_field_by_field_works() -> None:
    changed = replace(STORED.lines[0], allotment_id=6, applied=Money(200), pay_date=date(2026, 12, 3), payee="")
    typed = PlanDraft((changed, LineDraft(purpose="新")), "8650001", "")
    assert rules.differences(STORED, typed, {5: "办公费", 6: "水费"}) == [
        "联系电话：已保存“8650000”，您填写“8650001”。",
        "第 1 行预算指标：已保存“办公费”，您填写“水费”。",
        "第 1 行申报金额：已保存“1.00”，您填写“2.00”。",
        "第 1 行拟支付日：已保存“空”，您填写“2026-12-03”。",
        "第 1 行收款人：已保存“商行”，您填写“空”。",
        "第 2 行只在您的页面上。",
        "已保存的计划里有一行“水费”，您的页面上没有。",
    ]


def test_differences_name_what_has_no_name() -> None:
    stored = PlanDraft((rules.draft_of(Kept(1, purpose="")),))
    assert rules.differences(stored, PlanDraft(), {}) == ["已保存的计划里有一行“未写用途”，您的页面上没有。"]
    typed = PlanDraft((replace(stored.lines[0], allotment_id=6),))
    assert rules.differences(stored, typed, {}) == ["第 1 行预算指标：已保存“指标 5”，您填写“指标 6”。"]


def test_a_conflict_carries_its_differences_and_the_version_they_are_of() -> None:
    conflict = rules.Conflict(["第 1 行只在您的页面上。"], 4)
    assert (conflict.differences, conflict.version) == (("第 1 行只在您的页面上。",), 4)
    assert "刚刚被其他人保存过" in conflict.sentences[0]


# ---- returned plans ----


def test_returned_lines_may_change_or_go_works() -> None:
    kept = [Kept(1), Kept(2, 2, returned=True), Kept(3, 3, returned=True)]
    typed = [rules.draft_of(kept[0]), replace(rules.draft_of(kept[1]), applied=Money(1))]
    rules.check_only_returned(kept, typed)


def test_other_lines_of_a_returned_plan_are_closed() -> None:
    kept = [Kept(1), Kept(2, 2), Kept(3, 3, returned=True)]
    changed = replace(rules.draft_of(kept[0]), purpose="改")
    typed = [changed, rules.draft_of(kept[2]), LineDraft(), LineDraft(line_id=99)]
    with pytest.raises(Refused) as refusal:
        rules.check_only_returned(kept, typed)
    assert refusal.value.sentences == (
        "第 1 行没有被退回，不能修改；只能修改被退回的行。",
        "被退回的计划不能增加新行；新增的用款请另填一份计划。",
        "第 2 行没有被退回，不能删除。",
    )


# ---- before submission ----


def test_whole_lines_are_complete_works() -> None:
    rules.check_complete([Kept(pay_date=date(2026, 12, 31)), Kept(2, 2)], DECEMBER)


def test_a_plan_without_lines_is_not_complete() -> None:
    with pytest.raises(Refused, match="还没有明细行"):
        rules.check_complete([], DECEMBER)


def test_every_fault_is_told_at_once() -> None:
    kept = [
        Kept(1, 1, None, None, " ", date(2027, 1, 1)),
        Kept(2, 2, applied=ZERO, pay_date=date(2025, 12, 1)),
        Kept(3, 3, month=11),
    ]
    with pytest.raises(Refused) as refusal:
        rules.check_complete(kept, DECEMBER)
    assert refusal.value.sentences == (
        "第 1 行没有选择预算指标。",
        "第 1 行没有填写申报金额。",
        "第 1 行没有写明用途。",
        "第 1 行拟支付日 2027-01-01 不在计划月份 2026-12 内。",
        "第 2 行申报金额须大于 0。",
        "第 2 行拟支付日 2025-12-01 不在计划月份 2026-12 内。",
        "第 3 行月份 11 早于计划月份 12，只能编本月或以后的月份。",
    )


def test_own_executable_allotments_of_the_year_are_usable_works() -> None:
    rules.check_usable(1, Card(), 7, 2026)


@pytest.mark.parametrize("card", [None, Card(unit_id=8), Card(fiscal_year=2025)])
def test_foreign_and_old_allotments_are_not_usable(card: Card | None) -> None:
    with pytest.raises(Refused, match="第 4 行的预算指标不是本单位 2026 年的指标"):
        rules.check_usable(4, card, 7, 2026)


@pytest.mark.parametrize("card", [Card(executable=False), Card(deleted=True)])
def test_stopped_allotments_are_not_usable(card: Card) -> None:
    with pytest.raises(Refused, match="已停用或不可执行"):
        rules.check_usable(4, card, 7, 2026)
