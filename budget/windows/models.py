"""The table of filing windows (申报窗口)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from core.db import Code, Id, Model


class FilingWindow(Model):
    """From when to when plans of one month may be submitted."""

    __tablename__ = "filing_window"
    __table_args__ = (
        UniqueConstraint("division_code", "fiscal_year", "month"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    month: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
