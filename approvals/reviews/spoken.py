"""What was said of each line, in words, and what of it still stands although the plan was submitted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.people.signing import signed
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.route import Way, WayLine
from approvals.reviews.rules import GOING_ON, Verdict
from core import clock
from core.money import Money


@dataclass(frozen=True)
class Said:
    """One opinion on one line, in words."""

    who: str
    step: str
    revision: int
    verdict: Verdict
    amount: Money
    reason: str
    person_id: int
    step_no: int
    task_id: UUID
    at: datetime

    @property
    def words(self) -> str:
        """同意 · 核减至 15,000.00：按合同支付."""
        return f"{self.head}：{self.reason}" if self.reason else self.head

    @property
    def head(self) -> str:
        """同意 · 核减至 15,000.00."""
        return f"核减至 {self.amount}" if self.verdict is Verdict.CUT else self.verdict.label


Spoken = Mapping[int, Sequence[Said]]


def said_by_line(
    opinions: Sequence[tuple[Opinion, ReviewTask, str]], names: Mapping[int | None, str]
) -> dict[int, list[Said]]:
    """Every opinion on each line, oldest first. `names` are those of the people for whom somebody spoke."""
    told: dict[int, list[Said]] = defaultdict(list)
    for one, task, name in opinions:
        who = signed(name, names.get(one.behalf_id))
        told[one.plan_line_id].append(
            Said(who, task.step_name, task.revision, one.verdict, one.amount, one.reason, one.person_id, task.step_no,
                 task.id, one.at)
        )  # fmt: skip
    return told


def last_spoken(spoken: Spoken, revision: int, step_no: int | None = None) -> dict[int, int]:
    """The submission before this one in which each line was last spoken of: at the step, else at any."""
    found: dict[int, int] = {}
    for line_id, said in spoken.items():
        earlier = [one for one in said if one.revision < revision]
        own = [one.revision for one in earlier if one.step_no == step_no]
        if earlier:
            found[line_id] = max(own or [one.revision for one in earlier])
    return found


@dataclass(frozen=True)
class Carried:
    """What was said of a line at a step and still holds; `unchanged` is false where the chain lets a change pass."""

    step_no: int
    step: str
    who: str
    said: str
    at: datetime
    revision: int
    unchanged: bool

    @property
    def words(self) -> str:
        """已于 11月20日由沈思远同意（未变）."""
        day = clock.local(self.at)
        rest = "未变" if self.unchanged else "指标和金额未变"
        return f"已于 {day.month}月{day.day}日由{self.who}{self.said}（{rest}）"


def carried_of(way: Way, spoken: Spoken) -> dict[int, dict[int, Carried]]:
    """By line and step, what still stands."""
    return {line.id: {one.step_no: one for one in _standing(way, line, spoken.get(line.id, ()))} for line in way.lines}


def _standing(way: Way, line: WayLine, said: Sequence[Said]) -> Iterator[Carried]:
    for step in way.steps:
        stands = way.stands(step.number, line)
        going = [one for one in said if one.step_no == step.number and one.verdict in GOING_ON]
        if stands is None or not going:
            continue
        last = going[-1]
        who = "、".join(dict.fromkeys(one.who for one in going if one.task_id == last.task_id))
        unchanged = stands.digest == line.digest
        yield Carried(step.number, last.step, who, last.head, last.at, last.revision, unchanged)
