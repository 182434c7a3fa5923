"""The rows under a heading: each cell read by its column's kind, everything wrong collected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import Refused
from core.sheets.cells import READERS, Cell, Reader, text_of
from core.sheets.headings import Cells, Heading
from core.sheets.layout import Column, Layout, Problem, Row


@dataclass(frozen=True, slots=True)
class _Place:
    """A column of the sheet, ready to be read."""

    at: int
    column: Column
    unit: str
    reader: Reader


def read_rows(cells: Cells, heading: Heading, layout: Layout) -> tuple[list[Row], list[Problem]]:
    """All rows that are not blank, and all problems in them."""
    places = [_Place(at, c, heading.units.get(at, "元"), READERS[c.kind]) for at, c in heading.places.items()]
    empty = dict.fromkeys((column.code for column in layout.columns), "")
    problems: list[Problem] = []
    rows: list[Row] = []
    for index in range(heading.first, len(cells)):
        if not _is_blank(cells[index]):
            values = _values(index + 1, cells[index], places, empty, problems)
            rows.append(Row(index + 1, values, _extra(cells[index], heading.extras)))
    problems.extend(_repeated(rows, layout))
    return rows, problems


def _is_blank(cells: Sequence[Cell]) -> bool:
    return not any(cell != "" and text_of(cell) for cell in cells)


def _values(
    number: int, cells: Sequence[Cell], places: list[_Place], empty: dict[str, str], problems: list[Problem]
) -> dict[str, str]:
    values = dict(empty)
    width = len(cells)
    for place in places:
        column = place.column
        try:
            cell = cells[place.at] if place.at < width else ""
            values[column.code] = text = place.reader(cell, place.unit) if cell != "" else ""
            _check_text(text, column)
        except Refused as refusal:
            problems.append(Problem(number, column.name_zh, str(refusal)))
    return values


def _check_text(text: str, column: Column) -> None:
    if column.required and not text:
        raise Refused("没有填写（或者公式没有算出结果），这一列每行都要有内容。")
    if column.max_length is not None and len(text) > column.max_length:
        raise Refused(f"有 {len(text)} 个字符，最多 {column.max_length} 个，请缩短。")


def _extra(cells: Sequence[Cell], extras: dict[int, str]) -> dict[str, str]:
    """What stands in columns that the layout does not know, by their headers."""
    width = len(cells)
    return {name: text for at, name in extras.items() if at < width and (text := text_of(cells[at]))}


def _repeated(rows: list[Row], layout: Layout) -> list[Problem]:
    """Rows that share the key with an earlier row; both are named."""
    problems: list[Problem] = []
    if layout.key is None:
        return problems
    first: dict[str, int] = {}
    for row in rows:
        value = row.values[layout.key]
        earlier = first.setdefault(value, row.number)
        if value and earlier != row.number:
            problems.append(layout.problem(row.number, layout.key, f"“{value}”与第 {earlier} 行重复。"))
    return problems
