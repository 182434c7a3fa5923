"""Tables of reviews: the tasks of a plan's round, the opinions on lines, and the decisions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from accounts.people.rules import Role
from approvals.reviews.rules import Act, TaskState, Verdict
from core.db import Code, Id, Long, Model, Name, code_of
from core.money import Money


class ReviewTask(Model):
    """One desk's work on one round of a plan: the lines it must decide on."""

    __tablename__ = "review_task"
    __table_args__ = (
        UniqueConstraint("plan_id", "revision", "step_no", "office_id"),
        Index(None, "state", "role", "unit_id", "office_id"),
        Index(None, "plan_id"),
        Index(None, "closed_by", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    revision: Mapped[int]
    step_no: Mapped[int]
    step_name: Mapped[Name]
    role: Mapped[Role] = mapped_column(code_of(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    state: Mapped[TaskState] = mapped_column(code_of(TaskState), default=TaskState.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Opinion(Model):
    """意见: what one person said of one line in one task. Only ever added."""

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("task_id", "plan_line_id"),
        CheckConstraint("verdict = 'agree' OR reason <> ''", name="reason_given"),
        Index(None, "plan_line_id"),
    )

    id: Mapped[Id]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("review_task.id"))
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    verdict: Mapped[Verdict] = mapped_column(code_of(Verdict))
    amount: Mapped[Money]
    reason: Mapped[Name] = mapped_column(default="")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Decision(Model):
    """What was done with a whole plan, bound to the digest of the content that was seen. Only ever added."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("plan_id", "number"), Index(None, "person_id"))

    id: Mapped[Id]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    revision: Mapped[int]
    step_no: Mapped[int]
    step_name: Mapped[Name]
    act: Mapped[Act] = mapped_column(code_of(Act))
    digest: Mapped[Code]
    comment: Mapped[Long]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[Name]
    at: Mapped[datetime]
