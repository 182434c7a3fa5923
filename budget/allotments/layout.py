"""The import layout of allotments (table BA_BGT_INFO of the national platform), and the rows as we use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.money import ZERO, Money
from core.sheets import Column, Layout, Problem, Row, Table
from core.sheets.layout import check_problems

# Required is what the product needs, not what the dictionary marks M: exports leave many of those empty.
ALLOTMENTS: Final = Layout(
    name="指标信息",
    key="BGT_ID",
    columns=(
        Column("BGT_ID", "指标主键", True, "code", 38),
        Column("MOF_DIV_CODE", "财政区划代码", True, "code", 9),
        Column("FISCAL_YEAR", "预算年度", True, "code", 4),
        Column("COR_BGT_DOC_NO", "本级指标文号", False, "text", 100, ("指标文号",)),
        Column("BGT_DOC_TITLE", "指标文标题", False, "text", 360, ("标题",)),
        Column("DOC_DATE", "发文时间", False, "date"),
        Column("BGT_DEC", "指标说明", False, "text", 360),
        Column("BUDGET_LEVEL_CODE", "预算级次代码", False, "code", 1),
        Column("SUP_BGT_DOC_NO", "上级指标文号", False, "text", 100),
        Column("PRO_CODE", "项目代码", True, "code", 21, ("项目编码",)),
        Column("BGT_EXE_FLAG", "指标可执行标志", True, "flag"),
        Column("IS_TRACK", "是否追踪", False, "flag"),
        Column("TRACK_PRO_CODE", "需要追踪项目代码", False, "code", 21),
        Column(
            "AGENCY_CODE",
            "单位代码",
            True,
            "code",
            21,
            (
                "单位编码",
                "预算单位代码",
            ),
        ),
        Column("FUND_TYPE_CODE", "资金性质代码", True, "code", 10),
        Column("MANAGE_MOF_DEP_CODE", "业务主管处室代码", True, "code", 6),
        Column("TP_FUNC_CODE", "转移支付支出功能分类科目代码", False, "code", 13),
        Column("EXP_FUNC_CODE", "支出功能分类科目代码", True, "code", 13),
        Column("GOV_BGT_ECO_CODE", "政府支出经济分类科目代码", False, "code", 11),
        Column("DEP_BGT_ECO_CODE", "部门支出经济分类科目代码", False, "code", 20),
        Column("BGT_TYPE_CODE", "指标类型代码", False, "code", 50),
        Column("AMOUNT", "指标金额", True, "money", None, ("金额",)),
        Column("BGT_MOF_DEP_CODE", "指标管理处室代码", False, "code", 6),
        Column("IS_GOV_PUR", "是否政府采购", False, "flag"),
        Column("UPDATE_TIME", "更新时间", False, "date"),
        Column("ADJ_BATCH_NO", "调整批次号", False, "text", 6),
        Column("ORI_BGT_ID", "源指标主键", False, "code", 38),
        Column("DIS_AMT", "调减（追减）金额", False, "money"),
        Column("CUR_AMT", "指标余额", False, "money"),
        Column("BGT_PMAN_ID", "项目年度预算主键", False, "code", 38),
        Column("IS_DELETED", "是否删除", False, "flag"),
        Column("SOURCE_TYPE_CODE", "指标来源代码", False, "code", 1),
        Column("CREATE_TIME", "创建时间", False, "date"),
        Column("REC_DIV_CODE", "接收方财政区划代码", False, "code", 9),
        Column("COUNT_FUND_PRO_CODE", "对应配套安排的中央项目代码", False, "code", 21),
        Column("PAY_APP_AMT", "已申请支付金额", False, "money"),
        Column("TASK_NO", "任务代码", False, "text", 38),
        Column("SPE_PRO_CODE", "具体实施项目", False, "code", 38),
        Column("MOF_DIV_NAME", "财政区划名称", False, "text", 100),
        Column("PRO_NAME", "项目名称", False, "text", 180),
        Column("AGENCY_NAME", "单位名称", False, "text", 300, ("预算单位",)),
        Column("FUND_TYPE_NAME", "资金性质名称", False, "text", 60, ("资金性质",)),
        Column("MANAGE_MOF_DEP_NAME", "业务主管处室名称", False, "text", 90, ("业务主管处室",)),
        Column("TP_FUNC_NAME", "转移支付功能分类科目名称", False, "text", 360),
        Column("EXP_FUNC_NAME", "支出功能分类科目名称", False, "text", 360),
        Column("GOV_BGT_ECO_NAME", "政府支出经济分类科目名称", False, "text", 360),
        Column("DEP_BGT_ECO_NAME", "部门支出经济分类科目名称", False, "text", 360),
        Column("BGT_TYPE_NAME", "指标类型名称", False, "text", 120, ("指标类型",)),
        Column("BGT_MOF_DEP_NAME", "指标管理处室名称", False, "text", 90, ("指标管理处室",)),
        Column("REC_DIV_NAME", "接收方财政区划名称", False, "text", 100),
        Column("TASK_NANME", "任务名称", False, "text", 180, ("TASK_NAME",)),
        Column("PAY_TYPE_NAME", "支付方式名称", False, "text", 120, ("支付方式",)),
        Column("EXP_LEVEL_CODE", "支出级次代码", False, "code", 1),
        Column("PAY_TYPE_CODE", "支付方式代码", False, "code", 2),
        Column("SOURCE_TYPE_NAME", "指标来源名称", False, "text", 60, ("指标来源",)),
        Column("TRACK_PRO_NAME", "需要追踪项目名称", False, "text", 180),
        Column("SPE_PRO_NAME", "具体项目名称", False, "text", 180),
        Column("EXP_LEVEL_NAME", "支出级次名称", False, "text", 30),
        # Beside the national 58, as the sample district exports them.
        Column("PRO_CAT_CODE", "项目类别代码", False, "code", 21, ("项目类别",)),
        Column("THREE_GUARANTEE_CODE", "“三保”标识代码", False, "code", 21, ("三保", "三保标识")),
    ),
)

# Which code table each column is checked against.
CODE_TABLES: Final = {
    "FUND_TYPE_CODE": "fund_type",
    "EXP_FUNC_CODE": "exp_func",
    "DEP_BGT_ECO_CODE": "dep_eco",
    "GOV_BGT_ECO_CODE": "gov_eco",
    "PRO_CAT_CODE": "pro_cat",
    "THREE_GUARANTEE_CODE": "three_guarantee",
    "PAY_TYPE_CODE": "pay_type",
    "BGT_TYPE_CODE": "bgt_type",
}

# Our name for each field that is text; the fields read otherwise are in `_allotment_of`.
TEXTS: Final = {
    "bgt_id": "BGT_ID",
    "division": "MOF_DIV_CODE",
    "doc_no": "COR_BGT_DOC_NO",
    "doc_title": "BGT_DOC_TITLE",
    "description": "BGT_DEC",
    "agency_code": "AGENCY_CODE",
    "office_code": "MANAGE_MOF_DEP_CODE",
    "office_name": "MANAGE_MOF_DEP_NAME",
    "fund_type_code": "FUND_TYPE_CODE",
    "fund_type_name": "FUND_TYPE_NAME",
    "exp_func_code": "EXP_FUNC_CODE",
    "exp_func_name": "EXP_FUNC_NAME",
    "gov_eco_code": "GOV_BGT_ECO_CODE",
    "gov_eco_name": "GOV_BGT_ECO_NAME",
    "dep_eco_code": "DEP_BGT_ECO_CODE",
    "dep_eco_name": "DEP_BGT_ECO_NAME",
    "pro_code": "PRO_CODE",
    "pro_name": "PRO_NAME",
    "pro_cat_code": "PRO_CAT_CODE",
    "bgt_type_code": "BGT_TYPE_CODE",
    "bgt_type_name": "BGT_TYPE_NAME",
    "source_type_code": "SOURCE_TYPE_CODE",
    "pay_type_code": "PAY_TYPE_CODE",
    "pay_type_name": "PAY_TYPE_NAME",
    "three_guarantee_code": "THREE_GUARANTEE_CODE",
    "bgt_mof_dep_code": "BGT_MOF_DEP_CODE",
    "bgt_mof_dep_name": "BGT_MOF_DEP_NAME",
}
_OTHERS: Final = ("FISCAL_YEAR", "DOC_DATE", "IS_GOV_PUR", "BGT_EXE_FLAG", "IS_DELETED", "AMOUNT")
_UNUSED: Final = tuple(column.code for column in ALLOTMENTS.columns if column.code not in {*TEXTS.values(), *_OTHERS})


@dataclass(frozen=True, slots=True)
class AllotmentRow:
    """One allotment as the file has it. `extra` keeps every other field that is not empty, by code or header."""

    number: int
    bgt_id: str
    division: str
    fiscal_year: int
    doc_no: str
    doc_title: str
    doc_date: date | None
    description: str
    agency_code: str
    office_code: str
    office_name: str
    fund_type_code: str
    fund_type_name: str
    exp_func_code: str
    exp_func_name: str
    gov_eco_code: str
    gov_eco_name: str
    dep_eco_code: str
    dep_eco_name: str
    pro_code: str
    pro_name: str
    pro_cat_code: str
    bgt_type_code: str
    bgt_type_name: str
    source_type_code: str
    pay_type_code: str
    pay_type_name: str
    is_gov_pur: bool
    executable: bool
    deleted: bool
    three_guarantee_code: str
    amount: Money
    bgt_mof_dep_code: str
    bgt_mof_dep_name: str
    extra: dict[str, str]


def parse_allotments(
    table: Table, known_units: Set[str], known_codes: Mapping[str, Set[str]], division: str, fiscal_year: int
) -> list[AllotmentRow]:
    """The allotments of the file, in its order.

    `known_codes` has the codes of each table in `CODE_TABLES`; a table that is absent or empty is not loaded
    and not checked. Raises `BadTable` with every problem at once.
    """
    expected = {"MOF_DIV_CODE": division, "FISCAL_YEAR": str(fiscal_year)}
    loaded = {column: codes for column, name in CODE_TABLES.items() if (codes := known_codes.get(name))}
    check_problems(problem for row in table.rows for problem in _problems_of(row, known_units, loaded, expected))
    return [_allotment_of(row) for row in table.rows]


def control_total(rows: Iterable[AllotmentRow]) -> Money:
    """The sum of all rows, deleted ones too, to be held against the total that came with the file."""
    return Money.total(row.amount for row in rows)


def _problems_of(
    row: Row, units: Set[str], loaded: Mapping[str, Set[str]], expected: Mapping[str, str]
) -> Iterator[Problem]:
    for column, value in expected.items():
        found = row.values[column]
        if found != value:
            text = f"“{found}”与本次导入的“{value}”不符，请检查文件是否选错。"
            yield ALLOTMENTS.problem(row.number, column, text)
    unit = row.values["AGENCY_CODE"]
    if unit not in units:
        text = f"单位“{unit}”不在预算单位中，请核对代码，或者先导入这个单位。"
        yield ALLOTMENTS.problem(row.number, "AGENCY_CODE", text)
    if Money.parse(row.values["AMOUNT"]) < ZERO:
        text = f"金额是负数（{row.values['AMOUNT']}），指标金额不能小于零。"
        yield ALLOTMENTS.problem(row.number, "AMOUNT", text)
    yield from _unknown_codes(row, loaded)


def _unknown_codes(row: Row, loaded: Mapping[str, Set[str]]) -> Iterator[Problem]:
    for column, codes in loaded.items():
        code = row.values[column]
        if code and code not in codes:
            text = f"代码“{code}”不在代码表中，请核对，或者先更新代码表。"
            yield ALLOTMENTS.problem(row.number, column, text)


def _allotment_of(row: Row) -> AllotmentRow:
    values = row.values
    texts = {ours: values[theirs] for ours, theirs in TEXTS.items()}
    return AllotmentRow(
        number=row.number,
        fiscal_year=int(values["FISCAL_YEAR"]),
        doc_date=date.fromisoformat(values["DOC_DATE"][:10]) if values["DOC_DATE"] else None,
        is_gov_pur=values["IS_GOV_PUR"] == "1",
        executable=values["BGT_EXE_FLAG"] == "1",
        deleted=values["IS_DELETED"] == "1",
        amount=Money.parse(values["AMOUNT"]),
        extra={code: values[code] for code in _UNUSED if values[code]} | row.extra,
        **texts,
    )
