"""Whether a plan may be submitted now: every fault at once, nothing written (送审前核对, and `submit` itself)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from accounts.people.rules import Person
from approvals.chains.models import Chain
from approvals.chains.store import find_published
from approvals.reviews import deciding, steps
from budget.allotments.models import Allotment
from budget.allotments.rules import SpendingKind, available, short_sentence
from budget.allotments.store import by_id
from budget.plans import rules as plan_rules
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from budget.plans.store import holders
from budget.windows.models import FilingWindow
from budget.windows.rules import check_open
from budget.windows.store import find_window, shown
from core import clock
from core.errors import Refused
from core.money import Money
from vouchers.papers.rules import LineFacts, check_required
from vouchers.papers.store import PaperFacts, facts_by_line, requirements

_Given = ParamSpec("_Given")

# Whom a late clerk asks.
CONTACT = "业务股室或国库股"
NO_CHAIN = "还没有启用的审批流程，请联系系统管理员。"


@dataclass(frozen=True)
class Readiness:
    """A plan on its way to submission: what it is checked against, and what is wrong."""

    chain: Chain | None
    makers: set[int]
    papers: Mapping[int, Sequence[PaperFacts]]
    granted: Mapping[int, Allotment]
    window: str
    faults: tuple[str, ...]


def look(plan: Plan, by: Person, held: Mapping[int, Allotment] | None = None) -> Readiness:
    """Check the plan as it stands. `submit` gives the allotments that it holds: its answer stays true till the end."""
    granted = by_id(line.allotment_id for line in plan.lines if line.allotment_id) if held is None else held
    papers = facts_by_line(plan.id)
    makers = deciding.hands_of(plan).makers | {by.id}
    chain = find_published(plan.division_code, plan.kind.value)
    window = find_window(plan.division_code, plan.fiscal_year, plan.month)
    faults = [
        *_of_window(plan, window),
        *_said(plan_rules.check_complete, plan.lines, plan.month_start),
        *_of_allotments(plan, granted),
        *_of_papers(plan, papers),
        *([NO_CHAIN] if chain is None else _said(steps.check_manned, plan, chain, makers)),
        *_of_money(plan, granted),
    ]
    return Readiness(chain, makers, papers, granted, shown(window), tuple(faults))


def _said(check: Callable[_Given, object], *given: _Given.args, **named: _Given.kwargs) -> Sequence[str]:
    """The sentences of a check that refuses; none when it is silent."""
    try:
        check(*given, **named)
    except Refused as refusal:
        return refusal.sentences
    return ()


def _of_window(plan: Plan, window: FilingWindow | None) -> Sequence[str]:
    if plan.state is not PlanState.DRAFT:  # a returned plan was in time when it was first handed in
        return ()
    return _said(check_open, window, plan.fiscal_year, plan.month, clock.now(), shown(window), CONTACT)


def _of_allotments(plan: Plan, granted: Mapping[int, Allotment]) -> Iterator[str]:
    for line in plan.lines:
        if line.allotment_id is not None:
            found = granted.get(line.allotment_id)
            yield from _said(plan_rules.check_usable, line.position, found, plan.unit_id, plan.fiscal_year)


def _of_papers(plan: Plan, papers: Mapping[int, Sequence[PaperFacts]]) -> Sequence[str]:
    proven = []
    for line in plan.lines:
        if (found := line.allotment) is not None:
            facts = LineFacts(
                line.position, found.dep_eco_code, found.dep_eco_name, found.pro_cat_code, found.is_gov_pur
            )
            proven.append((facts, {paper.kind_code for paper in papers.get(line.id, ())}))
    return _said(check_required, proven, requirements(plan.division_code, plan.fiscal_year))


def _of_money(plan: Plan, granted: Mapping[int, Allotment]) -> Iterator[str]:
    """Lines that ask for more than is left, in the order in which they would be held."""
    left = {allotment.id: available(allotment) for allotment in granted.values()}
    for line in plan.lines:
        target, wanted = line.allotment_id, line.applied or Money(0)
        if target not in left or target is None:
            continue
        if wanted > left[target]:
            others = holders(target, plan.id)
            yield short_sentence(line.position, granted[target].label, wanted, left[target], others)
        left[target] -= wanted


@dataclass(frozen=True)
class Use:
    """What the plan takes of one allotment, and what is left then."""

    label: str
    available: Money
    applied: Money

    @property
    def left(self) -> Money:
        """What may still be asked for after this plan."""
        return self.available - self.applied


@dataclass(frozen=True)
class Sums:
    """What the plan adds up to."""

    total: Money
    kinds: Mapping[SpendingKind, Money]
    funds: Mapping[str, Money]
    uses: Sequence[Use]


def sums_of(plan: Plan, granted: Mapping[int, Allotment]) -> Sums:
    """Totals by kind of spending, by fund and by allotment."""
    kinds = dict.fromkeys(SpendingKind, Money(0))
    funds: dict[str, Money] = {}
    asked: dict[int, Money] = {}
    for line in plan.lines:
        allotment, applied = granted.get(line.allotment_id or 0), line.applied or Money(0)
        if allotment is not None:
            kinds[allotment.spending_kind] += applied
            funds[allotment.fund_type_name] = funds.get(allotment.fund_type_name, Money(0)) + applied
            asked[allotment.id] = asked.get(allotment.id, Money(0)) + applied
    uses = [Use(granted[key].label, available(granted[key]), applied) for key, applied in asked.items()]
    return Sums(Money.total(line.applied or Money(0) for line in plan.lines), kinds, funds, uses)


@dataclass(frozen=True)
class Amounts:
    """The three amounts of a plan; what a step has not set yet is None."""

    applied: Money
    suggested: Money | None
    approved: Money | None


def amounts_of(plan: Plan) -> Amounts:
    """申报数, 建议数 and 核批数 of the whole plan, each once all lines have it."""
    return Amounts(
        Money.total(line.applied or Money(0) for line in plan.lines),
        _whole([line.suggested for line in plan.lines]),
        _whole([line.approved for line in plan.lines]),
    )


def _whole(amounts: Sequence[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return Money.total(known) if known and len(known) == len(amounts) else None
