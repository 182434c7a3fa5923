"""Tables of the voucher register: papers, their page images, the lines they prove, and what is required."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Code, Id, Long, Model, Name
from core.versions import Versioned


class Paper(Versioned, Model):
    """原始凭证: one source voucher of a unit, kept as the file that was handed in."""

    __tablename__ = "paper"
    __table_args__ = (Index(None, "unit_id", "created_at"), Index(None, "plan_id"), Index(None, "blob_digest"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    division_code: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    kind_code: Mapped[Code]
    name: Mapped[Name]
    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest"))
    file_kind: Mapped[Code]
    size: Mapped[int]
    page_count: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    pages: Mapped[list[PaperPage]] = relationship(order_by="PaperPage.number")
    reading: Mapped[PaperReading | None] = relationship()


class PaperPage(Model):
    """A page as an image for the browser, made once after the upload; page 0 is the thumbnail."""

    __tablename__ = "paper_page"
    __table_args__ = (UniqueConstraint("paper_id", "number"),)

    id: Mapped[Id]
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"))
    number: Mapped[int]
    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest"))
    width: Mapped[int]
    height: Mapped[int]


class PaperReading(Model):
    """What a machine read on a paper, as canonical JSON: suggestions, which set no amount."""

    __tablename__ = "paper_reading"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Code]
    content: Mapped[Long]
    created_at: Mapped[datetime]


class Scan(Model):
    """What the virus scanner said of a stored file: the name of what it found, empty for a clean one."""

    __tablename__ = "scan"

    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest", ondelete="CASCADE"), primary_key=True)
    found: Mapped[Name]
    at: Mapped[datetime]


class Draw(Model):
    """A paper proves a line."""

    __tablename__ = "draw"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    plan_line_id: Mapped[int] = mapped_column(
        ForeignKey("plan_line.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class VoucherRequirement(Versioned, Model):
    """Which kinds of paper an economic class needs, by division and year; editable by the administrator."""

    __tablename__ = "voucher_requirement"
    __table_args__ = (Index(None, "division_code", "fiscal_year"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    eco_prefixes: Mapped[Name]
    pro_cats: Mapped[Name] = mapped_column(default="")
    only_gov_pur: Mapped[bool] = mapped_column(default=False)
    any_of: Mapped[Name]
    text: Mapped[Name] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=True)
    basis: Mapped[Long] = mapped_column(default="")
