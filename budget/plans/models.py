"""Tables of usage plans: header, lines, editors and the content of each submitted revision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.units.models import Unit
from budget.allotments.models import Allotment
from budget.plans.rules import PlanKind, PlanState, title_of
from core.db import Code, Id, Long, Model, Name, code_of
from core.money import Money

# A plus line is only ever lowered; a minus line is agreed to as it stands, or not at all.
_SUGGESTED: Final = "suggested IS NULL OR suggested = applied OR (suggested >= 0 AND suggested < applied)"
_APPROVED: Final = (
    "approved IS NULL OR approved = COALESCE(suggested, applied)"
    " OR (approved >= 0 AND approved < COALESCE(suggested, applied))"
)


class NumberHead(Model):
    """The last number given in a series; the row is locked while the next one is taken, so none is lost."""

    __tablename__ = "number_head"
    __table_args__ = (UniqueConstraint("division_code", "fiscal_year", "series"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    series: Mapped[Code]
    last: Mapped[int] = mapped_column(default=0)


class Plan(Model):
    """用款计划: what a unit asks for in one month."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("division_code", "number"),
        UniqueConstraint("form_key"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        Index(None, "unit_id", "fiscal_year", "month"),
        Index(None, "division_code", "fiscal_year", "month", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    month: Mapped[int]
    kind: Mapped[PlanKind] = mapped_column(code_of(PlanKind), default=PlanKind.MONTHLY)
    # 代编: finance entered it for the unit.
    entered: Mapped[bool] = mapped_column(default=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[Code]
    state: Mapped[PlanState] = mapped_column(code_of(PlanState), default=PlanState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    chain_id: Mapped[int | None]
    step_no: Mapped[int] = mapped_column(default=0)
    contact_phone: Mapped[Code] = mapped_column(default="")
    remark: Mapped[Name] = mapped_column(default="")
    # Why a plan is made that is not the monthly one.
    reason: Mapped[Name] = mapped_column(default="")
    form_key: Mapped[Code | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_by: Mapped[int | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    # While the plan is suspended: the day on which the desk looks at it again.
    review_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()
    lines: Mapped[list[PlanLine]] = relationship(
        back_populates="plan",
        primaryjoin="and_(Plan.id == PlanLine.plan_id, PlanLine.removed_in.is_(None))",
        order_by="PlanLine.position",
    )

    @property
    def title(self) -> str:
        """2026年12月用款计划."""
        return title_of(self.fiscal_year, self.month, self.kind)

    @property
    def month_start(self) -> date:
        """The first day of the plan's month."""
        return date(self.fiscal_year, self.month, 1)


class PlanLine(Model):
    """One line: an allotment, what is asked of it, and what for. `removed_in` marks a line dropped after a return.

    A minus line has a negative amount and names the approved line that it takes from.
    """

    __tablename__ = "plan_line"
    __table_args__ = (
        CheckConstraint(_SUGGESTED, name="suggested"),
        CheckConstraint(_APPROVED, name="approved"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        Index(None, "plan_id", "position"),
        Index(None, "allotment_id"),
        Index(None, "source_line_id"),
    )

    id: Mapped[Id]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    position: Mapped[int]
    allotment_id: Mapped[int | None] = mapped_column(ForeignKey("allotment.id"))
    applied: Mapped[Money | None]
    suggested: Mapped[Money | None]
    approved: Mapped[Money | None]
    purpose: Mapped[Name] = mapped_column(default="")
    pay_date: Mapped[date | None]
    payee: Mapped[Name] = mapped_column(default="")
    note: Mapped[Name] = mapped_column(default="")
    returned: Mapped[bool] = mapped_column(default=False)
    removed_in: Mapped[int | None]
    # The month in which it is paid: the plan's own, or a later one of the same year.
    month: Mapped[int]
    source_line_id: Mapped[int | None] = mapped_column(ForeignKey("plan_line.id"))

    plan: Mapped[Plan] = relationship(back_populates="lines")
    allotment: Mapped[Allotment | None] = relationship()


# The line whose money a line moves: a minus line's source, any other line itself.
MONEY_LINE: Final = func.coalesce(PlanLine.source_line_id, PlanLine.id)


class PlanEditor(Model):
    """Who has saved the plan: they may not decide on it."""

    __tablename__ = "plan_editor"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class RevisionLine(Model):
    """The digest of one line, vouchers included, in one submitted revision: equal digests, equal lines."""

    __tablename__ = "revision_line"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"), primary_key=True)
    position: Mapped[int]
    digest: Mapped[Code]
    allotment_id: Mapped[int]
    applied: Mapped[Money]


class PlanRevision(Model):
    """The content of a plan as it was submitted, word for word, with its digest; never changed afterwards."""

    __tablename__ = "plan_revision"
    __table_args__ = (UniqueConstraint("plan_id", "revision"),)

    id: Mapped[Id]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    revision: Mapped[int]
    digest: Mapped[Code]
    content: Mapped[Long]
    submitted_by: Mapped[int]
    submitted_at: Mapped[datetime]
