"""Importing code tables: our defaults, then each refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from budget.codes.layout import (
    CODES,
    DEFAULTS,
    ECO_MAP,
    PROVENANCE,
    CodeRow,
    EcoMapRow,
    parse_codes,
    parse_eco_map,
    parse_provenance,
)
from core.sheets import BadTable, Layout, Table, read_table
from tests.core.books import csv_bytes, xlsx

TABLES = sorted(path for path in DEFAULTS.glob("*.csv") if not path.name.startswith(("_", "map_")))


def table_of(path: Path, layout: Layout) -> Table:
    return read_table(path.read_bytes(), path.name, layout)


def codes(*rows: tuple[str, str, str, str]) -> list[CodeRow]:
    return parse_codes(read_table(csv_bytes([["code", "name", "parent", "level"], *rows]), "a.csv", CODES))


def sentence(*rows: tuple[str, str, str, str]) -> str:
    with pytest.raises(BadTable) as caught:
        codes(*rows)
    return str(caught.value.problems[0])


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_default_works(path: Path) -> None:
    assert parse_codes(table_of(path, CODES))


def test_the_defaults_are_whole() -> None:
    rows = {path.stem: parse_codes(table_of(path, CODES)) for path in TABLES}
    assert (len(rows), len(rows["exp_func"]), len(rows["dep_eco"]), len(rows["gov_eco"])) == (27, 1319, 109, 80)
    assert rows["exp_func"][2] == CodeRow("2010101", "行政运行", "20101", 3)


def test_every_default_code_has_its_provenance() -> None:
    sure = {(row.table, row.code) for row in parse_provenance(table_of(DEFAULTS / "_provenance.csv", PROVENANCE))}
    held = {(path.stem, row.code) for path in TABLES for row in parse_codes(table_of(path, CODES))}
    assert sure == held


def test_the_map_of_economic_classes_works() -> None:
    rows = parse_eco_map(table_of(DEFAULTS / "map_dep_eco_to_gov_eco.csv", ECO_MAP))
    assert len(rows) == 99
    assert rows[0] == EcoMapRow("30101", "基本工资", "50101", "工资奖金津补贴", "50501", "工资福利支出", "A")
    known = {row.code for row in parse_codes(table_of(DEFAULTS / "gov_eco.csv", CODES))} | {""}
    assert {row.gov_eco_code_admin for row in rows} | {row.gov_eco_code_institution for row in rows} <= known


@pytest.mark.parametrize("headers", [("代码", "名称", "上级代码", "级次"), ("编码", "名称", "上级编码", "级别")])
def test_chinese_headers_work(headers: tuple[str, ...]) -> None:
    table = read_table(xlsx([headers, ("01", "预算股", "", "")]), "a.xlsx", CODES)
    assert parse_codes(table) == [CodeRow("01", "预算股", "", 1)]


def test_an_unstated_level_is_counted() -> None:
    rows = codes(("1", "一", "0", ""), ("11", "二", "1", ""), ("111", "三", "11", ""))
    assert [(row.level, row.parent) for row in rows] == [(1, ""), (2, "1"), (3, "11")]


def test_a_code_twice() -> None:
    assert sentence(("1", "一", "", "1"), ("1", "二", "", "1")) == "第 3 行“代码”：“1”与第 2 行重复。"


def test_an_unknown_parent() -> None:
    text = "第 2 行“上级代码”：代码“11”的上级“1”不在文件中，请补上或更正。"
    assert sentence(("11", "一", "1", "2")) == text


def test_parents_in_a_circle() -> None:
    assert "绕成了圈" in sentence(("1", "一", "2", ""), ("2", "二", "1", ""), ("3", "三", "1", ""))
    assert "绕成了圈" in sentence(("1", "一", "1", ""))


@pytest.mark.parametrize("level", ["0", "x", "-1"])
def test_a_level_that_is_none(level: str) -> None:
    assert "不是有效的级次" in sentence(("1", "一", "", level))


def test_a_missing_name() -> None:
    assert sentence(("1", "", "", "1")).startswith("第 2 行“名称”：没有填写")


def test_a_class_mapped_to_nothing() -> None:
    header = ["dep_eco_code", "gov_eco_code_admin", "gov_eco_code_institution"]
    table = read_table(csv_bytes([header, ["30101", "", ""]]), "a.csv", ECO_MAP)
    with pytest.raises(BadTable, match="没有对应任何政府经济分类"):
        parse_eco_map(table)


def test_an_unknown_confidence() -> None:
    header = ["table", "code", "name", "confidence", "source"]
    table = read_table(csv_bytes([header, ["dep_eco", "1", "一", "Z", ""]]), "a.csv", PROVENANCE)
    with pytest.raises(BadTable, match="“Z”不是有效的可信度"):
        parse_provenance(table)
