"""One sheet of any length as an .xlsx file, row by row into a stream: constant memory, exact amounts."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from core.errors import Refused
from core.money import Money
from exports.workbooks import parts
from exports.workbooks.cells import WRITERS, Column, Kind, letters, money_cell, text_cell

LONGEST_SHEET: Final = 1_048_576
_ROWS_A_PIECE: Final = 500
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


def write_sheet(
    stream: IO[bytes], title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], totals: bool = False
) -> int:
    """Write the workbook and give the number of rows. The stream need not be seekable.

    With `totals`, a last row holds the exact sums of the columns marked `summed`, as values.
    Raises `Refused` when the rows do not fit on one sheet. The same rows give the same bytes.
    """
    sheet = _Sheet(title, columns, totals)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, "[Content_Types].xml", [parts.CONTENT_TYPES])
        _add(package, "_rels/.rels", [parts.PACKAGE_LINKS])
        _add(package, "xl/workbook.xml", [parts.workbook_xml(title, sheet.heading_rows)])
        _add(package, "xl/_rels/workbook.xml.rels", [parts.WORKBOOK_LINKS])
        _add(package, "xl/styles.xml", [parts.STYLES])
        _add(package, "xl/worksheets/sheet1.xml", sheet.pieces(rows))
    return sheet.written


def _add(package: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """One part of the package, in pieces; a fixed date keeps the file the same for the same content."""
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with package.open(entry, "w", force_zip64=name.endswith("sheet1.xml")) as part:
        for piece in pieces:
            part.write(piece.encode())


class _Sheet:
    """The sheet being written: how many rows so far, and the sums in fen."""

    def __init__(self, title: str, columns: Sequence[Column], totals: bool) -> None:
        self.title = title
        self.columns = columns
        self.totals = totals
        self.heading_rows = 2 if any(column.code for column in columns) else 1
        self.written = 0
        self._starts = [f'<c r="{letters(index)}' for index in range(len(columns))]
        self._sums = {index: 0 for index, column in enumerate(columns) if column.summed}

    def pieces(self, rows: Iterable[Sequence[object]]) -> Iterator[str]:
        """The sheet's XML from first to last character."""
        yield parts.sheet_start([column.width for column in self.columns], self.heading_rows)
        yield self._headings()
        yield from self._body(rows)
        last = self.heading_rows + self.written
        if self.totals:
            yield self._totals(last + 1)
        yield parts.sheet_end(self.title, f"A{self.heading_rows}:{letters(len(self.columns) - 1)}{last}")

    def _headings(self) -> str:
        """Chinese names in row 1; field codes in row 2 where the table has them."""
        rows = [[column.name for column in self.columns], [column.code for column in self.columns]]
        return "".join(self._text_row(number, rows[number - 1]) for number in range(1, self.heading_rows + 1))

    def _text_row(self, number: int, texts: Sequence[str]) -> str:
        cells = "".join(
            f"{start}{number}{text_cell(text, parts.HEADING)}" for start, text in zip(self._starts, texts, strict=True)
        )
        return f'<row r="{number}">{cells}</row>'

    def _body(self, rows: Iterable[Sequence[object]]) -> Iterator[str]:
        """Rows in pieces of some hundred, summing on the way."""
        spec = [(start, WRITERS[column.kind]) for start, column in zip(self._starts, self.columns, strict=True)]
        piece: list[str] = []
        for row in rows:
            self.written += 1
            self._check_room()
            self._sum(row)
            number = str(self.heading_rows + self.written)
            cells = [
                start + number + write(value)
                for value, (start, write) in zip(row, spec, strict=True)
                if value is not None and value != ""
            ]
            piece.append(f'<row r="{number}">{"".join(cells)}</row>')
            if len(piece) == _ROWS_A_PIECE:
                yield "".join(piece)
                piece.clear()
        yield "".join(piece)

    def _check_room(self) -> None:
        if self.heading_rows + self.written + self.totals > LONGEST_SHEET:
            raise Refused("导出的行数超过 Excel 单个工作表的上限（1048576 行），请缩小查询范围后重试。")

    def _sum(self, row: Sequence[object]) -> None:
        for index in self._sums:
            value = row[index]
            if isinstance(value, Money):
                self._sums[index] += value.fen

    def _totals(self, number: int) -> str:
        """合计 in the first column, sums where they mean something, and an empty border elsewhere."""
        cells = []
        for index, start in enumerate(self._starts):
            text = text_cell("合计" if index == 0 else "", parts.TOTAL_TEXT)
            total = money_cell(Money(self._sums[index]), parts.TOTAL_MONEY) if index in self._sums else text
            cells.append(f"{start}{number}{total}")
        return f'<row r="{number}">{"".join(cells)}</row>'


def money_column(name: str, code: str = "", summed: bool = True) -> Column:
    """An amount in yuan; summed unless it is a balance that stands in several rows."""
    return Column(name, Kind.MONEY, 16, code, summed)
