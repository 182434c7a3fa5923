"""Tables of reconciliation: each run, and the rows that differed. Only ever added."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from approvals.reconciliation.rules import Check
from core.db import Code, Id, Long, Model, code_of


class ReconciliationRun(Model):
    """One comparison of everything."""

    __tablename__ = "reconciliation_run"
    __table_args__ = (Index(None, "division_code", "at"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    day: Mapped[date]
    at: Mapped[datetime]
    allotments: Mapped[int]
    lines: Mapped[int]
    differences: Mapped[int]

    rows: Mapped[list[ReconciliationRow]] = relationship(order_by="ReconciliationRow.id")


class ReconciliationRow(Model):
    """One place at which two sides did not agree."""

    __tablename__ = "reconciliation_row"
    __table_args__ = (Index(None, "run_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_run.id"))
    check: Mapped[Check] = mapped_column("checked", code_of(Check))
    place: Mapped[Long]
    stored: Mapped[Code]
    found: Mapped[Code]
