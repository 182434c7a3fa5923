"""Reading documents, and all that a plan must tell before it can be put on paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import PostingKind
from budget.payments import store as payments
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE, WITH_MINUS, PlanState
from core.db import session
from core.errors import Missing
from core.money import ZERO, Money
from exports.documents.models import Document
from exports.documents.rules import DocumentKind


def find(kind: DocumentKind, sheet_digest: str) -> Document | None:
    """The document that was rendered from exactly this sheet."""
    query = select(Document).where(Document.kind == kind, Document.sheet_digest == sheet_digest)
    return session().scalars(query).first()


def find_final(kind: DocumentKind, plan: Plan) -> Document | None:
    """The paper of an approved plan as it was first printed: no later version of this program changes it."""
    if plan.state is not PlanState.APPROVED or plan.approved_at is None:
        return None
    query = select(Document).where(
        Document.plan_id == plan.id, Document.kind == kind, Document.created_at >= plan.approved_at
    )
    return session().scalars(query.order_by(Document.created_at, Document.id)).first()


def of_plan(plan_id: UUID) -> list[Document]:
    """Every document of the plan, oldest first."""
    query = select(Document).where(Document.plan_id == plan_id).order_by(Document.created_at, Document.id)
    return list(session().scalars(query))


def get_plan(plan_id: UUID) -> Plan:
    """The plan with all that its papers show; for jobs, which act for the house. Raises `Missing`."""
    query = (
        select(Plan)
        .where(Plan.id == plan_id)
        .options(
            joinedload(Plan.unit),
            selectinload(Plan.lines).joinedload(PlanLine.allotment).joinedload(Allotment.office),
        )
        .execution_options(populate_existing=True)
    )
    plan = session().scalars(query).first()
    if plan is None:
        raise Missing()
    return plan


@dataclass(frozen=True)
class Balance:
    """An allotment's figures at one point in the order of its postings."""

    granted: Money = ZERO
    approved: Money = ZERO
    available: Money = ZERO


def balances_before(plan: Plan) -> dict[int, Balance]:
    """The allotments' figures as they stood before the plan's present round held any money; today's for a draft.

    Later plans change the allotments, but not this paper.
    """
    allotment_ids = {line.allotment_id for line in plan.lines if line.allotment_id}
    query = (
        select(Posting.allotment_id, Posting.kind, func.sum(Posting.amount))
        .where(Posting.allotment_id.in_(allotment_ids))
        .group_by(Posting.allotment_id, Posting.kind)
    )
    query = query.where(*_before(plan))
    sums: dict[int, dict[PostingKind, Money]] = defaultdict(dict)
    for allotment_id, kind, amount in session().execute(query):
        sums[allotment_id][kind] = amount if isinstance(amount, Money) else Money(int(amount))
    return {allotment_id: _balance(by_kind) for allotment_id, by_kind in sums.items()}


def paid_before(plan: Plan) -> Mapping[int, Money] | None:
    """What was known to be paid of each allotment before the plan's present round; None while no payments are known.

    Payments that come later do not change this paper.
    """
    first = _first_hold(plan)
    until = None if first is None else session().scalar(select(Posting.at).where(Posting.id == first))
    if _holds_late(plan):
        until = plan.submitted_at
    if not payments.any_of_year(plan.division_code, plan.fiscal_year, until):
        return None
    return payments.paid_by_allotment({line.allotment_id for line in plan.lines if line.allotment_id}, until)


def _before(plan: Plan) -> Iterator[ColumnElement[bool]]:
    """Which postings were there before the plan's present round."""
    if _holds_late(plan):
        own = select(PlanLine.id).where(PlanLine.plan_id == plan.id)
        yield Posting.at <= plan.submitted_at
        yield or_(Posting.plan_line_id.is_(None), Posting.plan_line_id.not_in(own))
    elif (first := _first_hold(plan)) is not None:
        yield Posting.id < first


def _holds_late(plan: Plan) -> bool:
    """A reduction never holds, an adjustment in part only when it is approved: its round begins with no posting."""
    return plan.kind in WITH_MINUS and plan.state not in EDITABLE and plan.submitted_at is not None


def _first_hold(plan: Plan) -> int | None:
    """Where the plan's present round begins among the postings; None while nothing of it is held."""
    lines = select(PlanLine.id).where(PlanLine.plan_id == plan.id)
    held = (Posting.kind == PostingKind.HOLD) & (Posting.revision == plan.revision)
    query = select(func.min(Posting.id)).where(Posting.plan_line_id.in_(lines), held)
    return session().scalar(query) if plan.state not in EDITABLE else None


def _balance(sums: Mapping[PostingKind, Money]) -> Balance:
    def moved(*kinds: PostingKind) -> Money:
        return Money.total(sums.get(kind, ZERO) for kind in kinds)

    granted = moved(PostingKind.GRANT)
    held = moved(PostingKind.HOLD) - moved(PostingKind.RELEASE, PostingKind.POST)
    posted = moved(PostingKind.POST) - moved(PostingKind.REVERSE)
    return Balance(granted, posted, granted - held - posted)
