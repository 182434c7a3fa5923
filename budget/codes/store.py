"""Reading code tables of a division and year, and which of their codes allotments use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnClause, ColumnElement, Select, column, func, or_, select, table

from budget.codes.models import CodeEntry, EconomicMapping
from budget.codes.rules import ALLOTMENT_COLUMNS, ECO_MAP
from core.db import session
from core.paging import Page, paged


def entries(division: str, year: int, table_name: str) -> list[CodeEntry]:
    """The codes of one table in their order."""
    query = select(CodeEntry).where(*_of(division, year), CodeEntry.table_name == table_name)
    return list(session().scalars(query.order_by(CodeEntry.code)))


def page_of(division: str, year: int, table_name: str, search: str, number: int) -> Page[CodeEntry]:
    """One page of codes; the search takes the beginning of a code or a part of the name."""
    query = select(CodeEntry).where(*_of(division, year), CodeEntry.table_name == table_name)
    if search:
        begins = CodeEntry.code.startswith(search, autoescape=True)
        query = query.where(or_(begins, CodeEntry.name.contains(search, autoescape=True)))
    return paged(query.order_by(CodeEntry.code), number)


def codes_by_table(division: str, year: int, table_names: Collection[str]) -> dict[str, set[str]]:
    """The codes of several tables, in one query; a table that is not loaded is absent."""
    query = select(CodeEntry.table_name, CodeEntry.code).where(
        *_of(division, year), CodeEntry.table_name.in_(table_names)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for name, code in session().execute(query):
        found[name].add(code)
    return dict(found)


def _of(division: str, year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CodeEntry.division_code == division, CodeEntry.fiscal_year == year


def _map_query(division: str, year: int) -> Select[EconomicMapping]:
    query = select(EconomicMapping).where(
        EconomicMapping.division_code == division, EconomicMapping.fiscal_year == year
    )
    return query.order_by(EconomicMapping.dep_eco_code)


def economic_map(division: str, year: int) -> list[EconomicMapping]:
    """The map from department classes to government classes in the order of the codes."""
    return list(session().scalars(_map_query(division, year)))


def economic_map_page(division: str, year: int, number: int) -> Page[EconomicMapping]:
    """One page of the map."""
    return paged(_map_query(division, year), number)


def names(division: str, year: int, table_name: str, codes: Collection[str]) -> dict[str, str]:
    """The names of some codes of one table."""
    query = select(CodeEntry.code, CodeEntry.name).where(
        *_of(division, year), CodeEntry.table_name == table_name, CodeEntry.code.in_(codes)
    )
    return dict(session().execute(query).all())


def counts(division: str, year: int) -> dict[str, dict[str, int]]:
    """How many rows of each sureness each table has, the map included."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    sure = select(CodeEntry.table_name, CodeEntry.confidence, func.count()).where(*_of(division, year))
    for name, confidence, count in session().execute(sure.group_by(CodeEntry.table_name, CodeEntry.confidence)):
        found[name][confidence] = count
    mapped = select(EconomicMapping.confidence, func.count()).where(
        EconomicMapping.division_code == division, EconomicMapping.fiscal_year == year
    )
    for confidence, count in session().execute(mapped.group_by(EconomicMapping.confidence)):
        found[ECO_MAP][confidence] = count
    return dict(found)


def years(division: str) -> list[int]:
    """The years that have codes, newest first."""
    query = select(CodeEntry.fiscal_year).where(CodeEntry.division_code == division).distinct()
    return list(session().scalars(query.order_by(CodeEntry.fiscal_year.desc())))


def used_codes(division: str, year: int, table_name: str) -> set[str]:
    """The codes of the table that allotments of the year use."""
    if table_name not in ALLOTMENT_COLUMNS:
        return set()
    # Allotments lie to the right of codes: their table is asked by name, their class is not imported.
    used: ColumnClause[str] = column(ALLOTMENT_COLUMNS[table_name])
    allotment = table("allotment", column("division_code"), column("fiscal_year"), used)
    query = select(used).where(allotment.c.division_code == division, allotment.c.fiscal_year == year).distinct()
    return set(session().scalars(query.select_from(allotment)))
