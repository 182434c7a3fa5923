"""Separation of duties on plain values: makers, steps, and those who act for others."""

from __future__ import annotations

import pytest

from approvals.reviews.separation import Actor, Hands, bar, check_may_decide, left_out_because
from core.errors import Refused

HANDS = Hands(frozenset({1, 2}), {4: 1})


def test_whoever_had_no_part_may_decide_works() -> None:
    check_may_decide(Actor.alone(3), 2, HANDS)
    check_may_decide(Actor.alone(4), 1, HANDS)  # the same desk in a later round


def test_a_maker_may_not_decide() -> None:
    with pytest.raises(Refused, match="由您填报或送审，不能由您审核"):
        check_may_decide(Actor.alone(1), 2, HANDS)


def test_nobody_decides_at_two_steps() -> None:
    with pytest.raises(Refused, match="同一人不能审核两次"):
        check_may_decide(Actor.alone(4), 3, HANDS)


@pytest.mark.parametrize(("behalf", "sentence"), [(1, "由您填报或送审"), (4, "同一人不能审核两次")])
def test_acting_for_another_does_not_get_around_it(behalf: int, sentence: str) -> None:
    said = bar(Actor(frozenset({3}), frozenset({behalf}), "马国栋"), 3, HANDS)
    assert said.startswith("您受马国栋委托办理，委托人与本人适用同样的限制：")
    assert sentence in said
    assert bar(Actor(frozenset({3}), frozenset({5}), "马国栋"), 3, HANDS) == ""


def test_a_second_account_does_not_get_around_it() -> None:
    assert "由您填报或送审" in bar(Actor(frozenset({3, 2})), 3, HANDS)


def test_who_is_left_out_is_told_why() -> None:
    assert left_out_because(3, 2, HANDS, {}) == ""
    assert left_out_because(4, 1, HANDS, {}) == ""
    assert left_out_because(1, 2, HANDS, {}) == "填报、修改或送审过本计划"
    assert left_out_because(4, 2, HANDS, {1: "单位审核"}) == "已在环节“单位审核”办理过本计划"
