"""Reading allotments, locking them in one order, and adding the postings that move their money."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    String,
    Uuid,
    and_,
    bindparam,
    column,
    false,
    func,
    or_,
    select,
    table,
)  # fmt: skip
from sqlalchemy.orm import contains_eager, joinedload, load_only

from accounts.people.rules import Scope
from accounts.units.models import Office, Unit
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import PostingKind, available, label_of
from core import clock
from core.db import add_rows, session
from core.errors import Missing
from core.history import Actor
from core.money import ZERO, Money
from core.paging import PER_PAGE, Page, paged


@dataclass(frozen=True, slots=True)
class Move:
    """One movement to post: the allotment, how, how much, and for which line."""

    allotment_id: int
    kind: PostingKind
    amount: Money
    plan_line_id: int | None = None
    revision: int = 0
    reason: str = ""


def usable(unit_id: int, fiscal_year: int) -> list[Allotment]:
    """The unit's executable allotments of the year, in the order of project and economic class."""
    query = select(Allotment).where(usable_by(unit_id, fiscal_year))
    return list(session().scalars(query.order_by(Allotment.pro_cat_code, Allotment.doc_no, Allotment.id)))


def usable_by(unit_id: int, fiscal_year: int) -> ColumnElement[bool]:
    """Which allotments the unit may ask from in the year."""
    mine = and_(Allotment.unit_id == unit_id, Allotment.fiscal_year == fiscal_year)
    return and_(mine, Allotment.executable, Allotment.deleted.is_(False))


def standing_of(unit_id: int, fiscal_year: int) -> Mapping[int, Row[int, int, int, bool, bool]]:
    """Every allotment of the unit and year by id, with nothing but what decides whether it may be used."""
    columns = (Allotment.id, Allotment.unit_id, Allotment.fiscal_year, Allotment.executable, Allotment.deleted)
    query = select(*columns).where(Allotment.unit_id == unit_id, Allotment.fiscal_year == fiscal_year)
    return {row.id: row for row in session().execute(query)}


# What declaring and submitting look at, half of the columns; the others are read one by one when somebody asks.
_LOOKED_AT: Final = load_only(
    *(Allotment.bgt_id, Allotment.unit_id, Allotment.office_id, Allotment.fiscal_year, Allotment.doc_no),
    *(Allotment.pro_name, Allotment.pro_cat_code, Allotment.dep_eco_code, Allotment.dep_eco_name),
    *(Allotment.fund_type_code, Allotment.fund_type_name, Allotment.is_gov_pur, Allotment.executable),
    *(Allotment.deleted, Allotment.granted, Allotment.held, Allotment.posted),
    *(Allotment.three_guarantee_code, Allotment.doc_title, Allotment.extra),
)

# What a desk looks at, as bare rows.
_ON_A_DESK: Final = select(
    *(Allotment.id, Allotment.bgt_id, Allotment.office_id, Allotment.doc_no, Allotment.doc_title, Allotment.extra),
    *(Allotment.pro_name, Allotment.pro_cat_code, Allotment.dep_eco_code, Allotment.dep_eco_name),
    *(Allotment.fund_type_code, Allotment.three_guarantee_code, Allotment.is_gov_pur, Allotment.executable),
    *(Allotment.deleted, Allotment.granted, Allotment.held, Allotment.posted),
).where(Allotment.id.in_(bindparam("ids", expanding=True)))


