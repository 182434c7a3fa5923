"""Replacing a code table by a file, and loading the tables that the product starts with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from budget.codes import store
from budget.codes.models import CodeEntry, EconomicMapping
from budget.codes.reading import CodeReading, Values, default_tables, read_codes, table_in
from budget.codes.rules import ECO_MAP, TABLES
from core import history
from core.db import alone, transaction
from core.differences import Difference
from core.history import Actor
from core.imports import Upload, note


def import_codes(upload: Upload, table_name: str, division: str, year: int, *, by: Actor) -> Difference:
    """Make the table of the year equal to the file, all or nothing. Raises `Refused`, naming codes still in use."""
    table = table_in(upload, table_name)
    with transaction() as work:
        alone(f"codes {division} {year}")
        reading = read_codes(table, table_name, division, year)
        if not reading.difference.is_empty:
            _replace(work, reading, table_name, division, year)
            what = f"导入{year}年“{TABLES[table_name]}”"
            note(upload, "codes", what, reading.difference, by=by, table=table_name, year=year)
    return reading.difference


def _replace(work: Session, reading: CodeReading, table_name: str, division: str, year: int) -> None:
    """Only rows that differ go and come; those that stay keep their ids."""
    touched = {entry.key for entry in (*reading.difference.changed, *reading.difference.absent)}
    added = {entry.key for entry in (*reading.difference.changed, *reading.difference.new)}
    if table_name == ECO_MAP:
        stale = [row.id for row in store.economic_map(division, year) if row.dep_eco_code in touched]
        work.execute(delete(EconomicMapping).where(EconomicMapping.id.in_(stale)))
    else:
        stale = [row.id for row in store.entries(division, year, table_name) if row.code in touched]
        work.execute(delete(CodeEntry).where(CodeEntry.id.in_(stale)))
    rows = {code: values for code, values in reading.rows.items() if code in added}
    _insert(work, rows, table_name, division, year)


def _insert(work: Session, rows: Mapping[str, Values], table_name: str, division: str, year: int) -> None:
    whose = {"division_code": division, "fiscal_year": year}
    if not rows:
        return
    if table_name == ECO_MAP:
        work.execute(insert(EconomicMapping), [{**whose, "dep_eco_code": code, **row} for code, row in rows.items()])
    else:
        whose_table = {**whose, "table_name": table_name}
        work.execute(insert(CodeEntry), [{**whose_table, "code": code, **row} for code, row in rows.items()])


def load_default_codes(division: str, year: int, *, by: Actor) -> dict[str, int]:
    """Fill every table of the year that is still empty; gives the loaded tables with their number of rows."""
    defaults = default_tables()
    with transaction() as work:
        alone(f"codes {division} {year}")
        filled = store.counts(division, year)
        loaded = {name: rows for name, rows in defaults.items() if name not in filled}
        for name, rows in loaded.items():
            _insert(work, rows, name, division, year)
        if loaded:
            total = sum(map(len, loaded.values()))
            summary = f"载入{year}年默认代码表 {len(loaded)} 张，共 {total} 条"
            history.record("codes", year, "load_defaults", summary, by=by, details={"tables": sorted(loaded)})
    return {name: len(rows) for name, rows in loaded.items()}
