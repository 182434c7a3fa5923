"""The import layouts of finance offices and of budget units, and the tree that units must form."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from accounts.units.rules import OfficeKind
from core.sheets import Column, Layout, Problem, Row, Table
from core.sheets.layout import check_problems

UNIT_TYPES: Final = ("行政单位", "事业单位")
_CODE_LENGTHS: Final = (3, 6, 9)
_ROOTS: Final = ("", "0")

# The offices of a county bureau that the product starts with.
DEFAULT_OFFICES: Final = Path(__file__).parent / "defaults" / "offices.csv"
OFFICE_KINDS: Final = {word: kind for kind in OfficeKind for word in (kind.label, kind.value)}

OFFICES: Final = Layout(
    name="财政内部机构",
    key="code",
    columns=(
        Column("code", "股室代码", True, "code", 6, ("代码", "编码", "ELE_CODE")),
        Column("name", "股室名称", True, "text", 90, ("名称", "ELE_NAME")),
        Column("kind", "股室类型", True, "text", 32, ("类型",)),
    ),
)

UNITS: Final = Layout(
    name="预算单位",
    key="ELE_CODE",
    columns=(
        Column("ELE_CODE", "单位代码", True, "code", 20, ("单位编码", "AGENCY_CODE")),
        Column("ELE_NAME", "单位名称", True, "text", 100, ("AGENCY_NAME",)),
        Column("PARENT_ID", "父级节点", False, "code", 38, ("上级单位代码", "上级代码")),
        Column("LEVEL_NO", "级次", False, "code", 2),
        Column("IS_LEAF", "是否末级", True, "flag"),
        Column("IS_ENABLED", "是否启用", True, "flag"),
        Column("MOF_DIV_CODE", "财政区划代码", True, "code", 9),
        Column("FISCAL_YEAR", "预算年度", True, "code", 4),
        Column("FININTORG", "财政内部机构", False, "code", 32, ("业务主管处室代码", "业务股室代码")),
        Column("AGENCYTYPE", "单位类型", True, "text", 32),
        Column("UNIFSOC_CRED_CODE", "统一社会信用代码", False, "code", 18),
        Column("EXP_FUNC_CODE", "默认支出功能分类", False, "code", 13, ("默认支出功能分类科目代码",)),
    ),
)


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One finance office as the file has it."""

    code: str
    name: str
    kind: OfficeKind


def parse_offices(table: Table) -> list[OfficeRow]:
    """The offices of the file, in its order. Raises `BadTable` with every problem at once."""
    check_problems(
        OFFICES.problem(row.number, "kind", f"“{row.values['kind']}”不是有效的股室类型，请填写{_kinds()}之一。")
        for row in table.rows
        if row.values["kind"] not in OFFICE_KINDS
    )
    return [OfficeRow(row.values["code"], row.values["name"], OFFICE_KINDS[row.values["kind"]]) for row in table.rows]


def _kinds() -> str:
    return "、".join(kind.label for kind in OfficeKind)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as the file has it. `parent` is "" for a department."""

    number: int
    code: str
    name: str
    parent: str
    level: int
    is_leaf: bool
    is_enabled: bool
    division: str
    fiscal_year: int
    office_code: str
    unit_type: str
    credit_code: str
    exp_func_code: str


def parse_units(table: Table, known_codes: Set[str] = frozenset()) -> list[UnitRow]:
    """The units of the file, in its order; `known_codes` are units that exist already.

    Raises `BadTable` with every problem at once.
    """
    codes = {row.values["ELE_CODE"] for row in table.rows} | known_codes
    parents = {_parent_of(row) for row in table.rows}
    check_problems(problem for row in table.rows for problem in _problems_of(row, codes, parents))
    return [_unit_of(row) for row in table.rows]


def _problems_of(row: Row, codes: Set[str], parents: Set[str]) -> Iterator[Problem]:
    yield from _problems_of_code(row)
    yield from _problems_of_place(row, codes, parents)
    unit_type = row.values["AGENCYTYPE"]
    if unit_type not in UNIT_TYPES:
        text = f"“{unit_type}”不是有效的单位类型，请填写“行政单位”或“事业单位”。"
        yield UNITS.problem(row.number, "AGENCYTYPE", text)
    year = row.values["FISCAL_YEAR"]
    if not (year.isdigit() and len(year) == 4):
        yield UNITS.problem(row.number, "FISCAL_YEAR", f"“{year}”不是有效的年度，请填写四位数字，例如 2026。")


def _problems_of_code(row: Row) -> Iterator[Problem]:
    """3-6-9 digits, and the level, if given, says the same."""
    code, level = row.values["ELE_CODE"], row.values["LEVEL_NO"]
    if not code.isdigit() or len(code) not in _CODE_LENGTHS:
        yield UNITS.problem(row.number, "ELE_CODE", f"“{code}”不是有效的单位代码，应为 3、6 或 9 位数字。")
    elif level and level != str(len(code) // 3):
        text = f"级次“{level}”与单位代码“{code}”的位数不符，应为 {len(code) // 3}。"
        yield UNITS.problem(row.number, "LEVEL_NO", text)


def _problems_of_place(row: Row, codes: Set[str], parents: Set[str]) -> Iterator[Problem]:
    """The parent is the code without its last three digits, exists, and is not itself a leaf."""
    code, parent = row.values["ELE_CODE"], _parent_of(row)
    if parent != code[:-3]:
        should = f"“{code[:-3]}”" if code[:-3] else "“0”（没有上级）"
        text = f"单位“{code}”的父级节点是“{row.values['PARENT_ID']}”，按代码应为{should}。"
        yield UNITS.problem(row.number, "PARENT_ID", text)
    elif parent and parent not in codes:
        text = f"单位“{code}”的上级“{parent}”不在文件中，系统里也没有，请先补上。"
        yield UNITS.problem(row.number, "PARENT_ID", text)
    if row.values["IS_LEAF"] == "1" and code in parents:
        text = f"单位“{code}”标为末级（1），文件中却有它的下级单位。"
        yield UNITS.problem(row.number, "IS_LEAF", text)


def _parent_of(row: Row) -> str:
    parent = row.values["PARENT_ID"]
    return "" if parent in _ROOTS else parent


def _unit_of(row: Row) -> UnitRow:
    values = row.values
    return UnitRow(
        number=row.number,
        code=values["ELE_CODE"],
        name=values["ELE_NAME"],
        parent=_parent_of(row),
        level=len(values["ELE_CODE"]) // 3,
        is_leaf=values["IS_LEAF"] == "1",
        is_enabled=values["IS_ENABLED"] == "1",
        division=values["MOF_DIV_CODE"],
        fiscal_year=int(values["FISCAL_YEAR"]),
        office_code=values["FININTORG"],
        unit_type=values["AGENCYTYPE"],
        credit_code=values["UNIFSOC_CRED_CODE"],
        exp_func_code=values["EXP_FUNC_CODE"],
    )
