"""The one entry: how many pages such a file has, and each of them as a PDF of one page. Runs in the jail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from core.errors import Refused
from core.files import FileKind
from vouchers.drawing import flow, invoices, ofd_pages, office
from vouchers.drawing.flow import Row

_Size = tuple[float, float]
_FLOWING: Final[dict[FileKind, tuple[Callable[[bytes], Iterable[Row]], _Size]]] = {
    FileKind.XML: (invoices.rows_of, (invoices.WIDTH, invoices.HEIGHT)),
    FileKind.XLSX: (office.rows_of_workbook, office.SHEET),
    FileKind.XLS: (office.rows_of_workbook, office.SHEET),
    FileKind.DOCX: (office.rows_of_text, office.PAPER),
}
LAID_OUT: Final = (FileKind.OFD, *_FLOWING)


def count_pages(data: bytes, kind: FileKind) -> int:
    """Raises what libraries raise on a broken file."""
    if kind is FileKind.OFD:
        return ofd_pages.count_pages(data)
    rows, size = _FLOWING[kind]
    return sum(1 for _ in flow.pages_of(rows(data), size[1]))


def page_pdf(data: bytes, kind: FileKind, number: int) -> bytes:
    """One page, counted from 1. Raises what libraries raise on a broken file."""
    if kind is FileKind.OFD:
        return ofd_pages.page_pdf(data, number)
    rows, size = _FLOWING[kind]
    page = next(islice(flow.pages_of(rows(data), size[1]), number - 1, None), None)
    if page is None:
        raise Refused("没有这一页。")
    return flow.draw(page, *size)
