"""Reading a table: every way a file may be refused, in sentences that a clerk can act on."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from openpyxl import Workbook

from core.errors import Refused
from core.sheets import BadTable, Column, Layout, Problem, read_table, trial
from tests.core.books import Rows, csv_bytes, saved, xlsx, zipped

LAYOUT = Layout(
    name="指标信息",
    key="ID",
    columns=(
        Column("ID", "主键", True, "code", 8),
        Column("NAME", "名称", False, "text", 10),
        Column("AMOUNT", "指标金额", True, "money"),
        Column("DAY", "发文时间", False, "date"),
    ),
)
NAMES = ["主键", "名称", "指标金额", "发文时间"]
DATA = ["01", "甲", "12.50", "2026-01-23"]


def refusal(data: bytes, filename: str = "指标.xlsx", **more: int) -> tuple[Problem, ...]:
    with pytest.raises(BadTable) as caught:
        read_table(data, filename, LAYOUT, **more)
    assert isinstance(caught.value, Refused)
    return caught.value.problems


def sentence(data: bytes, filename: str = "指标.xlsx", **more: int) -> str:
    [problem] = refusal(data, filename, **more)
    return str(problem)


def cell_sentence(column: str, cell: Any) -> str:
    row = [*DATA]
    row[NAMES.index(column)] = cell
    return sentence(xlsx([NAMES, row]))


def test_nothing_at_all() -> None:
    assert sentence(b"") == "文件“指标.xlsx”是空的（0 字节），请检查后重新上传。"


def test_too_large() -> None:
    data = xlsx([NAMES, DATA])
    assert "超过 0 MB 的上限" in sentence(data, limit=len(data) - 1)
    read_table(data, "指标.xlsx", LAYOUT, limit=len(data))


def test_a_renamed_executable() -> None:
    text = "文件“指标.xlsx”不是 Excel 工作簿（.xlsx、.xls），也不是 CSV 文本，请另选文件。"
    assert sentence(b"MZ\x90\x00\x03" + bytes(1000)) == text


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(50), b"%PDF-1.7\n\xff\xff\xfe\x00", b"\xff\xff\xff"])
def test_other_binary_files(data: bytes) -> None:
    assert "不是 Excel 工作簿" in sentence(data)


def test_a_zip_that_is_no_workbook() -> None:
    assert "不是 Excel 工作簿" in sentence(zipped({"a.txt": b"a"}))


def test_a_broken_xls() -> None:
    assert "不是 Excel 工作簿" in sentence(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


def test_a_web_page_saved_as_xls() -> None:
    assert "其实是网页" in sentence("<html><table><tr><td>主键</td></tr></table>".encode(), "指标.xls")


def test_a_zip_bomb() -> None:
    assert "解压后过大" in sentence(zipped({"xl/workbook.xml": b"a", "xl/worksheets/sheet1.xml": bytes(30_000_000)}))


def test_a_single_far_cell() -> None:
    """Five kilobytes that make the parser ask for 512 GB and abort: only the child may die of it."""
    book = Workbook()
    book.worksheets[0]["A1"] = "主键"
    book.worksheets[0]["XFD1048576"] = "x"
    assert "范围过大" in sentence(saved(book))


def test_a_workbook_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_args: object, **_more: object) -> None:
        raise subprocess.TimeoutExpired("python", 60)

    monkeypatch.setattr(trial.subprocess, "run", hang)  # type: ignore[attr-defined]
    assert "不予打开" in sentence(xlsx([NAMES, DATA]))


def test_an_empty_workbook() -> None:
    assert sentence(xlsx([])) == "工作簿是空的，里面没有任何内容。"


def test_headers_without_rows() -> None:
    assert sentence(xlsx([NAMES])) == "工作表“指标”只有列名，没有数据。"


def test_the_wrong_sheet() -> None:
    assert sentence(xlsx([["姓名", "工资"], ["张三", 1]], "工资表", 空表=[])) == (
        "没有找到“指标信息”的数据。需要的列有：“主键”（ID）、“指标金额”（AMOUNT）。"
        "文件中的工作表有：“工资表”（姓名、工资）；“空表”（空）。"
    )


def test_a_missing_column() -> None:
    text = "工作表“指标”缺少列：“指标金额”（AMOUNT）。找到的列名有：主键、名称、数额。"
    assert sentence(xlsx([["主键", "名称", "数额"], ["01", "甲", 1]])) == text


def test_a_column_twice() -> None:
    text = "“指标金额”：这一列在文件中出现了不止一次，请只保留一列。"
    assert sentence(xlsx([[*NAMES, "指标金额"], [*DATA, 2]])) == text


def test_a_duplicate_key() -> None:
    text = "第 4 行“主键”：“01”与第 2 行重复。"
    assert sentence(xlsx([NAMES, DATA, ["02", *DATA[1:]], DATA])) == text


def test_text_in_an_amount() -> None:
    text = "第 2 行“指标金额”：“十二元”不是有效的金额，请填写数字，例如 1234.50。"
    assert cell_sentence("指标金额", "十二元") == text


@pytest.mark.parametrize("cell", ["1.005", 1.005, 12.345])
def test_a_third_decimal_is_not_rounded_away(cell: object) -> None:
    assert "超过两位小数" in cell_sentence("指标金额", cell)


@pytest.mark.parametrize("cell", [True, "1E6", "12,34", "--1"])
def test_what_only_resembles_an_amount(cell: object) -> None:
    assert "金额" in cell_sentence("指标金额", cell)


@pytest.mark.parametrize("cell", [None, "  ", "=1/0"])
def test_a_required_cell_without_content(cell: object) -> None:
    assert cell_sentence("指标金额", cell).startswith("第 2 行“指标金额”：没有填写")


def test_a_text_too_long() -> None:
    assert cell_sentence("名称", "长" * 11) == "第 2 行“名称”：有 11 个字符，最多 10 个，请缩短。"


def test_a_long_code_stored_as_number() -> None:
    assert "超过 15 位的部分已经丢失" in cell_sentence("主键", 420303261010000012345)


@pytest.mark.parametrize("cell", ["2026-02-30", "明天", 5.0, "2026-13-01"])
def test_no_date(cell: object) -> None:
    assert "不是有效的日期" in cell_sentence("发文时间", cell)


def test_an_unknown_unit() -> None:
    text = "“指标金额”：金额单位“千元”不能识别，只能是“元”或“万元”。"
    assert sentence(xlsx([["主键", "指标金额（千元）"], ["01", 1]])) == text


def test_a_unit_over_the_whole_sheet() -> None:
    assert "请把单位写进金额列的列名" in sentence(xlsx([["单位：万元"], NAMES, DATA]))


def test_all_problems_at_once_in_the_order_of_rows() -> None:
    rows: Rows = [NAMES, ["01", "甲" * 11, "x", "y"], ["", "", 1, ""], ["01", "", "", ""]]
    places = [(problem.row, problem.column) for problem in refusal(csv_bytes(rows), "指标.csv")]
    assert places == [
        (2, "名称"), (2, "指标金额"), (2, "发文时间"), (3, "主键"), (4, "指标金额"), (4, "主键"),
    ]  # fmt: skip
