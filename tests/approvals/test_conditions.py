"""Conditions of steps: each part hits and nearly misses, is kept as one text, told in words, and refused if broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.chains.conditions import Condition, LineFacts
from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core.errors import Refused
from core.money import Money
from tests.approvals.paths import met

LINE: Final = LineFacts(
    PlanKind.MONTHLY, SpendingKind.PROJECT, Money(10_000), Money(25_000), Money(40_000), "11111",
    guaranteed=True, purchase=False, direct=True,
)  # fmt: skip


def test_an_empty_condition_is_met_by_every_line_works() -> None:
    assert met(Condition(), LINE)
    assert (Condition().said, Condition().text(), Condition().values(LINE)) == ("所有行", "{}", {})


HITS: Final = (
    (Condition(kinds=frozenset({"monthly", "entered"})), Condition(kinds=frozenset({"entered"})), "不在其中"),
    (Condition(spending="project"), Condition(spending="basic"), "是项目支出"),
    (Condition(funds=frozenset({"12", "111"})), Condition(funds=frozenset({"112"})), "资金性质 11111 不在其中"),
    (Condition(guaranteed=True), Condition(guaranteed=False), "是“三保”支出"),
    (Condition(purchase=False), Condition(purchase=True), "不是政府采购"),
    (Condition(direct=True), Condition(direct=False), "是直达资金"),
    (Condition(line_from=10_000), Condition(line_from=10_001), "单行金额 100.00 元不到 100.01 元"),
    (Condition(plan_from=25_000), Condition(plan_from=25_001), "整份计划金额 250.00 元不到 250.01 元"),
    (Condition(rolling_from=40_000), Condition(rolling_from=40_001), "累计金额 400.00 元不到 400.01 元"),
)


@pytest.mark.parametrize(("hit", "miss", "why"), HITS)
def test_each_part_hits_and_nearly_misses(hit: Condition, miss: Condition, why: str) -> None:
    assert met(hit, LINE)
    assert list(hit.misses(LINE)) == []
    assert not met(miss, LINE)
    assert why in "；".join(miss.misses(LINE))
    assert hit.values(LINE) and hit.values(LINE).keys() == miss.values(LINE).keys()


def test_one_of_several_amounts_is_enough_and_all_other_parts_are_needed() -> None:
    split = Condition(line_from=1_000_000, rolling_from=40_000)
    assert met(split, LINE)
    assert not met(split, replace(LINE, rolling=Money(39_999)))
    assert not met(replace(split, spending="basic"), LINE)


def test_a_line_without_fund_type_meets_no_fund() -> None:
    assert "未填" in "".join(Condition(funds=frozenset({"11"})).misses(replace(LINE, fund_type="")))


def test_the_sentence_tells_all_parts() -> None:
    whole = Condition(
        kinds=frozenset({"monthly"}), spending="project", line_from=10_000_000, plan_from=50_000_000,
        funds=frozenset({"12", "11"}), guaranteed=False, direct=True,
    )  # fmt: skip
    assert whole.said == (
        "月度计划，且项目支出，且资金性质为 11、12，且不是“三保”支出，且是直达资金，"
        "且单行金额满 100,000.00 元或整份计划金额满 500,000.00 元"
    )


CODES: Final = st.frozensets(st.text("0123456789", min_size=1, max_size=5), max_size=3)
FLAGS: Final = st.sampled_from((None, True, False))
AMOUNTS: Final = st.sampled_from((0, 1, 9_999, 10_000, 10_001)) | st.integers(0, 10**13)
CONDITIONS: Final = st.builds(
    Condition,
    kinds=st.frozensets(st.sampled_from([kind.value for kind in PlanKind]), max_size=3),
    spending=st.sampled_from(("", *(kind.value for kind in SpendingKind))),
    line_from=AMOUNTS, plan_from=AMOUNTS, rolling_from=AMOUNTS, funds=CODES, guaranteed=FLAGS, purchase=FLAGS,
    direct=FLAGS,
)  # fmt: skip
MONEY: Final = AMOUNTS.map(Money)
FACTS: Final = st.builds(
    LineFacts, kind=st.sampled_from(PlanKind), spending=st.sampled_from(SpendingKind), amount=MONEY,
    plan_amount=MONEY, rolling=MONEY, fund_type=st.text("0123456789", max_size=5), guaranteed=st.booleans(),
    purchase=st.booleans(), direct=st.booleans(), entered=st.booleans(),
)  # fmt: skip


@given(CONDITIONS)
def test_what_is_stored_is_read_again_as_it_was(condition: Condition) -> None:
    assert Condition.read(condition.text()) == condition
    assert Condition.read(condition.text()).text() == condition.text()


@given(CONDITIONS, FACTS)
def test_every_miss_is_said_in_words(condition: Condition, facts: LineFacts) -> None:
    assert all(said.strip() for said in condition.misses(facts))


@given(CONDITIONS, FACTS, st.integers(0, 10**12))
def test_a_larger_line_never_misses_where_a_smaller_one_hits(
    condition: Condition, facts: LineFacts, more: int
) -> None:
    larger = replace(
        facts, amount=facts.amount + Money(more), plan_amount=facts.plan_amount + Money(more),
        rolling=facts.rolling + Money(more),
    )  # fmt: skip
    assert met(condition, larger) or not met(condition, facts)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"kinds":"monthly"}', '{"spending":"other"}', '{"line_from":-1}', '{"line_from":true}',
        '{"line_from":1.5}', '{"guaranteed":1}', '{"unknown":1}', '{"kinds":["other"]}', '{"funds":{"a":1}}',
        '{"direct":"yes"}',
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="适用条件无法识别"):
        Condition.read(text)
