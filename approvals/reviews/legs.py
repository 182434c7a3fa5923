"""The way of a plan as pages tell it: each step behind and ahead, by whom and why, and the ones passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from approvals.chains.models import ChainStep
from approvals.reviews.ahead import Ahead, ahead_of
from approvals.reviews.models import Decision, ReviewTask
from approvals.reviews.reasons import read_reason
from approvals.reviews.route import Way
from approvals.reviews.rules import TaskState
from approvals.reviews.story import Story, place_name
from budget.plans.models import Plan
from budget.plans.rules import HOLDING
from core import clock

_TOLD = (TaskState.OPEN, TaskState.DONE, TaskState.SKIPPED)


@dataclass(frozen=True)
class Leg:
    """One step at one place. `kind` is done, skip, now, or empty for what is still to come."""

    kind: str
    step: str
    who: str = ""
    said: str = ""
    excluded: Sequence[Sequence[str]] = ()


def legs_of(plan: Plan, story: Story, way: Way) -> list[Leg]:
    """What this round has behind it, where it is, and what lies ahead if everything is agreed to."""
    behind = [_behind(plan, task, story) for task in story.tasks if task.state in _TOLD]
    if plan.state not in HOLDING or story.chain is None:
        return behind
    return [*behind, *_ahead(plan, story.chain.steps, story, way)]


def _behind(plan: Plan, task: ReviewTask, story: Story) -> Leg:
    why = read_reason(task.why)
    if task.state is TaskState.SKIPPED:
        return Leg("skip", task.step_name, said=why.passed)
    offices = {line.allotment.office_id: line.allotment.office for line in plan.lines if line.allotment}
    step = f"{place_name(plan, task, offices)} {task.step_name}"
    if task.state is TaskState.OPEN:
        names = next((desk.names for desk in story.desks if desk.task_id == task.id), "")
        return Leg("now", step, names, why.rule, why.excluded)
    return Leg("done", step, "、".join(_acted(story.decisions, task)), why.rule, why.excluded)


def _acted(decisions: Sequence[Decision], task: ReviewTask) -> Iterator[str]:
    """Who acted at the step of a task while it was open, when and how; each office has people of its own."""
    for one in decisions:
        here = (one.revision, one.step_no) == (task.revision, task.step_no) and one.step_name == task.step_name
        if here and task.opened_at <= one.at <= (task.closed_at or one.at) and task.closed_by in (None, one.person_id):
            yield f"{one.signature} {clock.local(one.at):%m-%d %H:%M} {one.act.label}"


def _ahead(plan: Plan, steps: Sequence[ChainStep], story: Story, way: Way) -> Iterator[Leg]:
    for one in ahead_of(plan, steps, way, story.hands, after=plan.step_no):
        yield _to_come(one)


def _to_come(one: Ahead) -> Leg:
    if one.passed:
        return Leg("skip", one.step.name, said=one.passed)
    return Leg("", one.step.name + one.place, one.names or "暂无持岗人", one.reason.rule, one.reason.excluded)
