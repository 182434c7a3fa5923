"""PAY_PLAN_VOUCHER 用款计划: the 37 fields of the national table, in its order (财办〔2023〕12号)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import IO, Final

from core.money import Money
from exports.facts import Coded, yes_no
from exports.ledger_row import LedgerRow
from exports.workbooks.cells import Column, Kind
from exports.workbooks.writer import money_column, write_sheet


@dataclass(frozen=True, slots=True)
class PlanVoucherRow:
    """One plan line in one month. The field names, in capitals and in this order, are the national field codes."""

    plan_id: str
    fiscal_year: str
    mof_div_code: str
    mof_div_name: str
    plan_voucher_no: str
    plan_month: str
    agency_code: str
    agency_name: str
    fund_type_code: str
    fund_type_name: str
    plan_app_amt: Money
    plan_amt: Money
    bond_code: str
    bond_name: str
    update_time: datetime
    is_deleted: str
    create_time: datetime
    bgt_id: str
    bgt_dept_code: str
    bgt_dept_name: str
    bgt_mof_dep_code: str
    bgt_mof_dep_name: str
    manage_mof_dep_code: str
    manage_mof_dep_name: str
    bgt_type_code: str
    bgt_type_name: str
    exp_func_code: str
    exp_func_name: str
    gov_bgt_eco_code: str
    gov_bgt_eco_name: str
    dep_bgt_eco_code: str
    dep_bgt_eco_name: str
    pro_code: str
    pro_name: str
    pay_type_code: str
    pay_type_name: str
    use_des: str


_NAMES: Final = (
    "用款计划主键",
    "预算年度",
    "财政区划代码",
    "财政区划名称",
    "计划明细编号",
    "计划月份",
    "单位代码",
    "单位名称",
    "资金性质代码",
    "资金性质名称",
    "计划申请金额",
    "计划审批金额",
    "债券代码",
    "债券名称",
    "更新时间",
    "是否删除",
    "创建时间",
    "指标主键",
    "预算部门代码",
    "预算部门名称",
    "指标管理处",
    "指标管理处名称",
    "业务主管处",
    "业务主管处名称",
    "指标类型代码",
    "指标类型名称",
    "支出功能分类科目代码",
    "支出功能分类科目名称",
    "政府支出经济分类代码",
    "政府支出经济分类名称",
    "部门支出经济分类代码",
    "部门支出经济分类名称",
    "项目代码",
    "项目名称",
    "支付方式代码",
    "支付方式名称",
    "用途",
)
_CODES: Final = tuple(field.name.upper() for field in fields(PlanVoucherRow))
_values = attrgetter(*(field.name for field in fields(PlanVoucherRow)))


def _column(name: str, code: str) -> Column:
    """The Chinese name over the field code; amounts and times are typed, codes stay text."""
    if code.endswith("_AMT"):
        return money_column(name, code)
    if code.endswith("_TIME"):
        return Column(name, Kind.MOMENT, 19, code)
    return Column(name, Kind.TEXT, 24 if code.endswith("_NAME") or code == "USE_DES" else 16, code)


COLUMNS: Final = tuple(_column(name, code) for name, code in zip(_NAMES, _CODES, strict=True))


def plan_voucher_row(row: LedgerRow) -> PlanVoucherRow:
    """A ledger row in the words of the national table: month with two digits, truth as 1 是 and 2 否."""
    return PlanVoucherRow(
        row.id,
        f"{row.year:04d}",
        *_pair(row.division),
        row.line_no,
        f"{row.month:02d}",
        *_pair(row.unit),
        *_pair(row.fund_type),
        row.applied,
        row.approved,
        *_pair(row.bond),
        row.updated_at,
        yes_no(row.is_deleted),
        row.created_at,
        row.allotment_id,
        *_pair(row.department),
        *_pair(row.allotment_office),
        *_pair(row.office),
        *_pair(row.bgt_type),
        *_pair(row.exp_func),
        *_pair(row.gov_eco),
        *_pair(row.dep_eco),
        *_pair(row.project),
        *_pair(row.pay_type),
        row.purpose,
    )


def _pair(element: Coded) -> tuple[str, str]:
    return element.code, element.name


def write_plan_vouchers(stream: IO[bytes], rows: Iterable[LedgerRow]) -> int:
    """Stream the table; no total row, since another system reads it. Gives the number of rows."""
    values = (_values(plan_voucher_row(row)) for row in rows)
    return write_sheet(stream, "PAY_PLAN_VOUCHER 用款计划", COLUMNS, values)
