"""One posted plan line with all that the ledger and the national table say about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.money import Money
from exports.facts import BLANK, Coded


@dataclass(frozen=True, slots=True)
class Mark:
    """When something was done, in the bureau's own time, and by whom."""

    at: datetime
    person: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the posted ledger, read once and written to workbook and national table alike.

    `paid` and `balance` are None as long as no payments are known.
    """

    id: str
    sequence: int
    year: int
    month: int
    plan_no: str
    line_no: str
    approval_no: str
    division: Coded
    unit: Coded
    department: Coded
    office: Coded
    allotment_id: str
    doc_no: str
    project: Coded
    fund_type: Coded
    exp_func: Coded
    gov_eco: Coded
    dep_eco: Coded
    pro_cat: Coded
    three_guarantee: Coded
    three_public: Coded
    is_gov_pur: bool
    pay_type: Coded
    applied: Money
    suggested: Money | None
    approved: Money
    filed: Mark
    reviewed: Mark | None
    decided: Mark
    purpose: str
    papers: tuple[str, ...]
    papers_digest: str
    paid: Money | None
    balance: Money | None
    state: str
    created_at: datetime
    updated_at: datetime
    allotment_office: Coded = BLANK
    bgt_type: Coded = BLANK
    bond: Coded = BLANK
    is_deleted: bool = False
