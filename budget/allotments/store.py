"""Reading allotments, locking them in one order, and adding the postings that move their money."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, insert, or_, select
from sqlalchemy.orm import contains_eager

from accounts.people.rules import Scope
from accounts.units.models import Unit
from budget.allotments.models import Allotment, Posting
from budget.allotments.rules import PostingKind
from core import clock
from core.db import session
from core.errors import Missing
from core.history import Actor
from core.money import Money


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
    query = select(Allotment).where(
        Allotment.unit_id == unit_id,
        Allotment.fiscal_year == fiscal_year,
        Allotment.executable,
        Allotment.deleted.is_(False),
    )
    return list(session().scalars(query.order_by(Allotment.pro_cat_code, Allotment.doc_no, Allotment.id)))


def by_id(allotment_ids: Iterable[int]) -> dict[int, Allotment]:
    """Allotments by id, in one query."""
    query = select(Allotment).where(Allotment.id.in_(set(allotment_ids)))
    return {allotment.id: allotment for allotment in session().scalars(query)}


def locked(allotment_ids: Iterable[int]) -> dict[int, Allotment]:
    """The allotments held until the end of the transaction, always in the order of their ids (no deadlock)."""
    query = (
        select(Allotment)
        .where(Allotment.id.in_(set(allotment_ids)))
        .order_by(Allotment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {allotment.id: allotment for allotment in session().scalars(query)}


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
    session().execute(insert(Posting), rows)


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Which allotments a person may see."""
    if scope.whole_bureau:
        return Allotment.id.is_not(None)
    parts: list[ColumnElement[bool]] = [Allotment.unit_id.in_(scope.unit_ids)] if scope.unit_ids else []
    if scope.office_ids:
        parts.append(Allotment.office_id.in_(scope.office_ids))
    parts.extend(Unit.code.startswith(code, autoescape=True) for code in sorted(scope.department_codes))
    return or_(*parts) if parts else false()


def page_of(scope: Scope, fiscal_year: int, search: str, page: int, size: int) -> tuple[list[Allotment], bool]:
    """One page of visible allotments with their units, and whether there is a next page."""
    query = (
        select(Allotment)
        .join(Allotment.unit)
        .options(contains_eager(Allotment.unit))
        .where(in_scope(scope), Allotment.fiscal_year == fiscal_year, Allotment.deleted.is_(False))
    )
    if search:
        query = query.where(_matches(search))
    query = query.order_by(Unit.code, Allotment.pro_cat_code, Allotment.id)
    found = list(session().scalars(query.offset((page - 1) * size).limit(size + 1)))
    return found[:size], len(found) > size


def _matches(search: str) -> ColumnElement[bool]:
    columns = (
        Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_name, Allotment.dep_eco_code,
        Allotment.initials, Unit.name, Unit.code,
    )  # fmt: skip
    return or_(*(column.contains(search, autoescape=True) for column in columns))


def get_visible(allotment_id: int, scope: Scope) -> Allotment:
    """The allotment if the person may see it. Raises `Missing` for an absent and a foreign one alike."""
    query = select(Allotment).join(Allotment.unit).where(Allotment.id == allotment_id, in_scope(scope))
    found = session().scalars(query).first()
    if found is None:
        raise Missing()
    return found


def postings(allotment_id: int, kinds: Collection[PostingKind] = tuple(PostingKind)) -> list[Posting]:
    """The movements of one allotment, oldest first (指标卡片)."""
    query = select(Posting).where(Posting.allotment_id == allotment_id, Posting.kind.in_(kinds))
    return list(session().scalars(query.order_by(Posting.id)))