def on_a_desk(allotment_ids: Iterable[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """What a desk looks at of these allotments, by id: balance, kind of spending, whose office, whether stopped."""
    return {row.id: row for row in session().execute(_ON_A_DESK, {"ids": list(set(allotment_ids))})}


_THESE: Final = select(Allotment).where(Allotment.id.in_(bindparam("ids", expanding=True)))
_BY_ID: Final = _THESE.options(_LOOKED_AT)
_WHOLE: Final = (
    _THESE.order_by(Allotment.id).with_for_update(key_share=True).execution_options(populate_existing=True)
)
_LOCKED: Final = _WHOLE.options(_LOOKED_AT)


def by_id(allotment_ids: Iterable[int]) -> dict[int, Allotment]:
    """Allotments by id, in one query."""
    asked = {"ids": list(set(allotment_ids))}
    return {allotment.id: allotment for allotment in session().scalars(_BY_ID, asked)}


def locked(allotment_ids: Iterable[int], *, whole: bool = False) -> dict[int, Allotment]:
    """The allotments held until the end of the transaction, always in the order of their ids (no deadlock).

    `whole` reads all of their columns, for the ledger.
    """
    asked = {"ids": list(set(allotment_ids))}
    return {allotment.id: allotment for allotment in session().scalars(_WHOLE if whole else _LOCKED, asked)}


def frozen_among(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, str]:
    """Those of the rows of `on_a_desk` whose funds have been stopped, with their labels; hardly ever any."""
    return {row.id: label_of(row) for row in rows if row.deleted or not row.executable}


def post(moves: Sequence[Move], *, by: Actor) -> None:
    """Add postings inside the caller's transaction; the trigger moves the balances under the CHECKs."""
    if not moves:
        return
    now = clock.now()
    rows = [
        {
            "allotment_id": move.allotment_id,
            "kind": move.kind,
            "amount": move.amount,
            "plan_line_id": move.plan_line_id,
            "revision": move.revision,
            "reason": move.reason,
            "at": now,
            "actor_id": by.id,
        }
        for move in moves
    ]
    session().flush()  # what the guards ask about comes first
    add_rows(Posting, rows)


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Which allotments a person may see."""
    if scope.whole_bureau:
        return Allotment.id.is_not(None)
    units = scope.read_unit_ids
    parts: list[ColumnElement[bool]] = [Allotment.unit_id.in_(units)] if units else []
    if scope.office_ids:
        parts.append(Allotment.office_id.in_(scope.office_ids))
    parts.extend(Unit.code.startswith(code, autoescape=True) for code in sorted(scope.department_codes))
    return or_(*parts) if parts else false()


def page_of(scope: Scope, fiscal_year: int, search: str, number: int) -> Page[Allotment]:
    """One page of visible allotments with their units."""
    query = select(Allotment).join(Allotment.unit).options(joinedload(Allotment.unit))
    query = query.where(*_selected(scope, fiscal_year, search))
    return paged(query.order_by(Unit.code, Allotment.pro_cat_code, Allotment.id), number)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of everything selected."""

    granted: Money
    held: Money
    posted: Money

    @property
    def available(self) -> Money:
        """What may still be asked for."""
        return available(self)


def totals(scope: Scope, fiscal_year: int, search: str) -> Totals:
    """The sums of everything selected, in one query."""
    sums = (func.sum(column) for column in (Allotment.granted, Allotment.held, Allotment.posted))
    query = select(*sums).join(Allotment.unit).where(*_selected(scope, fiscal_year, search))
    return Totals(*(amount or ZERO for amount in session().execute(query).one()))


def _selected(scope: Scope, fiscal_year: int, search: str) -> Iterator[ColumnElement[bool]]:
    yield in_scope(scope)
    yield Allotment.fiscal_year == fiscal_year
    yield Allotment.deleted.is_(False)
    if search:
        yield _matches(search)


def years(scope: Scope) -> list[int]:
    """The years of visible allotments, newest first."""
    query = select(Allotment.fiscal_year).join(Allotment.unit).where(in_scope(scope)).distinct()
    return list(session().scalars(query.order_by(Allotment.fiscal_year.desc())))


def _matches(search: str) -> ColumnElement[bool]:
    columns = (
        Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_name, Allotment.dep_eco_code, Unit.name, Unit.code,
    )  # fmt: skip
    spelt = Allotment.initials.contains(search.lower(), autoescape=True)
    return or_(spelt, *(column.contains(search, autoescape=True) for column in columns))


def get_visible(allotment_id: int, scope: Scope) -> Allotment:
    """The allotment if the person may see it. Raises `Missing` for an absent and a foreign one alike."""
    query = (
        select(Allotment)
        .join(Allotment.unit)
        .options(contains_eager(Allotment.unit), joinedload(Allotment.office))
        .where(Allotment.id == allotment_id, in_scope(scope))
    )
    found = session().scalars(query).first()
    if found is None:
        raise Missing()
    return found


def postings(allotment_id: int, kinds: Collection[PostingKind] = tuple(PostingKind)) -> list[Posting]:
    """The movements of one allotment, oldest first (指标卡片)."""
    query = select(Posting).where(Posting.allotment_id == allotment_id, Posting.kind.in_(kinds))
    return list(session().scalars(query.order_by(Posting.id)))


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting with the plan that caused it, if a plan did."""

    posting: Posting
    plan_id: UUID | None
    plan_number: str | None


# Plans lie to the right of allotments: their tables are asked by name, their classes are not imported.
_LINE: Final = table("plan_line", column("id", BigInteger), column("plan_id", Uuid))
_PLAN: Final = table("plan", column("id", Uuid), column("number", String))


def movements(allotment_id: int, number: int) -> Page[Movement]:
    """One page of the movements of an allotment, newest first (指标卡片)."""
    mine = Posting.allotment_id == allotment_id
    query = (
        select(Posting, _PLAN.c.id, _PLAN.c.number)
        .outerjoin(_LINE, Posting.plan_line_id == _LINE.c.id)
        .outerjoin(_PLAN, _LINE.c.plan_id == _PLAN.c.id)
        .where(mine)
        .order_by(Posting.id.desc())
    )
    total = session().scalar(select(func.count()).select_from(Posting).where(mine)) or 0
    rows = session().execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    return Page([Movement(*row) for row in rows], number, total)


def rows_of_year(division_code: str, fiscal_year: int, *, lock: bool = False) -> Sequence[Row[Any]]:
    """All allotments of a division and year as plain rows with the codes of unit and office, in the order of ids.

    With `lock` they are held until the end of the transaction, in the same order as everywhere else.
    """
    query = (
        select(Allotment.__table__, Unit.code.label("unit_code"), Office.code.label("office_code"))
        .join(Unit, Allotment.unit_id == Unit.id)
        .join(Office, Allotment.office_id == Office.id)
        .where(Allotment.division_code == division_code, Allotment.fiscal_year == fiscal_year)
        .order_by(Allotment.id)
    )
    return session().execute(query.with_for_update(key_share=True, of=Allotment) if lock else query).all()


def ids_of_year(division_code: str, fiscal_year: int) -> dict[str, int]:
    """The ids of all allotments of a division and year by their national key."""
    query = select(Allotment.bgt_id, Allotment.id).where(
        Allotment.division_code == division_code, Allotment.fiscal_year == fiscal_year
    )
    return dict(session().execute(query).all())
