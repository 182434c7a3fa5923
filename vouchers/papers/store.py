"""Reading papers with the lines that they prove, and the requirement table of a division and year."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import selectinload

from accounts.people.rules import Scope
from budget.allotments.models import Allotment
from budget.codes.models import CodeEntry
from budget.plans.models import PlanLine
from core.db import session
from core.errors import Missing
from core.money import Money
from vouchers.papers.draws import of_the_plan, seen_by
from vouchers.papers.draws import papers_by_digest as papers_by_digest
from vouchers.papers.models import Draw, Paper, VoucherRequirement
from vouchers.papers.rules import (
    LineFacts,
    Requirement,
    VoucherKind,
    codes_of,
    parse_kinds,
    parse_requirements,
)

_DEFAULTS: Final = Path(__file__).with_name("defaults")


@dataclass(frozen=True, slots=True)
class RequirementPage:
    """Some rows of the requirement table, as the pager wants them."""

    rows: Sequence[VoucherRequirement]
    page: int
    pages: int
    total: int


def of_plan(plan_id: UUID) -> list[Paper]:
    """The papers handed in with the plan or drawn on by its lines, in the order in which they came to the house."""
    query = select(Paper).where(of_the_plan(plan_id), Paper.removed_at.is_(None))
    return list(session().scalars(query.order_by(Paper.created_at, Paper.name, Paper.id)))


def of_line(plan_id: UUID, line_id: int) -> list[Paper]:
    """The papers that prove one line of the plan, with their pages, in the order in which they were added."""
    query = (
        select(Paper)
        .join(Draw)
        .join(PlanLine, PlanLine.id == Draw.plan_line_id)
        .where(Draw.plan_line_id == line_id, PlanLine.plan_id == plan_id, Paper.removed_at.is_(None))
        .options(selectinload(Paper.pages))
    )
    return list(session().scalars(query.order_by(Paper.created_at, Paper.name, Paper.id)))


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a decision is bound to: kind, name and content's hash; number and amount of the draw where there are any."""

    kind_code: str
    name: str
    digest: str
    number: str = ""
    amount: Money | None = None


# Built once: to build a statement takes as long as to run it.
_FACTS: Final = (
    select(Draw.plan_line_id, Paper.kind_code, Paper.name, Paper.blob_digest, Paper.number, Draw.amount)
    .join(Paper)
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .where(PlanLine.plan_id == bindparam("plan_id"), Paper.removed_at.is_(None))
    .order_by(Draw.plan_line_id, Paper.blob_digest, Paper.name, Paper.number, Draw.amount)
)


def facts_by_line(plan_id: UUID) -> dict[int, list[PaperFacts]]:
    """The papers of every line of the plan, in one query, in a fixed order."""
    found: dict[int, list[PaperFacts]] = defaultdict(list)
    for line_id, kind_code, name, digest, number, amount in session().execute(_FACTS, {"plan_id": plan_id}):
        found[line_id].append(PaperFacts(kind_code, name, digest, number, amount))
    return found


def get_visible(paper_id: UUID, scope: Scope) -> Paper:
    """The paper if the person may see it. Raises `Missing` for an absent and a foreign one alike."""
    query = (
        select(Paper)
        .where(Paper.id == paper_id, Paper.removed_at.is_(None), seen_by(scope))
        .options(selectinload(Paper.pages))
    )
    paper = session().scalars(query).first()
    if paper is None:
        raise Missing()
    return paper


def proven_lines(paper_id: UUID, plan_id: UUID) -> list[PlanLine]:
    """The lines, still in the plan, that the paper proves."""
    query = (
        select(PlanLine)
        .join(Draw, Draw.plan_line_id == PlanLine.id)
        .where(Draw.paper_id == paper_id, PlanLine.plan_id == plan_id, PlanLine.removed_in.is_(None))
    )
    return list(session().scalars(query.order_by(PlanLine.position)))


@dataclass(frozen=True, slots=True)
class ProvableLine:
    """A line as the papers' pages show it, with what of its allotment decides which papers it needs."""

    id: int
    position: int
    purpose: str
    returned: bool
    description: str
    needs: LineFacts | None
    applied: Money | None
    # Whether it takes money back: it needs no paper, but may have one.
    takes: bool
    payee: str = ""


