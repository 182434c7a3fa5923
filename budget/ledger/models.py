"""The ledger (台账): one immutable row per approved line, numbered without gaps per division and year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Code, Id, Long, Model, Name
from core.money import Money

_BLACK: Final = text("reverses_id IS NULL")
_RED: Final = text("reverses_id IS NOT NULL")
LOWERED: Final = (
    "(reverses_id IS NULL AND 0 <= approved AND approved <= suggested AND suggested <= applied)"
    " OR (reverses_id IS NOT NULL AND applied <= suggested AND suggested <= approved AND approved <= 0)"
)


class LedgerEntry(Model):
    """One approved line with everything it was approved on, copied so that later renaming changes nothing.

    A red row (红字) takes one back, whole or in part: negative amounts, and `reverses_id` names the row.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("division_code", "fiscal_year", "epoch", "number"),
        # A line is posted once and cancelled once; a minus line takes back once, of the row that it names.
        Index(
            "uq_ledger_entry_plan_line_id", "plan_line_id", unique=True, sqlite_where=_BLACK, postgresql_where=_BLACK
        ),
        Index("uq_ledger_entry_red_line", "plan_line_id", unique=True, sqlite_where=_RED, postgresql_where=_RED),
        Index(None, "reverses_id"),
        CheckConstraint(LOWERED, name="only_lowered"),
        Index(None, "unit_id", "fiscal_year", "month"),
        Index(None, "office_id", "fiscal_year", "month"),
        Index(None, "plan_id"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    division_name: Mapped[Name]
    fiscal_year: Mapped[int]
    # After a restore from an older backup a new epoch begins, so that no number is ever given twice.
    epoch: Mapped[int] = mapped_column(default=1)
    number: Mapped[int]
    month: Mapped[int]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    plan_number: Mapped[Code]
    line_no: Mapped[int]
    approval_no: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_code: Mapped[Code]
    unit_name: Mapped[Name]
    department_code: Mapped[Code]
    department_name: Mapped[Name]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    office_code: Mapped[Code]
    office_name: Mapped[Name]
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"))
    bgt_id: Mapped[Code]
    doc_no: Mapped[Name]
    fund_type_code: Mapped[Code]
    fund_type_name: Mapped[Name]
    exp_func_code: Mapped[Code]
    exp_func_name: Mapped[Name]
    gov_eco_code: Mapped[Code]
    gov_eco_name: Mapped[Name]
    dep_eco_code: Mapped[Code]
    dep_eco_name: Mapped[Name]
    pro_code: Mapped[Code]
    pro_name: Mapped[Name]
    pro_cat_code: Mapped[Code]
    bgt_type_code: Mapped[Code]
    bgt_type_name: Mapped[Name]
    bgt_mof_dep_code: Mapped[Code]
    bgt_mof_dep_name: Mapped[Name]
    pay_type_code: Mapped[Code]
    pay_type_name: Mapped[Name]
    three_guarantee_code: Mapped[Code]
    is_gov_pur: Mapped[bool]
    applied: Mapped[Money]
    suggested: Mapped[Money]
    approved: Mapped[Money]
    cut_reason: Mapped[Long]
    purpose: Mapped[Name]
    pay_date: Mapped[date | None]
    payee: Mapped[Name]
    paper_count: Mapped[int]
    paper_list: Mapped[Long]
    digest: Mapped[Code]
    applied_by: Mapped[Name]
    applied_at: Mapped[datetime]
    approved_by: Mapped[Name]
    posted_at: Mapped[datetime]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
