"""A list of units or offices against what is stored: the rows to take over, and what they would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from accounts.units import store
from accounts.units.layout import UNITS, OfficeRow, UnitRow, parse_offices, parse_units
from accounts.units.models import Office, Unit
from accounts.units.rules import check_free, check_reopen
from core.differences import Difference, Record, compare
from core.errors import Refused
from core.sheets import Problem, Row, Table
from core.sheets.layout import parse_with


@dataclass(frozen=True, slots=True)
class UnitReading:
    """The units of a file and what they would change."""

    rows: list[UnitRow]
    difference: Difference


@dataclass(frozen=True, slots=True)
class OfficeReading:
    """The offices of a file and what they would change."""

    rows: list[OfficeRow]
    difference: Difference


def read_offices(table: Table, division: str) -> OfficeReading:
    """The offices of the file. Raises `BadTable` with every problem at once."""
    rows = parse_offices(table)
    before = {code: _office_record(office) for code, office in store.offices_by_code(division).items()}
    return OfficeReading(rows, compare(before, {row.code: _office_record(row) for row in rows}))


def _office_record(office: Office | OfficeRow) -> Record:
    return {"股室名称": office.name, "股室类型": office.kind.label}


def read_units(table: Table, division: str, *, lock: bool = False) -> UnitReading:
    """The units of the file. Raises `BadTable` with every problem at once.

    With `lock`, inside a transaction, the plans of the units that it closes are held until its end.
    """
    known, offices = store.units_by_code(division), store.offices_by_code(division)
    parents = {code[:-3] for code in known}
    closing = [unit.id for row in table.rows if (unit := known.get(row.values["ELE_CODE"])) and _closes(row, unit)]
    busy = store.plans_on_their_way(closing, lock=lock) if closing else {}
    others = (
        problem
        for row in table.rows
        for problem in (
            *_problems(row, parents, offices.keys(), division),
            *_problems_of_life(row, known.get(row.values["ELE_CODE"]), busy),
        )
    )
    rows = parse_with(lambda: parse_units(table, known.keys()), others)
    names = {code: f"{code} {office.name}" for code, office in offices.items()}
    before = {code: _stored_record(unit) for code, unit in known.items()}
    return UnitReading(rows, compare(before, {row.code: _row_record(row, names) for row in rows}))


def _problems(row: Row, parents: Set[str], offices: Set[str], division: str) -> Iterator[Problem]:
    """What only the stored tables can tell: the division, the office, and parents that take no units."""
    values = row.values
    if values["MOF_DIV_CODE"] != division:
        text = f"“{values['MOF_DIV_CODE']}”不是本财政区划“{division}”，请检查文件是否选错。"
        yield UNITS.problem(row.number, "MOF_DIV_CODE", text)
    if values["FININTORG"] and values["FININTORG"] not in offices:
        text = f"股室“{values['FININTORG']}”不存在，请核对代码，或者先导入财政内部机构。"
        yield UNITS.problem(row.number, "FININTORG", text)
    if values["IS_LEAF"] == "1" and values["ELE_CODE"] in parents:
        text = f"单位“{values['ELE_CODE']}”标为末级（1），系统里却有它的下级单位。"
        yield UNITS.problem(row.number, "IS_LEAF", text)


def _closes(row: Row, unit: Unit) -> bool:
    return unit.enabled and row.values["IS_ENABLED"] != "1"


def _problems_of_life(row: Row, unit: Unit | None, busy: Mapping[int, Sequence[str]]) -> Iterator[Problem]:
    """A unit is not closed over plans on their way, and a merged one is not opened again."""
    if unit is None:
        return
    try:
        check_reopen(unit, row.values["IS_ENABLED"] == "1")
        if _closes(row, unit):
            check_free(unit, busy.get(unit.id, ()), "停用")
    except Refused as refusal:
        yield UNITS.problem(row.number, "IS_ENABLED", str(refusal))


def _stored_record(unit: Unit) -> Record:
    office = f"{unit.office.code} {unit.office.name}" if unit.office else ""
    return _record(
        unit.name, unit.code[:-3], unit.kind.label, unit.is_leaf, unit.enabled, office,
        unit.credit_code, unit.exp_func_code,
    )  # fmt: skip


def _row_record(row: UnitRow, offices: Mapping[str, str]) -> Record:
    return _record(
        row.name, row.parent, row.unit_type, row.is_leaf, row.is_enabled, offices.get(row.office_code, ""),
        row.credit_code, row.exp_func_code,
    )  # fmt: skip


def _record(name: str, parent: str, kind: str, leaf: bool, enabled: bool, office: str, *codes: str) -> Record:
    credit, exp_func = codes
    return {
        "单位名称": name,
        "上级单位": parent,
        "单位类型": kind,
        "是否末级": _yes(leaf),
        "是否启用": _yes(enabled),
        "业务股室": office,
        "统一社会信用代码": credit,
        "默认支出功能分类": exp_func,
    }


def _yes(flag: bool) -> str:
    return "是" if flag else "否"
