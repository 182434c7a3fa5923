"""What a usage plan (用款计划) is, when it may be edited, and what its lines must say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from budget.allotments.rules import SpendingKind
from core.errors import Refused
from core.money import ZERO, Money

LONGEST_PURPOSE: Final = 300
LONGEST_PAYEE: Final = 100
LONGEST_NOTE: Final = 300
MOST_LINES: Final = 500


class PlanState(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    VOID = "void"

    @property
    def label(self) -> str:
        """数据状态 as people read it."""
        return _LABELS[self]


class PlanKind(StrEnum):
    """The kinds of plan; the other kinds (追加, 调减, 调整, 代编) come with their own rules."""

    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return "月度计划"


_LABELS: Final = {
    PlanState.DRAFT: "草稿",
    PlanState.IN_REVIEW: "审核中",
    PlanState.RETURNED: "被退回",
    PlanState.APPROVED: "已批复",
    PlanState.VOID: "已作废",
}


def title_of(fiscal_year: int, month: int) -> str:
    """2026年12月用款计划."""
    return f"{fiscal_year}年{month}月用款计划"


EDITABLE: Final = frozenset({PlanState.DRAFT, PlanState.RETURNED})


@dataclass(frozen=True)
class LineDraft:
    """One line as the clerk typed it; a draft may still lack the allotment, the amount or the purpose."""

    line_id: int | None = None
    allotment_id: int | None = None
    applied: Money | None = None
    purpose: str = ""
    pay_date: date | None = None
    payee: str = ""
    note: str = ""


@dataclass(frozen=True)
class PlanDraft:
    """A whole plan as the clerk typed it."""

    lines: tuple[LineDraft, ...] = ()
    contact_phone: str = ""
    remark: str = ""


class Line(Protocol):
    """A stored line as the rules need it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def allotment_id(self) -> int | None: ...
    @property
    def applied(self) -> Money | None: ...
    @property
    def purpose(self) -> str: ...
    @property
    def pay_date(self) -> date | None: ...
    @property
    def payee(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def returned(self) -> bool: ...


def draft_of(line: Line) -> LineDraft:
    """A stored line as a draft, to compare with what was typed."""
    return LineDraft(line.id, line.allotment_id, line.applied, line.purpose, line.pay_date, line.payee, line.note)


def check_editable(state: PlanState) -> None:
    """Only drafts and returned plans may be edited. Raises `Refused`."""
    if state not in EDITABLE:
        raise Refused(f"计划{state.label}，不能修改；如需修改请先撤回或等待退回。")


class Conflict(Refused):
    """Somebody saved the plan meanwhile; `differences` tells field by field what is stored and what was typed.

    Saving once more with `version` is the clerk's word that he has seen them.
    """

    def __init__(self, differences: Sequence[str], version: int) -> None:
        super().__init__(
            "这份计划刚刚被其他人保存过，您填写的内容仍在本页，没有写入。请核对下面的差异，再决定是否以您的内容为准保存。",
            *differences,
        )
        self.differences = tuple(differences)
        self.version = version


_FIELDS: Final = {
    "allotment_id": "预算指标",
    "applied": "申报金额",
    "purpose": "用途",
    "pay_date": "拟支付日",
    "payee": "收款人",
    "note": "备注",
}
_HEADER: Final = {"contact_phone": "联系电话", "remark": "计划说明"}


def differences(stored: PlanDraft, typed: PlanDraft, labels: Mapping[int, str]) -> list[str]:
    """What differs between the stored plan and the one typed, line by line; `labels` names the allotments."""
    by_id = {line.line_id: line for line in stored.lines}
    said = list(_field_differences(_HEADER, stored, typed, labels))
    for number, line in enumerate(typed.lines, 1):
        kept = by_id.pop(line.line_id, None) if line.line_id else None
        if kept is None:
            said.append(f"第 {number} 行只在您的页面上。")
        else:
            said.extend(f"第 {number} 行{text}" for text in _field_differences(_FIELDS, kept, line, labels))
    said.extend(f"已保存的计划里有一行“{line.purpose or '未写用途'}”，您的页面上没有。" for line in by_id.values())
    return said


def same_plan(stored: PlanDraft, typed: PlanDraft) -> bool:
    """Whether both say the same; a typed line without an id is the one stored at its place."""
    if len(stored.lines) != len(typed.lines):
        return False
    adopted = (
        draft if draft.line_id is not None else replace(draft, line_id=line.line_id)
        for line, draft in zip(stored.lines, typed.lines, strict=True)
    )
    return replace(typed, lines=tuple(adopted)) == stored


def _field_differences(
    fields: Mapping[str, str], kept: object, typed: object, labels: Mapping[int, str]
) -> Iterable[str]:
    for field, label in fields.items():
        old, new = (_said(getattr(side, field), labels) for side in (kept, typed))
        if old != new:
            yield f"{label}：已保存“{old}”，您填写“{new}”。"


def _said(value: object, labels: Mapping[int, str]) -> str:
    """A bare number is an allotment's id; people know it by its label."""
    if isinstance(value, int):
        return labels.get(value, f"指标 {value}")
    return "空" if value in (None, "") else str(value)


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
    elif line.applied <= Money(0):
        yield f"{at}申报金额须大于 0。"
    if not line.purpose.strip():
        yield f"{at}没有写明用途。"
    if line.pay_date and (line.pay_date.year, line.pay_date.month) != (month_start.year, month_start.month):
        yield f"{at}拟支付日 {line.pay_date} 不在计划月份 {month_start:%Y-%m} 内。"


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


def content_digest(text: str) -> str:
    """SHA-256 of the canonical text of a plan, voucher hashes included: what a decision is bound to."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(header: Mapping[str, object], lines: Sequence[Mapping[str, object]]) -> str:
    """Sorted keys, no blanks, integers and texts only: the same plan is always the same text."""
    whole = {"version": 1, "plan": dict(header), "lines": [dict(line) for line in lines]}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
