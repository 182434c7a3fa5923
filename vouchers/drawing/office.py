"""Workbooks and Word texts as plain pages: what stands in them, without how it looked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from core.zips import check_zip
from vouchers.drawing.flow import Row, length_of
from vouchers.readers.xmltree import Node, parsed

# Landscape for tables, upright for texts.
SHEET: Final = (297.0, 210.0)
PAPER: Final = (210.0, 297.0)
_ROOM: Final = {SHEET: 267.0, PAPER: 180.0}
_ABOUT: Final = "本页由系统按文件里的{}排版，样式从略，以原件为准。"
_MOST_COLUMNS, _MOST_ROWS = 40, 1500
_SIZE, _SMALLEST = 3.0, 1.8
_WIDEST: Final = 60.0
_NARROWEST: Final = 8.0
_BLOCKS: Final = ("body", "sdt", "sdtContent", "ins", "txbxContent")

Cell = object


def rows_of_workbook(data: bytes) -> Iterator[Row]:
    """The visible sheets one after the other. Raises what calamine raises on a broken file."""
    if data.startswith(b"PK"):
        check_zip(data)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    room = _ROOM[SHEET]
    yield Row((_ABOUT.format("单元格内容"),), (room,), 2.6)
    for about in workbook.sheets_metadata:
        if about.visible is SheetVisibleEnum.Visible:
            yield Row((about.name,), (room,), 4.0, bold=True)
            yield from _table(workbook.get_sheet_by_name(about.name).to_python()[:_MOST_ROWS], room)


def _table(cells: Sequence[Sequence[Cell]], room: float) -> Iterator[Row]:
    """Columns as wide as their words, all of them smaller where they are too many for the page."""
    rows = [tuple(map(_said, row[:_MOST_COLUMNS])) for row in cells]
    wanted = [min(max(_wants(column), _NARROWEST), _WIDEST) for column in zip(*rows, strict=True)]
    if not wanted:
        return
    squeezed = min(1.0, room / sum(wanted))
    size = max(_SIZE * squeezed, _SMALLEST)
    widths = tuple(width * squeezed for width in wanted)
    figures = frozenset(index for index, column in enumerate(zip(*cells, strict=True)) if _is_figures(column))
    for row in rows:
        yield Row(row, widths, size, ruled=True, right=figures)
    if cells and len(cells[0]) > _MOST_COLUMNS:
        yield Row((f"右侧还有 {len(cells[0]) - _MOST_COLUMNS} 列，请下载原件查看。",), (room,), 2.6)


def _wants(column: Sequence[str]) -> float:
    """The room of the longest of its first words."""
    return 2.0 + max(length_of(line, _SIZE) for words in column[:200] for line in words[:200].split("\n"))


def _is_figures(column: Sequence[Cell]) -> bool:
    return any(isinstance(cell, int | float) for cell in column)


def _said(cell: Cell) -> str:
    """A cell as people write it; a day without a time is a day."""
    match cell:
        case bool():
            return "是" if cell else "否"
        case float():
            return f"{Decimal(repr(cell)):f}".removesuffix(".0")
        case datetime() if cell.time() == time():
            return f"{cell:%Y-%m-%d}"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return f"{cell:%Y-%m-%d}"
    return str(cell)


def rows_of_text(data: bytes) -> Iterator[Row]:
    """The paragraphs and tables of a Word text. Raises `Refused` for a damaged one."""
    check_zip(data)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        root = parsed(box.read("word/document.xml"))
    yield Row((_ABOUT.format("文字"),), (_ROOM[PAPER],), 2.6)
    yield from _blocks(root)


def _blocks(node: Node) -> Iterator[Row]:
    for child in node.children:
        if child.name == "p":
            yield Row((_words(child),), (_ROOM[PAPER],), 3.6)
        elif child.name == "tbl":
            yield from _rows(child)
        elif child.name in _BLOCKS:
            yield from _blocks(child)


def _rows(table: Node) -> Iterator[Row]:
    for row in table.named("tr"):
        cells = tuple("\n".join(_words(p) for p in cell.all() if p.name == "p") for cell in row.named("tc"))
        if cells:
            yield Row(cells[:_MOST_COLUMNS], (_ROOM[PAPER] / len(cells[:_MOST_COLUMNS]),) * len(cells), ruled=True)


def _words(paragraph: Node) -> str:
    """What is written; deleted text has another name and is left out."""
    marks = {"tab": "    ", "br": "\n", "cr": "\n"}
    return "".join(each.text if each.name == "t" else marks.get(each.name, "") for each in paragraph.all())
