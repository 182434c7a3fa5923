"""The demand sheet 用款计划需求表 that a unit files for a month: 19 columns, totals, places to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from budget.plans.rules import PlanKind, title_of
from core.money import Money
from exports.documents.line_facts import (
    LineFacts,
    Opinion,
    PlanFacts,
    Signature,
    Subtotal,
    check_text,
    date_text,
    distinct,
    subtotals,
)
from exports.facts import Coded, expenditure_kind

KIND: Final = "D"
_STEPS: Final = ("业务股室意见", "预算股意见", "国库集中支付中心意见", "国库股意见", "分管领导意见")
# The heading of the amount, where it is not simply asked for.
_AMOUNTS: Final = {PlanKind.REDUCTION: "调减金额", PlanKind.ADJUSTMENT: "调整金额\n（调减为负）"}
_NO_GUARANTEE: Final = "000"
_NO_THREE_PUBLIC: Final = "0"


@dataclass(frozen=True, slots=True)
class Subject:
    """Column 3: 指标摘要 with the project's name and code."""

    description: str
    project: Coded


@dataclass(frozen=True, slots=True)
class Payment:
    """Column 17: when and to whom the money is meant to go; optional. `month` where it is not the plan's own."""

    on: date | None
    payee: str
    month: str = ""


@dataclass(frozen=True, slots=True)
class DemandLine:
    """The 19 columns of the declaration form, in their order."""

    position: int
    doc_no: str
    subject: Subject
    fund_type: str
    exp_func: Coded
    dep_eco: Coded
    gov_eco: Coded
    category: str
    tags: tuple[str, ...]
    pay_type: str
    granted: Money
    approved_before: Money
    paid_before: Money | None
    available_before: Money
    applied: Money
    purpose: str
    payment: Payment
    paper_count: int
    note: str


@dataclass(frozen=True, slots=True)
class DemandSheet:
    """Everything the printed form says."""

    title: str
    unit: Coded
    department: str
    offices: tuple[str, ...]
    kinds: tuple[str, ...]
    fund_types: tuple[str, ...]
    number: str
    entered: bool
    amount_label: str
    filed_on: date | None
    state: str
    lines: tuple[DemandLine, ...]
    by_kind: tuple[Subtotal, ...]
    by_fund_type: tuple[Subtotal, ...]
    paper_count: int
    total: Money
    capitals: str
    signatures: tuple[Signature, ...]
    opinions: tuple[Opinion, ...]
    digest: str
    check_text: str


def demand_sheet(plan: PlanFacts, lines: Sequence[LineFacts]) -> DemandSheet:
    """Put a plan on paper: every line, subtotals by 基本/项目 and by 资金性质, the total and its 大写."""
    total = Money.total(line.applied for line in lines)
    return DemandSheet(
        title=f"{plan.division}{title_of(plan.year, plan.month, plan.kind)}需求表",
        unit=plan.unit,
        department=plan.department,
        offices=plan.offices,
        kinds=distinct(_kind(line) for line in lines),
        fund_types=distinct(line.fund_type.name for line in lines),
        number=plan.number,
        entered=plan.entered,
        amount_label=_AMOUNTS.get(plan.kind, "本月申请金额"),
        filed_on=plan.filed_on,
        state=plan.state,
        lines=tuple(_line(line) for line in lines),
        by_kind=subtotals(lines, _kind, _applied),
        by_fund_type=subtotals(lines, lambda line: line.fund_type.name, _applied),
        paper_count=sum(line.paper_count for line in lines),
        total=total,
        capitals=total.capitals,
        signatures=_signatures(plan),
        opinions=_opinions(plan.opinions),
        digest=plan.digest,
        check_text=check_text(KIND, plan.number, total, plan.digest),
    )


def _kind(line: LineFacts) -> str:
    return expenditure_kind(line.pro_cat)


def _applied(line: LineFacts) -> Money:
    return line.applied


def _line(line: LineFacts) -> DemandLine:
    """One printed row; names instead of codes where the form has room for one of them only."""
    return DemandLine(
        position=line.position,
        doc_no=line.doc_no,
        subject=Subject(line.description, line.project),
        fund_type=line.fund_type.name,
        exp_func=line.exp_func,
        dep_eco=line.dep_eco,
        gov_eco=line.gov_eco,
        category=line.pro_cat.name or _kind(line),
        tags=_tags(line),
        pay_type=line.pay_type.name,
        granted=line.granted,
        approved_before=line.approved_before,
        paid_before=line.paid_before,
        available_before=line.available_before,
        applied=line.applied,
        purpose=f"{line.purpose}（从 {line.source}）" if line.source else line.purpose,
        payment=Payment(line.pay_date, line.payee, f"{line.other_month}月" if line.other_month else ""),
        paper_count=line.paper_count,
        note=line.note,
    )


def _tags(line: LineFacts) -> tuple[str, ...]:
    """Column 9: 三保, 三公 and 政府采购, only where they apply."""
    guarantee = line.three_guarantee.name if line.three_guarantee.code != _NO_GUARANTEE else ""
    public = line.three_public.name if line.three_public.code != _NO_THREE_PUBLIC else ""
    return distinct((guarantee, public, "政府采购" if line.is_gov_pur else ""))


def _signatures(plan: PlanFacts) -> tuple[Signature, ...]:
    """The unit's block: a name that the system knows is printed, the rest is left to the pen."""
    return (
        Signature("单位负责人（签章）", plan.unit_head),
        Signature("财务负责人", plan.finance_head),
        Signature("代编人" if plan.entered else "填表人", plan.filler),
        Signature("联系电话", plan.phone),
        Signature("填报日期", date_text(plan.filed_on)),
    )


def _opinions(given: Sequence[Opinion]) -> tuple[Opinion, ...]:
    """The finance block: the opinions of the plan's own chain, or the form's five empty places before it began."""
    return tuple(given) or tuple(Opinion(step) for step in _STEPS)
