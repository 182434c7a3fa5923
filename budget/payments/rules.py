"""Which payment belongs to which approved line: oldest month first, never more than is approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """What of one payment has no line yet; a refund (退款) is negative."""

    id: int
    month: int
    amount: Money


@dataclass(slots=True)
class Standing:
    """One approved line: its month, what is approved of it (red rows taken off), what payments have taken."""

    line_id: int
    month: int
    approved: Money
    paid: Money

    @property
    def unpaid(self) -> Money:
        """What may still be paid of the line."""
        return self.approved - self.paid


@dataclass(frozen=True, slots=True)
class Match:
    """So much of a payment belongs to this line."""

    payment_id: int
    line_id: int
    amount: Money


def match(payments: Sequence[OpenPayment], lines: Iterable[Standing]) -> list[Match]:
    """Match the payments of one allotment, in the order given, to its lines.

    A payment takes from the oldest month that has something left, but from none after its own month: the plan of
    December cannot have been paid in March. A refund gives back to the newest month that was paid. What a refund
    frees, an earlier payment may take, so the rounds go on until one brings nothing.
    """
    ordered = sorted(lines, key=lambda line: (line.month, line.line_id))
    left = {payment.id: payment.amount for payment in payments}
    found: list[Match] = []
    while fresh := [part for payment in payments for part in _one(payment, left, ordered)]:
        found.extend(fresh)
    return found


def _one(payment: OpenPayment, left: dict[int, Money], lines: Sequence[Standing]) -> list[Match]:
    parts: list[Match] = []
    for line in lines if left[payment.id] > ZERO else reversed(lines):
        amount = _part(left[payment.id], line, payment.month)
        if amount:
            line.paid += amount
            left[payment.id] -= amount
            parts.append(Match(payment.id, line.line_id, amount))
    return parts


def _part(wanted: Money, line: Standing, month: int) -> Money:
    """How much of the wanted amount the line can bear; of a refund, how much it can give back."""
    if wanted < ZERO:
        return -min(-wanted, max(line.paid, ZERO))
    if line.month > month:
        return ZERO
    return min(wanted, max(line.unpaid, ZERO))
