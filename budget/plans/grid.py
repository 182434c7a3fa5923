"""What the entry page shows: the unit's allotments to pick from, rows with live balances, and the sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from budget.allotments.models import Allotment
from budget.allotments.rules import SpendingKind, guarantee_label, monthly_share, unique_labels
from budget.plans.forms import PlanForm, TypedLine
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState, Sums, minus_lines, sums
from core.money import ZERO, Money

SPARE_ROWS = 5


@dataclass(frozen=True)
class Choice:
    """One allotment that a line may name."""

    allotment: Allotment
    label: str
    # What the minus lines of the same plan give back to it.
    freed: Money = ZERO

    @property
    def available(self) -> Money:
        """What the plan's lines may ask of it."""
        return self.allotment.available + self.freed

    @property
    def guarantee(self) -> str:
        """“三保” tag."""
        return guarantee_label(self.allotment.three_guarantee_code)

    @property
    def group(self) -> str:
        """The sums that a line of it counts in, as formgrid.js reads them."""
        return f"{self.allotment.spending_kind.value} fund-{self.allotment.fund_type_code}"

    def facts(self) -> dict[str, object]:
        """The entry of the page's list (formgrid.js) with what plan.js shows beside it."""
        one = self.allotment
        share = monthly_share(one.spending_kind, one.granted, self.available)
        return {
            "v": self.label, "k": str(one.id), "c": one.dep_eco_code, "py": one.initials,
            "b": f"余额 {self.available}", "balance": self.available.plain, "group": self.group,
            "cells": {"guarantee": self.guarantee}, "kind": one.spending_kind.label, "fund": one.fund_type_name,
            "share": share.plain if share else "", "granted": str(one.granted), "held": str(one.held),
            "posted": str(one.posted),
        }  # fmt: skip


def choices_of(usable: Sequence[Allotment], lines: Sequence[PlanLine]) -> dict[int, Choice]:
    """The usable allotments, and those that lines name already though they are offered no more."""
    known = {one.id: one for one in (*usable, *(line.allotment for line in lines if line.allotment is not None))}
    labels = unique_labels((key, one.label) for key, one in known.items())
    freed = dict.fromkeys(known, ZERO)
    for line in minus_lines(lines):
        if line.allotment_id in freed:
            freed[line.allotment_id] -= line.applied or ZERO
    return {key: Choice(one, labels[key], freed[key]) for key, one in known.items()}


@dataclass(frozen=True)
class GridRow:
    """One row of the grid: what was typed, and what its allotment says to it."""

    typed: TypedLine
    choice: Choice | None
    remaining: Money | None
    percent: int
    open: bool


@dataclass(frozen=True)
class EntryPage:
    """Everything the template needs, so that it decides nothing."""

    plan: Plan
    rows: Sequence[GridRow]
    spare: Sequence[int]
    sums: Sums
    funds: Sequence[tuple[str, str, Money]]
    offered: Sequence[Choice]
    growing: bool
    taken: Money


def entry_page(plan: Plan, form: PlanForm, choices: Mapping[int, Choice], offered: Sequence[Allotment]) -> EntryPage:
    """Join what was typed with the allotments."""
    by_label = {choice.label: choice for choice in choices.values()}
    named = [by_label.get(row.allotment.strip()) for row in form.lines.rows]
    amounts = [row.draft.applied or ZERO for row in form.lines.rows]
    growing = plan.state is not PlanState.RETURNED
    count = len(form.lines.rows)
    found = sums((amount, *_kinds(choice)) for amount, choice in zip(amounts, named, strict=True))
    shown = [choices[one.id] for one in offered]
    return EntryPage(
        plan=plan,
        rows=list(_rows(plan, form.lines.rows, named, amounts)),
        spare=range(count + 1, count + 1 + SPARE_ROWS) if growing else (),
        sums=found,
        funds=list(_funds(shown, found)),
        offered=shown,
        growing=growing,
        taken=-Money.total(line.applied or ZERO for line in minus_lines(plan.lines)),
    )


def _rows(
    plan: Plan, typed: Sequence[TypedLine], named: Sequence[Choice | None], amounts: Sequence[Money]
) -> Iterable[GridRow]:
    """`remaining` is what the other rows of the same allotment leave for this one."""
    returned = {str(line.id) for line in plan.lines if line.returned}
    used: dict[int, Money] = {}
    for choice, amount in zip(named, amounts, strict=True):
        if choice is not None:
            used[choice.allotment.id] = used.get(choice.allotment.id, ZERO) + amount
    for row, choice, amount in zip(typed, named, amounts, strict=True):
        left = None if choice is None else choice.available - (used[choice.allotment.id] - amount)
        free = plan.state is not PlanState.RETURNED or row.line_id in returned
        yield GridRow(row, choice, left, amount.percent_of(left) if left and left > ZERO else 0, free)


def _kinds(choice: Choice | None) -> tuple[SpendingKind | None, str]:
    return (None, "") if choice is None else (choice.allotment.spending_kind, choice.allotment.fund_type_code)


def _funds(offered: Sequence[Choice], found: Sums) -> Iterable[tuple[str, str, Money]]:
    """The kinds of fund that the unit has at all, in the order of their codes: code, name, sum."""
    names = {choice.allotment.fund_type_code: choice.allotment.fund_type_name for choice in offered}
    for code in sorted(names):
        yield code, names[code], found.funds.get(code, ZERO)
