"""The table of documents: which paper was rendered from which content. Only ever added."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Code, Model, code_of
from exports.documents.rules import DocumentKind


class Document(Model):
    """One PDF of one plan. `sheet_digest` is that of the page it was made from: the same is never made twice."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("kind", "sheet_digest"), Index(None, "plan_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    division_code: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    kind: Mapped[DocumentKind] = mapped_column(code_of(DocumentKind))
    number: Mapped[Code]
    content_digest: Mapped[Code]
    sheet_digest: Mapped[Code]
    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest"))
    page_count: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None]
