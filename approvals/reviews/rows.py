"""The lines of a plan as a desk sees them: its own to decide on, the rest greyed with who decides them, or has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import select

from approvals.chains.models import ChainStep
from approvals.chains.store import get_chain
from approvals.reviews.background import Background
from approvals.reviews.changes import LineChange
from approvals.reviews.models import ReviewTask, TaskLine
from approvals.reviews.rules import TaskState, Verdict, amount_now
from approvals.reviews.spoken import Carried, Said
from approvals.reviews.story import Story
from budget.plans.models import Plan, PlanLine
from core.db import session
from core.money import Money
from vouchers.papers.store import PaperFacts


@dataclass(frozen=True)
class DeskRow:
    """One line on the desk. `elsewhere` says who decides it, or why nobody here does; `still` what holds already."""

    line: PlanLine
    mine: bool
    amount: Money
    papers: int
    elsewhere: str
    remarks: Sequence[Said]
    mine_before: Said | None
    came_back: bool
    still: Carried | None
    change: LineChange | None


@dataclass(frozen=True)
class At:
    """The desk that looks at the plan: its task, who sits there, and the other desks of the step by line."""

    task: ReviewTask
    person_id: int
    asked: frozenset[int]
    others: Mapping[int, str]
    left_out: Mapping[int, str]


def desk_at(task: ReviewTask, story: Story, background: Background, person_id: int) -> At:
    """Which lines the desk is asked about, and who has the others, in one query."""
    step_tasks = {one.id: one for one in story.tasks if one.step_no == task.step_no} | {task.id: task}
    asked = _asked(step_tasks)
    others = {
        line_id: _state_of(step_tasks[task_id], story)
        for task_id, line_ids in asked.items()
        for line_id in line_ids
        if task_id != task.id and step_tasks[task_id].state in (TaskState.OPEN, TaskState.DONE)
    }
    way = background.way
    left_out = way.stop(way.steps[task.step_no - 1]).left_out if way else {}
    return At(task, person_id, frozenset(asked.get(task.id, ())), others, left_out)


def _asked(tasks: Mapping[UUID, ReviewTask]) -> dict[UUID, list[int]]:
    query = select(TaskLine.task_id, TaskLine.plan_line_id).where(TaskLine.task_id.in_(tasks))
    found: dict[UUID, list[int]] = {}
    for task_id, line_id in session().execute(query):
        found.setdefault(task_id, []).append(line_id)
    return found


def _state_of(other: ReviewTask, story: Story) -> str:
    """What another desk of the step does with its lines: who has them, or that they have acted."""
    if other.state is TaskState.DONE:
        return "已审核"
    people = next((desk.people for desk in story.desks if desk.task_id == other.id), ())
    return f"{'、'.join(person.name for person in people)}审核中"


def rows_of(
    plan: Plan, at: At, story: Story, background: Background, papers: Mapping[int, Sequence[PaperFacts]]
) -> list[DeskRow]:
    """All lines in their order."""
    return [
        _row(plan, line, at, story.said.get(line.id, []), background, len(papers.get(line.id, ())))
        for line in plan.lines
    ]


def _row(plan: Plan, line: PlanLine, at: At, said: Sequence[Said], background: Background, papers: int) -> DeskRow:
    earlier = [one for one in said if one.revision < plan.revision]
    mine = line.id in at.asked
    still = None if mine or line.id in at.others else background.carried.get(line.id, {}).get(at.task.step_no)
    return DeskRow(
        line=line,
        mine=mine,
        amount=amount_now(line),
        papers=papers,
        elsewhere="" if mine or still else _elsewhere(line, at),
        remarks=[one for one in said if one.revision == plan.revision and one.verdict is not Verdict.AGREE],
        mine_before=next((one for one in reversed(earlier) if one.person_id == at.person_id), None),
        came_back=_came_back(earlier),
        still=still,
        change=background.compared.lines.get(line.id),
    )


def _elsewhere(line: PlanLine, at: At) -> str:
    if line.id in at.left_out:
        return f"本环节不审核：{at.left_out[line.id]}"
    office = line.allotment.office.name if line.allotment else ""
    return f"{office}：{at.others.get(line.id, '其他股室审核')}"


def _came_back(earlier: Sequence[Said]) -> bool:
    """Whether the line was returned in the last round in which anybody spoke of it."""
    rounds = [list(said) for _, said in groupby(earlier, key=lambda one: one.revision)]
    return bool(rounds) and any(one.verdict is Verdict.RETURN for one in rounds[-1])


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
    """The sums over the desk's own lines; over all lines where it has only to confirm what was agreed to."""
    own = [row for row in rows if row.mine]
    summed = own or rows
    applied = Money.total(row.line.applied or Money(0) for row in summed)
    amount = Money.total(row.amount for row in summed)
    return DeskTotals(applied, amount, sum(row.papers for row in summed), len(own))


def step_of(task: ReviewTask, plan: Plan) -> ChainStep:
    """The step that the task belongs to."""
    return get_chain(plan.chain_id).steps[task.step_no - 1]
