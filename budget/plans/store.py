"""Reading plans within a person's scope, locking them, and taking numbers from their heads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import Holder, PostingKind, label_of, unique_labels
from budget.allotments.store import usable_by
from budget.plans.models import NumberHead, Plan, PlanEditor, PlanLine, PlanRevision
from budget.plans.rules import PlanState, title_of
from core.db import session
from core.errors import Missing
from core.money import Money


def visible(scope: Scope) -> ColumnElement[bool]:
    """Which plans a person may see: own units' whole, the rest from submission on."""
    parts: list[ColumnElement[bool]] = [Plan.unit_id.in_(scope.unit_ids)] if scope.unit_ids else []
    beyond: list[ColumnElement[bool]] = []
    if scope.whole_bureau:
        beyond.append(Plan.id.is_not(None))
    if scope.office_ids:
        beyond.append(_has_line_of(scope.office_ids))
    for code in sorted(scope.department_codes):
        beyond.append(Plan.unit_id.in_(select(Unit.id).where(Unit.code.startswith(code, autoescape=True))))
    if beyond:
        parts.append(and_(Plan.revision > 0, or_(*beyond)))
    return or_(*parts) if parts else false()


def _has_line_of(office_ids: Collection[int]) -> ColumnElement[bool]:
    lines = select(PlanLine.id).join(Allotment).where(PlanLine.plan_id == Plan.id)
    return exists(lines.where(Allotment.office_id.in_(office_ids)))


def get_visible(plan_id: UUID, scope: Scope) -> Plan:
    """The plan with unit, lines and allotments. Raises `Missing` for an absent and a foreign one alike."""
    query = (
        select(Plan)
        .where(Plan.id == plan_id, visible(scope))
        .options(
            joinedload(Plan.unit),
            selectinload(Plan.lines).joinedload(PlanLine.allotment).joinedload(Allotment.office),
        )
    )
    plan = session().scalars(query).first()
    if plan is None:
        raise Missing()
    return plan


def get_own(plan_id: UUID, unit_ids: Collection[int]) -> Plan:
    """The plan if it belongs to one of the person's units. Raises `Missing` otherwise."""
    return get_visible(plan_id, Scope(unit_ids=frozenset(unit_ids)))


def locked(plan_id: UUID, unit_ids: Collection[int] | None = None) -> Plan:
    """The plan held until the end of the transaction; the first lock of every action that changes it.

    With `unit_ids`, only a plan of these units. Raises `Missing`.
    """
    query = select(Plan).where(Plan.id == plan_id)
    if unit_ids is not None:
        query = query.where(Plan.unit_id.in_(unit_ids))
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    plan = session().scalars(query).first()
    if plan is None:
        raise Missing()
    return plan


def get_head(plan_id: UUID, scope: Scope) -> Plan:
    """The bare plan, without lines. Raises `Missing` for an absent and a foreign one alike."""
    plan = session().scalars(select(Plan).where(Plan.id == plan_id, visible(scope))).first()
    if plan is None:
        raise Missing()
    return plan


def get_own_head(plan_id: UUID, unit_ids: Collection[int]) -> Plan:
    """The bare plan, without lines, if it belongs to one of the person's units. Raises `Missing` otherwise."""
    return get_head(plan_id, Scope(unit_ids=frozenset(unit_ids)))


def labels_for(plan: Plan) -> dict[int, str]:
    """The labels of all allotments that the plan's lines may name, and of those that they name already."""
    named = select(PlanLine.allotment_id).where(PlanLine.plan_id == plan.id, PlanLine.removed_in.is_(None))
    columns = (Allotment.id, Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_code, Allotment.dep_eco_name)
    query = select(*columns).where(or_(usable_by(plan.unit_id, plan.fiscal_year), Allotment.id.in_(named)))
    return unique_labels((row.id, label_of(row)) for row in session().execute(query))


def name_of(plan_id: UUID) -> str:
    """What people call the plan: unit and month. Raises `Missing`."""
    columns = (Unit.name, Plan.fiscal_year, Plan.month)
    row = session().execute(select(*columns).join(Unit, Plan.unit_id == Unit.id).where(Plan.id == plan_id)).first()
    if row is None:
        raise Missing()
    return f"{row.name}{title_of(row.fiscal_year, row.month)}"


def find_by_form_key(form_key: str) -> Plan | None:
    """The plan that this very form has already made."""
    return session().scalars(select(Plan).where(Plan.form_key == form_key)).first()


def page_of(
    scope: Scope,
    *,
    fiscal_year: int | None = None,
    month: int | None = None,
    state: PlanState | None = None,
    search: str = "",
    page: int = 1,
    size: int = 50,
) -> tuple[list[tuple[Plan, int, Money]], bool]:
    """One page of plans with their line count and applied total, newest month first; whether there are more."""
    lines = (
        select(PlanLine.plan_id, func.count().label("count"), func.sum(PlanLine.applied).label("total"))
        .where(PlanLine.removed_in.is_(None))
        .group_by(PlanLine.plan_id)
        .subquery()
    )
    query = (
        select(Plan, func.coalesce(lines.c.count, 0), lines.c.total)
        .join(Plan.unit)
        .outerjoin(lines, lines.c.plan_id == Plan.id)
        .options(joinedload(Plan.unit))
        .where(visible(scope), *_filters(fiscal_year, month, state, search))
        .order_by(Plan.fiscal_year.desc(), Plan.month.desc(), Unit.code, Plan.number.desc())
    )
    rows = session().execute(query.offset((page - 1) * size).limit(size + 1)).all()
    found = [(plan, count, total or Money(0)) for plan, count, total in rows[:size]]
    return found, len(rows) > size


