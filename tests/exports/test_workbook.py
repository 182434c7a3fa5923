"""Workbooks are read back with openpyxl, and their XML is read for the exact figures."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.money import Money
from exports.exchange import plan_voucher
from exports.ledgers import ledger_sheet
from exports.workbooks import writer
from exports.workbooks.cells import Column, Kind
from exports.workbooks.writer import money_column, write_sheet
from tests.exports.cast import POSTED

PURPOSE = Column("用途", width=30)
AMOUNT = money_column("金额")


def written(columns: Sequence[Column], rows: Sequence[Sequence[object]], totals: bool = False) -> io.BytesIO:
    stream = io.BytesIO()
    assert write_sheet(stream, "台账", columns, rows, totals) == len(rows)
    return stream


def opened(stream: io.BytesIO) -> Any:
    return openpyxl.load_workbook(stream).active


def xml_of(stream: IO[bytes]) -> str:
    return zipfile.ZipFile(stream).read("xl/worksheets/sheet1.xml").decode()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")']
ODD = [" 前后空格 ", "甲\n乙", "&<>\"'"]


@pytest.mark.parametrize("text", FORMULAS + ODD)
def test_text_stays_text(text: str) -> None:
    cell = opened(written([PURPOSE], [[text]]))["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_characters_that_xml_forbids_are_replaced() -> None:
    sheet = opened(written([PURPOSE], [["甲\x00\x0b\x1f\ud800\uffff乙"]]))
    assert sheet["A2"].value == "甲" + "\ufffd" * 5 + "乙"


@given(st.integers(-(10**14), 10**14))
def test_amounts_are_exact_in_the_file(fen: int) -> None:
    assert f"<v>{Money(fen).plain}</v>" in xml_of(written([AMOUNT], [[Money(fen)]]))


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30))
def test_totals_are_exact_to_the_fen(amounts: list[int]) -> None:
    stream = written([PURPOSE, AMOUNT], [["x", Money(fen)] for fen in amounts], totals=True)
    assert re.findall("<v>(.*?)</v>", xml_of(stream))[-1] == Money(sum(amounts)).plain
    assert opened(stream).cell(len(amounts) + 2, 1).value == "合计"


@given(st.text(max_size=80))
def test_any_text_can_be_opened(text: str) -> None:
    assert opened(written([PURPOSE], [["行" + text]]))["A2"].value.startswith("行")


def test_dates_and_times_are_dates_and_times() -> None:
    columns = [Column("日期", Kind.DATE), Column("时间", Kind.MOMENT), Column("张数", Kind.INTEGER)]
    moment = datetime(2026, 4, 28, 17, 5, 59)  # noqa: DTZ001  the bureau's own time
    sheet = opened(written(columns, [[date(2026, 5, 8), moment, 3]]))
    assert [cell.value for cell in sheet[2]] == [datetime(2026, 5, 8), moment, 3]  # noqa: DTZ001  cells know no zone
    assert sheet["A2"].number_format == "yyyy\\-mm\\-dd"


def test_a_value_of_the_wrong_kind_is_our_mistake() -> None:
    for column, value in ((AMOUNT, 1.5), (PURPOSE, 7), (Column("张数", Kind.INTEGER), "3")):
        with pytest.raises(TypeError):
            write_sheet(io.BytesIO(), "台账", [column], [[value]])


def test_the_sheet_prints_on_a4_with_its_headings_on_each_page() -> None:
    stream = io.BytesIO()
    write_sheet(stream, "五月/台账：甲&乙'", [PURPOSE, AMOUNT], [["x", Money(1)]])
    sheet = opened(stream)
    assert sheet.title == "五月 台账：甲&乙"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$1", "A2")
    assert sheet.column_dimensions["A"].width == 30
    assert sheet.auto_filter.ref == "A1:B2"


def test_the_same_rows_give_the_same_bytes() -> None:
    assert written([AMOUNT], [[Money(1)]]).getvalue() == written([AMOUNT], [[Money(1)]]).getvalue()


def test_too_many_rows_are_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LONGEST_SHEET", 3)
    with pytest.raises(Refused, match="缩小查询范围"):
        write_sheet(io.BytesIO(), "台账", [AMOUNT], [[Money(1)]] * 3)


def test_ledger_tells_the_whole_story_of_a_line() -> None:
    stream = io.BytesIO()
    assert ledger_sheet.write_ledger(stream, "用款计划台账", [POSTED, replace(POSTED, sequence=2)]) == 2
    rows = list(opened(stream).values)
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["月份"] == "05"
    assert first["凭证清单"] == "PZ-1、PZ-2"
    assert (first["批复人"], first["审核人"]) == ("李娟", None)
    assert dict(zip(rows[0], rows[3], strict=True))["批复数"] == 1999999.86
    assert "<v>1999999.86</v>" in xml_of(stream)


def national_fields() -> list[tuple[str, str]]:
    """Names and codes of the national dictionary, in its order."""
    with Path(__file__).with_name("PAY_PLAN_VOUCHER.csv").open(encoding="utf-8") as file:
        return [(row["name_zh"], row["field"]) for row in csv.DictReader(file)]


def test_each_national_field_takes_its_value_from_the_right_place() -> None:
    row = plan_voucher.plan_voucher_row(POSTED)
    assert (row.mof_div_code, row.agency_code, row.fund_type_name) == ("420303000", "201001", "一般公共预算拨款")
    assert (row.plan_app_amt, row.plan_amt) == (POSTED.applied, POSTED.approved)
    assert (row.update_time, row.create_time) == (POSTED.updated_at, POSTED.created_at)
    assert (row.bgt_dept_code, row.bgt_mof_dep_code, row.manage_mof_dep_code) == ("201", "", "05")
    assert (row.exp_func_code, row.gov_bgt_eco_code, row.dep_bgt_eco_code) == ("2050202", "50501", "30101")
    assert (row.pro_name, row.pay_type_code, row.bgt_id) == ("在职人员经费", "1", "ZB-2026-0001")


def test_plan_voucher_has_the_thirty_seven_national_columns() -> None:
    stream = io.BytesIO()
    plan_voucher.write_plan_vouchers(stream, [POSTED])
    names, codes, values = opened(stream).values
    assert len(codes) == 37
    assert list(zip(names, codes, strict=True)) == national_fields()
    row = dict(zip(codes, values, strict=True))
    assert (row["FISCAL_YEAR"], row["PLAN_MONTH"], row["IS_DELETED"]) == ("2026", "05", "2")
    assert (row["USE_DES"], row["BOND_CODE"]) == ("5月在职人员基本工资", None)
    assert "<v>999999.93</v>" in xml_of(stream)
    assert opened(stream).freeze_panes == "A3"
