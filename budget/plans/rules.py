"""What a usage plan (用款计划) is, when it may be edited, and what its lines must say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from budget.allotments.rules import SpendingKind

# The other features know the kinds and the states by this module, where parts meet.
from budget.plans.drafts import Conflict as Conflict
from budget.plans.drafts import Header as Header
from budget.plans.drafts import Line as Line
from budget.plans.drafts import LineDraft as LineDraft
from budget.plans.drafts import PlanDraft as PlanDraft
from budget.plans.drafts import differences as differences
from budget.plans.drafts import draft_of as draft_of
from budget.plans.drafts import plus_side as plus_side
from budget.plans.drafts import same_plan as same_plan
from budget.plans.drafts import with_months as with_months
from budget.plans.kinds import ENTERED_BY_FINANCE as ENTERED_BY_FINANCE
from budget.plans.kinds import FILED_BY_UNITS as FILED_BY_UNITS
from budget.plans.kinds import LONGEST_PLAN_REASON as LONGEST_PLAN_REASON
from budget.plans.kinds import WITH_MINUS as WITH_MINUS
from budget.plans.kinds import WITH_PLUS as WITH_PLUS
from budget.plans.kinds import PlanKind as PlanKind
from budget.plans.kinds import check_kind as check_kind
from budget.plans.kinds import title_of as title_of
from budget.plans.minus import check_balanced as check_balanced
from budget.plans.minus import covered as covered
from budget.plans.minus import minus_lines as minus_lines
from budget.plans.minus import plus_lines as plus_lines
from budget.plans.states import EDITABLE as EDITABLE
from budget.plans.states import HOLDING as HOLDING
from budget.plans.states import TRANSITIONS as TRANSITIONS
from budget.plans.states import Act as Act
from budget.plans.states import PlanState as PlanState
from budget.plans.states import check_act as check_act
from core.errors import Refused
from core.money import ZERO, Money

LONGEST_PURPOSE: Final = 300
LONGEST_PAYEE: Final = 100
LONGEST_NOTE: Final = 300
MOST_LINES: Final = 500


def check_editable(state: PlanState) -> None:
    """Only drafts and returned plans may be edited. Raises `Refused`."""
    if state not in EDITABLE:
        raise Refused(f"计划{state.label}，不能修改；如需修改请先撤回或等待退回。")


def check_only_returned(stored: Sequence[Line], typed: Sequence[LineDraft]) -> None:
    """In a returned plan only the returned lines may change or go, and none may be added. Raises `Refused`."""
    known = {line.id: line for line in stored}
    sentences = []
    for draft in typed:
        line = known.pop(draft.line_id, None) if draft.line_id is not None else None
        if line is None:
            sentences.append("被退回的计划不能增加新行；新增的用款请另填一份计划。")
        elif not line.returned and replace(draft_of(line), line_id=draft.line_id) != draft:
            sentences.append(f"第 {line.position} 行没有被退回，不能修改；只能修改被退回的行。")
    kept = [f"第 {line.position} 行没有被退回，不能删除。" for line in known.values() if not line.returned]
    if sentences or kept:
        raise Refused(*dict.fromkeys(sentences + kept))


def check_complete(lines: Sequence[Line], month_start: date) -> None:
    """Before submission every line must be whole. Raises `Refused` with every fault at once (H05)."""
    if not lines:
        raise Refused("计划还没有明细行，请至少填写一行再送审。")
    sentences = [fault for line in lines for fault in _faults(line, month_start)]
    if sentences:
        raise Refused(*sentences)


def _faults(line: Line, month_start: date) -> Iterable[str]:
    at = f"第 {line.position} 行"
    if line.allotment_id is None:
        yield f"{at}没有选择预算指标。"
    if line.applied is None:
        yield f"{at}没有填写申报金额。"
    elif line.source_line_id is None and line.applied <= ZERO:
        yield f"{at}申报金额须大于 0。"
    if not line.purpose.strip():
        yield f"{at}没有写明用途。"
    yield from _month_faults(line, month_start)


def _month_faults(line: Line, month_start: date) -> Iterable[str]:
    """A line is of the plan's month or a later one; a minus line of the month it takes from."""
    at, year = f"第 {line.position} 行", month_start.year
    if line.source_line_id is None and line.month < month_start.month:
        yield f"{at}月份 {line.month} 早于计划月份 {month_start.month}，只能编本月或以后的月份。"
    if line.pay_date and (line.pay_date.year, line.pay_date.month) != (year, line.month):
        yield f"{at}拟支付日 {line.pay_date} 不在计划月份 {year}-{line.month:02d} 内。"


def check_months(lines: Iterable[tuple[Line, SpendingKind | None]], month: int) -> None:
    """Several months in one plan are for basic spending, such as the wages of a quarter. Raises `Refused`."""
    sentences = [
        f"第 {line.position} 行是项目支出，只能编计划月份 {month} 月；按月分编只用于人员、公用等基本支出。"
        for line, kind in lines
        if line.source_line_id is None and line.month != month and kind is SpendingKind.PROJECT
    ]
    if sentences:
        raise Refused(*sentences)


@dataclass(frozen=True)
class Sums:
    """What a plan asks for in all, by spending kind and by kind of fund."""

    total: Money
    basic: Money
    project: Money
    funds: Mapping[str, Money]


def sums(amounts: Iterable[tuple[Money | None, SpendingKind | None, str]]) -> Sums:
    """Add up (amount, spending kind, fund) of lines; a line that lacks its allotment counts in the total only."""
    kinds = dict.fromkeys(SpendingKind, ZERO)
    funds: dict[str, Money] = {}
    total = ZERO
    for amount, kind, fund in amounts:
        amount = amount or ZERO
        total += amount
        if kind is not None:
            kinds[kind] += amount
            funds[fund] = funds.get(fund, ZERO) + amount
    return Sums(total, kinds[SpendingKind.BASIC], kinds[SpendingKind.PROJECT], funds)


class Usable(Protocol):
    """An allotment as the plan rules need it."""

    @property
    def unit_id(self) -> int: ...
    @property
    def fiscal_year(self) -> int: ...
    @property
    def executable(self) -> bool: ...
    @property
    def deleted(self) -> bool: ...


def check_usable(position: int, allotment: Usable | None, unit_id: int, fiscal_year: int) -> None:
    """The allotment must be the unit's own, of the year, executable and not deleted (H04). Raises `Refused`."""
    if allotment is None or allotment.unit_id != unit_id or allotment.fiscal_year != fiscal_year:
        raise Refused(f"第 {position} 行的预算指标不是本单位 {fiscal_year} 年的指标，请重新选择。")
    if allotment.deleted or not allotment.executable:
        raise Refused(f"第 {position} 行的预算指标已停用或不可执行，请改选其他指标，或联系业务股室。")


def check_not_frozen(lines: Iterable[Line], frozen: Mapping[int, str]) -> None:
    """Nobody agrees to a line whose allotment was frozen since (labels by id); returning it is open.

    Money may always come back: a minus line frees what a frozen allotment has given.
    """
    sentences = [
        f"第 {line.position} 行的指标“{frozen[line.allotment_id]}”已冻结（不可执行），不能同意或批复；"
        "请退回这一行，或联系预算股恢复指标。"
        for line in lines
        if line.source_line_id is None and line.allotment_id is not None and line.allotment_id in frozen
    ]
    if sentences:
        raise Refused(*sentences)
