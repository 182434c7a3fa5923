"""The way through a chain, as pure data: what is asked, carried, passed over, and that no line slips by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from approvals.chains.conditions import Condition, LineFacts
from approvals.chains.rules import AfterReturn, AmountField
from approvals.reviews.route import Stands, Way, WayLine, passed_because
from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core.money import Money
from tests.approvals.paths import met


@dataclass(frozen=True)
class Step:
    """A step of a chain, bare."""

    number: int
    amount_field: AmountField = AmountField.NONE
    asks: Condition = Condition()  # noqa: RUF009  a condition is frozen


ALL: Final = Condition()
LARGE: Final = Condition(line_from=10_000_00)


def line(key: int, yuan: int = 100, digest: str = "new", spending: SpendingKind = SpendingKind.BASIC) -> WayLine:
    amount = Money.yuan(yuan)
    facts = LineFacts(PlanKind.MONTHLY, spending, amount, amount, amount, "11111")
    return WayLine(key, key, digest, facts, (7, amount.fen))


def said(digest: str, yuan: int = 100, allotment: int = 7, applied: int | None = None) -> Stands:
    applied_fen = Money.yuan(yuan if applied is None else applied).fen
    return Stands(digest, Money.yuan(yuan), (allotment, applied_fen))


def chain(*asks: Condition) -> list[Step]:
    return [Step(number, asks=one) for number, one in enumerate(asks, 1)]


def test_every_step_asks_every_line_at_first_works() -> None:
    way = Way(chain(ALL, ALL), [line(1), line(2)])
    passed, stop = way.onward(0)
    assert passed == []
    assert stop is not None
    assert (stop.number, stop.asked, stop.carried) == (1, (1, 2), ())


def test_what_stands_is_carried_and_only_the_changed_line_is_asked() -> None:
    way = Way(chain(ALL, ALL), [line(1, digest="old"), line(2)], {1: {1: said("old"), 2: said("old")}})
    stop = way.onward(0)[1]
    assert stop is not None
    assert (stop.number, stop.asked, stop.carried) == (1, (2,), (1,))


def test_a_step_with_nothing_to_ask_is_passed_over_with_its_reason() -> None:
    way = Way(chain(LARGE, ALL), [line(1)])
    passed, stop = way.onward(0)
    assert stop is not None
    assert (stop.number, [one.number for one in passed]) == (2, [1])
    assert "单行金额 100.00 元不到 10,000.00 元" in passed_because(passed[0])


def test_the_last_step_that_has_a_say_is_asked_even_when_all_is_agreed_to() -> None:
    standing = {number: {1: said("new")} for number in (1, 2, 3)}
    way = Way(chain(ALL, ALL, ALL), [line(1)], standing)
    passed, stop = way.onward(0)
    assert stop is not None
    assert (stop.number, stop.asked, stop.carried) == (3, (), (1,))
    assert [passed_because(one) for one in passed] == ["各行此前已经同意，且没有变化"] * 2


def test_where_the_last_step_does_not_apply_the_one_before_is_the_last() -> None:
    standing = {1: {1: said("new")}, 2: {1: said("new")}}
    way = Way(chain(ALL, ALL, LARGE), [line(1)], standing)
    assert (way.onward(0)[1] or way.stop(way.steps[0])).number == 2
    assert way.onward(2) == ([way.stop(way.steps[2])], None)


def test_a_chain_that_asks_about_nothing_leads_nowhere() -> None:
    assert Way(chain(LARGE, LARGE), [line(1)]).onward(0)[1] is None
    assert passed_because(Way(chain(ALL), []).stop(Step(1))) == "没有需要审核的行"


def test_from_the_return_on_only_changed_words_are_carried_before_it() -> None:
    standing = {number: {1: said("old")} for number in (1, 2, 3)}
    way = Way(chain(ALL, ALL, ALL, ALL), [line(1)], standing, AfterReturn.FROM_RETURN, returned_by=3)
    passed, stop = way.onward(0)
    assert stop is not None
    assert ([one.number for one in passed], stop.number, stop.asked) == ([1, 2], 3, (1,))
    for changed in (line(1, yuan=99), replace(line(1), money=(8, 100_00))):
        assert (replace(way, lines=[changed]).onward(0)[1] or stop).number == 1
    assert (replace(way, after_return=AfterReturn.EVERY_STEP).onward(0)[1] or stop).number == 1


def test_amounts_are_those_that_stand() -> None:
    steps = [Step(1), Step(2, AmountField.SUGGESTED), Step(3, AmountField.APPROVED)]
    second = {1: said("new", 80, applied=100), 2: said("old", 70)}
    standing = {1: {1: said("new", 1)}, 2: second, 3: {1: said("new", 60)}}
    told = Way(steps, [line(1), line(2)], standing).amounts()
    assert told == {1: {AmountField.SUGGESTED: Money.yuan(80), AmountField.APPROVED: Money.yuan(60)}}


CONDITIONS: Final = st.sampled_from(
    (ALL, ALL, LARGE, Condition(spending="project"), Condition(spending="basic", line_from=50_00))
)
LINES: Final = st.lists(
    st.tuples(st.sampled_from((10, 60, 20_000)), st.sampled_from(("a", "b")), st.sampled_from(SpendingKind)),
    min_size=1, max_size=4,
)  # fmt: skip
WORDS: Final = st.tuples(st.sampled_from(("a", "b")), st.sampled_from((10, 60)))
STANDING: Final = st.dictionaries(st.integers(1, 5), st.dictionaries(st.integers(1, 4), WORDS))
Lines = list[tuple[int, str, SpendingKind]]
Words = Mapping[int, Mapping[int, tuple[str, int]]]


def _way(asks: list[Condition], lines: Lines, standing: Words, after: AfterReturn, back: int) -> Way:
    return Way(
        chain(*asks),
        [line(key, yuan, digest, spending) for key, (yuan, digest, spending) in enumerate(lines, 1)],
        {step: {key: said(*one) for key, one in lines_.items()} for step, lines_ in standing.items()},
        after, back,
    )  # fmt: skip


@given(st.lists(CONDITIONS, min_size=1, max_size=5), LINES, STANDING, st.sampled_from(AfterReturn), st.integers(0, 5))
def test_no_line_gets_to_the_end_without_every_required_step_on_its_present_digest(
    asks: list[Condition], lines: Lines, standing: Words, after: AfterReturn, back: int
) -> None:
    """Walked to its end, with all agreeing, each line has the word of each step whose condition it meets."""
    way = _way(asks, lines, standing, after, back)
    at, asked, confirmed = 0, set[tuple[int, int]](), 0
    while (stop := way.onward(at)[1]) is not None:
        assert stop.number > at
        at, confirmed = stop.number, stop.number
        asked |= {(stop.number, key) for key in stop.asked}
        assert not set(stop.asked) & set(stop.carried)
    required = {(step.number, one.id) for step in way.steps for one in way.lines if met(step.asks, one.facts)}
    carried = required - asked
    assert asked <= required
    for number, key in carried:
        one, word = way.lines[key - 1], way.standing[number][key]
        same_money = after is AfterReturn.FROM_RETURN and number < back and word.money == one.money
        assert word.digest == one.digest or same_money
    assert confirmed == max((number for number, _ in required), default=0), "the last step with a say is always asked"


@given(st.lists(CONDITIONS, min_size=1, max_size=5), LINES, STANDING)
def test_what_is_asked_is_what_is_told_beforehand(
    asks: list[Condition], lines: Lines, standing: Words
) -> None:
    """A stop is the same whether one looks from the beginning or from the step before it."""
    way = _way(asks, lines, standing, AfterReturn.EVERY_STEP, 0)
    for step in way.steps:
        stop = way.stop(step)
        everyone = {*stop.asked, *stop.carried, *stop.left_out}
        assert everyone == {one.id for one in way.lines}
        onward = way.onward(step.number - 1)[1]
        if stop.asked:
            assert onward == stop
