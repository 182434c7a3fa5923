"""Reading papers with the lines that they prove, and the requirement table of a division and year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from accounts.people.rules import Scope
from budget.plans.models import Plan, PlanLine
from budget.plans.store import visible
from core.db import session
from core.errors import Missing
from vouchers.papers.models import Draw, Paper, PaperPage, VoucherRequirement
from vouchers.papers.rules import Requirement


def of_plan(plan_id: UUID) -> list[Paper]:
    """The plan's papers in the order in which they were added, with their pages."""
    query = (
        select(Paper)
        .where(Paper.plan_id == plan_id, Paper.removed_at.is_(None))
        .options(selectinload(Paper.pages))
        .order_by(Paper.created_at, Paper.id)
    )
    return list(session().scalars(query))


def draws_of(plan_id: UUID) -> dict[int, list[UUID]]:
    """Which papers prove each line: line id → paper ids."""
    query = (
        select(Draw.plan_line_id, Draw.paper_id)
        .join(Paper)
        .where(Paper.plan_id == plan_id, Paper.removed_at.is_(None))
        .order_by(Paper.created_at, Paper.id)
    )
    found: dict[int, list[UUID]] = defaultdict(list)
    for line_id, paper_id in session().execute(query):
        found[line_id].append(paper_id)
    return found


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a decision is bound to: the kind, the name and the content's hash."""

    kind_code: str
    name: str
    digest: str


def facts_by_line(plan_id: UUID) -> dict[int, list[PaperFacts]]:
    """The papers of every line of the plan, in one query, in a fixed order."""
    query = (
        select(Draw.plan_line_id, Paper.kind_code, Paper.name, Paper.blob_digest)
        .join(Paper)
        .where(Paper.plan_id == plan_id, Paper.removed_at.is_(None))
        .order_by(Draw.plan_line_id, Paper.blob_digest, Paper.name)
    )
    found: dict[int, list[PaperFacts]] = defaultdict(list)
    for line_id, kind_code, name, digest in session().execute(query):
        found[line_id].append(PaperFacts(kind_code, name, digest))
    return found


def get_visible(paper_id: UUID, scope: Scope) -> Paper:
    """The paper if its plan may be seen. Raises `Missing` for an absent and a foreign one alike."""
    query = (
        select(Paper)
        .join(Plan, Paper.plan_id == Plan.id)
        .where(Paper.id == paper_id, Paper.removed_at.is_(None), visible(scope))
        .options(selectinload(Paper.pages))
    )
    paper = session().scalars(query).first()
    if paper is None:
        raise Missing()
    return paper


def find_page(paper_id: UUID, number: int) -> PaperPage | None:
    """One page image; number 0 is the thumbnail."""
    query = select(PaperPage).where(PaperPage.paper_id == paper_id, PaperPage.number == number)
    return session().scalars(query).first()


def lines_of(plan_id: UUID, line_ids: Iterable[int]) -> Sequence[PlanLine]:
    """Those of the named lines that belong to the plan and are still in it."""
    query = select(PlanLine).where(
        PlanLine.plan_id == plan_id, PlanLine.id.in_(set(line_ids)), PlanLine.removed_in.is_(None)
    )
    return list(session().scalars(query))


def requirement_rows(division_code: str, fiscal_year: int) -> list[VoucherRequirement]:
    """The requirement table as stored, for the administrator."""
    query = select(VoucherRequirement).where(
        VoucherRequirement.division_code == division_code, VoucherRequirement.fiscal_year == fiscal_year
    )
    return list(session().scalars(query.order_by(VoucherRequirement.eco_prefixes, VoucherRequirement.id)))


def requirements(division_code: str, fiscal_year: int) -> list[Requirement]:
    """The requirement table as the rules read it."""
    return [
        Requirement(
            eco_prefixes=_codes(row.eco_prefixes),
            pro_cats=_codes(row.pro_cats),
            only_gov_pur=row.only_gov_pur,
            any_of=_codes(row.any_of),
            required=row.required,
            basis=row.basis,
            text=row.text,
        )
        for row in requirement_rows(division_code, fiscal_year)
    ]


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in text.split("|") if code)
