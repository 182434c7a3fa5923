"""Tables of filing windows (申报窗口), of the yearly rule that makes them, and of permits (例外)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.units.models import Unit
from budget.windows.monthly import MonthTerms, Moving
from budget.windows.rules import PermitKind
from core.db import Code, Id, Long, Model, code_of
from core.versions import Versioned


class FilingWindow(Versioned, Model):
    """From when to when plans of one month may be submitted, by everybody ('') or by one department's units."""

    __tablename__ = "filing_window"
    __table_args__ = (
        UniqueConstraint("division_code", "fiscal_year", "month", "department_code", name="uq_filing_window_month"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    month: Mapped[int]
    department_code: Mapped[Code] = mapped_column(default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    by_hand: Mapped[bool] = mapped_column(default=True)


class MonthRule(Versioned, Model):
    """月度规则 of a year; a year without a row follows the usual terms."""

    __tablename__ = "month_rule"
    __table_args__ = (
        UniqueConstraint("division_code", "fiscal_year"),
        CheckConstraint("opens_day BETWEEN 1 AND 28", name="opens_day"),
        CheckConstraint("closes_day BETWEEN opens_day AND 28", name="closes_day"),
        CheckConstraint("closes_minute BETWEEN 1 AND 1439", name="closes_minute"),
        CheckConstraint("last_supplement_day BETWEEN 1 AND 31", name="last_supplement_day"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    opens_day: Mapped[int]
    closes_day: Mapped[int]
    closes_minute: Mapped[int]
    moves: Mapped[Moving] = mapped_column(code_of(Moving))
    last_supplement_day: Mapped[int]

    @property
    def terms(self) -> MonthTerms:
        """The rule as the rules take it."""
        return MonthTerms(self.opens_day, self.closes_day, self.closes_minute, self.moves, self.last_supplement_day)


class FilingPermit(Versioned, Model):
    """例外: one unit may file for one month outside its window until a moment, and why."""

    __tablename__ = "filing_permit"
    __table_args__ = (
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("valid_until > granted_at", name="valid_until"),
        Index(None, "unit_id", "fiscal_year", "month"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    fiscal_year: Mapped[int]
    month: Mapped[int]
    kind: Mapped[PermitKind] = mapped_column(code_of(PermitKind))
    reason: Mapped[Long]
    valid_until: Mapped[datetime]
    granted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[Long] = mapped_column(default="")

    unit: Mapped[Unit] = relationship()
