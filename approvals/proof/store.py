"""Reading seals, the decisions that no seal covers yet, and which seal covers one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from approvals.proof.models import Seal, SealLeaf
from approvals.reviews.models import Decision
from budget.plans.models import Plan, PlanRevision
from core.db import session
from core.paging import Page, paged


def last_seal(division_code: str) -> Seal | None:
    """The newest seal of the division."""
    query = select(Seal).where(Seal.division_code == division_code).order_by(Seal.number.desc()).limit(1)
    return session().scalars(query).first()


def unsealed(division_code: str) -> list[tuple[int, str]]:
    """Id and digest of every decision that no seal covers, in the order of a seal: by plan, then by number."""
    query = (
        select(Decision.id, Decision.sha256)
        .join(Plan, Plan.id == Decision.plan_id)
        .outerjoin(SealLeaf, SealLeaf.decision_id == Decision.id)
        .where(Plan.division_code == division_code, SealLeaf.decision_id.is_(None))
        .order_by(Decision.plan_id, Decision.number)
    )
    return [(found.id, found.sha256) for found in session().execute(query)]


def seals(division_code: str, number: int) -> Page[Seal]:
    """One page of seals, newest first."""
    return paged(select(Seal).where(Seal.division_code == division_code).order_by(Seal.number.desc()), number)


def sealing(decision_id: int) -> tuple[Seal, int] | None:
    """The seal over the decision and the decision's place in it, from 0; None while no seal covers it."""
    query = select(Seal, SealLeaf.position).join(SealLeaf, SealLeaf.seal_id == Seal.id)
    found = session().execute(query.where(SealLeaf.decision_id == decision_id)).first()
    return (found.Seal, found.position) if found else None


def leaves(seal_id: int) -> list[str]:
    """The digests of all decisions under a seal, in their places."""
    query = select(Decision.sha256).join(SealLeaf, SealLeaf.decision_id == Decision.id)
    return list(session().scalars(query.where(SealLeaf.seal_id == seal_id).order_by(SealLeaf.position)))


def seals_over(plan_id: UUID) -> dict[int, Seal]:
    """The seal over each sealed decision of the plan, by the decision's number."""
    query = select(Decision.number, Seal).join(SealLeaf, SealLeaf.decision_id == Decision.id)
    query = query.join(Seal, Seal.id == SealLeaf.seal_id).where(Decision.plan_id == plan_id)
    return {found.number: found.Seal for found in session().execute(query)}


def content(plan_id: UUID, revision: int) -> PlanRevision | None:
    """One submitted content of the plan."""
    query = select(PlanRevision).where(PlanRevision.plan_id == plan_id, PlanRevision.revision == revision)
    return session().scalars(query).first()
