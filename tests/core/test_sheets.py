"""Reading a table: what works, in every form a clerk may bring it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from core.sheets import BadTable, Column, Layout, Table, read_table
from tests.core.books import csv_bytes, saved, xlsx

LAYOUT = Layout(
    name="指标信息",
    key="ID",
    columns=(
        Column("ID", "主键", True, "code", 8),
        Column("NAME", "名称", False, "text", 10, ("项目名称",)),
        Column("AMOUNT", "指标金额", True, "money"),
        Column("DAY", "发文时间", False, "date"),
        Column("FLAG", "是否删除", False, "flag"),
    ),
)
NAMES = ["主键", "名称", "指标金额", "发文时间", "是否删除"]
CODES = ["ID", "NAME", "AMOUNT", "DAY", "FLAG"]
DATA = ["01", "甲", "12.50", "2026-01-23", "2"]
VALUES = dict(zip(CODES, DATA, strict=True))


def read(data: bytes) -> Table:
    return read_table(data, "指标.xlsx", LAYOUT)


def value_of(code: str, cell: Any, header: str | None = None) -> str:
    """What one cell becomes."""
    column = CODES.index(code)
    names, row = [*NAMES], [*DATA]
    names[column], row[column] = header or names[column], cell
    return read(xlsx([names, row])).rows[0].values[code]


@pytest.mark.parametrize("heading", [[NAMES, CODES], [CODES, NAMES], [NAMES], [CODES]])
def test_names_codes_or_both_work(heading: list[list[str]]) -> None:
    [row] = read(xlsx([*heading, DATA])).rows
    assert (row.number, row.values, row.extra) == (len(heading) + 1, VALUES, {})


def test_columns_in_any_order_work() -> None:
    assert read(xlsx([NAMES[::-1], CODES[::-1], DATA[::-1]])).rows[0].values == VALUES


def test_codes_match_in_any_case_and_names_with_ornaments() -> None:
    heading = ["＊主 键", "“名称”", "指标\n金额", "发文时间", "是否删除*"]
    assert read(xlsx([heading, DATA])).rows[0].values == VALUES
    assert read(xlsx([[code.lower() for code in CODES], DATA])).rows[0].values == VALUES


def test_an_alias_works() -> None:
    assert value_of("NAME", "甲", header="项目名称") == "甲"


def test_unknown_columns_are_kept_aside() -> None:
    [row] = read(xlsx([[*NAMES, "附注", ""], [*CODES, "REMARK", ""], [*DATA, " 注 ", 3]])).rows
    assert (row.values, row.extra) == (VALUES, {"附注": "注", "第 7 列": "3"})


def test_a_code_is_surer_than_a_name() -> None:
    [row] = read(xlsx([[*NAMES, "名称"], [*CODES, "OTHER"], [*DATA, "乙"]])).rows
    assert (row.values["NAME"], row.extra) == ("甲", {"名称": "乙"})


def test_an_absent_optional_column_is_empty() -> None:
    assert read(xlsx([["ID", "AMOUNT"], ["01", 1]])).rows[0].values["NAME"] == ""


def test_blank_rows_are_skipped_and_rows_numbered_as_in_excel() -> None:
    table = read(xlsx([["张湾区指标表"], [], NAMES, CODES, [], DATA, [" ", None], ["02", *DATA[1:]]]))
    assert [row.number for row in table.rows] == [6, 8]


def test_merged_and_hidden_rows_are_read() -> None:
    book = Workbook()
    page = book.worksheets[0]
    for row in [["张湾区指标表"], NAMES, DATA, ["02", *DATA[1:]]]:
        page.append(row)
    page.merge_cells("A1:E1")
    page.row_dimensions[3].hidden = True
    assert len(read(saved(book)).rows) == 2


def test_the_first_sheet_with_the_headers_is_taken() -> None:
    data = xlsx([["说明"], ["请填写"]], "说明", 数据=[NAMES, DATA], 又一=[NAMES, ["09", *DATA[1:]]])
    assert read(data).rows[0].values["ID"] == "01"


def test_a_complete_sheet_wins_over_an_incomplete_one() -> None:
    assert read(xlsx([["主键", "名称"], ["x", "y"]], "旧", 新=[NAMES, DATA])).rows[0].values == VALUES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_works(encoding: str) -> None:
    table = read_table(csv_bytes([NAMES, CODES, DATA], encoding), "指标.csv", LAYOUT)
    assert table.rows[0].values == VALUES


def test_the_content_decides_and_not_the_name() -> None:
    assert read_table(xlsx([NAMES, DATA]), "指标.csv", LAYOUT).rows[0].values == VALUES
    assert read_table(csv_bytes([NAMES, DATA]), "指标.xls", LAYOUT).rows[0].values == VALUES


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1,234.5", "1234.50"), ("１，２３４．５０", "1234.50"), (" ￥12 ", "12.00"), (1, "1.00"),
        (0.1 + 0.2, "0.30"), (1231480374.8, "1231480374.80"), (999999999999.99, "999999999999.99"), (-5, "-5.00"),
        (4.35 * 100, "435.00"),
    ],
)  # fmt: skip
def test_amounts_are_exact(cell: object, text: str) -> None:
    assert value_of("AMOUNT", cell) == text


@pytest.mark.parametrize(
    ("header", "cell", "text"),
    [
        ("指标金额（万元）", 1.5, "15000.00"),
        ("指标金额(单位：万元)", "12.3456", "123456.00"),
        ("指标金额（万元）", 0.1 + 0.2, "3000.00"),
        ("指标金额（元）", 1.5, "1.50"),
    ],
)
def test_the_unit_comes_from_the_header(header: str, cell: object, text: str) -> None:
    assert value_of("AMOUNT", cell, header) == text


def test_the_unit_counts_in_the_name_row_too() -> None:
    names = ["主键", "名称", "指标金额（万元）", "发文时间", "是否删除"]
    assert read(xlsx([names, CODES, DATA])).rows[0].values["AMOUNT"] == "125000.00"


@pytest.mark.parametrize(
    ("cell", "text"), [(101.0, "101"), ("１０１", "101"), (" 01 ", "01"), ("\u200b01", "01"), ("'01", "01")]
)
def test_codes_are_cleaned(cell: object, text: str) -> None:
    assert value_of("ID", cell) == text


@pytest.mark.parametrize(("cell", "text"), [("Ａ（甲）", "Ａ（甲）"), (1.0, "1"), (0.5, "0.5"), (True, "TRUE")])
def test_text_stays_as_typed(cell: object, text: str) -> None:
    assert value_of("NAME", cell) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (date(2026, 1, 23), "2026-01-23"), (datetime(2026, 1, 23, 9, 30), "2026-01-23 09:30:00"),  # noqa: DTZ001  cells know no zone
        ("2026/1/3", "2026-01-03"), ("2026年1月3日", "2026-01-03"), ("20260103", "2026-01-03"),
        (20260103, "2026-01-03"),
        (46045, "2026-01-23"), ("2026-01-23 09:00:00", "2026-01-23 09:00:00"), (" ", ""),
    ],
)  # fmt: skip
def test_dates_become_iso(cell: object, text: str) -> None:
    assert value_of("DAY", cell) == text


@pytest.mark.parametrize(("cell", "text"), [(1, "1"), ("是", "1"), (2.0, "2"), ("否", "2"), (False, "2"), (None, "")])
def test_flags_become_one_or_two(cell: object, text: str) -> None:
    assert value_of("FLAG", cell) == text


@pytest.mark.parametrize("cell", [0, "有", "Y"])
def test_other_flags_are_refused(cell: object) -> None:
    with pytest.raises(BadTable, match="1（是）或 2（否）"):
        value_of("FLAG", cell)
