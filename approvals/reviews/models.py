"""Tables of reviews: the desks of a plan's round and what they are asked, opinions on lines, and decisions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.people.rules import Role
from accounts.people.signing import signed
from approvals.chains.rules import StepMode
from approvals.reviews.rules import Act, SeatKind, TaskState, Verdict
from core.db import Code, Id, Long, Model, Name, code_of
from core.money import ZERO, Money

_REMARK: Final = text("verdict <> 'agree'")
_SHARED: Final = text("needed > 1")


# Where an open task waits: with whoever holds a post, or with the one person who acts now (see waiting.py).
_SEAT: Final = (
    "CASE WHEN handed_to IS NULL THEN role || '/' || COALESCE(CAST(unit_id AS TEXT), '')"
    " || '/' || COALESCE(CAST(office_id AS TEXT), '') ELSE 'person/' || CAST(handed_to AS TEXT) END"
)


class ReviewTask(Model):
    """One desk's work on one round of a plan. `turn` counts how often the step was opened in this round.

    `why` is JSON: by which rule and values the desk is asked, who sits there, and who was left out for what reason.
    A step that nobody is asked at leaves a row that is skipped, which tells why. `handed_to` names the one person who
    acts now, where it is not anybody who holds the post.

    From `lane` on stands what the queue shows and sorts by, as it was when the desk was opened, so that a page of the
    queue reads no lines. `not_for` names those for whom the task does not wait: who made the plan, who decided at
    another step, who has spoken here already.
    """

    __tablename__ = "review_task"
    __table_args__ = (
        UniqueConstraint("plan_id", "revision", "step_no", "office_id", "turn"),
        Index(None, "state", "role", "unit_id", "office_id"),
        Index(None, "plan_id"),
        Index(None, "closed_by", "state"),
        Index(None, "state", "due_at"),
        Index(None, "closed_by", "closed_at"),
        Index("ix_review_task_in_order", "state", "seat", "lane", "due_at", "unit_code", "plan_number", "id"),
        Index(
            "ix_review_task_counted",
            "state", "seat", "department_code", "year_month", "unit_office_id", "lane", "due_at", "not_for",
        ),
        # Few desks ask several: where somebody has spoken is found among these, not among all that are open.
        Index(
            "ix_review_task_shared", "state", "role", "unit_id", "office_id", sqlite_where=_SHARED,
            postgresql_where=_SHARED,
        ),
    )  # fmt: skip
    # Nobody reads a seat, the database compares it: no need to ask for it after each insert.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012  SQLAlchemy reads a plain dict here

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
    turn: Mapped[int] = mapped_column(default=1)
    mode: Mapped[StepMode] = mapped_column(code_of(StepMode), default=StepMode.ANY)
    needed: Mapped[int] = mapped_column(default=1)
    why: Mapped[Long] = mapped_column(default="{}")
    handed_to: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # When the clerk last asked for speed, when the desk was reminded of its limit, when it was reported upwards.
    nudged_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    # 0 is 三保, 1 everything else.
    lane: Mapped[int] = mapped_column(default=1)
    unit_code: Mapped[Code] = mapped_column(default="")
    department_code: Mapped[Code] = mapped_column(default="")
    unit_office_id: Mapped[int | None]
    plan_number: Mapped[Code] = mapped_column(default="")
    year_month: Mapped[int] = mapped_column(default=0)
    line_count: Mapped[int] = mapped_column(default=0)
    total: Mapped[Money] = mapped_column(default=ZERO)
    # What the lines ask for without those that take: an adjustment's total is nothing.
    asked: Mapped[Money] = mapped_column(default=ZERO)
    cut: Mapped[bool] = mapped_column(default=False)
    not_for: Mapped[Long] = mapped_column(default=" ")
    seat: Mapped[Name] = mapped_column(Computed(_SEAT), deferred=True)


class TaskLine(Model):
    """One line that a desk is asked about. Only ever added."""

    __tablename__ = "task_line"
    __table_args__ = (Index(None, "plan_line_id"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("review_task.id"), primary_key=True)
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"), primary_key=True)


class TaskSeat(Model):
    """Somebody who was asked at a desk beside those who hold its post: consulted, or given the task."""

    __tablename__ = "task_seat"
    __table_args__ = (
        Index(None, "task_id"),
        Index(None, "person_id", "closed_at"),
        Index(None, "asked_by", "closed_at"),
    )

    id: Mapped[Id]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("review_task.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[SeatKind] = mapped_column(code_of(SeatKind))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    blocking: Mapped[bool] = mapped_column(default=False)
    words: Mapped[Long] = mapped_column(default="")
    answer: Mapped[Long] = mapped_column(default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Opinion(Model):
    """意见: what one person said of one line in one task. Only ever added.

    It stands as long as the line has this digest: a line that comes back unchanged is not asked again. `attempt`
    counts how often the person has spoken there: once more each time he took his words back (`Retraction`).
    """

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("task_id", "plan_line_id", "person_id", "attempt"),
        CheckConstraint("verdict = 'agree' OR reason <> ''", name="reason_given"),
        Index(None, "plan_line_id"),
        # What was not simply agreed to, for the statistics of reasons.
        Index("ix_opinion_remarks", "at", sqlite_where=_REMARK, postgresql_where=_REMARK),
    )

    id: Mapped[Id]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("review_task.id"))
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    verdict: Mapped[Verdict] = mapped_column(code_of(Verdict))
    amount: Mapped[Money]
    reason: Mapped[Name] = mapped_column(default="")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    line_digest: Mapped[Code] = mapped_column(default="")
    # The code of a usual reason, if one was chosen.
    code: Mapped[Code] = mapped_column(default="")
    # For whom it was said, by delegation.
    behalf_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    attempt: Mapped[int] = mapped_column(default=1)


class Retraction(Model):
    """收回: an opinion that counts no more although its desk goes on, and the decision that says so. Only ever added.

    Where the whole desk is asked again its task is revoked instead; this is for one voice of several.
    """

    __tablename__ = "retraction"

    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"), primary_key=True, autoincrement=False)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]


class Decision(Model):
    """What was done with a whole plan, bound to the digest of the content that was seen. Only ever added.

    `body` is the canonical text of the decision (docs/proof.md); it names the digests of the decision before it, so
    the decisions of a plan are a chain. `sha256` and `sm3` are the digests of `body`.
    """

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("plan_id", "number"), Index(None, "person_id"), Index(None, "sha256"))

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
    body: Mapped[Long]
    sha256: Mapped[Code]
    sm3: Mapped[Code]
    # For whom it was done, by delegation.
    behalf_id: Mapped[int | None]

    @property
    def signature(self) -> str:
        """张三; 张三（代李四）."""
        behalf = json.loads(self.body)["facts"]["behalf"][1] if self.behalf_id else ""
        return signed(self.person_name, behalf)


class DecisionView(Model):
    """What lay before the decider: the facts on his desk as JSON, bound to the decision by their digest.

    The digest stands among the facts of the decision, so the text is covered by the chain. Only ever added.
    """

    __tablename__ = "decision_view"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[Code]
    text: Mapped[Long]


class SavedView(Model):
    """A person's own way to look at the queue: a name and the filter as it stands in the address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[Name]
    query: Mapped[Long]
    # The queue opens with it. At most one of a person's views does.
    opens_first: Mapped[bool] = mapped_column(default=False)
