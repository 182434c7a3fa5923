"""Importing budget units: the sample district, then each refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.units.layout import UNITS, UnitRow, parse_units
from core.sheets import BadTable, read_table
from tests.core.books import csv_bytes

SAMPLE = Path(__file__).parents[2] / "demo" / "UNITS_420303000_2026.xlsx"
OLD_EXCEL = Path(__file__).with_name("two_units.xls")
HEADINGS = [
    "ELE_CODE", "ELE_NAME", "PARENT_ID", "LEVEL_NO", "IS_LEAF", "IS_ENABLED", "MOF_DIV_CODE", "FISCAL_YEAR",
    "AGENCYTYPE",
]  # fmt: skip
DEPARTMENT = ["101", "人大（部门）", "0", "1", "2", "1", "420303000", "2026", "行政单位"]
UNIT = ["101001", "人大", "101", "2", "1", "1", "420303000", "2026", "行政单位"]


def parsed(*rows: list[str], known_codes: frozenset[str] = frozenset()) -> list[UnitRow]:
    table = read_table(csv_bytes([HEADINGS, *rows]), "单位.csv", UNITS)
    return parse_units(table, known_codes)


def changed(row: list[str], **values: str) -> list[str]:
    return [values.get(code, value) for code, value in zip(HEADINGS, row, strict=True)]


def sentence(*rows: list[str]) -> str:
    with pytest.raises(BadTable) as caught:
        parsed(*rows)
    [problem] = caught.value.problems
    return str(problem)


def test_the_sample_district_works() -> None:
    units = parse_units(read_table(SAMPLE.read_bytes(), SAMPLE.name, UNITS))
    assert (len(units), sum(unit.is_leaf for unit in units)) == (163, 114)
    assert units[1] == UnitRow(
        number=4, code="101001", name="区人大常委会办公室", parent="101", level=2, is_leaf=True, is_enabled=True,
        division="420303000", fiscal_year=2026, office_code="03", unit_type="行政单位",
        credit_code="11420303188711545D", exp_func_code="2010101",
    )  # fmt: skip
    assert units[0].parent == ""


def test_an_old_excel_file_works() -> None:
    """Written by xlwt; some codes are numbers in it."""
    units = parse_units(read_table(OLD_EXCEL.read_bytes(), OLD_EXCEL.name, UNITS))
    found = [(unit.code, unit.parent, unit.fiscal_year) for unit in units]
    assert found == [("101", "", 2026), ("101001", "101", 2026)]


def test_three_levels_and_an_unstated_level_work() -> None:
    branch = changed(UNIT, ELE_CODE="101001001", PARENT_ID="101001", LEVEL_NO="")
    units = parsed(DEPARTMENT, changed(UNIT, IS_LEAF="2"), branch)
    assert [unit.level for unit in units] == [1, 2, 3]


def test_a_parent_that_is_known_already_works() -> None:
    assert parsed(UNIT, known_codes=frozenset({"101"}))[0].parent == "101"


def test_a_parent_that_nobody_knows() -> None:
    text = "第 2 行“父级节点”：单位“101001”的上级“101”不在文件中，系统里也没有，请先补上。"
    assert sentence(UNIT) == text


def test_a_parent_that_is_not_the_prefix() -> None:
    text = "第 3 行“父级节点”：单位“101001”的父级节点是“102”，按代码应为“101”。"
    assert sentence(DEPARTMENT, changed(UNIT, PARENT_ID="102")) == text


def test_a_department_with_a_parent() -> None:
    assert "应为“0”（没有上级）" in sentence(changed(DEPARTMENT, PARENT_ID="9"))


@pytest.mark.parametrize("code", ["1010", "A01", "1", "101001001001"])
def test_a_code_of_another_shape(code: str) -> None:
    row = changed(DEPARTMENT, ELE_CODE=code, PARENT_ID=code[:-3], LEVEL_NO="")
    with pytest.raises(BadTable, match="应为 3、6 或 9 位数字"):
        parsed(row)


def test_a_level_that_is_not_the_codes() -> None:
    assert "级次“3”与单位代码“101001”的位数不符，应为 2" in sentence(DEPARTMENT, changed(UNIT, LEVEL_NO="3"))


def test_a_leaf_with_units_under_it() -> None:
    assert "标为末级" in sentence(changed(DEPARTMENT, IS_LEAF="1"), UNIT)


def test_another_unit_type() -> None:
    assert "“企业”不是有效的单位类型" in sentence(changed(DEPARTMENT, AGENCYTYPE="企业"))


def test_no_year() -> None:
    assert "“26”不是有效的年度" in sentence(changed(DEPARTMENT, FISCAL_YEAR="26"))


def test_a_code_twice() -> None:
    assert sentence(DEPARTMENT, DEPARTMENT) == "第 3 行“单位代码”：“101”与第 2 行重复。"


def test_a_flag_that_is_none() -> None:
    assert "1（是）或 2（否）" in sentence(changed(DEPARTMENT, IS_LEAF="0"))


def test_all_problems_at_once() -> None:
    with pytest.raises(BadTable) as caught:
        parsed(changed(DEPARTMENT, AGENCYTYPE="企业", LEVEL_NO="2"), changed(UNIT, PARENT_ID="9"))
    assert [problem.row for problem in caught.value.problems] == [2, 2, 3]
