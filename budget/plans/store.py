"""Reading plans within a person's scope, locking them, and taking numbers from their heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from accounts.people.rules import Scope, Writing
from accounts.units.models import Unit
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import Holder, PostingKind, label_of, unique_labels
from budget.allotments.store import usable_by
from budget.plans.models import NumberHead, Plan, PlanEditor, PlanLine, PlanRevision
from budget.plans.rules import HOLDING, WITH_PLUS, Act, PlanKind, PlanState, title_of
from budget.plans.sight import visible as visible
from core import clock, history, recall
from core.db import session
from core.errors import SOMEBODY, Missing
from core.money import Money

# What the history calls the things that change a plan itself, not its papers or its prints.
_CHANGES: Final = ("start", "save", "move", *(act.value for act in Act))


def _writable(writing: Writing) -> ColumnElement[bool]:
    """Which plans a person may write."""
    own = and_(Plan.unit_id.in_(writing.unit_ids), Plan.entered.is_(False))
    return or_(own, Plan.entered) if writing.enters else own


def get_visible(plan_id: UUID, scope: Scope) -> Plan:
    """The plan with unit, lines and allotments. Raises `Missing` for an absent and a foreign one alike."""
    return _whole(plan_id, visible(scope))


def get_own(plan_id: UUID, writing: Writing) -> Plan:
    """The plan with unit, lines and allotments if it is the person's to write. Raises `Missing` otherwise."""
    return _whole(plan_id, _writable(writing))


def _whole(plan_id: UUID, which: ColumnElement[bool]) -> Plan:
    query = (
        select(Plan)
        .where(Plan.id == plan_id, which)
        .options(
            joinedload(Plan.unit),
            selectinload(Plan.lines).joinedload(PlanLine.allotment).joinedload(Allotment.office),
        )
    )
    plan = session().scalars(query).first()
    if plan is None:
        raise Missing()
    return plan


# Built once: to build a statement takes as long as to run it. The unit comes along, the plan alone is locked.
_LOCKED: Final = (
    select(Plan)
    .where(Plan.id == bindparam("plan_id"))
    .options(joinedload(Plan.unit, innerjoin=True))
    .with_for_update(key_share=True, of=Plan)
    .execution_options(populate_existing=True)
)
_NAMED: Final = select(Unit.name, Plan.fiscal_year, Plan.month, Plan.kind).join(Unit, Plan.unit_id == Unit.id)
_NAME: Final = _NAMED.where(Plan.id == bindparam("plan_id"))


@lru_cache(maxsize=512)  # of so many clerks
def _locked_for(writing: Writing) -> Select[Plan]:
    return _LOCKED.where(_writable(writing))


def know_allotments(plan: Plan, held: Mapping[int, Allotment]) -> None:
    """Let the lines know their allotments, which have been read already, without looking for each by itself."""
    for line in plan.lines:
        if found := held.get(line.allotment_id or 0):
            set_committed_value(line, "allotment", found)


def locked(plan_id: UUID, writing: Writing | None = None) -> Plan:
    """The plan held until the end of the transaction; the first lock of every action that changes it.

    With `writing`, only a plan that the person may write. Raises `Missing`.
    """
    plan = session().scalars(_LOCKED if writing is None else _locked_for(writing), {"plan_id": plan_id}).first()
    if plan is None:
        raise Missing()
    return plan


def get_head(plan_id: UUID, scope: Scope) -> Plan:
    """The bare plan, without lines. Raises `Missing` for an absent and a foreign one alike."""
    plan = session().scalars(select(Plan).where(Plan.id == plan_id, visible(scope))).first()
    if plan is None:
        raise Missing()
    return plan


def get_own_head(plan_id: UUID, writing: Writing) -> Plan:
    """The bare plan, without lines, if it is the person's to write. Raises `Missing` otherwise."""
    plan = session().scalars(select(Plan).where(Plan.id == plan_id, _writable(writing))).first()
    if plan is None:
        raise Missing()
    return plan


