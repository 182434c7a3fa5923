"""Tables of payments (PAY_VOUCHER_BILL) and of their matches to approved lines. Both are only ever added to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.units.models import Unit
from core.db import Code, Id, Long, Model, Name
from core.money import Money


class Payment(Model):
    """One payment voucher (支付凭证) that the bank has paid; a refund is negative.

    The allotment is known by its national key, not by id: a payment may come before its allotment. A voucher
    that the national platform has made void gets a second, red row (`void`) that takes the first one back.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("division_code", "pay_cert_id", "void"),
        CheckConstraint("amount <> 0", name="amount"),
        Index(None, "division_code", "fiscal_year", "bgt_id"),
        Index(None, "unit_id", "fiscal_year", "paid_on"),
    )

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    pay_cert_id: Mapped[Code]
    void: Mapped[bool]
    pay_cert_no: Mapped[Name]
    bgt_id: Mapped[Code]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    paid_on: Mapped[date]
    amount: Mapped[Money]
    purpose: Mapped[Name]
    payee: Mapped[Name]
    payee_account: Mapped[Code]
    payee_bank: Mapped[Name]
    payer: Mapped[Name]
    payer_account: Mapped[Code]
    payer_bank: Mapped[Name]
    extra: Mapped[Long]
    imported_at: Mapped[datetime]
    imported_by: Mapped[int | None]

    unit: Mapped[Unit] = relationship()


class PaymentMatch(Model):
    """So much of a payment was paid from this approved line; a trigger keeps it within what is approved."""

    __tablename__ = "payment_match"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index(None, "payment_id"),
        Index(None, "plan_line_id"),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    amount: Mapped[Money]
    at: Mapped[datetime]
