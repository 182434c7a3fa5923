"""Tables of approval chains: a chain is a list of steps; running plans stay on the chain they were submitted with.

A chain without `published_at` is a draft; once published, neither it nor its steps ever change (triggers say so).
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.people.rules import Role
from approvals.chains.conditions import Condition
from approvals.chains.drafts import ChainDraft, StepDraft
from approvals.chains.rules import AfterReturn, AmountField, OnLimit, StepMode, StepScope
from budget.plans.kinds import PlanKind
from core.db import Code, Id, Long, Model, Name, code_of


class Chain(Model):
    """审批链: one version, a draft or published. `saved` counts how often a draft was saved."""

    __tablename__ = "chain"
    __table_args__ = (UniqueConstraint("division_code", "name", "version"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    name: Mapped[Name]
    plan_kind: Mapped[Code]
    version: Mapped[int]
    published_at: Mapped[datetime | None]
    after_return: Mapped[AfterReturn] = mapped_column(code_of(AfterReturn), default=AfterReturn.EVERY_STEP)
    saved: Mapped[int] = mapped_column(default=1)

    steps: Mapped[list[ChainStep]] = relationship(
        order_by="ChainStep.number", back_populates="chain", cascade="all, delete-orphan"
    )

    @property
    def kind(self) -> PlanKind:
        """The kind of plan that it is for."""
        return PlanKind(self.plan_kind)

    @property
    def label(self) -> str:
        """“月度用款计划”第 2 版."""
        return f"“{self.name}”第 {self.version} 版"

    @property
    def draft(self) -> ChainDraft:
        """What it says, as a value."""
        return ChainDraft(self.name, tuple(step.draft for step in self.steps), self.after_return)

    def fill(self, draft: ChainDraft) -> None:
        """Say this from now on. The steps keep their rows, so that no number is there twice while it is written."""
        self.name, self.after_return = draft.name, draft.after_return
        del self.steps[len(draft.steps) :]
        for place, step in enumerate(draft.steps):
            if place == len(self.steps):
                self.steps.append(ChainStep(number=place + 1))
            self.steps[place].fill(step)


class ChainStep(Model):
    """环节: a post at a place acts on the lines that meet the condition; each office on its own lines."""

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
    # Canonical text of a `Condition`: which lines the step is about.
    condition: Mapped[Long] = mapped_column(default="{}")
    mode: Mapped[StepMode] = mapped_column(code_of(StepMode), default=StepMode.ANY)
    needed: Mapped[int] = mapped_column(default=1)
    may_return: Mapped[bool] = mapped_column(default=True)
    may_hold: Mapped[bool] = mapped_column(default=True)
    on_limit: Mapped[OnLimit] = mapped_column(code_of(OnLimit), default=OnLimit.REMIND)
    escalate_to: Mapped[Role | None] = mapped_column(code_of(Role))
    second_factor: Mapped[bool] = mapped_column(default=False)

    chain: Mapped[Chain] = relationship(back_populates="steps")

    @property
    def asks(self) -> Condition:
        """Which lines the step is about."""
        return Condition.read(self.condition)

    @property
    def draft(self) -> StepDraft:
        """What it says, as a value."""
        told = {one.name: getattr(self, one.name) for one in fields(StepDraft) if one.name != "condition"}
        return StepDraft(**told, condition=self.asks)

    def fill(self, draft: StepDraft) -> None:
        """Say this from now on."""
        for one in fields(StepDraft):
            value = getattr(draft, one.name)
            setattr(self, one.name, value.text() if isinstance(value, Condition) else value)