def labels_for(plan: Plan) -> dict[int, str]:
    """The labels of all allotments that the plan's lines may name, and of those that they name already."""
    named = select(PlanLine.allotment_id).where(PlanLine.plan_id == plan.id, PlanLine.removed_in.is_(None))
    columns = (Allotment.id, Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_code, Allotment.dep_eco_name)
    query = select(*columns).where(or_(usable_by(plan.unit_id, plan.fiscal_year), Allotment.id.in_(named)))
    return unique_labels((row.id, label_of(row)) for row in session().execute(query))


@recall.once
def name_of(plan_id: UUID) -> str:
    """What people call the plan: unit and month. Raises `Missing`."""
    row = session().execute(_NAME, {"plan_id": plan_id}).first()
    if row is None:
        raise Missing()
    return f"{row.name}{title_of(row.fiscal_year, row.month, row.kind)}"


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
    entered: bool | None = None,
    page: int = 1,
    size: int = 50,
) -> tuple[list[tuple[Plan, int, Money]], bool]:
    """One page of plans with their line count and applied total, newest month first; whether there are more.

    `entered` asks for those that finance entered, or for the others.
    """
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
    if entered is not None:
        query = query.where(Plan.entered.is_(entered))
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
    """The ids of the plan's plus lines in their order: those of the entry page."""
    whose = (PlanLine.plan_id == plan_id, PlanLine.removed_in.is_(None), PlanLine.source_line_id.is_(None))
    query = select(PlanLine.id).where(*whose)
    return list(session().scalars(query.order_by(PlanLine.position)))


def previous_plan(plan: Plan) -> Plan | None:
    """The unit's newest submitted plan of an earlier month of the same year, with its lines."""
    query = (
        select(Plan)
        .where(Plan.unit_id == plan.unit_id, Plan.fiscal_year == plan.fiscal_year, Plan.month < plan.month)
        .where(Plan.revision > 0, Plan.kind.in_(WITH_PLUS))
        .options(selectinload(Plan.lines).joinedload(PlanLine.allotment))
        .order_by(Plan.month.desc(), Plan.created_at.desc())
        .limit(1)
    )
    return session().scalars(query).first()


_EDITORS: Final = select(PlanEditor.person_id).where(PlanEditor.plan_id == bindparam("plan_id"))


def editors(plan_id: UUID) -> set[int]:
    """Everybody who has saved the plan."""
    return recall.of(plan_id, "editors", lambda: set(session().scalars(_EDITORS, {"plan_id": plan_id})))


def note_editor(plan_id: UUID, person_id: int) -> None:
    """Remember that the person has saved the plan, inside the caller's transaction."""
    known = editors(plan_id)
    if person_id not in known:
        session().add(PlanEditor(plan_id=plan_id, person_id=person_id))
        recall.tell(plan_id, "editors", known | {person_id})


def last_saver(plan: Plan) -> str:
    """Who changed the plan last, and when: 林小丹（11-20 10:00）. Papers hang on a plan and do not change it."""
    event = history.last("plan", plan.id, _CHANGES)
    return f"{event.actor_name if event else SOMEBODY}（{clock.local(plan.updated_at):%m-%d %H:%M}）"


def saved_by(plan_id: UUID, person_id: int | None) -> bool:
    """Whether it was this person who changed the plan last."""
    event = history.last("plan", plan_id, _CHANGES)
    return event is not None and event.actor_id == person_id


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
        .where(Plan.state.in_(HOLDING), Plan.id != except_plan, PlanLine.removed_in.is_(None))
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


# The series under which a kind's numbers are counted, where it is not the kind's own name.
_SERIES: Final = {PlanKind.MONTHLY: "plan"}


def take_number(division_code: str, fiscal_year: int, month: int, kind: PlanKind) -> str:
    """The next number of this kind and month: YK-202612-0007, ZJ-202612-0001 for a supplement."""
    series = _SERIES.get(kind, kind.value)
    number = next_number(division_code, fiscal_year, f"{series}-{month:02d}")
    return f"{kind.prefix}-{fiscal_year}{month:02d}-{number:04d}"


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
