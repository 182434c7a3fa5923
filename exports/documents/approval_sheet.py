"""The approval sheet 用款计划批复单: one for each unit × fund type × pay type × month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, TypeVar

from budget.plans.rules import WITH_MINUS, PlanKind
from core.money import Money
from exports.documents.line_facts import Signature, check_text
from exports.facts import Coded

KIND: Final = "A"
VALIDITY_NOTE: Final = "批复的用款计划当月有效。"
_NOTES: Final = {
    PlanKind.REDUCTION: "调减的额度自批复之日起退回指标，原计划的批复数相应减少。",
    PlanKind.ADJUSTMENT: "调减的额度自批复之日起退回指标，原计划的批复数相应减少；调增的用款当月有效。",
}


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """The head of an approval: which bureau tells which unit about which month, under which number."""

    bureau: str
    year: int
    month: int
    unit: Coded
    department: str
    number: str
    plan_numbers: tuple[str, ...]
    issued_on: date
    digest: str
    handler: str = ""
    checker: str = ""
    head: str = ""
    note: str = ""
    # 代编: finance entered the plan for the unit.
    entered: bool = False
    kind: PlanKind = PlanKind.MONTHLY


class Decided(Protocol):
    """A decided line as this sheet needs it; a posted ledger entry and a plan line both tell as much."""

    @property
    def position(self) -> int: ...
    @property
    def fund_type(self) -> Coded: ...
    @property
    def pay_type(self) -> Coded: ...
    @property
    def exp_func(self) -> Coded: ...
    @property
    def project(self) -> Coded: ...
    @property
    def dep_eco(self) -> Coded: ...
    @property
    def purpose(self) -> str: ...
    @property
    def applied(self) -> Money: ...
    @property
    def approved(self) -> Money | None: ...
    @property
    def cut_reason(self) -> str: ...
    @property
    def source(self) -> str: ...


Line = TypeVar("Line", bound=Decided)


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """What was asked for one line, what was granted, and why less."""

    position: int
    exp_func: Coded
    project: Coded
    economic: Coded
    purpose: str
    applied: Money
    approved: Money
    cut: Money
    cut_reason: str
    source: str


@dataclass(frozen=True, slots=True)
class ApprovalSheet:
    """Everything the printed approval says."""

    title: str
    bureau: str
    number: str
    plan_numbers: tuple[str, ...]
    entered: bool
    minus: bool
    unit: Coded
    department: str
    month: str
    issued_on: date
    fund_type: Coded
    pay_type: Coded
    lines: tuple[ApprovalLine, ...]
    applied: Money
    approved: Money
    cut: Money
    capitals: str
    note: str
    signatures: tuple[Signature, ...]
    digest: str
    check_text: str


def approval_groups(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines of a unit's month, split by fund type and pay type (GL_COA 002213), in order of code."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.fund_type.code, line.pay_type.code), []).append(line)
    return tuple(tuple(groups[key]) for key in sorted(groups))


def approval_sheet(facts: ApprovalFacts, lines: Sequence[Decided]) -> ApprovalSheet:
    """Put one group on paper. Raises `ValueError` for no lines or for lines of several groups: that is our mistake."""
    if len(approval_groups(lines)) != 1:
        raise ValueError("an approval sheet holds one fund type and one pay type")
    rows = tuple(_line(line) for line in lines)
    approved = Money.total(row.approved for row in rows)
    return ApprovalSheet(
        title=f"{facts.bureau}{'' if facts.kind is PlanKind.MONTHLY else facts.kind.short}用款计划批复单",
        bureau=facts.bureau,
        number=facts.number,
        plan_numbers=facts.plan_numbers,
        entered=facts.entered,
        minus=facts.kind in WITH_MINUS,
        unit=facts.unit,
        department=facts.department,
        month=f"{facts.year}年{facts.month}月",
        issued_on=facts.issued_on,
        fund_type=lines[0].fund_type,
        pay_type=lines[0].pay_type,
        lines=rows,
        applied=Money.total(row.applied for row in rows),
        approved=approved,
        cut=Money.total(row.cut for row in rows),
        capitals=approved.capitals,
        note=facts.note or _NOTES.get(facts.kind, VALIDITY_NOTE),
        signatures=_signatures(facts),
        digest=facts.digest,
        check_text=check_text(KIND, facts.number, approved, facts.digest),
    )


def _line(line: Decided) -> ApprovalLine:
    """One printed row; a line without a decision cannot be printed as approved."""
    if line.approved is None:
        raise ValueError(f"line {line.position} has not been decided")
    return ApprovalLine(
        position=line.position,
        exp_func=line.exp_func,
        project=line.project,
        economic=line.dep_eco,
        purpose=line.purpose,
        applied=line.applied,
        approved=line.approved,
        cut=line.applied - line.approved,
        cut_reason=line.cut_reason,
        source=line.source,
    )


def _signatures(facts: ApprovalFacts) -> tuple[Signature, ...]:
    """The treasury section's three hands."""
    return (
        Signature("国库股经办", facts.handler),
        Signature("复核", facts.checker),
        Signature("负责人", facts.head),
    )
