"""A little life for the demonstration: three plans on their way, filed and reviewed by the real actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final
from uuid import UUID

from accounts.people.rules import Person, Role
from approvals.reviews import actions as reviews
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.store import find_open_task, lines_of
from approvals.reviews.traces import digest_of
from budget.allotments.models import Allotment
from budget.allotments.store import usable
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft
from core import clock
from core.db import session
from core.files import MAX_BYTES
from core.money import Money
from demo.cast import member
from demo.papers import sample_paper
from vouchers.papers.actions import add_paper
from vouchers.papers.faces import Face
from vouchers.papers.registering import describe_paper, draw_on
from vouchers.papers.rules import RequirementTable, VoucherKind
from vouchers.papers.store import kinds, requirements


@dataclass(frozen=True, slots=True)
class Wish:
    """One line that a clerk asks for: the economic class, how much, what for, and whom it is paid to."""

    dep_eco: str
    yuan: str
    purpose: str
    payee: str


PRINTING: Final = (
    Wish("30202", "6800", "期末检测试卷和学籍资料印刷", "明德印务（样例）"),
    Wish("30206", "3215.60", "上月教学楼电费", "城区供电（样例）"),
    Wish("30207", "1180", "校园网络专线月租", "联通宽带（样例）"),
)
OFFICE: Final = (
    Wish("30201", "8460", "河长制工作办公用品", "文华办公用品（样例）"),
    Wish("30211", "4200", "赴省厅参加水库安全会议差旅费", "差旅报销人员（样例）"),
)
COLD_CHAIN: Final = (
    Wish("30101", "68785.39", "在职人员基本工资", "单位职工（样例）"),
    Wish("30201", "5200", "预防接种登记用品", "文华办公用品（样例）"),
    Wish("31003", "52000", "疫苗冷链温度监测设备", "康宁医疗器械（样例）"),
)


def add_life(year: int, month: int, day: date) -> None:
    """One plan waits in its unit, one at its office, one is approved and in the ledger."""
    _submitted("clerk1", PRINTING, year, month, day)
    second = _submitted("clerk2", OFFICE, year, month, day)
    _agree("auditor2", second, day)
    third = _submitted("clerk3", COLD_CHAIN, year, month, day)
    _agree("auditor3", third, day)
    _agree("office05", third, day, cuts={3: ("48000", "按政府采购合同价支付")})
    _agree("chief05", third, day)
    _agree("treasury1", third, day)
    _agree("treasury2", third, day)


def _submitted(username: str, wishes: tuple[Wish, ...], year: int, month: int, day: date) -> UUID:
    by = member(username, day)
    unit_id = next(iter(by.unit_ids(Role.UNIT_CLERK)))
    plan_id = start_plan(unit_id, year, month, form_key=f"demo-{username}", by=by)
    granted = {allotment.dep_eco_code: allotment for allotment in reversed(usable(unit_id, year))}
    lines = tuple(
        LineDraft(
            None, granted[wish.dep_eco].id, Money.yuan(wish.yuan), wish.purpose, date(year, month, 10), wish.payee
        )
        for wish in wishes
    )
    save_plan(plan_id, PlanDraft(lines, contact_phone="0719-8650001"), 1, by=by)
    _prove(plan_id, by)
    reviews.submit(plan_id, _plan(plan_id).version, by=by)
    return plan_id


def _plan(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)


@dataclass(frozen=True, slots=True)
class _Facts:
    """A line as the voucher rules see it, and as its papers show it."""

    line_id: int
    position: int
    plan: str
    unit: str
    purpose: str
    payee: str
    amount: Money
    dep_eco_code: str
    dep_eco_name: str
    pro_cat_code: str
    is_gov_pur: bool


def _prove(plan_id: UUID, by: Person) -> None:
    """Give every line the papers that it needs, the first of each choice of kinds."""
    plan = _plan(plan_id)
    needed = RequirementTable(requirements(plan.division_code, plan.fiscal_year))
    named = {kind.code: kind for kind in kinds(plan.division_code, plan.fiscal_year)}
    facts = [_facts(plan, line.id, line.allotment) for line in plan.lines]
    for line in facts:
        wanted = (check.kinds[0] for check in needed.checklist(line, ()) if check.required)
        for kind in dict.fromkeys(wanted):  # one paper answers two requirements of its kind
            _add_paper(plan_id, line, named[kind], by)


def _facts(plan: Plan, line_id: int, allotment: Allotment | None) -> _Facts:
    line = next(line for line in plan.lines if line.id == line_id)
    if allotment is None or line.applied is None:
        raise LookupError(line_id)
    return _Facts(
        line_id, line.position, plan.number, plan.unit.name, line.purpose, line.payee, line.applied,
        allotment.dep_eco_code, allotment.dep_eco_name, allotment.pro_cat_code, allotment.is_gov_pur,
    )  # fmt: skip


def _add_paper(plan_id: UUID, line: _Facts, kind: VoucherKind, by: Person) -> None:
    pdf = line.position % 2 == 0
    number = f"样{kind.code}-{line.plan}-{line.position:03d}"  # each is a paper of its own, as no invoice counts twice
    facts = (
        ("编号", number), ("单位", line.unit), ("收款人", line.payee), ("事由", line.purpose),
        ("经济分类", f"{line.dep_eco_code} {line.dep_eco_name}"),
    )  # fmt: skip
    data = sample_paper(f"{kind.short_name}（样张）", facts, line.amount, pdf=pdf)
    name = f"第{line.position}行{kind.short_name}样张.{'pdf' if pdf else 'png'}"
    paper_id = add_paper(plan_id, kind.code, name, BytesIO(data), [line.line_id], limit=MAX_BYTES, by=by)
    face = Face(number, clock.today(), line.payee, line.amount)
    describe_paper(paper_id, face, by=by)
    draw_on(paper_id, line.line_id, line.amount, by=by)


def _agree(username: str, plan_id: UUID, day: date, cuts: Mapping[int, tuple[str, str]] | None = None) -> None:
    """The person agrees with every line of his desk, but for cuts by the line's position."""
    by = member(username, day)
    task = find_open_task(by, plan_id=plan_id)
    if task is None:
        raise LookupError(username)
    opinions = []
    for line in lines_of(task):
        cut = (cuts or {}).get(line.position)
        amount, reason = (Money.yuan(cut[0]), cut[1]) if cut else (None, "")
        opinions.append(LineOpinion(line.id, Verdict.CUT if cut else Verdict.AGREE, amount, reason))
    reviews.decide(task.id, opinions, "同意", digest_of(_plan(plan_id)), by=by)
