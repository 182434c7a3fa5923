"""What follows from a final approval: money posted, ledger rows and approval numbers written, documents asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from accounts.people.rules import Person
from accounts.people.store import names
from accounts.units.store import department_of
from approvals.reviews import acts, store
from approvals.reviews.rules import amount_now
from budget.allotments import store as allotments
from budget.allotments.models import Allotment
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move
from budget.ledger import store as ledger
from budget.payments.store import paid_of_lines
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import check_not_frozen, covered, minus_lines, plus_lines
from budget.plans.store import know_allotments, next_number, revision_of
from budget.reductions.rules import check_covered
from budget.reductions.store import of_lines
from core import clock, jobs
from core.money import Money
from core.web import settings
from vouchers.papers.scanning import check_approvable
from vouchers.papers.store import PaperFacts, facts_by_line

# The handlers stand to the right, in exports; a test proves that every kind has one.
DEMAND_PDF: Final = "demand_pdf"
APPROVAL_PDF: Final = "approval_pdf"

# What a ledger row copies from its allotment.
_COPIED: Final = (
    "bgt_id", "doc_no", "fund_type_code", "fund_type_name", "exp_func_code", "exp_func_name", "gov_eco_code",
    "gov_eco_name", "dep_eco_code", "dep_eco_name", "pro_code", "pro_name", "pro_cat_code", "bgt_type_code",
    "bgt_type_name", "bgt_mof_dep_code", "bgt_mof_dep_name", "pay_type_code", "pay_type_name",
    "three_guarantee_code", "is_gov_pur",
)  # fmt: skip


def settle(plan: Plan, signed: str, *, by: Person) -> None:
    """Turn holds into postings and write the ledger, inside the approving transaction; `signed` names who approved."""
    check_approvable(plan.id)
    # Locked first, and in one query: none is read by itself.
    held = allotments.locked((line.allotment_id for line in plan.lines if line.allotment_id), whole=True)
    know_allotments(plan, held)
    check_not_frozen(plan.lines, {one.id: one.label for one in held.values() if one.deleted or not one.executable})
    pairs = [(line, held[line.allotment_id]) for line in plan.lines if line.allotment_id is not None]
    _check_sources(plan)
    free = covered(plan.kind, plan.lines)
    # What the minus lines free comes first: the lines that they pay for are held on it.
    moves = [_freed(line, plan) for line in minus_lines(plan.lines)]
    for line in plus_lines(plan.lines):
        moves.extend(_moves(line, plan.revision, newly=line.id in free))
    allotments.post(moves, by=by)
    numbers = _approval_numbers(plan, pairs)
    shared = _shared(plan, signed)
    papers = facts_by_line(plan.id)
    reasons = _cut_reasons(plan)
    taken_from = ledger.black_rows(line.source_line_id for line in plan.lines)
    ledger.post(
        plan.division_code,
        plan.fiscal_year,
        [
            {
                **shared,
                **_of_line(line, papers.get(line.id, [])),
                **_of_allotment(allotment),
                "approval_no": numbers[_sheet_of(line, allotment)],
                "cut_reason": reasons.get(line.id, plan.reason if line.source_line_id else ""),
                "reverses_id": taken_from.get(line.source_line_id or 0),
            }
            for line, allotment in pairs
        ],
    )
    for kind in (DEMAND_PDF, APPROVAL_PDF):
        jobs.enqueue(kind, plan.id, {"plan_id": plan.id}, by=by)


def _check_sources(plan: Plan) -> None:
    """What minus lines take must still be unpaid, now that the allotments are locked. Raises `Refused`."""
    wanted = minus_lines(plan.lines)
    check_covered(wanted, of_lines((line.source_line_id for line in wanted), plan.id))


def check_unpaid(plan: Plan) -> None:
    """Nothing of the plan may be paid yet. Raises `Refused` naming the lines; the database keeps the same."""
    paid = paid_of_lines([line.id for line in plan.lines])
    acts.check_unpaid((line.position, paid.get(line.id, Money(0))) for line in plan.lines)


def take_back(plan: Plan, reason: str, *, by: Person) -> None:
    """Reverse what was posted and write the red rows; the cancelling transaction has locked the allotments."""
    moves = [
        Move(line.allotment_id, PostingKind.REVERSE, line.approved, line.id, plan.revision, "撤销批复")
        for line in plan.lines
        if line.allotment_id and line.approved
    ]
    allotments.post(moves, by=by)
    ledger.post_red(ledger.of_plan(plan.id), {"cut_reason": reason, "approved_by": by.name, "posted_at": clock.now()})


def _freed(line: PlanLine, plan: Plan) -> Move:
    """REVERSE what a minus line takes from its source."""
    return Move(line.allotment_id or 0, PostingKind.REVERSE, -amount_now(line), line.id, plan.revision, plan.kind.short)


def _moves(line: PlanLine, revision: int, *, newly: bool) -> list[Move]:
    """POST what is approved; RELEASE what was cut from the hold. `newly` holds what only now has its money."""
    applied, approved = line.applied or Money(0), amount_now(line)
    target = line.allotment_id or 0
    moves = [Move(target, PostingKind.HOLD, applied, line.id, revision)] if newly else []
    moves.append(Move(target, PostingKind.POST, approved, line.id, revision))
    if applied > approved:
        moves.append(Move(target, PostingKind.RELEASE, applied - approved, line.id, revision, "核减释放"))
    return moves


def _sheet_of(line: PlanLine, allotment: Allotment) -> tuple[int, str, str]:
    """One 批复单 per unit × month × fund type × pay type."""
    return line.month, allotment.fund_type_code, allotment.pay_type_code


def _approval_numbers(plan: Plan, pairs: Sequence[tuple[PlanLine, Allotment]]) -> dict[tuple[int, str, str], str]:
    groups = sorted({_sheet_of(line, allotment) for line, allotment in pairs})
    first = next_number(plan.division_code, plan.fiscal_year, "approval", len(groups))
    return {group: f"PF-{plan.fiscal_year}-{first + place:05d}" for place, group in enumerate(groups)}


def _shared(plan: Plan, signed: str) -> dict[str, Any]:
    unit, department, revision = plan.unit, department_of(plan.unit), revision_of(plan)
    if revision is None or plan.submitted_by is None:
        raise ValueError("an approved plan was submitted")
    return {
        "division_code": plan.division_code,
        "division_name": settings().division_name,
        "fiscal_year": plan.fiscal_year,
        "plan_id": plan.id,
        "plan_number": plan.number,
        "unit_id": unit.id,
        "unit_code": unit.code,
        "unit_name": unit.name,
        "department_code": unit.department_code,
        "department_name": department.name if department else unit.name,
        "digest": revision.digest,
        "applied_by": names([plan.submitted_by]).get(plan.submitted_by, ""),
        "applied_at": revision.submitted_at,
        "approved_by": signed,
        "posted_at": clock.now(),
    }


def _of_line(line: PlanLine, papers: Sequence[PaperFacts]) -> dict[str, Any]:
    applied = line.applied or Money(0)
    return {
        "plan_line_id": line.id,
        "line_no": line.position,
        "month": line.month,
        "applied": applied,
        "suggested": line.suggested or applied,
        "approved": amount_now(line),
        "purpose": line.purpose,
        "pay_date": line.pay_date,
        "payee": line.payee,
        "paper_count": len(papers),
        "paper_list": "；".join(f"{paper.name} {paper.digest[:12]}" for paper in papers),
    }


def _of_allotment(allotment: Allotment) -> Mapping[str, Any]:
    copied = {name: getattr(allotment, name) for name in _COPIED}
    office = allotment.office
    return {
        **copied,
        "allotment_id": allotment.id,
        "office_id": office.id,
        "office_code": office.code,
        "office_name": office.name,
    }


def _cut_reasons(plan: Plan) -> dict[int, str]:
    """Why lines were cut, as far as that holds, all reasons of a line in one text."""
    reasons: dict[int, list[str]] = {}
    for opinion in store.cuts_that_stand(plan.id, plan.revision):
        reasons.setdefault(opinion.plan_line_id, []).append(opinion.reason)
    return {line_id: "；".join(texts) for line_id, texts in reasons.items()}
