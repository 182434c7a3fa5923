"""Whether a plan may be submitted now: every fault at once, nothing written (送审前核对, and `submit` itself)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from accounts.people.rules import Person
from accounts.units.rules import check_in_operation
from approvals.chains.models import Chain
from approvals.chains.store import find_published, get_chain
from approvals.reviews import deciding, holds, steps
from approvals.reviews.content import Content, content_of
from approvals.reviews.route import Way
from approvals.reviews.separation import Hands
from approvals.reviews.ways import way_of
from budget.allotments.models import Allotment
from budget.allotments.rules import SpendingKind, available, short_sentence
from budget.allotments.store import by_id
from budget.calendar.rules import check_year
from budget.plans import rules as plan_rules
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanKind, PlanState
from budget.plans.store import holders
from budget.reductions.rules import Reducible, check_covered
from budget.reductions.store import of_lines
from budget.windows.rules import Filing, Terms, check_may_file
from budget.windows.store import find_window, terms_for
from core import clock
from core.errors import Refused
from core.money import ZERO, Money
from vouchers.papers import twice
from vouchers.papers.rules import LineFacts, check_required, is_open
from vouchers.papers.store import PaperFacts, facts_by_line, requirements

_Given = ParamSpec("_Given")

NO_CHAIN = "还没有启用的审批流程，请联系系统管理员。"


@dataclass(frozen=True)
class Readiness:
    """A plan on its way to submission: what it is checked against, the way it will go, and what is wrong."""

    chain: Chain | None
    hands: Hands
    way: Way
    content: Content
    papers: Mapping[int, Sequence[PaperFacts]]
    granted: Mapping[int, Allotment]
    window: str
    sources: Mapping[int, Reducible]
    faults: tuple[str, ...]


def look(plan: Plan, by: Person, held: Mapping[int, Allotment] | None = None) -> Readiness:
    """Check the plan as it stands. `submit` gives the allotments that it holds: its answer stays true till the end."""
    granted = by_id(line.allotment_id for line in plan.lines if line.allotment_id) if held is None else held
    papers = facts_by_line(plan.id)
    hands = deciding.hands_of(plan, by.id)
    chain = chain_for(plan)
    terms = _terms(plan)
    sources = of_lines((line.source_line_id for line in plan.lines), plan.id)
    content = content_of(plan, papers, sources)
    way = _way(plan, chain, content, granted)
    faults = [
        *_of_window(plan, terms),
        *(() if _only_returns(plan) else _said(check_in_operation, plan.unit)),
        *_said(plan_rules.check_complete, plan.lines, plan.month_start),
        *_said(plan_rules.check_balanced, plan.kind, plan.lines),
        *(_said(plan_rules.check_kind, plan.kind, plan.reason) if plan.kind is not PlanKind.SUPPLEMENT else ()),
        *_said(plan_rules.check_months, [(line, _spending(line)) for line in plan.lines], plan.month),
        *_of_allotments(plan, granted),
        *_of_papers(plan, papers),
        *twice.faults(plan.id),
        *([NO_CHAIN] if chain is None else _said(steps.check_manned, plan, chain.steps, way, hands)),
        *_of_money(plan, granted),
        *_said(check_covered, plan.lines, sources),
    ]
    return Readiness(chain, hands, way, content, papers, granted, terms.told, sources, tuple(faults))


def chain_for(plan: Plan) -> Chain | None:
    """The chain that the plan stays on once it was submitted; before, the one in force for its kind."""
    return get_chain(plan.chain_id) if plan.chain_id else find_published(plan.division_code, plan.kind.value)


def _way(plan: Plan, chain: Chain | None, content: Content, granted: Mapping[int, Allotment]) -> Way:
    """The way through the chain, told by amounts as they are asked for: what was cut before counts no more."""
    return way_of(plan, chain.steps, chain.after_return, content.lines, granted) if chain else Way((), ())


def _only_returns(plan: Plan) -> bool:
    """Whether finance takes money back: that goes on after a unit was closed, for the year to be closed too."""
    return plan.entered and plan.kind not in plan_rules.WITH_PLUS


def _spending(line: PlanLine) -> SpendingKind | None:
    return line.allotment.spending_kind if line.allotment else None


def _said(check: Callable[_Given, object], *given: _Given.args, **named: _Given.kwargs) -> Sequence[str]:
    """The sentences of a check that refuses; none when it is silent."""
    try:
        check(*given, **named)
    except Refused as refusal:
        return refusal.sentences
    return ()


def _terms(plan: Plan) -> Terms:
    """The window of the plan's unit, its permit, and whether the year is open."""
    window = find_window(plan.division_code, plan.fiscal_year, plan.month, plan.unit.department_code)
    return terms_for(plan.division_code, plan.unit_id, window, plan.fiscal_year, plan.month, plan.kind.value)


