"""Tables of units and offices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.units.rules import OfficeKind, UnitKind, department_code
from core.db import Code, Id, Model, Name, code_of
from core.versions import Versioned


class Office(Model):
    """A section of the finance bureau."""

    __tablename__ = "office"
    __table_args__ = (UniqueConstraint("division_code", "code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    code: Mapped[Code]
    name: Mapped[Name]
    kind: Mapped[OfficeKind] = mapped_column(code_of(OfficeKind))


class Unit(Versioned, Model):
    """A budget unit or a department, in the tree that its code draws (3-6-9)."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("division_code", "code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    code: Mapped[Code]
    name: Mapped[Name]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[UnitKind] = mapped_column(code_of(UnitKind))
    is_leaf: Mapped[bool]
    enabled: Mapped[bool]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    credit_code: Mapped[Code] = mapped_column(default="")
    exp_func_code: Mapped[Code] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    ends_on: Mapped[date | None]

    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id", foreign_keys=parent_id)
    successor: Mapped[Unit | None] = relationship(remote_side="Unit.id", foreign_keys=merged_into_id)
    office: Mapped[Office | None] = relationship()

    @property
    def department_code(self) -> str:
        """The code of the department that this unit belongs to."""
        return department_code(self.code)
