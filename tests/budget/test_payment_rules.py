"""Matching: oldest month first, none of a later month, refunds to the newest; never over, sums exact."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from budget.payments.rules import Match, OpenPayment, Standing, match
from core.money import ZERO, Money


def pay(key: int, fen: int, month: int = 12) -> OpenPayment:
    return OpenPayment(key, month, Money(fen))


def line(key: int, month: int, approved: int, paid: int = 0) -> Standing:
    return Standing(key, month, Money(approved), Money(paid))


def found(payments: list[OpenPayment], lines: list[Standing]) -> list[tuple[int, int, int]]:
    return [(one.payment_id, one.line_id, one.amount.fen) for one in match(payments, lines)]


def test_the_oldest_month_is_paid_first_works() -> None:
    lines = [line(2, 3, 50), line(1, 2, 100)]
    assert found([pay(1, 120), pay(2, 10)], lines) == [(1, 1, 100), (1, 2, 20), (2, 2, 10)]


def test_what_is_beyond_the_approved_stays_open() -> None:
    assert found([pay(1, 120)], [line(1, 2, 100, paid=30)]) == [(1, 1, 70)]


def test_a_plan_of_a_later_month_was_not_paid_before() -> None:
    assert found([pay(1, 40, month=3)], [line(1, 4, 100), line(2, 3, 10)]) == [(1, 2, 10)]


def test_a_refund_gives_back_to_the_newest_month_that_was_paid() -> None:
    assert found([pay(1, -70)], [line(1, 1, 100, 100), line(2, 2, 50, 50), line(3, 3, 50)]) == [
        (1, 2, -50),
        (1, 1, -20),
    ]


def test_a_refund_gives_back_no_more_than_was_paid() -> None:
    assert found([pay(1, -70)], [line(1, 1, 100, 30)]) == [(1, 1, -30)]


def test_what_a_refund_frees_an_earlier_payment_takes() -> None:
    assert found([pay(1, 100), pay(2, 30), pay(3, -20)], [line(1, 1, 100)]) == [
        (1, 1, 100),
        (3, 1, -20),
        (2, 1, 20),
    ]


def test_a_line_that_was_taken_back_below_its_payments_takes_no_more() -> None:
    assert found([pay(1, 10)], [line(1, 1, 0, 30)]) == []


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[OpenPayment], list[Standing]]:
    fen = st.integers(-300, 500).filter(bool)
    months = st.integers(1, 12)
    payments = [pay(key, draw(fen), draw(months)) for key in range(draw(st.integers(0, 12)))]
    lines = []
    for key in range(draw(st.integers(0, 6))):
        approved = draw(st.integers(0, 600))
        lines.append(line(key, draw(months), approved, draw(st.integers(0, approved))))
    return payments, lines


@given(cases())
def test_never_over_and_sums_exact(case: tuple[list[OpenPayment], list[Standing]]) -> None:
    payments, lines = case
    before = {one.line_id: (one.approved, one.paid, one.month) for one in lines}
    written = match(payments, lines)
    of_line: dict[int, Money] = defaultdict(lambda: ZERO)
    of_payment: dict[int, Money] = defaultdict(lambda: ZERO)
    for one in written:
        of_line[one.line_id] += one.amount
        of_payment[one.payment_id] += one.amount
        approved, paid, month = before[one.line_id]
        assert ZERO <= paid + of_line[one.line_id] <= approved  # after each row, as the trigger sees it
        assert one.amount < ZERO or month <= payments[one.payment_id].month
    for payment in payments:
        low, high = sorted((ZERO, payment.amount))
        assert low <= of_payment[payment.id] <= high
    assert all(one.paid == before[one.line_id][1] + of_line[one.line_id] for one in lines)
    assert Money.total(of_line.values()) == Money.total(of_payment.values())
    assert match(_rest(payments, written), lines) == []  # again brings nothing


def _rest(payments: list[OpenPayment], written: list[Match]) -> list[OpenPayment]:
    left = {one.id: one.amount for one in payments}
    for one in written:
        left[one.payment_id] -= one.amount
    return [OpenPayment(one.id, one.month, left[one.id]) for one in payments if left[one.id]]
