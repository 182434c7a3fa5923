"""A plan as it was typed beside the plan as it is stored, and in what the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from budget.plans.minus import MoneyLine, plus_lines
from core import errors
from core.money import Money


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
    # The month in which it is paid; None stands for the plan's own.
    month: int | None = None
    # The approved line that a minus line takes from.
    source_line_id: int | None = None


@dataclass(frozen=True)
class PlanDraft:
    """A whole plan as the clerk typed it."""

    lines: tuple[LineDraft, ...] = ()
    contact_phone: str = ""
    remark: str = ""
    reason: str = ""


class Line(MoneyLine, Protocol):
    """A stored line as the rules need it."""

    @property
    def purpose(self) -> str: ...
    @property
    def pay_date(self) -> date | None: ...
    @property
    def payee(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def month(self) -> int: ...
    @property
    def returned(self) -> bool: ...


def draft_of(line: Line) -> LineDraft:
    """A stored line as a draft, to compare with what was typed."""
    return LineDraft(
        line.id, line.allotment_id, line.applied, line.purpose, line.pay_date, line.payee, line.note, line.month,
        line.source_line_id,
    )  # fmt: skip


class Header(Protocol):
    """A stored plan as the rules need it."""

    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def contact_phone(self) -> str: ...
    @property
    def remark(self) -> str: ...
    @property
    def reason(self) -> str: ...


def plus_side(plan: Header) -> PlanDraft:
    """The stored plan as the entry page shows it: without the minus lines, which have a page of their own."""
    lines = tuple(map(draft_of, plus_lines(plan.lines)))
    return PlanDraft(lines, plan.contact_phone, plan.remark, plan.reason)


def with_months(draft: PlanDraft, month: int) -> PlanDraft:
    """The draft with the plan's month at every line that names none."""
    return replace(draft, lines=tuple(replace(line, month=line.month or month) for line in draft.lines))


class Conflict(errors.Conflict):
    """Somebody saved the plan meanwhile; `differences` tells line by line what is stored and what was typed."""

    def __init__(self, differences: Sequence[str], version: int, by: str = errors.SOMEBODY) -> None:
        super().__init__("这份计划", differences, version, by)


_FIELDS: Final = {
    "allotment_id": "预算指标",
    "applied": "申报金额",
    "purpose": "用途",
    "pay_date": "拟支付日",
    "payee": "收款人",
    "note": "备注",
    "month": "月份",
}
_HEADER: Final = {"contact_phone": "联系电话", "remark": "计划说明", "reason": "原因"}


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
