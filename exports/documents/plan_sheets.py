"""From the tables to the sheets: one demand sheet of a plan, and the approval sheets of its ledger entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from accounts.people.rules import Role
from accounts.people.store import names
from accounts.units.store import department_of
from approvals.chains.store import get_chain
from approvals.reviews import store as reviews
from approvals.reviews.content import content_now
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.allotments.models import Allotment
from budget.allotments.rules import guarantee_label
from budget.codes.store import names as code_names
from budget.ledger import store as ledger
from budget.ledger.models import LedgerEntry
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE, PlanState, covered
from budget.plans.store import revision_of
from budget.reductions.store import places_of
from core import clock
from core.money import ZERO, Money
from core.web import settings
from exports.documents import store
from exports.documents.approval_sheet import ApprovalFacts, ApprovalSheet, approval_sheet
from exports.documents.demand_sheet import DemandSheet, demand_sheet
from exports.documents.line_facts import LineFacts, Opinion, PlanFacts, distinct
from exports.documents.store import Balance
from exports.facts import BLANK, Coded
from vouchers.papers.store import facts_by_line

_DECIDING = (Act.AGREE, Act.RETURN, Act.APPROVE)


def demand_sheet_of(plan: Plan) -> DemandSheet:
    """The demand sheet as the plan stands now."""
    return demand_sheet(_plan_facts(plan), list(_line_facts(plan)))


def _content_digest(plan: Plan) -> str:
    """The digest of what was submitted, or of the draft as it stands."""
    revision = None if plan.state in EDITABLE else revision_of(plan)
    return revision.digest if revision else content_now(plan).digest


def _plan_facts(plan: Plan) -> PlanFacts:
    department = department_of(plan.unit)
    filler = plan.submitted_by or plan.author_id
    filed = plan.submitted_at if plan.state is not PlanState.DRAFT else None
    return PlanFacts(
        division=settings().division_name,
        year=plan.fiscal_year,
        month=plan.month,
        unit=Coded(plan.unit.code, plan.unit.name),
        department=department.name if department else plan.unit.name,
        offices=distinct(line.allotment.office.name for line in plan.lines if line.allotment),
        number=plan.number,
        filed_on=clock.local(filed).date() if filed else None,
        state=plan.state.label,
        digest=_content_digest(plan),
        filler=names([filler]).get(filler, ""),
        phone=plan.contact_phone,
        opinions=tuple(_opinions(plan)),
        entered=plan.entered,
        kind=plan.kind,
    )


def _opinions(plan: Plan) -> Iterator[Opinion]:
    """Each step of the plan's chain with what its desks said in this round; nothing for a draft."""
    if plan.chain_id is None or plan.state is PlanState.DRAFT:
        return
    said: dict[int, list[Decision]] = defaultdict(list)
    for decision in reviews.decisions_of(plan.id):
        if decision.revision == plan.revision and decision.act in _DECIDING:
            said[decision.step_no].append(decision)
        if decision.act is Act.UNDO:
            _unsay(said.values(), decision.person_id)
    for step in get_chain(plan.chain_id).steps:
        yield _opinion(step.name, said[step.number])


def _unsay(said: Iterable[list[Decision]], person_id: int) -> None:
    """Whoever took his act back has not said it: the last of his, which stands at one step only."""
    for decisions in said:
        last = next((one for one in reversed(decisions) if one.person_id == person_id), None)
        if last is not None:
            decisions.remove(last)


def _opinion(step: str, decisions: Sequence[Decision]) -> Opinion:
    """The desks of one step in one place: all names, and whatever was said."""
    if not decisions:
        return Opinion(step)
    text = "；".join(distinct(decision.comment for decision in decisions))
    people = "、".join(distinct(decision.signature for decision in decisions))
    return Opinion(step, text, people, on=clock.local(decisions[-1].at).date())


def _line_facts(plan: Plan) -> Iterator[LineFacts]:
    """The lines in their order; what an earlier line holds is gone from the balance before a later one."""
    balances, paid = store.balances_before(plan), store.paid_before(plan)
    free, sources = covered(plan.kind, plan.lines), _sources(plan)
    papers = facts_by_line(plan.id)
    codes = {line.allotment.pro_cat_code for line in plan.lines if line.allotment}
    categories = code_names(plan.division_code, plan.fiscal_year, "pro_cat", codes)
    asked: dict[int, Money] = defaultdict(lambda: ZERO)
    for line in plan.lines:
        balance = balances.get(line.allotment_id or 0, Balance())
        left = balance.available - asked[line.allotment_id or 0]
        if line.source_line_id is None and line.id not in free:
            asked[line.allotment_id or 0] += line.applied or ZERO
        category = line.allotment.pro_cat_code if line.allotment else ""
        named = Coded(category, categories.get(category, ""))
        facts = _line(line, balance, left, named, len(papers.get(line.id, ())))
        facts = replace(facts, other_month=line.month) if line.month != plan.month else facts
        facts = replace(facts, source=sources.get(line.id, ""))
        yield facts if paid is None else replace(facts, paid_before=paid.get(line.allotment_id or 0, ZERO))


