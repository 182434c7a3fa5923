"""Tables of people and their posts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.people.rules import Role
from accounts.units.models import Office, Unit
from core.db import Code, Id, Model, Name, code_of


class Account(Model):
    """A person's account. People are deactivated, never deleted: their decisions stay."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[Id]
    username: Mapped[Code]
    name: Mapped[Name]
    phone: Mapped[Code] = mapped_column(default="")
    password_hash: Mapped[Name]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    posts: Mapped[list[Post]] = relationship(back_populates="account", order_by="Post.id")


class Post(Model):
    """A role held at a unit, an office or the bureau, from a day to a day (open while `ends_on` is empty)."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("unit_id IS NULL OR office_id IS NULL", name="one_place"),
        Index(None, "person_id"),
        Index(None, "role", "unit_id", "office_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(code_of(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    account: Mapped[Account] = relationship(back_populates="posts")
    unit: Mapped[Unit | None] = relationship()
    office: Mapped[Office | None] = relationship()

    @property
    def place_name(self) -> str:
        """The unit or office; empty for posts of the whole bureau."""
        place = self.unit or self.office
        return place.name if place else ""
