"""What a plan must tell before it can be put on paper: its head, its lines, who signed and who said what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from budget.plans.rules import PlanKind
from core.money import Money
from exports.facts import BLANK, Coded


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One plan line with the figures of its allotment (指标) as they stood before this line.

    `paid_before` is None as long as no payments are known: the form shows a dash, not a zero.
    """

    position: int
    doc_no: str
    description: str
    project: Coded
    fund_type: Coded
    exp_func: Coded
    dep_eco: Coded
    gov_eco: Coded
    pro_cat: Coded
    three_guarantee: Coded
    is_gov_pur: bool
    pay_type: Coded
    granted: Money
    approved_before: Money
    paid_before: Money | None
    available_before: Money
    applied: Money
    suggested: Money | None
    approved: Money | None
    cut_reason: str
    purpose: str
    pay_date: date | None
    payee: str
    paper_count: int
    note: str
    three_public: Coded = BLANK
    # What a minus line takes from: YK-202612-0007 第 2 行.
    source: str = ""
    # The month in which it is paid, where that is not the plan's own.
    other_month: int = 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one step of the chain said about the plan; empty before it has spoken."""

    step: str
    text: str = ""
    person: str = ""
    head: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign, with the name or date that is already known."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The head of a plan: whose, for which month, its number, and the digest of its content and papers."""

    division: str
    year: int
    month: int
    unit: Coded
    department: str
    offices: tuple[str, ...]
    number: str
    filed_on: date | None
    state: str
    digest: str
    unit_head: str = ""
    finance_head: str = ""
    filler: str = ""
    phone: str = ""
    opinions: tuple[Opinion, ...] = ()
    # 代编: finance entered it for the unit.
    entered: bool = False
    kind: PlanKind = PlanKind.MONTHLY


@dataclass(frozen=True, slots=True)
class Subtotal:
    """One group of lines and what they sum to."""

    label: str
    lines: int
    amount: Money


def subtotals(
    lines: Iterable[LineFacts], label: Callable[[LineFacts], str], amount: Callable[[LineFacts], Money]
) -> tuple[Subtotal, ...]:
    """Exact sums by label, in the order in which the labels first appear."""
    groups: dict[str, list[Money]] = {}
    for line in lines:
        groups.setdefault(label(line), []).append(amount(line))
    return tuple(Subtotal(name, len(amounts), Money.total(amounts)) for name, amounts in groups.items())


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in the order of first appearance, blanks left out."""
    return tuple(dict.fromkeys(name for name in names if name))


_CHECK_PREFIX: Final = "YKJH1"


def check_text(kind: str, number: str, total: Money, digest: str) -> str:
    """The text in the QR code: paper kind, number, total and content digest, so that paper can be held against data."""
    return "|".join((_CHECK_PREFIX, kind, number, total.plain, digest))


def date_text(day: date | None) -> str:
    """A date as official papers write it (GB/T 9704—2012, 7.3.5.4): 2026年5月8日, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
