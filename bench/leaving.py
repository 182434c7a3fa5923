"""What leaves the house, beside the bare library on the same rows: PDF by WeasyPrint, workbooks by openpyxl."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from io import BytesIO
from typing import Final

from flask import Flask
from openpyxl import Workbook
from weasyprint import HTML

from bench.figures import Figure, compare
from core.money import Money
from exports.documents.demand_sheet import demand_sheet
from exports.documents.line_facts import LineFacts
from exports.documents.pages import sheet_html
from exports.documents.render import render_pdf
from exports.ledger_row import LedgerRow
from exports.ledgers.ledger_sheet import cells_of, write_ledger
from tests.exports.cast import PLAN, POSTED, long_plan
from tests.world import World

PDF_AIMS: Final = {10: 250.0, 200: 1200.0}
EXPORT_AIM: Final = 9500 / 3
_ROWS: Final = 10_000


def figures(app: Flask, world: World) -> Iterator[Figure]:  # noqa: ARG001  every part is called alike
    """The demand sheet of 10 and 200 lines, and a ledger of 10,000 rows."""
    for count, aim in PDF_AIMS.items():
        lines = long_plan(count)
        html = sheet_html(demand_sheet(PLAN, lines))
        plain = _plain_table(lines)
        yield compare(
            f"PDF of {count} lines", partial(_ours, html), "bare WeasyPrint, the same words in a plain table",
            partial(_bare, plain), aim, rounds=3,
        )  # fmt: skip
    rows = [replace(POSTED, sequence=place + 1) for place in range(_ROWS)]
    yield compare(
        "ledger of 10,000 rows", lambda _: write_ledger(BytesIO(), "台账", rows),
        "bare openpyxl, write only", lambda _: _openpyxl(rows), EXPORT_AIM, rounds=1,
    )  # fmt: skip


def _ours(html: str, _: int) -> None:
    render_pdf(html)


def _bare(html: str, _: int) -> None:
    HTML(string=html).write_pdf()


def _plain_table(lines: Sequence[LineFacts]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{word}</td>' for word in _words(line))}</tr>" for line in lines)
    return f"<style>@page{{size:A4 landscape}}table{{table-layout:fixed;width:100%}}</style><table>{cells}</table>"


def _words(line: LineFacts) -> list[object]:
    return [getattr(line, field.name) for field in fields(line)][:19]


def _openpyxl(rows: Sequence[LedgerRow]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([cell.decimal if isinstance(cell, Money) else cell for cell in cells_of(row)])
    book.save(BytesIO())
