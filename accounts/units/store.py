"""Reading units and offices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import BigInteger, String, Uuid, column, or_, select, table
from sqlalchemy.orm import joinedload

from accounts.units.models import Office, Unit
from core.db import alone, session
from core.errors import Missing
from core.paging import Page, paged


def hold_tree() -> None:
    """Whoever changes units or offices does so alone, inside his transaction."""
    alone("import of units")


def get_unit(unit_id: int) -> Unit:
    """The unit. Raises `Missing`."""
    unit = session().get(Unit, unit_id)
    if unit is None:
        raise Missing()
    return unit


def get_whole(unit_id: int, division_code: str) -> Unit:
    """The division's unit with its office, parent and successor. Raises `Missing`."""
    query = select(Unit).where(Unit.id == unit_id, Unit.division_code == division_code)
    query = query.options(joinedload(Unit.office), joinedload(Unit.parent), joinedload(Unit.successor))
    unit = session().scalars(query).first()
    if unit is None:
        raise Missing()
    return unit


def locked(unit_id: int, division_code: str) -> Unit:
    """The division's unit, held until the transaction ends. Raises `Missing`."""
    unit = session().get(Unit, unit_id, with_for_update=True, populate_existing=True)
    if unit is None or unit.division_code != division_code:
        raise Missing()
    return unit


def find_unit(division_code: str, code: str) -> Unit | None:
    """The unit of this code, or None."""
    return session().scalars(select(Unit).where(Unit.division_code == division_code, Unit.code == code)).first()


def merged_into(unit_id: int) -> list[Unit]:
    """The units whose successor this one is."""
    return list(session().scalars(select(Unit).where(Unit.merged_into_id == unit_id).order_by(Unit.code)))


# Plans lie to the right of units: their table is asked by name, their class is not imported.
_PLAN: Final = table(
    "plan", column("id", Uuid), column("unit_id", BigInteger), column("number", String), column("state", String)
)
_ON_THEIR_WAY: Final = ("in_review", "suspended")
_NOT_YET: Final = ("draft", "returned")


def plans_on_their_way(unit_ids: Collection[int], *, lock: bool = False) -> dict[int, list[str]]:
    """The numbers of the units' plans that are in review or suspended, by unit.

    With `lock` all their unfinished plans are held until the transaction ends, in the order of ids, before anything
    else is: a submission in the same moment is over then, or finds the unit closed.
    """
    states = (*_ON_THEIR_WAY, *_NOT_YET) if lock else _ON_THEIR_WAY
    query = select(_PLAN).where(_PLAN.c.unit_id.in_(unit_ids), _PLAN.c.state.in_(states)).order_by(_PLAN.c.id)
    found: dict[int, list[str]] = defaultdict(list)
    for row in session().execute(query.with_for_update() if lock else query):
        if row.state in _ON_THEIR_WAY:
            found[row.unit_id].append(row.number)
    return {unit_id: sorted(numbers) for unit_id, numbers in found.items()}


def units(division_code: str) -> list[Unit]:
    """All units and departments of the division in the order of their codes, with their offices."""
    query = select(Unit).options(joinedload(Unit.office)).where(Unit.division_code == division_code)
    return list(session().scalars(query.order_by(Unit.code)))


def page_of(division_code: str, search: str, number: int) -> Page[Unit]:
    """One page of units in the order of their codes, with their offices."""
    query = select(Unit).options(joinedload(Unit.office)).where(Unit.division_code == division_code)
    if search:
        named = Unit.office.has(Office.name.contains(search, autoescape=True))
        query = query.where(
            or_(
                Unit.name.contains(search, autoescape=True),
                Unit.code.startswith(search, autoescape=True),
                named,
            )
        )
    return paged(query.order_by(Unit.code), number)


def units_by_code(division_code: str) -> dict[str, Unit]:
    """All units and departments of the division by code."""
    return {unit.code: unit for unit in units(division_code)}


def names_by_code(division_code: str, codes: Collection[str]) -> dict[str, str]:
    """The names of the units and departments of these codes."""
    query = select(Unit.code, Unit.name).where(Unit.division_code == division_code, Unit.code.in_(codes))
    return dict(session().execute(query).all())


def unit_codes(division_code: str) -> set[str]:
    """The codes of all units and departments of the division."""
    return set(session().scalars(select(Unit.code).where(Unit.division_code == division_code)))


def units_by_id(unit_ids: Iterable[int]) -> dict[int, Unit]:
    """Units by id, in one query."""
    query = select(Unit).where(Unit.id.in_(set(unit_ids))).order_by(Unit.code)
    return {unit.id: unit for unit in session().scalars(query)}


def offices(division_code: str) -> list[Office]:
    """The offices of the bureau in the order of their codes."""
    query = select(Office).where(Office.division_code == division_code).order_by(Office.code)
    return list(session().scalars(query))


def offices_by_code(division_code: str) -> dict[str, Office]:
    """The offices of the bureau by code."""
    return {office.code: office for office in offices(division_code)}


def department_of(unit: Unit) -> Unit | None:
    """The department at the top of the unit's branch."""
    query = select(Unit).where(Unit.division_code == unit.division_code, Unit.code == unit.department_code)
    return session().scalars(query).first()