def provable_lines(plan_id: UUID) -> list[ProvableLine]:
    """All lines of the plan in their order, in one narrow query."""
    query = (
        select(
            *(PlanLine.id, PlanLine.position, PlanLine.purpose, PlanLine.returned, Allotment.description),
            *(PlanLine.source_line_id, PlanLine.applied, PlanLine.payee),
            *(Allotment.dep_eco_code, Allotment.dep_eco_name, Allotment.pro_cat_code, Allotment.is_gov_pur),
        )
        .outerjoin(Allotment, PlanLine.allotment_id == Allotment.id)
        .where(PlanLine.plan_id == plan_id, PlanLine.removed_in.is_(None))
        .order_by(PlanLine.position)
    )
    return [_provable(row) for row in session().execute(query)]


def _provable(row: Row[*tuple[Any, ...]]) -> ProvableLine:
    needs = None
    takes = row.source_line_id is not None
    if row.description is not None and not takes:  # a line of a draft may still lack its allotment
        needs = LineFacts(row.position, row.dep_eco_code, row.dep_eco_name, row.pro_cat_code, row.is_gov_pur)
    shown = row.description or ""
    about = (row.id, row.position, row.purpose, row.returned, shown, needs)
    return ProvableLine(*about, row.applied, takes, row.payee)


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


def requirement_page(division_code: str, fiscal_year: int, number: int, size: int) -> RequirementPage:
    """One page of the requirement table."""
    rows = requirement_rows(division_code, fiscal_year)
    pages = max(1, -(-len(rows) // size))
    number = min(number, pages)
    return RequirementPage(rows[(number - 1) * size : number * size], number, pages, len(rows))


_TABLE: Final = (
    select(
        VoucherRequirement.eco_prefixes, VoucherRequirement.pro_cats, VoucherRequirement.only_gov_pur,
        VoucherRequirement.any_of, VoucherRequirement.required, VoucherRequirement.basis, VoucherRequirement.text,
    )
    .where(
        VoucherRequirement.division_code == bindparam("division"), VoucherRequirement.fiscal_year == bindparam("year")
    )
    .order_by(VoucherRequirement.eco_prefixes, VoucherRequirement.id)
)  # fmt: skip


def requirements(division_code: str, fiscal_year: int) -> list[Requirement]:
    """The requirement table as the rules read it."""
    asked = {"division": division_code, "year": fiscal_year}
    return [requirement_of(row) for row in session().execute(_TABLE, asked)]


def requirement_of(row: VoucherRequirement | Row[*tuple[Any, ...]]) -> Requirement:
    """A stored row as the rules read it."""
    return Requirement(
        eco_prefixes=codes_of(row.eco_prefixes),
        pro_cats=codes_of(row.pro_cats),
        only_gov_pur=row.only_gov_pur,
        any_of=codes_of(row.any_of),
        required=row.required,
        basis=row.basis,
        text=row.text,
    )


def get_requirement(requirement_id: int, division_code: str) -> VoucherRequirement:
    """The row of the division's table. Raises `Missing`."""
    row = session().get(VoucherRequirement, requirement_id)
    if row is None or row.division_code != division_code:
        raise Missing()
    return row


def locked_requirement(requirement_id: int, division_code: str) -> VoucherRequirement:
    """The same, held until the transaction ends. Raises `Missing`."""
    row = session().get(VoucherRequirement, requirement_id, with_for_update=True, populate_existing=True)
    if row is None or row.division_code != division_code:
        raise Missing()
    return row


def kinds(division_code: str, fiscal_year: int) -> list[VoucherKind]:
    """The kinds of paper in the division's own code table of the year, or those that the product ships."""
    query = select(CodeEntry).where(
        CodeEntry.division_code == division_code,
        CodeEntry.fiscal_year == fiscal_year,
        CodeEntry.table_name == "voucher_kind",
    )
    own = session().scalars(query.order_by(CodeEntry.code)).all()
    return [VoucherKind(row.code, row.name, row.parent, row.level) for row in own] or list(default_kinds())


@cache
def default_kinds() -> tuple[VoucherKind, ...]:
    """The kinds that the product ships."""
    return tuple(parse_kinds(_rows("kinds.csv")))


@cache
def default_requirements() -> tuple[Requirement, ...]:
    """The requirement table that the product ships."""
    return tuple(parse_requirements(_rows("requirements.csv")))


def _rows(name: str) -> list[dict[str, str]]:
    with (_DEFAULTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
