"""The whole: a file and a layout in, a table out, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.errors import Refused
from core.sheets.headings import Heading, find_heading, headers_seen
from core.sheets.layout import BadTable, Column, Layout, Table, check_problems
from core.sheets.rows import read_rows
from core.sheets.workbooks import Sheet, sheets_of

LARGEST_FILE: Final = 50 * 1024**2
_HEADERS_SHOWN: Final = 12


def read_table(data: bytes, filename: str, layout: Layout, limit: int = LARGEST_FILE) -> Table:
    """Read the sheet that has the layout's headers from an .xlsx, .xls or .csv file.

    Raises `BadTable` with every problem of the file at once.
    """
    _check_size(data, filename, limit)
    sheet, heading = _chosen(_sheets(data, filename), layout)
    _check_heading(sheet, heading)
    rows, problems = read_rows(sheet.cells, heading, layout)
    check_problems(problems)
    if not rows:
        raise BadTable.because(f"工作表“{sheet.name}”只有列名，没有数据。")
    return Table(rows)


def _check_size(data: bytes, filename: str, limit: int) -> None:
    if not data:
        raise BadTable.because(f"文件“{filename}”是空的（0 字节），请检查后重新上传。")
    if len(data) > limit:
        size, most = (f"{number / 1024**2:.1f}".removesuffix(".0") for number in (len(data), limit))
        raise BadTable.because(f"文件“{filename}”有 {size} MB，超过 {most} MB 的上限，请拆分后再上传。")


def _sheets(data: bytes, filename: str) -> Iterable[Sheet]:
    """A refusal of the container is a problem of the whole file like any other."""
    try:
        yield from sheets_of(data, filename)
    except BadTable:
        raise
    except Refused as refusal:
        raise BadTable.because(str(refusal)) from refusal


def _chosen(sheets: Iterable[Sheet], layout: Layout) -> tuple[Sheet, Heading]:
    """The first sheet that has all required columns, else the one that has the most of them."""
    seen: list[Sheet] = []
    best: tuple[Sheet, Heading] | None = None
    for sheet in sheets:
        seen.append(sheet)
        heading = find_heading(sheet.cells, layout)
        if heading and not heading.missing:
            return sheet, heading
        if heading and (best is None or heading.recognised > best[1].recognised):
            best = sheet, heading
    if best is None:
        raise _no_sheet(seen, layout)
    return best


def _no_sheet(seen: list[Sheet], layout: Layout) -> BadTable:
    found = [(sheet.name, headers_seen(sheet.cells)) for sheet in seen]
    if not any(headers for _, headers in found):
        return BadTable.because("工作簿是空的，里面没有任何内容。")
    sheets = "；".join(f"“{name}”（{_listed(headers) or '空'}）" for name, headers in found)
    needed = _columns([column for column in layout.columns if column.required])
    return BadTable.because(f"没有找到“{layout.name}”的数据。需要的列有：{needed}。文件中的工作表有：{sheets}。")


def _check_heading(sheet: Sheet, heading: Heading) -> None:
    if heading.missing:
        found = _listed(heading.found)
        text = f"工作表“{sheet.name}”缺少列：{_columns(heading.missing)}。找到的列名有：{found}。"
        raise BadTable([*BadTable.because(text).problems, *heading.problems])
    check_problems(heading.problems)


def _columns(columns: Iterable[Column]) -> str:
    return "、".join(f"“{column.name_zh}”（{column.code}）" for column in columns)


def _listed(headers: Iterable[str]) -> str:
    texts = list(headers)
    more = f"……共 {len(texts)} 列" if len(texts) > _HEADERS_SHOWN else ""
    return "、".join(texts[:_HEADERS_SHOWN]) + more
