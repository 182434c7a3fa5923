"""Tables of the working calendar and of the fiscal years."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from budget.calendar.rules import Day, YearState
from core.db import Code, Id, Long, Model, code_of
from core.versions import Versioned


class CalendarYear(Versioned, Model):
    """The head of a year's table of special days: its version is that of the whole table."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("division_code", "year"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    year: Mapped[int]


class SpecialDay(Model):
    """节假日 or 调休: a date that is not what its weekday says."""

    __tablename__ = "special_day"
    __table_args__ = (UniqueConstraint("division_code", "day"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    day: Mapped[date]
    is_work: Mapped[bool]
    name: Mapped[Code] = mapped_column(default="")

    @property
    def said(self) -> Day:
        """The day as the rules take it."""
        return Day(self.day, self.is_work, self.name)


class FiscalYear(Versioned, Model):
    """预算年度: a year without a row is open. Triggers refuse whatever belongs to a closed one."""

    __tablename__ = "fiscal_year"
    __table_args__ = (
        UniqueConstraint("division_code", "year"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("state = 'closed' OR reason <> ''", name="reopened_why"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    year: Mapped[int]
    state: Mapped[YearState] = mapped_column(code_of(YearState), default=YearState.OPEN)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None]
    reason: Mapped[Long] = mapped_column(default="")
