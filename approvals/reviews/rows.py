"""The lines of a plan as a desk sees them: its own to decide on, the rest greyed with who decides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from approvals.chains.models import ChainStep
from approvals.chains.store import get_chain
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import TaskState, Verdict, amount_now
from approvals.reviews.steps import people_at
from approvals.reviews.story import Said, Story
from budget.plans.models import Plan, PlanLine
from core.money import Money
from vouchers.papers.store import PaperFacts


@dataclass(frozen=True)
class DeskRow:
    """One line on the desk."""

    line: PlanLine
    mine: bool
    amount: Money
    papers: int
    decided_by: str
    remarks: Sequence[Said]
    mine_before: Said | None
    came_back: bool


def rows_of(
    plan: Plan, task: ReviewTask, story: Story, papers: Mapping[int, Sequence[PaperFacts]], person_id: int
) -> list[DeskRow]:
    """All lines in their order."""
    others = _other_desks(task, story)
    rows = []
    for line in plan.lines:
        office_id = line.allotment.office_id if line.allotment else None
        mine = task.office_id is None or office_id == task.office_id
        said = story.said.get(line.id, [])
        earlier = [one for one in said if one.revision < plan.revision]
        rows.append(
            DeskRow(
                line=line,
                mine=mine,
                amount=amount_now(line),
                papers=len(papers.get(line.id, ())),
                decided_by="" if mine else _decided_by(line, others.get(office_id)),
                remarks=[one for one in said if one.revision == plan.revision and one.verdict is not Verdict.AGREE],
                mine_before=next((one for one in reversed(earlier) if one.person_id == person_id), None),
                came_back=_came_back(earlier),
            )
        )
    return rows


def _came_back(earlier: Sequence[Said]) -> bool:
    """Whether the line was returned in the last round in which anybody spoke of it."""
    rounds = [list(said) for _, said in groupby(earlier, key=lambda one: one.revision)]
    return bool(rounds) and any(one.verdict is Verdict.RETURN for one in rounds[-1])


def _other_desks(task: ReviewTask, story: Story) -> dict[int | None, str]:
    """What the other offices of the step do with their lines: who has them, or that they have acted."""
    told: dict[int | None, str] = {}
    for other in story.tasks:
        if other.step_no == task.step_no and other.id != task.id:
            names = "、".join(account.name for account in people_at(other))
            told[other.office_id] = f"{names}审核中" if other.state is TaskState.OPEN else "已审核"
    return told


def _decided_by(line: PlanLine, state: str | None) -> str:
    office = line.allotment.office.name if line.allotment else ""
    return f"{office}：{state or '其他股室审核'}"


@dataclass(frozen=True)
class DeskTotals:
    """What the desk's own lines add up to."""

    applied: Money
    amount: Money
    papers: int
    count: int

    @property
    def cut(self) -> Money:
        """What has been cut so far."""
        return self.applied - self.amount


def totals_of(rows: Sequence[DeskRow]) -> DeskTotals:
    """The sums over the desk's own lines."""
    own = [row for row in rows if row.mine]
    applied = Money.total(row.line.applied or Money(0) for row in own)
    return DeskTotals(applied, Money.total(row.amount for row in own), sum(row.papers for row in own), len(own))


def step_of(task: ReviewTask, plan: Plan) -> ChainStep:
    """The step that the task belongs to."""
    return get_chain(plan.chain_id).steps[task.step_no - 1]
