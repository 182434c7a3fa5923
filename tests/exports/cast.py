"""The lines, plans and ledger rows that the export tests tell their stories with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from core.money import Money
from exports.documents.approval_sheet import ApprovalFacts
from exports.documents.line_facts import LineFacts, PlanFacts
from exports.facts import Coded
from exports.ledger_row import LedgerRow, Mark

SCHOOL = Coded("201001", "十堰市张湾区汉江路街道办事处中心小学")
GENERAL = Coded("111", "一般公共预算拨款")
FUND = Coded("12", "政府性基金预算资金")
TREASURY = Coded("1", "国库集中支付")
DIGEST = "5f" * 32

SALARY = LineFacts(
    position=1,
    doc_no="张财预〔2026〕1号",
    description="2026年部门预算",
    project=Coded("420303260001P00000001", "在职人员经费"),
    fund_type=GENERAL,
    exp_func=Coded("2050202", "小学教育"),
    dep_eco=Coded("30101", "基本工资"),
    gov_eco=Coded("50501", "工资福利支出"),
    pro_cat=Coded("1", "人员类"),
    three_guarantee=Coded("003001", "保工资"),
    is_gov_pur=False,
    pay_type=TREASURY,
    granted=Money.yuan("12000000"),
    approved_before=Money.yuan("4000000"),
    paid_before=Money.yuan("3900000.01"),
    available_before=Money.yuan("8000000"),
    applied=Money.yuan("1000000.10"),
    suggested=Money.yuan("1000000.10"),
    approved=Money.yuan("1000000.10"),
    cut_reason="",
    purpose="5月在职人员基本工资",
    pay_date=date(2026, 5, 8),
    payee="代发工资户",
    paper_count=1,
    note="",
)
WORKS = replace(
    SALARY,
    position=2,
    project=Coded("420303260001P00000002", "汉江路街道老旧小区改造配套基础设施（三期）建设项目"),
    fund_type=FUND,
    pro_cat=Coded("313", "一次性项目"),
    three_guarantee=Coded("000", "非“三保”支出"),
    is_gov_pur=True,
    applied=Money.yuan("250000.05"),
    approved=Money.yuan("200000"),
    cut_reason="超出序时进度，按进度核减",
    purpose="第三期进度款",
    payee="十堰市张湾区第一建筑工程有限责任公司",
    paper_count=3,
)
PLAN = PlanFacts(
    division="十堰市张湾区",
    year=2026,
    month=5,
    unit=SCHOOL,
    department="十堰市张湾区教育局",
    offices=("教科文股",),
    number="YKJH-420303-2026-05-000123",
    filed_on=date(2026, 4, 22),
    state="已送审",
    digest=DIGEST,
    filler="王小明",
    phone="0719-8888888",
)
APPROVAL = ApprovalFacts(
    bureau="十堰市张湾区财政局",
    year=2026,
    month=5,
    unit=SCHOOL,
    department="十堰市张湾区教育局",
    number="张财库批〔2026〕05-0123号",
    plan_numbers=(PLAN.number,),
    issued_on=date(2026, 4, 28),
    digest=DIGEST,
    handler="李娟",
)
POSTED = LedgerRow(
    id="0190a1b2-0000-7000-8000-000000000001",
    sequence=1,
    year=2026,
    month=5,
    plan_no=PLAN.number,
    line_no=f"{PLAN.number}-01",
    approval_no=APPROVAL.number,
    division=Coded("420303000", "十堰市张湾区本级"),
    unit=SCHOOL,
    department=Coded("201", "十堰市张湾区教育局"),
    office=Coded("05", "教科文股"),
    allotment_id="ZB-2026-0001",
    doc_no=SALARY.doc_no,
    project=SALARY.project,
    fund_type=GENERAL,
    exp_func=SALARY.exp_func,
    gov_eco=SALARY.gov_eco,
    dep_eco=SALARY.dep_eco,
    pro_cat=SALARY.pro_cat,
    three_guarantee=SALARY.three_guarantee,
    three_public=Coded("0", "非“三公”经费"),
    is_gov_pur=False,
    pay_type=TREASURY,
    applied=Money.yuan("1000000.10"),
    suggested=None,
    approved=Money.yuan("999999.93"),
    filed=Mark(datetime(2026, 4, 22, 9, 30, 1), "王小明"),  # noqa: DTZ001  the bureau's own time
    reviewed=None,
    decided=Mark(datetime(2026, 4, 28, 17, 5, 59), "李娟"),  # noqa: DTZ001  the bureau's own time
    purpose="5月在职人员基本工资",
    papers=("PZ-1", "PZ-2"),
    papers_digest="ab" * 32,
    paid=Money(0),
    balance=Money.yuan("999999.93"),
    state="已批复",
    created_at=datetime(2026, 4, 28, 17, 5, 59),  # noqa: DTZ001  the bureau's own time
    updated_at=datetime(2026, 4, 28, 17, 6, 0),  # noqa: DTZ001  the bureau's own time
)


def long_plan(count: int) -> list[LineFacts]:
    """A plan of many lines whose purposes can be told apart."""
    return [
        replace(
            SALARY if number % 3 else WORKS,
            position=number,
            purpose=f"用途第{number}条",
            applied=Money(100_000 + number),
            approved=Money(100_000 + number),
        )
        for number in range(1, count + 1)
    ]