def _line(line: PlanLine, balance: Balance, left: Money, category: Coded, papers: int) -> LineFacts:
    allotment = line.allotment
    return LineFacts(
        position=line.position,
        doc_no=allotment.doc_no if allotment else "",
        description=_description(allotment),
        project=_pair(allotment, "pro"),
        fund_type=_pair(allotment, "fund_type"),
        exp_func=_pair(allotment, "exp_func"),
        dep_eco=_pair(allotment, "dep_eco"),
        gov_eco=_pair(allotment, "gov_eco"),
        pro_cat=category,
        three_guarantee=_guarantee(allotment),
        is_gov_pur=bool(allotment and allotment.is_gov_pur),
        pay_type=_pair(allotment, "pay_type"),
        granted=balance.granted,
        approved_before=balance.approved,
        paid_before=None,
        available_before=left,
        applied=line.applied or ZERO,
        suggested=line.suggested,
        approved=line.approved,
        cut_reason="",
        purpose=line.purpose,
        pay_date=line.pay_date,
        payee=line.payee,
        paper_count=papers,
        note=line.note,
    )


def _pair(allotment: Allotment | None, name: str) -> Coded:
    """An element of the allotment: its code with its name; blank while no allotment is chosen."""
    if allotment is None:
        return BLANK
    return Coded(getattr(allotment, f"{name}_code"), getattr(allotment, f"{name}_name"))


def _description(allotment: Allotment | None) -> str:
    """指标摘要, unless it only repeats the project's name."""
    return allotment.description if allotment and allotment.description != allotment.pro_name else ""


def _guarantee(allotment: Allotment | None) -> Coded:
    code = allotment.three_guarantee_code if allotment else ""
    return Coded(code, guarantee_label(code))


@dataclass(frozen=True)
class _Posted:
    """One ledger entry as the approval sheet reads it."""

    position: int
    fund_type: Coded
    pay_type: Coded
    exp_func: Coded
    project: Coded
    dep_eco: Coded
    purpose: str
    applied: Money
    approved: Money
    cut_reason: str
    source: str


def approval_sheets_of(plan: Plan) -> list[ApprovalSheet]:
    """One sheet for each approval number of the plan, in their order; none before the plan is approved."""
    groups: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in ledger.of_plan(plan.id):
        groups[entry.approval_no].append(entry)
    checker = _checker(plan) if groups else ""
    sources = _sources(plan)
    return [
        approval_sheet(
            _approval_facts(entries[0], checker, plan),
            [_posted(one, sources.get(one.plan_line_id, "")) for one in entries],
        )
        for _, entries in sorted(groups.items())
    ]


def _sources(plan: Plan) -> dict[int, str]:
    """What each minus line takes from, in words."""
    places = places_of(line.source_line_id for line in plan.lines)
    return {line.id: places[line.source_line_id].said for line in plan.lines if line.source_line_id in places}


def _checker(plan: Plan) -> str:
    """Who closed the treasury's review in the approved round."""
    tasks = reviews.tasks_of(plan.id, plan.revision)
    ids = [task.closed_by for task in tasks if task.role is Role.TREASURY_REVIEWER and task.closed_by]
    return "、".join(names(ids).values())


def _approval_facts(entry: LedgerEntry, checker: str, plan: Plan) -> ApprovalFacts:
    return ApprovalFacts(
        bureau=f"{entry.division_name}财政局",
        year=entry.fiscal_year,
        month=entry.month,
        unit=Coded(entry.unit_code, entry.unit_name),
        department=entry.department_name,
        number=entry.approval_no,
        plan_numbers=(entry.plan_number,),
        issued_on=clock.local(entry.posted_at).date(),
        digest=entry.digest,
        checker=checker,
        head=entry.approved_by,
        entered=plan.entered,
        kind=plan.kind,
    )


def _posted(entry: LedgerEntry, source: str) -> _Posted:
    return _Posted(
        position=entry.line_no,
        fund_type=Coded(entry.fund_type_code, entry.fund_type_name),
        pay_type=Coded(entry.pay_type_code, entry.pay_type_name),
        exp_func=Coded(entry.exp_func_code, entry.exp_func_name),
        project=Coded(entry.pro_code, entry.pro_name),
        dep_eco=Coded(entry.dep_eco_code, entry.dep_eco_name),
        purpose=entry.purpose,
        applied=entry.applied,
        approved=entry.approved,
        cut_reason=entry.cut_reason,
        source=source,
    )
