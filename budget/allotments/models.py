"""Tables of allotments (指标) and of the postings that alone move their balances."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.units.models import Office, Unit
from budget.allotments.rules import PostingKind, SpendingKind, available, label_of, spending_kind
from core.db import Code, Id, Long, Model, Name, code_of
from core.money import ZERO, Money

_ONCE: Final = text("kind IN ('hold', 'release', 'post', 'reverse')")


class Allotment(Model):
    """Budget money given to a unit (BA_BGT_INFO). The trigger on `posting` is the only writer of the balances."""

    __tablename__ = "allotment"
    __table_args__ = (
        UniqueConstraint("division_code", "fiscal_year", "bgt_id"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("posted >= 0", name="posted"),
        CheckConstraint("held + posted <= granted", name="never_over"),
        Index(None, "unit_id", "fiscal_year"),
        Index(None, "office_id", "fiscal_year"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    bgt_id: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    doc_no: Mapped[Name]
    doc_title: Mapped[Name]
    doc_date: Mapped[date | None]
    description: Mapped[Name]
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
    source_type_code: Mapped[Code]
    pay_type_code: Mapped[Code]
    pay_type_name: Mapped[Name]
    bgt_mof_dep_code: Mapped[Code]
    bgt_mof_dep_name: Mapped[Name]
    three_guarantee_code: Mapped[Code]
    is_gov_pur: Mapped[bool]
    executable: Mapped[bool]
    deleted: Mapped[bool]
    initials: Mapped[Name] = mapped_column(default="")
    extra: Mapped[Long] = mapped_column(default="{}")
    granted: Mapped[Money] = mapped_column(default=ZERO)
    held: Mapped[Money] = mapped_column(default=ZERO)
    posted: Mapped[Money] = mapped_column(default=ZERO)
    updated_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    office: Mapped[Office] = relationship()

    @property
    def available(self) -> Money:
        """What may still be asked for."""
        return available(self)

    @property
    def spending_kind(self) -> SpendingKind:
        """Basic or project."""
        return spending_kind(self.pro_cat_code)

    @property
    def label(self) -> str:
        """How clerks know it: document number, project and economic class."""
        return label_of(self)


class Posting(Model):
    """One movement of an allotment's money. Only ever added; its trigger updates the balances under the CHECKs."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("kind = 'grant' OR amount > 0", name="positive"),
        Index(None, "allotment_id"),
        Index(None, "plan_line_id"),
        # A line's money is held, released, posted and reversed at most once in each revision.
        Index(
            "uq_posting_once",
            "plan_line_id",
            "revision",
            "kind",
            unique=True,
            sqlite_where=_ONCE,
            postgresql_where=_ONCE,
        ),
    )

    id: Mapped[Id]
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"))
    kind: Mapped[PostingKind] = mapped_column(code_of(PostingKind))
    amount: Mapped[Money]
    # The line lies to the right of this table; the key is checked by the database, the class is not imported.
    plan_line_id: Mapped[int | None] = mapped_column(ForeignKey("plan_line.id"))
    revision: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Name] = mapped_column(default="")
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