def _filters(
    fiscal_year: int | None, month: int | None, state: PlanState | None, search: str
) -> Iterable[ColumnElement[bool]]:
    if fiscal_year:
        yield Plan.fiscal_year == fiscal_year
    if month:
        yield Plan.month == month
    if state:
        yield Plan.state == state
    if search:
        yield or_(*(c.contains(search, autoescape=True) for c in (Plan.number, Unit.name, Unit.code)))


def counts_by_state(
    scope: Scope, fiscal_year: int | None = None, month: int | None = None, search: str = ""
) -> dict[PlanState, int]:
    """How many of the visible plans asked for stand in each state."""
    query = (
        select(Plan.state, func.count())
        .join(Plan.unit)
        .where(visible(scope), *_filters(fiscal_year, month, None, search))
        .group_by(Plan.state)
    )
    return {state: count for state, count in session().execute(query)}  # noqa: C416  rows, not pairs, for the types


def line_ids(plan_id: UUID) -> list[int]:
    """The ids of the plan's lines in their order."""
    query = select(PlanLine.id).where(PlanLine.plan_id == plan_id, PlanLine.removed_in.is_(None))
    return list(session().scalars(query.order_by(PlanLine.position)))


def previous_plan(plan: Plan) -> Plan | None:
    """The unit's newest submitted plan of an earlier month of the same year, with its lines."""
    query = (
        select(Plan)
        .where(Plan.unit_id == plan.unit_id, Plan.fiscal_year == plan.fiscal_year, Plan.month < plan.month)
        .where(Plan.revision > 0)
        .options(selectinload(Plan.lines).joinedload(PlanLine.allotment))
        .order_by(Plan.month.desc(), Plan.created_at.desc())
        .limit(1)
    )
    return session().scalars(query).first()


_EDITORS: Final = select(PlanEditor.person_id).where(PlanEditor.plan_id == bindparam("plan_id"))


def editors(plan_id: UUID) -> set[int]:
    """Everybody who has saved the plan."""
    return set(session().scalars(_EDITORS, {"plan_id": plan_id}))


def note_editor(plan_id: UUID, person_id: int) -> None:
    """Remember that the person has saved the plan, inside the caller's transaction."""
    if session().get(PlanEditor, (plan_id, person_id)) is None:
        session().add(PlanEditor(plan_id=plan_id, person_id=person_id))


def revision_of(plan: Plan) -> PlanRevision | None:
    """The content as last submitted."""
    query = select(PlanRevision).where(PlanRevision.plan_id == plan.id, PlanRevision.revision == plan.revision)
    return session().scalars(query).first()


def holders(allotment_id: int, except_plan: UUID, limit: int = 3) -> list[Holder]:
    """Which lines of other plans hold money of an allotment now, largest first."""
    query = (
        select(Plan.number, PlanLine.position, PlanLine.applied)
        .join(PlanLine, PlanLine.plan_id == Plan.id)
        .join(Posting, and_(Posting.plan_line_id == PlanLine.id, Posting.revision == Plan.revision))
        .where(Posting.allotment_id == allotment_id, Posting.kind == PostingKind.HOLD)
        .where(Plan.state == PlanState.IN_REVIEW, Plan.id != except_plan, PlanLine.removed_in.is_(None))
        .order_by(PlanLine.applied.desc())
        .limit(limit)
    )
    return [Holder(number, position, amount or Money(0)) for number, position, amount in session().execute(query)]


def next_number(division_code: str, fiscal_year: int, series: str, count: int = 1) -> int:
    """Take `count` numbers in a row from the locked head; gives the first. Rolled back with the transaction."""
    _ensure_head(division_code, fiscal_year, series)
    head = session().scalars(_head(division_code, fiscal_year, series).with_for_update()).one()
    head.last += count
    return head.last - count + 1


def _head(division_code: str, fiscal_year: int, series: str) -> Select[NumberHead]:
    return select(NumberHead).where(
        NumberHead.division_code == division_code, NumberHead.fiscal_year == fiscal_year, NumberHead.series == series
    )


def _ensure_head(division_code: str, fiscal_year: int, series: str) -> None:
    """Make the head at its first use; a savepoint lets two first users meet without harm."""
    work = session()
    if work.scalars(_head(division_code, fiscal_year, series)).first() is not None:
        return
    # When somebody else makes it in this very moment, theirs serves as well.
    with suppress(IntegrityError), work.begin_nested():
        work.add(NumberHead(division_code=division_code, fiscal_year=fiscal_year, series=series))
