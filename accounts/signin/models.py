"""Sign-ins (the cookie carries a random key, the row only its hash) and authenticators (no row carries a secret)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.people.models import Account
from core.db import Code, Model


class LoginSession(Model):
    """One signed-in browser."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "person_id"),)

    key_hash: Mapped[Code] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class DynamicCode(Model):
    """动态口令: the authenticator that one person has bound.

    Its secret is stored nowhere: it follows from `salt` and the key of the application (accounts/signin/codes.py);
    `key_mark` tells which key that was. `last_step` is the last half minute whose code was used.
    """

    __tablename__ = "dynamic_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    salt: Mapped[Code]
    key_mark: Mapped[Code]
    last_step: Mapped[int]
    bound_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class RecoveryCode(Model):
    """恢复码: by its hash; the row goes when the code is used, and with the binding."""

    __tablename__ = "recovery_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[Code] = mapped_column(primary_key=True)
