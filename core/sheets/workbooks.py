"""The file itself: what it really is, whatever its name says, and the cells of its sheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import PurePath
from typing import Final
from zipfile import ZipFile

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from core.sheets import trial
from core.sheets.headings import Cells
from core.sheets.layout import BadTable
from core.zips import check_zip

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLSX_PART: Final = "xl/workbook.xml"
_TOO_MANY: Final = "表格的范围过大（行数乘列数超过一千万），系统不予打开。请删去多余的行和列后再上传。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its cells, from A1."""

    name: str
    cells: Cells


def sheets_of(data: bytes, filename: str) -> Iterator[Sheet]:
    """The sheets one after the other, visible ones first; the content decides, the name does not."""
    if data.startswith(_ZIP):
        check_zip(data)
        _check_xlsx(data, filename)
        yield from _workbook_sheets(data, filename)
    elif data.startswith(_OLE):
        yield from _workbook_sheets(data, filename)
    else:
        yield Sheet(PurePath(filename).stem, _csv_cells(data, filename))


def _not_a_workbook(filename: str) -> BadTable:
    return BadTable.because(f"文件“{filename}”不是 Excel 工作簿（.xlsx、.xls），也不是 CSV 文本，请另选文件。")


def _check_xlsx(data: bytes, filename: str) -> None:
    with ZipFile(BytesIO(data)) as archive:
        if _XLSX_PART not in archive.namelist():
            raise _not_a_workbook(filename)


def _workbook_sheets(data: bytes, filename: str) -> Iterator[Sheet]:
    _check_trial(data, filename)
    with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
        hidden_last = sorted(workbook.sheets_metadata, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
        for name in [sheet.name for sheet in hidden_last]:
            yield Sheet(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))


def _check_trial(data: bytes, filename: str) -> None:
    ended = trial.trial_of(data)
    if ended == trial.PASSWORD:
        raise BadTable.because(f"文件“{filename}”有密码保护，请去掉密码后再上传。")
    if ended == trial.UNREADABLE:
        raise _not_a_workbook(filename)
    if ended != trial.FINE:
        raise BadTable.because(_TOO_MANY)


def _csv_cells(data: bytes, filename: str) -> Cells:
    text = _decoded(data, filename)
    if text.lstrip()[:1] == "<":
        message = f"文件“{filename}”其实是网页，不是工作簿。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"
        raise BadTable.because(message)
    try:
        return list(csv.reader(StringIO(text, newline="")))
    except csv.Error:
        raise _not_a_workbook(filename) from None


def _decoded(data: bytes, filename: str) -> str:
    """UTF-8, or the GB 18030 that Excel writes in China; a binary file is neither."""
    if b"\0" not in data:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise _not_a_workbook(filename)
