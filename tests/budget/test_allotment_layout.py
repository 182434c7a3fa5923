"""Importing allotments: the sample district, then each refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import thread_time

import pytest

from accounts.units.layout import UNITS, parse_units
from budget.allotments.layout import ALLOTMENTS, CODE_TABLES, AllotmentRow, control_total, parse_allotments
from budget.codes.layout import CODES, DEFAULTS, parse_codes
from core.money import Money
from core.sheets import BadTable, Table, read_table
from tests.core.books import csv_bytes, xlsx

DEMO = Path(__file__).parents[2] / "demo"
GOOD = {
    "BGT_ID": "A1", "MOF_DIV_CODE": "420303000", "FISCAL_YEAR": "2026", "AGENCY_CODE": "101001",
    "FUND_TYPE_CODE": "11111", "MANAGE_MOF_DEP_CODE": "03", "EXP_FUNC_CODE": "2010101", "AMOUNT": "100.00",
    "BGT_EXE_FLAG": "1", "PRO_CODE": "P1", "DEP_BGT_ECO_CODE": "30101",
}  # fmt: skip
KNOWN = {"fund_type": {"11111"}, "exp_func": {"2010101"}, "dep_eco": {"30101"}}


def sample() -> Table:
    path = DEMO / "BA_BGT_INFO_420303000_2026.xlsx"
    return read_table(path.read_bytes(), path.name, ALLOTMENTS)


def sample_units() -> set[str]:
    path = DEMO / "UNITS_420303000_2026.xlsx"
    return {unit.code for unit in parse_units(read_table(path.read_bytes(), path.name, UNITS))}


def default_codes() -> dict[str, set[str]]:
    paths = {name: DEFAULTS / f"{name}.csv" for name in CODE_TABLES.values()}
    return {
        name: {row.code for row in parse_codes(read_table(path.read_bytes(), path.name, CODES))}
        for name, path in paths.items()
    }


def parsed(*rows: Mapping[str, str], codes: Mapping[str, set[str]] = KNOWN) -> list[AllotmentRow]:
    data = csv_bytes([list(GOOD), *([*row.values()] for row in rows)])
    return parse_allotments(read_table(data, "指标.csv", ALLOTMENTS), {"101001"}, codes, "420303000", 2026)


def sentence(*rows: Mapping[str, str]) -> str:
    with pytest.raises(BadTable) as caught:
        parsed(*rows)
    [problem] = caught.value.problems
    return str(problem)


def test_the_sample_district_works() -> None:
    rows = parse_allotments(sample(), sample_units(), default_codes(), "420303000", 2026)
    assert (len(rows), control_total(rows)) == (2722, Money.yuan("1231480374.80"))
    first = rows[0]
    assert (first.number, first.doc_no, first.doc_date) == (3, "张财预〔2026〕1号", date(2026, 1, 23))
    assert (first.agency_code, first.office_name, first.amount) == ("101001", "行政政法股", Money.yuan("3521511.32"))
    assert (first.is_gov_pur, first.executable, first.deleted) == (False, True, False)
    assert first.extra["AGENCY_NAME"] == "区人大常委会办公室"
    assert "COUNT_FUND_PRO_CODE" not in first.extra


def test_the_sample_district_is_read_in_seconds() -> None:
    """About half a second in practice, in the time of this thread alone: what else the machine does is no matter."""
    start = thread_time()
    parse_allotments(sample(), sample_units(), {}, "420303000", 2026)
    assert thread_time() - start < 10


def test_the_layout_has_all_fields() -> None:
    assert len(ALLOTMENTS.columns) == 60
    assert sum(column.required for column in ALLOTMENTS.columns) == 10


def test_the_least_that_is_needed_works() -> None:
    [row] = parsed(GOOD)
    assert row.amount == Money.yuan(100)
    assert (row.doc_date, row.deleted, row.extra) == (None, False, {})


def test_local_columns_are_kept() -> None:
    data = xlsx([[*GOOD, "found_type"], [*GOOD.values(), "12"]])
    rows = parse_allotments(read_table(data, "a.xlsx", ALLOTMENTS), {"101001"}, {}, "420303000", 2026)
    assert rows[0].extra == {"found_type": "12"}


def test_ten_thousands_count_where_the_header_says_so() -> None:
    headers = ["指标金额（万元）" if code == "AMOUNT" else code for code in GOOD]
    table = read_table(xlsx([headers, [*GOOD.values()]]), "a.xlsx", ALLOTMENTS)
    assert parse_allotments(table, {"101001"}, {}, "420303000", 2026)[0].amount == Money.yuan(1_000_000)


def test_a_table_of_codes_that_is_not_loaded_is_not_checked() -> None:
    row = GOOD | {"DEP_BGT_ECO_CODE": "39999"}
    assert parsed(row, codes={**KNOWN, "dep_eco": set()})[0].dep_eco_code == "39999"
    assert parsed(row, codes={})[0].dep_eco_code == "39999"


def test_a_total_counts_every_row() -> None:
    [row] = parsed(GOOD)
    assert control_total([row, replace(row, deleted=True)]) == Money.yuan(200)
    assert control_total([]) == Money(0)


def test_an_unknown_unit() -> None:
    text = "第 2 行“单位代码”：单位“999001”不在预算单位中，请核对代码，或者先导入这个单位。"
    assert sentence(GOOD | {"AGENCY_CODE": "999001"}) == text


@pytest.mark.parametrize(
    ("code", "name"), [("DEP_BGT_ECO_CODE", "部门支出经济分类科目代码"), ("FUND_TYPE_CODE", "资金性质代码")]
)
def test_an_unknown_code(code: str, name: str) -> None:
    text = f"第 2 行“{name}”：代码“39999”不在代码表中，请核对，或者先更新代码表。"
    assert sentence(GOOD | {code: "39999"}) == text


def test_a_negative_amount() -> None:
    text = "第 2 行“指标金额”：金额是负数（-1.00），指标金额不能小于零。"
    assert sentence(GOOD | {"AMOUNT": "(1)"}) == text


@pytest.mark.parametrize(("code", "value"), [("MOF_DIV_CODE", "420304000"), ("FISCAL_YEAR", "2025")])
def test_another_division_or_year(code: str, value: str) -> None:
    assert f"“{value}”与本次导入的“{GOOD[code]}”不符" in sentence(GOOD | {code: value})


def test_a_key_twice() -> None:
    assert sentence(GOOD, GOOD) == "第 3 行“指标主键”：“A1”与第 2 行重复。"


def test_a_unit_list_instead_of_allotments() -> None:
    path = DEMO / "UNITS_420303000_2026.xlsx"
    with pytest.raises(BadTable, match="没有找到“指标信息”的数据"):
        read_table(path.read_bytes(), path.name, ALLOTMENTS)


def test_all_problems_at_once() -> None:
    bad = {"AGENCY_CODE": "9", "AMOUNT": "-1", "FISCAL_YEAR": "2025", "EXP_FUNC_CODE": "9"}
    with pytest.raises(BadTable) as caught:
        parsed(GOOD, GOOD | {"BGT_ID": "A2"} | bad, GOOD | {"BGT_ID": "A3", "AGENCY_CODE": "8"})
    assert [problem.row for problem in caught.value.problems] == [3, 3, 3, 3, 4]
