"""The heading of a sheet: which rows hold names and codes, which column is which, in what unit amounts are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.sheets.cells import Cell, text_of
from core.sheets.layout import Column, Layout, Problem

Cells = Sequence[Sequence[Cell]]

_ROWS_SEARCHED: Final = 10
_ORNAMENT: Final = re.compile(r"""[\s*"'“”‘’「」\ufeff\u200b]""")
_UNIT: Final = re.compile(r"\((?:单位:?)?(?:人民币)?([^()]{0,2}元)\)$")
_UNIT_ABOVE: Final = re.compile(r"单位[:：]?\s*(?:人民币)?\s*([^\s元]{1,2}元)")
_UNITS: Final = ("元", "万元")


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known of a sheet after its heading: the first row of data, and each column's meaning."""

    first: int
    places: dict[int, Column]
    units: dict[int, str]
    extras: dict[int, str]
    found: tuple[str, ...]
    problems: tuple[Problem, ...]
    missing: tuple[Column, ...]

    @property
    def recognised(self) -> int:
        """How many of the expected columns are there."""
        return len(self.places)


def find_heading(cells: Cells, layout: Layout) -> Heading | None:
    """The first row, or pair of rows, that holds at least half of the required columns."""
    needed = max(1, (sum(column.required for column in layout.columns) + 1) // 2)
    for top in range(min(_ROWS_SEARCHED, len(cells))):
        if _required_in(cells[top], layout) >= needed:
            pair = top + 1 < len(cells) and _required_in(cells[top + 1], layout) >= needed
            return _heading(cells, top, top + 2 if pair else top + 1, layout)
    return None


def headers_seen(cells: Cells) -> list[str]:
    """The texts of the first row that is not blank, to tell the clerk what was found instead."""
    for row in cells:
        texts = [text_of(cell) for cell in row]
        if any(texts):
            return [text for text in texts if text]
    return []


def _required_in(row: Sequence[Cell], layout: Layout) -> int:
    columns = {column.code for cell in row if (column := _column_of(cell, layout)) and column.required}
    return len(columns)


def _column_of(cell: Cell, layout: Layout) -> Column | None:
    """The column that this header means: by code, Chinese name or alias, an amount also with its unit."""
    text = _bare(cell)
    named = _names(layout)
    column = named.get(text)
    if column is None and text.endswith(")"):
        column = named.get(_UNIT.sub("", text))
        column = column if column and column.kind == "money" else None
    return column


def _bare(cell: Cell) -> str:
    half = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else ""
    return _ORNAMENT.sub("", half).upper()


@lru_cache(maxsize=64)
def _names(layout: Layout) -> dict[str, Column]:
    """All spellings of all columns; an earlier kind of name wins over a later one."""
    names: dict[str, Column] = {}
    for spelling in ([c.code for c in layout.columns], [c.name_zh for c in layout.columns]):
        for column, name in zip(layout.columns, spelling, strict=True):
            names.setdefault(_bare(name), column)
    for column in layout.columns:
        for alias in column.aliases:
            names.setdefault(_bare(alias), column)
    return names


def _heading(cells: Cells, top: int, first: int, layout: Layout) -> Heading:
    rows = cells[top:first]
    width = max(len(row) for row in cells)
    headers = [[row[place] if place < len(row) else "" for row in rows] for place in range(width)]
    places, problems = _places(headers, layout)
    units, unit_problems = _units(cells[:first], places)
    present = {column.code for column in places.values()}
    return Heading(
        first=first,
        places=places,
        units=units,
        extras={at: _header_name(headers[at], at) for at in range(width) if at not in places},
        found=tuple(text for header in headers if (text := " ".join(filter(None, map(text_of, header))))),
        problems=(*problems, *unit_problems),
        missing=tuple(column for column in layout.columns if column.required and column.code not in present),
    )


def _header_name(header: Sequence[Cell], place: int) -> str:
    return next((text for cell in header if (text := text_of(cell))), f"第 {place + 1} 列")


def _places(headers: Sequence[Sequence[Cell]], layout: Layout) -> tuple[dict[int, Column], list[Problem]]:
    """Each sheet column's meaning. A field code is surer than a Chinese name, so codes choose first."""
    places: dict[int, Column] = {}
    problems: list[Problem] = []
    surely = {at: column for at, header in enumerate(headers) if (column := _by_code(header, layout))}
    coded = {column.code for column in surely.values()}
    for at, header in enumerate(headers):
        column = surely.get(at) or _by_name(header, layout, coded)
        if column and any(column is taken for taken in places.values()):
            problems.append(Problem(None, column.name_zh, "这一列在文件中出现了不止一次，请只保留一列。"))
        elif column:
            places[at] = column
    return places, problems


def _by_code(header: Sequence[Cell], layout: Layout) -> Column | None:
    columns = (column for cell in header if (column := _column_of(cell, layout)) and _bare(cell) == _bare(column.code))
    return next(columns, None)


def _by_name(header: Sequence[Cell], layout: Layout, coded: set[str]) -> Column | None:
    columns = (column for cell in header if (column := _column_of(cell, layout)) and column.code not in coded)
    return next(columns, None)


def _units(above: Cells, places: dict[int, Column]) -> tuple[dict[int, str], list[Problem]]:
    """The unit of each amount as its header declares it, 元 when it says nothing."""
    units: dict[int, str] = {}
    problems = _units_of_sheet(above, places)
    for at, column in places.items():
        if column.kind == "money":
            declared = [match[1] for row in above if at < len(row) and (match := _UNIT.search(_bare(row[at])))]
            units[at] = declared[0] if declared else "元"
            if units[at] not in _UNITS:
                text = f"金额单位“{units[at]}”不能识别，只能是“元”或“万元”。"
                problems.append(Problem(None, column.name_zh, text))
    return units, problems


def _units_of_sheet(above: Cells, places: dict[int, Column]) -> list[Problem]:
    """A unit written over the whole sheet ("单位：万元") is refused: read as yuan it would be wrong 10,000 times."""
    matches = (_UNIT_ABOVE.search(text_of(cell)) for row in above[:-1] for cell in row)
    declared = {match[1] for match in matches if match and match[1] not in ("人民币元",)}
    if not declared or all(column.kind != "money" for column in places.values()):
        return []
    unit = "、".join(sorted(declared))
    text = f"表头上方写着“单位：{unit}”。请把单位写进金额列的列名，例如“金额（万元）”，并删去这一行。"
    return [Problem(None, None, text)]