def _of_window(plan: Plan, terms: Terms) -> Sequence[str]:
    if plan.state is not PlanState.DRAFT:  # a returned plan was in time when it was first handed in
        return _said(check_year, terms.year, plan.fiscal_year)
    filing = Filing(plan.kind.value, plan.fiscal_year, plan.month, plan.reason)
    return _said(check_may_file, filing, terms, clock.now())


def _of_allotments(plan: Plan, granted: Mapping[int, Allotment]) -> Iterator[str]:
    for line in plan_rules.plus_lines(plan.lines):
        if line.allotment_id is not None:
            found = granted.get(line.allotment_id)
            yield from _said(plan_rules.check_usable, line.position, found, plan.unit_id, plan.fiscal_year)


def _of_papers(plan: Plan, papers: Mapping[int, Sequence[PaperFacts]]) -> Sequence[str]:
    proven = []
    for line in plan_rules.plus_lines(plan.lines):
        # A line that did not come back was checked on its day: what is asked since cannot be added to it.
        if (found := line.allotment) is not None and is_open(plan.state, line):
            facts = LineFacts(
                line.position, found.dep_eco_code, found.dep_eco_name, found.pro_cat_code, found.is_gov_pur
            )
            proven.append((facts, {paper.kind_code for paper in papers.get(line.id, ())}))
    return _said(check_required, proven, requirements(plan.division_code, plan.fiscal_year))


def _of_money(plan: Plan, granted: Mapping[int, Allotment]) -> Iterator[str]:
    """Lines that ask for more than is left, in the order in which they would be held."""
    left = {allotment.id: available(allotment) for allotment in granted.values()}
    for line in holds.holding(plan):
        target, wanted = line.allotment_id, line.applied or ZERO
        if target not in left or target is None:
            continue
        if wanted > left[target]:
            others = holders(target, plan.id)
            yield short_sentence(line.position, granted[target].label, wanted, left[target], others)
        left[target] -= wanted


@dataclass(frozen=True)
class Use:
    """What the plan asks of one allotment, gives back to it and holds of it, and what is left then."""

    label: str
    available: Money
    applied: Money = ZERO
    taken: Money = ZERO
    held: Money = ZERO

    @property
    def left(self) -> Money:
        """What may still be asked for once the plan is submitted."""
        return self.available - self.held

    @property
    def after(self) -> Money:
        """What may be asked for once it is approved as it stands."""
        return self.available - self.applied + self.taken


@dataclass(frozen=True)
class Sums:
    """What the plan adds up to."""

    total: Money
    kinds: Mapping[SpendingKind, Money]
    funds: Mapping[str, Money]
    uses: Sequence[Use]
    given: Money
    taken: Money


def sums_of(plan: Plan, granted: Mapping[int, Allotment]) -> Sums:
    """Totals by kind of spending, by fund and by allotment."""
    kinds = dict.fromkeys(SpendingKind, ZERO)
    funds: dict[str, Money] = {}
    for line in plan.lines:
        allotment, applied = granted.get(line.allotment_id or 0), line.applied or ZERO
        if allotment is not None:
            kinds[allotment.spending_kind] += applied
            funds[allotment.fund_type_name] = funds.get(allotment.fund_type_name, ZERO) + applied
    given, taken = (_total(side(plan.lines)) for side in (plan_rules.plus_lines, plan_rules.minus_lines))
    return Sums(given + taken, kinds, funds, list(_uses(plan, granted)), given, -taken)


def _uses(plan: Plan, granted: Mapping[int, Allotment]) -> Iterator[Use]:
    """What becomes of each allotment, in the order in which the plan names them."""
    held = holds.holding(plan)
    for key in dict.fromkeys(line.allotment_id for line in plan.lines):
        if key is not None and key in granted:
            plus, minus, holding = (
                _total(line for line in side if line.allotment_id == key)
                for side in (plan_rules.plus_lines(plan.lines), plan_rules.minus_lines(plan.lines), held)
            )
            yield Use(granted[key].label, available(granted[key]), plus, -minus, holding)


def _total(lines: Iterable[PlanLine]) -> Money:
    return Money.total(line.applied or ZERO for line in lines)


@dataclass(frozen=True)
class Amounts:
    """The three amounts of a plan; what a step has not set yet is None."""

    applied: Money
    suggested: Money | None
    approved: Money | None


def amounts_of(plan: Plan) -> Amounts:
    """申报数, 建议数 and 核批数 of the whole plan, each once all lines have it."""
    return Amounts(
        Money.total(line.applied or ZERO for line in plan.lines),
        _whole([line.suggested for line in plan.lines]),
        _whole([line.approved for line in plan.lines]),
    )


def _whole(amounts: Sequence[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return Money.total(known) if known and len(known) == len(amounts) else None
