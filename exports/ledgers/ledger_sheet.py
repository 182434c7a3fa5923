"""The line ledger 用款计划台账: one row for each posted plan line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import IO, Final

from exports.facts import Coded
from exports.ledger_row import LedgerRow, Mark
from exports.workbooks.cells import Column, Kind
from exports.workbooks.writer import money_column, write_sheet


def _coded(name: str, code_width: float = 12, name_width: float = 22) -> tuple[Column, Column]:
    return Column(f"{name}编码", width=code_width), Column(f"{name}名称", width=name_width)


def _marked(name: str) -> tuple[Column, Column]:
    return Column(f"{name}时间", Kind.MOMENT, 19), Column(f"{name}人", width=10)


COLUMNS: Final = (
    Column("台账序号", Kind.INTEGER, 9),
    Column("年度", width=6),
    Column("月份", width=6),
    Column("单据编号", width=26),
    Column("批复单号", width=26),
    *_coded("区划", 11, 16),
    *_coded("单位", 12, 30),
    Column("主管部门", width=22),
    Column("业务股室", width=14),
    Column("指标主键", width=20),
    Column("指标文号", width=20),
    *_coded("项目", 24, 34),
    *_coded("资金性质", 10, 20),
    *_coded("支出功能分类"),
    *_coded("政府经济分类"),
    *_coded("部门经济分类"),
    Column("项目类别", width=14),
    Column("三保标识", width=12),
    Column("三公标识", width=14),
    Column("政府采购", width=9),
    Column("支付方式", width=14),
    money_column("申报数"),
    money_column("建议数"),
    money_column("批复数"),
    *_marked("申报"),
    *_marked("审核"),
    *_marked("批复"),
    Column("用途", width=40),
    Column("凭证张数", Kind.INTEGER, 9),
    Column("凭证清单", width=30),
    Column("凭证校验", width=20),
    money_column("已支付"),
    money_column("计划余额"),
    Column("状态", width=10),
)


# Before the year's payments are imported the columns of the form are there, and say why they are empty.
_WITHOUT_PAYMENTS: Final = tuple(
    replace(column, name=f"{column.name}（暂无支付数据）", summed=False)
    if column.name in ("已支付", "计划余额")
    else column
    for column in COLUMNS
)


def write_ledger(stream: IO[bytes], title: str, rows: Iterable[LedgerRow], *, paid_known: bool = True) -> int:
    """Stream the line ledger with its totals; gives the number of rows."""
    columns = COLUMNS if paid_known else _WITHOUT_PAYMENTS
    return write_sheet(stream, title, columns, map(cells_of, rows), totals=True)


def cells_of(row: LedgerRow) -> tuple[object, ...]:
    """One row in the order of `COLUMNS`."""
    return (*_whose(row), *_what(row), *_how_much(row))


def _whose(row: LedgerRow) -> tuple[object, ...]:
    return (
        row.sequence,
        str(row.year),
        f"{row.month:02d}",
        row.plan_no,
        row.approval_no,
        *_pair(row.division),
        *_pair(row.unit),
        row.department.name,
        row.office.name,
    )


def _what(row: LedgerRow) -> tuple[object, ...]:
    return (
        row.allotment_id,
        row.doc_no,
        *_pair(row.project),
        *_pair(row.fund_type),
        *_pair(row.exp_func),
        *_pair(row.gov_eco),
        *_pair(row.dep_eco),
        row.pro_cat.name,
        row.three_guarantee.name,
        row.three_public.name,
        "是" if row.is_gov_pur else "否",
        row.pay_type.name,
    )


def _how_much(row: LedgerRow) -> tuple[object, ...]:
    return (
        row.applied,
        row.suggested,
        row.approved,
        *_moment(row.filed),
        *_moment(row.reviewed),
        *_moment(row.decided),
        row.purpose,
        len(row.papers),
        "、".join(row.papers),
        row.papers_digest,
        row.paid,
        row.balance,
        row.state,
    )


def _pair(element: Coded) -> tuple[str, str]:
    return element.code, element.name


def _moment(mark: Mark | None) -> tuple[datetime | None, str]:
    return (mark.at, mark.person) if mark else (None, "")
