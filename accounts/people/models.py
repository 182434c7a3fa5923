"""Tables of people, their posts, and who acts for whom at them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.people.rules import Role
from accounts.units.models import Office, Unit
from core.db import Code, Id, Model, Name, code_of
from core.versions import Versioned


class Account(Versioned, Model):
    """A person's account. People are deactivated, never deleted: their decisions stay."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("username"), Index(None, "name", "phone"))
    EDITED: ClassVar[frozenset[str]] = frozenset({"name", "phone", "active"})

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

    def lasting(self, day: date) -> list[Post]:
        """The posts that he holds on this day or later."""
        return [post for post in self.posts if post.ends_on is None or post.ends_on >= day]


class Post(Versioned, Model):
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


class Delegation(Versioned, Model):
    """委托: from a day to a day one person acts for another at posts that the other holds himself.

    Without a role it is for all posts that review, without a place for all places of the role. It gives nothing that
    the giver does not hold on the day; made and revoked in accounts/delegations, read here, for every request asks it.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
        CheckConstraint("unit_id IS NULL OR office_id IS NULL", name="one_place"),
        CheckConstraint("role IS NOT NULL OR (unit_id IS NULL AND office_id IS NULL)", name="place_of_a_role"),
        Index(None, "giver_id"),
        Index(None, "taker_id", "ends_on"),
    )

    id: Mapped[Id]
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role | None] = mapped_column(code_of(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[Name]
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    giver: Mapped[Account] = relationship(foreign_keys=[giver_id])
    taker: Mapped[Account] = relationship(foreign_keys=[taker_id])
    unit: Mapped[Unit | None] = relationship()
    office: Mapped[Office | None] = relationship()

    @property
    def what(self) -> str:
        """全部审核岗位; 教科文股 股室初审."""
        if self.role is None:
            return "全部审核岗位"
        place = self.unit or self.office
        return f"{place.name if place else ''} {self.role.label}".strip()
