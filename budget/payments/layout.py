"""The import layout of payments (table PAY_VOUCHER_BILL of the national platform), and the rows as we use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from core.money import ZERO, Money
from core.sheets import Column, Layout, Row

# Required is what the product needs, not what the dictionary marks M: exports leave many of those empty.
PAYMENTS: Final = Layout(
    name="支付凭证",
    key="PAY_CERT_ID",
    columns=(
        Column("PAY_CERT_ID", "支付凭证主键", True, "code", 38),
        Column("FUND_TYPE_CODE", "资金性质代码", False, "code", 10),
        Column("FISCAL_YEAR", "年度", True, "code", 4, ("预算年度",)),
        Column("VOU_DATE", "凭证日期", False, "date"),
        Column("PAY_CERT_NO", "支付凭证号", True, "code", 100),
        Column("PAY_ACCT_NAME", "付款人全称", False, "text", 300),
        Column("PAY_ACCT_NO", "付款人账号", False, "code", 40),
        Column("PAY_ACCT_BANK_NAME", "付款人开户银行", False, "text", 180),
        Column("PAYEE_ACCT_NAME", "收款人全称", False, "text", 300),
        Column("PAYEE_ACCT_NO", "收款人账号", False, "code", 40),
        Column("PAYEE_ACCT_BANK_NAME", "收款人开户银行", False, "text", 180, ("收款人开户行",)),
        Column("PAY_AMT", "支付金额", True, "money"),
        Column("LQD_QUOTA_NOTICE_NO", "清算额度通知单号", False, "code", 100),
        Column("PAY_CERT_SUM_NO", "支付凭证汇总清单号", False, "code", 100),
        Column("LQD_CERT_NO", "划款凭证单号", False, "code", 100),
        Column("EXP_FUNC_CODE", "支出功能分类科目代码", False, "code", 13),
        Column("GOV_BGT_ECO_CODE", "政府支出经济分类代码", False, "code", 11),
        Column("DEP_BGT_ECO_CODE", "部门支出经济分类代码", False, "code", 20),
        Column("AGENT_BUSINESS_NO", "银行交易流水号", False, "code", 360),
        Column("XPAY_AMT", "实际支付金额", False, "money"),
        Column("XPAY_DATE", "实际支付日期", False, "date"),
        Column("AGENCY_CODE", "单位代码", True, "code", 21, ("单位编码",)),
        Column("USE_DES", "用途", False, "text", 300),
        Column("SET_MODE_CODE", "结算方式代码", False, "code", 2),
        Column("PRO_CODE", "项目代码", False, "code", 21, ("项目编码",)),
        Column("MOF_DIV_CODE", "财政区划代码", True, "code", 9),
        Column("FOREIGN_AMT", "外币金额", False, "text"),
        Column("CURRENCY_CODE", "币种代码", False, "code", 3),
        Column("EST_RAT", "汇率", False, "text"),
        Column("RECEIVER_CODE", "收款人代码", False, "code", 42),
        Column("RECEIPT_ADD_WORD", "回单附言", False, "text", 300),
        Column("XPAYEE_ACCT_NAME", "实际收款人全称", False, "text", 300),
        Column("XPAYEE_ACCT_NO", "实际收款人账号", False, "code", 40),
        Column("XPAYEE_ACCT_BANK_NAME", "实际收款人开户银行名称", False, "text", 180),
        Column("UPDATE_TIME", "更新时间", False, "date"),
        Column("IS_DELETED", "是否删除", False, "flag"),
        Column("CREATE_TIME", "创建时间", False, "date"),
        Column("DEPT_CODE", "部门代码", False, "code", 40),
        Column("PAY_BUS_TYPE_CODE", "支付业务类型代码", False, "code", 40),
        Column("ACT_LQD_DATE", "实际清算日期", False, "date"),
        Column("MOF_DIV_NAME", "财政区划名称", False, "text", 360),
        Column("AGENCY_NAME", "单位名称", False, "text", 300),
        Column("DEPT_NAME", "部门名称", False, "text", 150),
        Column("FUND_TYPE_NAME", "资金性质名称", False, "text", 60),
        Column("EXP_FUNC_NAME", "支出功能分类科目名称", False, "text", 360),
        Column("GOV_BGT_ECO_NAME", "政府支出经济分类名称", False, "text", 360),
        Column("DEP_BGT_ECO_NAME", "部门支出经济分类名称", False, "text", 360),
        Column("PRO_NAME", "项目名称", False, "text", 180),
        Column("PAY_BUS_TYPE_NAME", "支付业务类型名称", False, "text", 30),
        Column("SET_MODE_NAME", "结算方式名称", False, "text", 60),
        Column("ABSTRACT", "凭证摘要", False, "text", 300),
        Column("CHECK_NO", "支票号", False, "code", 40),
        Column("CURRENCY_NAME", "币种名称", False, "text", 10),
        Column("PAY_CODE", "缴款识别码", False, "code", 100),
        Column("TAXAYER_ID", "纳税人识别号", False, "code", 20),
        Column("TAX_ORG_CODE", "税务征收机关代码", False, "code", 12),
        Column("TAX_BILL_NO", "申报税凭证号", False, "code", 20),
        # Beside the national 57: the allotment paid from, as the sample district exports it.
        Column("BGT_ID", "指标主键", True, "code", 38),
    ),
)
_READ: Final = frozenset(
    {
        "PAY_CERT_ID", "FISCAL_YEAR", "PAY_CERT_NO", "PAY_ACCT_NAME", "PAY_ACCT_NO", "PAY_ACCT_BANK_NAME",
        "PAYEE_ACCT_NAME", "PAYEE_ACCT_NO", "PAYEE_ACCT_BANK_NAME", "XPAY_AMT", "XPAY_DATE", "AGENCY_CODE", "USE_DES",
        "MOF_DIV_CODE", "IS_DELETED", "BGT_ID",
    }
)  # fmt: skip
_UNUSED: Final = tuple(column.code for column in PAYMENTS.columns if column.code not in _READ)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One voucher of the file. Without a day and amount that the bank reports (实际支付) it is not paid yet."""

    number: int
    pay_cert_id: str
    pay_cert_no: str
    bgt_id: str
    agency_code: str
    paid_on: date | None
    amount: Money
    deleted: bool
    values: dict[str, str]
    more: dict[str, str]

    @property
    def is_paid(self) -> bool:
        """Whether money has left; a void voucher has not."""
        return not self.deleted and self.paid_on is not None and bool(self.amount)

    @property
    def extra(self) -> dict[str, str]:
        """Every other field that is not empty, by code or header."""
        return {code: self.values[code] for code in _UNUSED if self.values[code]} | self.more


def payment_of(row: Row) -> PaymentRow:
    """A row that has been checked, as we use it."""
    values = row.values
    return PaymentRow(
        number=row.number,
        pay_cert_id=values["PAY_CERT_ID"],
        pay_cert_no=values["PAY_CERT_NO"],
        bgt_id=values["BGT_ID"],
        agency_code=values["AGENCY_CODE"],
        paid_on=date.fromisoformat(values["XPAY_DATE"][:10]) if values["XPAY_DATE"] else None,
        amount=Money.parse(values["XPAY_AMT"]) if values["XPAY_AMT"] else ZERO,
        deleted=values["IS_DELETED"] == "1",
        values=values,
        more=row.extra,
    )
