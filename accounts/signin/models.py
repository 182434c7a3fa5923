"""The table of sign-ins: the cookie carries a random key, the row only its hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Code, Model


class LoginSession(Model):
    """One signed-in browser."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "person_id"),)

    key_hash: Mapped[Code] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
