"""Tables of approval chains: a chain is a list of steps; running plans stay on the chain they were submitted with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.people.rules import Role
from approvals.chains.rules import AmountField, StepScope
from core.db import Code, Id, Model, Name, code_of


class Chain(Model):
    """审批链: one published version."""

    __tablename__ = "chain"
    __table_args__ = (UniqueConstraint("division_code", "name", "version"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    name: Mapped[Name]
    plan_kind: Mapped[Code]
    version: Mapped[int]
    published_at: Mapped[datetime | None]

    steps: Mapped[list[ChainStep]] = relationship(order_by="ChainStep.number", back_populates="chain")


class ChainStep(Model):
    """环节: a post at a place acts on all lines, or each office on its own."""

    __tablename__ = "chain_step"
    __table_args__ = (UniqueConstraint("chain_id", "number"),)

    id: Mapped[Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id"))
    number: Mapped[int]
    name: Mapped[Name]
    role: Mapped[Role] = mapped_column(code_of(Role))
    scope: Mapped[StepScope] = mapped_column(code_of(StepScope))
    amount_field: Mapped[AmountField] = mapped_column(code_of(AmountField), default=AmountField.NONE)
    time_limit_days: Mapped[int] = mapped_column(default=1)

    chain: Mapped[Chain] = relationship(back_populates="steps")
