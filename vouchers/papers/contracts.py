"""Contracts with their payment nodes: what is agreed, drawn, approved and paid, and which plans draw too early."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import aliased, selectinload

from budget.payments.store import paid_of_lines
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from core.db import session
from core.money import ZERO, Money
from vouchers.papers.draws import LIVE
from vouchers.papers.models import ContractTerms, Draw, Paper
from vouchers.papers.nodes import CONTRACTS, Node, NodeDraft, allowed, nodes_of, retained, told, warning


@dataclass(frozen=True)
class Standing:
    """A contract as it stands on a day."""

    terms: Sequence[ContractTerms]
    nodes: Sequence[Node]
    day: date
    face: Money | None
    drawn: Money
    approved: Money
    paid: Money

    @property
    def allowed(self) -> Money:
        """What the nodes that are due allow."""
        return allowed(self.nodes, self.day)

    @property
    def beyond(self) -> Money:
        """What is drawn beyond that."""
        return max(self.drawn - self.allowed, ZERO) if self.nodes else ZERO

    @property
    def past(self) -> list[tuple[ContractTerms, str]]:
        """Every agreement with its nodes in words, the newest first; empty while there is but one."""
        return [(terms, told(drafts_of(terms))) for terms in self.terms] if len(self.terms) > 1 else []

    @property
    def retained(self) -> Money:
        """质保金."""
        return retained(self.nodes)

    @property
    def without_retention(self) -> Money:
        """What is left to draw before the retention money is touched."""
        return max((self.face or ZERO) - self.retained - self.drawn, ZERO)

    @property
    def misses(self) -> bool:
        """Whether the contract's face was changed after amounts were agreed for its nodes."""
        return bool(self.nodes) and Money.total(node.amount for node in self.nodes) != self.face


# Built once: to build a statement takes as long as to run it.
_TERMS: Final = (
    select(ContractTerms)
    .where(ContractTerms.paper_id == bindparam("paper_id"))
    .options(selectinload(ContractTerms.nodes))
    .order_by(ContractTerms.number.desc())
)
_LATER: Final = aliased(ContractTerms)
# The plan's own day is the last of its month: what is drawn then may be paid till then.
_DRAWS: Final = (
    select(Draw.paper_id, Draw.plan_line_id, Draw.amount, Plan.state, Plan.fiscal_year, Plan.month)
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Plan, Plan.id == PlanLine.plan_id)
    .where(Draw.paper_id.in_(bindparam("paper_ids", expanding=True)), Draw.amount.is_not(None), LIVE)
)
_OF_PLAN: Final = (
    select(ContractTerms, Paper.name, Paper.face_amount)
    .join(Paper, Paper.id == ContractTerms.paper_id)
    .where(
        ContractTerms.paper_id.in_(
            select(Draw.paper_id)
            .join(PlanLine, PlanLine.id == Draw.plan_line_id)
            .where(
                PlanLine.plan_id == bindparam("plan_id"), PlanLine.removed_in.is_(None), Draw.amount.is_not(None)
            )
        ),
        ~exists().where(_LATER.paper_id == ContractTerms.paper_id, _LATER.number > ContractTerms.number),
        Paper.removed_at.is_(None),
    )
    .options(selectinload(ContractTerms.nodes))
    .order_by(Paper.name, Paper.id)
)  # fmt: skip


def may_have_nodes(paper: Paper) -> bool:
    """Whether the paper is a contract."""
    return paper.kind_code in CONTRACTS


def terms_of(paper_id: UUID) -> list[ContractTerms]:
    """What was agreed, the newest first."""
    return list(session().scalars(_TERMS, {"paper_id": paper_id}))


def drafts_of(terms: ContractTerms | None) -> list[NodeDraft]:
    """The nodes as they were typed."""
    nodes = terms.nodes if terms is not None else ()
    return [NodeDraft(node.name, node.due, node.share, node.amount, node.is_retention) for node in nodes]


def standing_of(paper: Paper, day: date) -> Standing | None:
    """The contract on this day; None for papers of other kinds."""
    if not may_have_nodes(paper):
        return None
    terms, draws = terms_of(paper.id), _draws([paper.id])[paper.id]
    approved = [row for row in draws if row.state is PlanState.APPROVED]
    paid = paid_of_lines([row.plan_line_id for row in approved])
    return Standing(
        terms=terms,
        nodes=nodes_of(drafts_of(terms[0] if terms else None), paper.face_amount),
        day=day,
        face=paper.face_amount,
        drawn=Money.total(row.amount for row in draws),
        approved=Money.total(row.amount for row in approved),
        # A line may be proven by more than this contract: of what was paid of it, no more than it draws here.
        paid=Money.total(min(row.amount, paid.get(row.plan_line_id, ZERO)) for row in approved),
    )


def warnings_of(plan: Plan) -> list[str]:
    """For each contract that the plan draws on beyond its nodes, a sentence for whoever fills it in or reviews it.

    What other plans draw up to the end of its month counts too. One query where no such contract has nodes.
    """
    found = session().execute(_OF_PLAN, {"plan_id": plan.id}).all()
    if not found:
        return []
    draws = _draws([terms.paper_id for terms, _, _ in found])
    day = last_day(plan.fiscal_year, plan.month)
    sentences = []
    for terms, name, face in found:
        rows = draws[terms.paper_id]
        drawn = Money.total(row.amount for row in rows if last_day(row.fiscal_year, row.month) <= day)
        sentences.append(warning(name, nodes_of(drafts_of(terms), face), day, drawn))
    return [sentence for sentence in sentences if sentence]


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    after = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def _draws(paper_ids: Collection[UUID]) -> dict[UUID, list[Row[*tuple[object, ...]]]]:
    found: dict[UUID, list[Row[*tuple[object, ...]]]] = defaultdict(list)
    for row in session().execute(_DRAWS, {"paper_ids": list(paper_ids)}):
        found[row.paper_id].append(row)
    return found
