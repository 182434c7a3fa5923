"""A plan leaves the unit only with its papers; what is missing is named for every line at once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import Refused
from vouchers.papers import rules
from vouchers.papers.rules import Check, check_required, checklist, parse_kinds, parse_requirements

DEFAULTS = Path(rules.__file__).parent / "defaults"


def rows_of(name: str) -> list[dict[str, str]]:
    with (DEFAULTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


KINDS = parse_kinds(rows_of("kinds.csv"))
REQUIREMENTS = parse_requirements(rows_of("requirements.csv"))


@dataclass(frozen=True)
class ALine:
    dep_eco_code: str
    dep_eco_name: str = "某项费用"
    position: int = 1
    pro_cat_code: str = "21"
    is_gov_pur: bool = False


def a_row(**columns: str) -> Mapping[str, str]:
    plain = {
        "eco_prefix": "302",
        "pro_cat": "",
        "gov_pur": "",
        "kinds": "11",
        "required": "1",
        "basis": "",
        "text": "发票",
    }
    return plain | columns


def needed(line: ALine) -> list[str]:
    return [check.requirement for check in checklist(line, (), REQUIREMENTS) if check.required]


@pytest.mark.parametrize(
    ("code", "papers"),
    [
        ("30101", {"01"}),
        ("30113", {"03"}),
        ("30201", {"11", "12"}),
        ("30211", {"24"}),
        ("30215", {"21", "11"}),
        ("30217", {"23", "11"}),
        ("30226", {"19", "01"}),
        ("30305", {"05"}),
        ("31005", {"43", "44"}),
        ("31012", {"49"}),
        ("70101", set()),
    ],
)
def test_a_line_with_its_usual_papers_works(code: str, papers: set[str]) -> None:
    check_required([(ALine(code), papers)], REQUIREMENTS)


def test_all_that_is_missing_is_named_line_by_line() -> None:
    lines = [
        (ALine("30101", "基本工资", 1), {"01"}),
        (ALine("30201", "办公费", 2), set[str]()),
        (ALine("30211", "差旅费", 3), {"11"}),
    ]
    with pytest.raises(Refused) as refusal:
        check_required(lines, REQUIREMENTS)
    assert refusal.value.sentences == (
        "第 2 行（30201 办公费）缺少：发票、费用清单。",
        "第 3 行（30211 差旅费）缺少：差旅审批单及票据。",
    )


def test_one_of_several_kinds_suffices() -> None:
    (requirement,) = parse_requirements([a_row(kinds="14 | 19", text="合同或审批单")])
    line = ALine("30203")
    assert checklist(line, {"19"}, [requirement]) == [Check("合同或审批单", ("14", "19"), True, True, "")]
    assert checklist(line, {"11"}, [requirement])[0].missing


def test_an_optional_paper_is_shown_and_never_stops_a_plan() -> None:
    requirements = parse_requirements([a_row(required="2")])
    (check,) = checklist(ALine("30201"), (), requirements)
    assert not check.present
    assert not check.missing
    check_required([(ALine("30201"), ())], requirements)


def test_the_same_paper_is_asked_once_and_the_stricter_row_wins() -> None:
    requirements = parse_requirements([a_row(required="2"), a_row(gov_pur="1", required="1")])
    assert [check.required for check in checklist(ALine("30201"), (), requirements)] == [False]
    assert [check.required for check in checklist(ALine("30201", is_gov_pur=True), (), requirements)] == [True]


def test_government_procurement_asks_for_its_filing_and_contract() -> None:
    asked = needed(ALine("31002", is_gov_pur=True))
    assert {"政府采购计划备案", "发票", "验收单"} <= set(asked)
    assert "政府采购计划备案" not in needed(ALine("31002"))


def test_a_transfer_from_above_asks_for_its_notice() -> None:
    assert "上级指标文件" in needed(ALine("30201", pro_cat_code="32"))
    assert "上级指标文件" not in needed(ALine("30201", pro_cat_code="311"))


def test_an_empty_prefix_means_every_line() -> None:
    requirements = parse_requirements([a_row(eco_prefix="", kinds="17", text="批示")])
    assert checklist(ALine("50101"), (), requirements)[0].missing


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (a_row(kinds=" | "), "凭证要求表第 2 行没有填写凭证种类或名称。"),
        (a_row(text=" "), "凭证要求表第 2 行没有填写凭证种类或名称。"),
        (a_row(required="是"), "凭证要求表第 2 行的 required 应填 1（是）或 2（否），现为“是”。"),
        (a_row(gov_pur="x"), "凭证要求表第 2 行的 gov_pur 应填 1（是）或 2（否），现为“x”。"),
    ],
)
def test_a_bad_row_is_refused_with_its_number(row: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match="凭证要求表") as refusal:
        parse_requirements([row])
    assert str(refusal.value) == sentence


def test_the_default_table_only_names_kinds_that_exist() -> None:
    papers = {kind.code for kind in KINDS if kind.level == 2}
    assert {code for requirement in REQUIREMENTS for code in requirement.any_of} <= papers
    assert all(requirement.basis for requirement in REQUIREMENTS)


def test_the_default_table_asks_a_required_paper_of_every_economic_class() -> None:
    codes = [prefix for requirement in REQUIREMENTS for prefix in requirement.eco_prefixes if len(prefix) == 5]
    assert [code for code in codes if not needed(ALine(code))] == []


def test_a_kind_has_a_short_name_and_a_group() -> None:
    invoice = next(kind for kind in KINDS if kind.code == "11")
    assert (invoice.short_name, invoice.parent, invoice.level) == ("发票", "G02", 2)
