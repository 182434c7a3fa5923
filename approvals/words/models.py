"""Tables of usual opinions and of reason codes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from approvals.words.rules import FormField, Reason
from core.db import Code, Id, Long, Model, Name, code_of
from core.versions import Versioned

_BUREAU: Final = text("person_id IS NULL")


class UsualList(Versioned, Model):
    """常用意见 of one person, or of the bureau (without a person): one a line, in the order of the number keys."""

    __tablename__ = "usual_list"
    __table_args__ = (
        UniqueConstraint("person_id"),
        Index("uq_usual_list_bureau", "division_code", unique=True, sqlite_where=_BUREAU, postgresql_where=_BUREAU),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lines: Mapped[Long] = mapped_column(default="")

    @property
    def texts(self) -> tuple[str, ...]:
        """The opinions in their order."""
        return tuple(self.lines.splitlines())


class ReasonTable(Versioned, Model):
    """The head of a bureau's table of reasons: its version is that of the whole table."""

    __tablename__ = "reason_table"
    __table_args__ = (UniqueConstraint("division_code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]


class ReasonCode(Model):
    """原因代码: never deleted, for opinions carry it; only put out of use."""

    __tablename__ = "reason_code"
    __table_args__ = (UniqueConstraint("division_code", "code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    code: Mapped[Code]
    words: Mapped[Name]
    field: Mapped[FormField] = mapped_column(code_of(FormField))
    number: Mapped[int]
    in_use: Mapped[bool] = mapped_column(default=True)

    @property
    def said(self) -> Reason:
        """The reason as the rules take it."""
        return Reason(self.code, self.words, self.field, self.in_use)
