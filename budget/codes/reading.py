"""A code table against what is stored: the rows to take over, and what they would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from budget.codes import store
from budget.codes.layout import CODES, DEFAULTS, ECO_MAP, PROVENANCE, parse_codes, parse_eco_map, parse_provenance
from budget.codes.models import CodeEntry, EconomicMapping
from budget.codes.rules import ECO_MAP as ECO_MAP_NAME
from budget.codes.rules import OWN_SOURCE, TABLES, removal_sentences
from core.differences import Difference, Record, compare
from core.errors import Refused
from core.imports import Upload
from core.sheets import Layout, Problem, Table, read_table
from core.sheets.layout import parse_with

# The values of one row by column of the database, without its key.
Values = dict[str, Any]

_CODE_FIELDS: Final = {
    "name": "名称", "parent": "上级代码", "level": "级次", "confidence": "可信度", "source": "来源",
}  # fmt: skip
_MAP_FIELDS: Final = {
    "gov_eco_administrative": "政府经济分类（行政单位）", "gov_eco_institution": "政府经济分类（事业单位）",
    "confidence": "可信度",
}  # fmt: skip
# Default files whose name is not that of the table.
_FILES: Final = {"voucher_kind": "voucher_kind_proposal", ECO_MAP_NAME: "map_dep_eco_to_gov_eco"}


@dataclass(frozen=True, slots=True)
class CodeReading:
    """The rows of a file by code, and what they would change."""

    rows: dict[str, Values]
    difference: Difference


def layout_of(table_name: str) -> Layout:
    """What a file of this table must look like."""
    return ECO_MAP if table_name == ECO_MAP_NAME else CODES


def table_in(upload: Upload, table_name: str) -> Table:
    """The file as a table. Raises `BadTable`."""
    return read_table(upload.data, upload.filename, layout_of(table_name))


def read_codes(table: Table, table_name: str, division: str, year: int) -> CodeReading:
    """The rows and what they would change. Raises `BadTable`, or `Refused` when a code in use would go."""
    if table_name == ECO_MAP_NAME:
        rows = _map_rows(table, store.codes_by_table(division, year, ("dep_eco", "gov_eco")))
        known = {row.dep_eco_code: _texts(row, _MAP_FIELDS) for row in store.economic_map(division, year)}
        fields = _MAP_FIELDS
    else:
        rows = _code_rows(table)
        known = {entry.code: _texts(entry, _CODE_FIELDS) for entry in store.entries(division, year, table_name)}
        fields = _CODE_FIELDS
    gone = store.used_codes(division, year, table_name) & (known.keys() - rows.keys())
    if gone:
        raise Refused(*removal_sentences(table_name, gone))
    records = {code: {label: str(values[name]) for name, label in fields.items()} for code, values in rows.items()}
    return CodeReading(rows, compare(known, records, removes=True))


def _texts(row: CodeEntry | EconomicMapping, fields: Mapping[str, str]) -> Record:
    return {label: str(getattr(row, name)) for name, label in fields.items()}


def _code_rows(table: Table) -> dict[str, Values]:
    return {
        row.code: {
            "name": row.name, "parent": row.parent, "level": row.level, "confidence": "", "source": OWN_SOURCE,
        }
        for row in parse_codes(table)
    }  # fmt: skip


def _map_rows(table: Table, known: Mapping[str, set[str]] = MappingProxyType({})) -> dict[str, Values]:
    return {
        row.dep_eco_code: {
            "gov_eco_administrative": row.gov_eco_code_admin,
            "gov_eco_institution": row.gov_eco_code_institution,
            "confidence": row.confidence,
        }
        for row in parse_with(lambda: parse_eco_map(table), _unknown(table, known))
    }


def _unknown(table: Table, known: Mapping[str, set[str]]) -> Iterator[Problem]:
    """Both sides of the map must be in their tables, where those are loaded."""
    columns = {
        "dep_eco_code": "dep_eco", "gov_eco_code_admin": "gov_eco", "gov_eco_code_institution": "gov_eco",
    }  # fmt: skip
    for row in table.rows:
        for column, name in columns.items():
            code = row.values[column]
            if code and name in known and code not in known[name]:
                yield ECO_MAP.problem(row.number, column, f"代码“{code}”不在“{TABLES[name]}”中，请核对。")


def default_tables() -> dict[str, dict[str, Values]]:
    """Every table that the product starts with, each code with how sure it is and why."""
    provenance = parse_provenance(_default_table("_provenance", PROVENANCE))
    sure = {(row.table, row.code): {"confidence": row.confidence, "source": row.source} for row in provenance}
    tables: dict[str, dict[str, Values]] = {}
    for name in TABLES:
        stem = _FILES.get(name, name)
        table = _default_table(stem, layout_of(name))
        rows = _map_rows(table) if name == ECO_MAP_NAME else _code_rows(table)
        tables[name] = {code: values | sure.get((stem, code), {}) for code, values in rows.items()}
    return tables


def _default_table(stem: str, layout: Layout) -> Table:
    path = DEFAULTS / f"{stem}.csv"
    return read_table(path.read_bytes(), path.name, layout)
