"""Which code tables there are, how sure their rows are, and which of them allotments use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ECO_MAP: Final = "eco_map"

# In the order in which an administrator looks for them.
TABLES: Final = {
    "exp_func": "支出功能分类",
    "dep_eco": "部门支出经济分类",
    "gov_eco": "政府支出经济分类",
    ECO_MAP: "部门与政府经济分类对照",
    "fund_type": "资金性质",
    "pro_cat": "项目类别",
    "three_guarantee": "“三保”标识",
    "three_public": "“三公”经费",
    "bgt_type": "指标类型",
    "source_type": "指标来源",
    "pay_type": "支付方式",
    "voucher_kind": "凭证种类",
    "budget_level": "预算级次",
    "exp_type": "支出类型",
    "mof_div": "财政区划",
    "acct_type": "账户类型",
    "set_mode": "结算方式",
    "found_type": "资金到位类型",
    "fund_traobj_type": "资金往来对象",
    "control_type": "控制方式",
    "warn_level": "预警级别",
    "rule_group": "监控规则分组",
    "attach_kind_project": "项目附件种类",
    "plan_action": "计划操作",
    "plan_status": "计划状态",
    "bill_type_old": "原单据类型",
    "yes_no": "是否",
}

# The column of an allotment that holds codes of each table.
ALLOTMENT_COLUMNS: Final = {
    "fund_type": "fund_type_code",
    "exp_func": "exp_func_code",
    "dep_eco": "dep_eco_code",
    "gov_eco": "gov_eco_code",
    "pro_cat": "pro_cat_code",
    "three_guarantee": "three_guarantee_code",
    "pay_type": "pay_type_code",
    "bgt_type": "bgt_type_code",
}

# What the bureau has imported itself is as sure as it gets.
OWN_SOURCE: Final = "本单位导入"

CONFIDENCE_LABELS: Final = {
    "": "本单位导入",
    "A": "公开来源见过",
    "A-": "名称见过，代码待核",
    "B+": "与旧年度一致，待核",
    "B": "凭经验整理，待核",
    "C": "不确定，务必核对",
    "P": "建议值，可调整",
}


def is_unsure(confidence: str) -> bool:
    """Whether somebody should hold the row against the official book."""
    return confidence not in ("", "A", "P")


def removal_sentences(table_name: str, used: Iterable[str]) -> list[str]:
    """Why codes that allotments of the year use cannot go: one sentence for each."""
    table = TABLES[table_name]
    return [
        f"代码“{code}”不在新的“{table}”中，但本年度的指标正在使用，不能删除；请在文件中补上。" for code in sorted(used)
    ]
