"""Tables of the voucher register: papers, their page images, the lines they prove, and what is required."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Code, Id, Long, Model, Name
from core.money import Money
from core.versions import Versioned

# An invoice's number belongs to one live paper; what repeats it is known as such and needs a consent.
_ONCE: Final = text("removed_at IS NULL AND repeats_id IS NULL AND number_key <> ''")


class Paper(Versioned, Model):
    """原始凭证: one source voucher of a unit, kept as the file that was handed in, with what stands on its face.

    `plan_id` is where it was handed in; which lines it proves, in whatever plans, their draws say.
    """

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint("face_amount > 0", name="face_amount"),
        Index(None, "unit_id", "created_at"),
        Index(None, "created_at", "id"),
        Index(None, "plan_id"),
        Index(None, "blob_digest"),
        Index(None, "number"),
        Index(None, "number_key"),
        Index(None, "repeats_id"),
        Index(None, "face_amount", "paper_date"),
        Index(
            "ix_paper_number_once", "division_code", "number_key", unique=True,
            sqlite_where=_ONCE, postgresql_where=_ONCE,
        ),
    )  # fmt: skip
    # All but the plan, which the database forgets when its draft is dropped.
    EDITED: ClassVar[frozenset[str]] = frozenset(
        {"kind_code", "name", "number", "paper_date", "counterparty", "face_amount", "removed_at"}
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    division_code: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan.id", ondelete="SET NULL"))
    kind_code: Mapped[Code]
    name: Mapped[Name]
    number: Mapped[Code] = mapped_column(default="")
    paper_date: Mapped[date | None]
    counterparty: Mapped[Name] = mapped_column(default="")
    face_amount: Mapped[Money | None]
    number_key: Mapped[Code] = mapped_column(default="")
    repeats_id: Mapped[UUID | None]
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
    # With their places, for the viewer to search; read only when it does.
    words: Mapped[Long | None] = mapped_column(deferred=True)


class PaperReading(Model):
    """What a machine read on a paper, as canonical JSON: suggestions, which set no amount."""

    __tablename__ = "paper_reading"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Code]
    content: Mapped[Long]
    created_at: Mapped[datetime]


class PaperMark(Model):
    """What a page looks like in a few bits, to find those that may show the same paper."""

    __tablename__ = "paper_mark"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[bytes]


class PaperMatch(Model):
    """Two papers whose pictures seem to show the same thing, the later one first; `apart` in thousandths."""

    __tablename__ = "paper_match"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    apart: Mapped[int]
    at: Mapped[datetime]


class ReuseRequest(Model):
    """A clerk asks that a paper may be used although an earlier one is the same. Never changed."""

    __tablename__ = "reuse_request"

    id: Mapped[Id]
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"), index=True)
    earlier_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"))
    reason: Mapped[Long]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]

    consent: Mapped[ReuseConsent | None] = relationship()


class ReuseConsent(Model):
    """What the bureau decided on a request. Never changed."""

    __tablename__ = "reuse_consent"

    request_id: Mapped[int] = mapped_column(ForeignKey("reuse_request.id"), primary_key=True, autoincrement=False)
    granted: Mapped[bool]
    reason: Mapped[Long]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Scan(Model):
    """What the virus scanner said of a stored file: the name of what it found, empty for a clean one."""

    __tablename__ = "scan"

    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest", ondelete="CASCADE"), primary_key=True)
    found: Mapped[Name]
    at: Mapped[datetime]


class Draw(Model):
    """A paper proves a line, with so much of its face amount; without an amount it is merely attached."""

    __tablename__ = "draw"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    plan_line_id: Mapped[int] = mapped_column(
        ForeignKey("plan_line.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    amount: Mapped[Money | None]


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


class ContractTerms(Model):
    """The payment nodes of a contract as agreed at a time; a later agreement is another row, with a reason."""

    __tablename__ = "contract_terms"
    __table_args__ = (UniqueConstraint("paper_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"))
    number: Mapped[int]
    reason: Mapped[Name] = mapped_column(default="")
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]

    nodes: Mapped[list[ContractNode]] = relationship(order_by="ContractNode.number")


class ContractNode(Model):
    """One payment node: so much of the contract (hundredths of a percent, or an amount), due from a day on."""

    __tablename__ = "contract_node"
    __table_args__ = (
        CheckConstraint("(share IS NULL) <> (amount IS NULL)", name="share_or_amount"),
        CheckConstraint("share > 0 AND share <= 10000", name="share"),
        CheckConstraint("amount > 0", name="amount"),
    )

    terms_id: Mapped[UUID] = mapped_column(ForeignKey("contract_terms.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[Name]
    due: Mapped[date | None]
    share: Mapped[int | None]
    amount: Mapped[Money | None]
    is_retention: Mapped[bool] = mapped_column(default=False)
