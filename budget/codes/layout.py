"""The import layouts of code tables, of the map between economic classes, and of how sure each code is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.sheets import Column, Layout, Problem, Row, Table
from core.sheets.layout import check_problems

# The tables the product starts with; the finance bureau replaces them by its own books of the year.
DEFAULTS: Final = Path(__file__).with_name("defaults")

CODES: Final = Layout(
    name="代码表",
    key="code",
    columns=(
        Column("code", "代码", True, "code", 38, ("编码", "科目代码", "科目编码", "ELE_CODE")),
        Column("name", "名称", True, "text", 360, ("科目名称", "代码名称", "ELE_NAME")),
        Column("parent", "上级代码", False, "code", 38, ("上级编码", "父级代码", "父级节点", "PARENT_ID")),
        Column("level", "级次", False, "code", 2, ("级别", "LEVEL_NO")),
    ),
)

ECO_MAP: Final = Layout(
    name="部门经济分类与政府经济分类对照表",
    key="dep_eco_code",
    columns=(
        Column("dep_eco_code", "部门经济分类代码", True, "code", 20, ("部门支出经济分类科目代码",)),
        Column("dep_eco_name", "部门经济分类名称", False, "text", 360, ("部门支出经济分类科目名称",)),
        Column("gov_eco_code_admin", "政府经济分类代码（行政单位）", False, "code", 11),
        Column("gov_eco_name_admin", "政府经济分类名称（行政单位）", False, "text", 360),
        Column("gov_eco_code_institution", "政府经济分类代码（事业单位）", False, "code", 11),
        Column("gov_eco_name_institution", "政府经济分类名称（事业单位）", False, "text", 360),
        Column("confidence", "可信度", False, "code", 2),
    ),
)

PROVENANCE: Final = Layout(
    name="代码来源",
    columns=(
        Column("table", "代码表", True, "code", 38),
        Column("code", "代码", True, "code", 38),
        Column("name", "名称", True, "text", 360),
        Column("confidence", "可信度", True, "code", 2),
        Column("source", "来源", False, "text", 360),
    ),
)

# A seen in a public source … C unsure, P our proposal; see defaults/README.md.
CONFIDENCES: Final = ("A", "A-", "B+", "B", "C", "P")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code. `parent` is "" for a root; the level counts from 1."""

    code: str
    name: str
    parent: str
    level: int


@dataclass(frozen=True, slots=True)
class EcoMapRow:
    """Which government class a department's class belongs to, by kind of unit; "" where there is none."""

    dep_eco_code: str
    dep_eco_name: str
    gov_eco_code_admin: str
    gov_eco_name_admin: str
    gov_eco_code_institution: str
    gov_eco_name_institution: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ProvenanceRow:
    """How sure one code of one default table is, and why."""

    table: str
    code: str
    name: str
    confidence: str
    source: str


def parse_codes(table: Table) -> list[CodeRow]:
    """The codes of the file, in its order. Raises `BadTable` with every problem at once."""
    parents = {row.values["code"]: _parent_of(row) for row in table.rows}
    check_problems(problem for row in table.rows for problem in _code_problems(row, parents))
    return [
        CodeRow(row.values["code"], row.values["name"], _parent_of(row), _level_of(row, parents)) for row in table.rows
    ]


def parse_eco_map(table: Table) -> list[EcoMapRow]:
    """The map of economic classes. A class may lack one of its two government classes, not both."""
    check_problems(problem for row in table.rows for problem in _eco_map_problems(row))
    return [EcoMapRow(**row.values) for row in table.rows]


def parse_provenance(table: Table) -> list[ProvenanceRow]:
    """The sureness of every default code."""
    check_problems(problem for row in table.rows for problem in _confidence_problems(row, PROVENANCE))
    return [ProvenanceRow(**row.values) for row in table.rows]


def _parent_of(row: Row) -> str:
    parent = row.values["parent"]
    return "" if parent == "0" else parent


def _code_problems(row: Row, parents: Mapping[str, str]) -> Iterator[Problem]:
    code, parent, level = row.values["code"], _parent_of(row), row.values["level"]
    if parent and parent not in parents:
        yield CODES.problem(row.number, "parent", f"代码“{code}”的上级“{parent}”不在文件中，请补上或更正。")
    elif _is_circular(code, parents):
        yield CODES.problem(row.number, "parent", f"代码“{code}”的上级关系绕成了圈，请更正。")
    if level and not (level.isdecimal() and int(level) > 0):
        yield CODES.problem(row.number, "level", f"“{level}”不是有效的级次，请填写 1、2、3 这样的数字，或者留空。")


def _is_circular(code: str, parents: Mapping[str, str]) -> bool:
    passed = {code}
    above = parents.get(code, "")
    while above and above not in passed:
        passed.add(above)
        above = parents.get(above, "")
    return above == code


def _level_of(row: Row, parents: Mapping[str, str]) -> int:
    """As the file says, else counted up the tree."""
    if row.values["level"]:
        return int(row.values["level"])
    level, above = 1, _parent_of(row)
    while above:
        level, above = level + 1, parents[above]
    return level


def _eco_map_problems(row: Row) -> Iterator[Problem]:
    if not (row.values["gov_eco_code_admin"] or row.values["gov_eco_code_institution"]):
        text = f"代码“{row.values['dep_eco_code']}”没有对应任何政府经济分类，请至少填写一个。"
        yield ECO_MAP.problem(row.number, "gov_eco_code_admin", text)
    if row.values["confidence"]:
        yield from _confidence_problems(row, ECO_MAP)


def _confidence_problems(row: Row, layout: Layout) -> Iterator[Problem]:
    confidence = row.values["confidence"]
    if confidence not in CONFIDENCES:
        text = f"“{confidence}”不是有效的可信度，请填写 {'、'.join(CONFIDENCES)} 之一。"
        yield layout.problem(row.number, "confidence", text)
