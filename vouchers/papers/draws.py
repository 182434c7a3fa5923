"""Which lines draw on a paper, in which plans, how much of its face is taken, and who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from accounts.people.rules import Scope, Writing
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE, PlanState
from budget.plans.store import visible
from core.db import session
from core.errors import Missing
from core.money import ZERO, Money
from vouchers.papers.models import Draw, Paper

# A plan that came to nothing draws on nothing, and no plan comes back from there.
DEAD: Final = (PlanState.VOID, PlanState.CANCELLED)
# Under another name: what an office sees asks for lines of its own, and those must not be taken for these.
_LINE: Final = aliased(PlanLine)
_PAPER: Final = aliased(Paper)
LIVE: Final = and_(PlanLine.removed_in.is_(None), Plan.state.not_in(DEAD))


def of_the_plan(plan_id: UUID | BindParameter[UUID], *, and_gone: bool = False) -> ColumnElement[bool]:
    """Papers that were handed in with the plan, or that a line still in it draws on; or one that has gone, too.

    As one set of ids: with OR between them PostgreSQL would read every paper of the house.
    """
    handed_in = select(_PAPER.id).where(_PAPER.plan_id == plan_id)
    drawn = select(Draw.paper_id).join(PlanLine, PlanLine.id == Draw.plan_line_id)
    drawn = drawn.where(PlanLine.plan_id == plan_id)
    drawn = drawn if and_gone else drawn.where(PlanLine.removed_in.is_(None))
    return Paper.id.in_(union(handed_in, drawn))


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """Which papers a person may see: those of the plans that he may see, his unit's own, and the bureau's register.

    What finance enters for a unit is not the unit's to see before it is submitted, and neither are its papers.
    """
    handed_in = select(Plan.id).where(Plan.id == Paper.plan_id).correlate(Paper)
    drawing = (
        select(Draw.paper_id)
        .join(_LINE, _LINE.id == Draw.plan_line_id)
        .join(Plan, Plan.id == _LINE.plan_id)
        .where(Draw.paper_id == Paper.id)
        .correlate(Paper)
    )
    parts: list[ColumnElement[bool]] = [exists(handed_in.where(visible(scope))), exists(drawing.where(visible(scope)))]
    if scope.unit_ids:
        hidden = exists(handed_in.where(Plan.entered.is_(True), Plan.revision == 0))
        parts.append(and_(Paper.unit_id.in_(scope.unit_ids), ~hidden))
    if scope.predecessor_ids:
        parts.append(and_(Paper.unit_id.in_(scope.predecessor_ids), Paper.plan_id.is_(None)))
    if scope.whole_bureau or scope.enters:
        parts.append(Paper.plan_id.is_(None))
    return or_(*parts)


# Built once: to build a statement takes as long as to run it.
_DRAWN: Final = (
    select(Draw.paper_id, func.sum(Draw.amount))
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Plan, Plan.id == PlanLine.plan_id)
    .where(Draw.paper_id.in_(bindparam("ids", expanding=True)), Draw.amount.is_not(None), LIVE)
    .group_by(Draw.paper_id)
)
_OTHERS: Final = (
    select(func.sum(Draw.amount))
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Plan, Plan.id == PlanLine.plan_id)
    .where(Draw.paper_id == bindparam("paper_id"), Draw.plan_line_id != bindparam("line_id"), LIVE)
)
_PLANS: Final = (
    select(Plan.id, Plan.number)
    .join(PlanLine, PlanLine.plan_id == Plan.id)
    .join(Draw, Draw.plan_line_id == PlanLine.id)
    .where(Draw.paper_id == bindparam("paper_id"), LIVE)
    .distinct()
    .order_by(Plan.number)
)


def drawn_on(paper_ids: Iterable[UUID]) -> dict[UUID, Money]:
    """What live draws take of each paper; a paper of which nothing is taken is not in it."""
    return {key: amount for key, amount in session().execute(_DRAWN, {"ids": list(paper_ids)}) if amount}


def drawn_besides(paper_id: UUID, line_id: int) -> Money:
    """What live draws of other lines take of the paper."""
    return session().scalar(_OTHERS, {"paper_id": paper_id, "line_id": line_id}) or ZERO


def plans_drawing(paper_id: UUID) -> dict[UUID, str]:
    """The plans whose live lines the paper proves, each with its number."""
    return dict(session().execute(_PLANS, {"paper_id": paper_id}).all())


def papers_by_digest(plan_id: UUID) -> dict[str, UUID]:
    """The plan's papers that can still be looked at, those of lines that went away too, by the digest of their file."""
    among = of_the_plan(plan_id, and_gone=True)
    return dict(session().execute(select(Paper.blob_digest, Paper.id).where(among, Paper.removed_at.is_(None))).all())


def plan_of_line(line_id: int) -> UUID:
    """The plan that a line is in. Raises `Missing`."""
    plan_id = session().scalar(select(PlanLine.plan_id).where(PlanLine.id == line_id))
    if plan_id is None:
        raise Missing()
    return plan_id


def plan_that_shows(paper: Paper, scope: Scope) -> UUID | None:
    """A plan that the person may see and the paper is in: that with which it was handed in, else the newest."""
    lines = select(PlanLine.plan_id).join(Draw, Draw.plan_line_id == PlanLine.id).where(Draw.paper_id == paper.id)
    among = {*session().scalars(lines), *((paper.plan_id,) if paper.plan_id else ())}
    query = select(Plan.id).where(Plan.id.in_(among), visible(scope))
    own_first = (Plan.id == paper.plan_id).desc()
    return session().scalar(query.order_by(own_first, Plan.created_at.desc()).limit(1))


def may_describe(paper: Paper, writing: Writing) -> bool:
    """Whether the paper is this person's to change, and no submitted plan draws on it, in one query."""
    entered = exists(select(Plan.id).where(Plan.id == paper.plan_id, Plan.entered))
    frozen = exists(
        select(Draw.paper_id)
        .join(PlanLine, PlanLine.id == Draw.plan_line_id)
        .join(Plan, Plan.id == PlanLine.plan_id)
        .where(Draw.paper_id == paper.id, LIVE, Plan.state.not_in(EDITABLE))
    )
    is_entered, is_frozen = session().execute(select(entered, frozen)).one()
    return not is_frozen and writing.covers(paper.unit_id, entered=is_entered)


def writes_about(paper: Paper, writing: Writing) -> bool:
    """Whether the paper is this person's, whichever plans draw on it."""
    entered = exists(select(Plan.id).where(Plan.id == paper.plan_id, Plan.entered))
    return writing.covers(paper.unit_id, entered=bool(session().scalar(select(entered))))
