"""Reading units and offices."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from accounts.units.models import Office, Unit
from core.db import session
from core.errors import Missing
from core.paging import Page, paged


def get_unit(unit_id: int) -> Unit:
    """The unit. Raises `Missing`."""
    unit = session().get(Unit, unit_id)
    if unit is None:
        raise Missing()
    return unit


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
