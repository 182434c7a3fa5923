"""Taking up a desk's work: the plan locked, still as it was seen, and all that is read before a word is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from accounts.people.rules import Person
from approvals.chains.models import Chain, ChainStep
from approvals.chains.store import get_chain
from approvals.reviews import deciding, races, rules, separation, store
from approvals.reviews.deciding import Colleagues, OtherDesks
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import TaskState
from approvals.reviews.separation import Hands
from approvals.reviews.traces import digest_of
from approvals.reviews.ways import digests_of
from budget.allotments.store import on_a_desk
from budget.plans import store as plans
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import HOLDING, PlanState
from core import recall
from core.errors import Refused


@dataclass(frozen=True)
class Taken:
    """A desk's work as it was taken up."""

    plan: Plan
    task: ReviewTask
    digest: str
    lines: Sequence[PlanLine]
    chain: Chain
    hands: Hands
    others: OtherDesks
    colleagues: Colleagues

    @property
    def step(self) -> ChainStep:
        """The step that the plan stands at."""
        return self.chain.steps[self.plan.step_no - 1]

    @cached_property
    def digests(self) -> Mapping[int, str]:
        """The digest of every line of the plan, as submitted."""
        return digests_of(self.plan.id, self.plan.revision)

    @cached_property
    def purses(self) -> Mapping[int, Row[*tuple[Any, ...]]]:
        """What a desk looks at of every allotment that the plan asks from, as it stood when the work was taken up."""
        return on_a_desk(line.allotment_id for line in self.plan.lines if line.allotment_id)

    @property
    def last_here(self) -> bool:
        """Whether with this person all have spoken who must at this desk."""
        return self.colleagues.count + 1 >= self.task.needed


def taken_up(task_id: UUID, seen_digest: str, by: Person) -> Taken:
    """The plan, locked, and the task, when both are still as the reviewer saw them and he may decide.

    Raises `Refused`; `Overtaken` tells who was faster, and when.
    """
    plan, task = locked_desk(task_id, by)
    if seen_digest != digest_of(plan):
        raise races.overtaken(plan, "计划内容在您打开之后有变化，请刷新页面重新审核。")
    colleagues = deciding.colleagues_of(task)
    hands = hands_for(plan, task, by).after(task.step_no, {by.id, deciding.behalf_of(by, task)[0] or by.id})
    if by.id in colleagues.ids or (deciding.behalf_of(by, task)[0] or by.id) in colleagues.ids:
        raise Refused("您已在本环节审核过这份计划，还要等其他人会签；请办理下一份。")
    store.check_unanswered(task)
    return Taken(
        plan, task, seen_digest, store.own_lines(plan, task), get_chain(plan.chain_id), hands,
        deciding.other_desks(task), colleagues,
    )  # fmt: skip


def locked_desk(
    task_id: UUID, by: Person, judge: Callable[[PlanState], None] = rules.check_not_suspended
) -> tuple[Plan, ReviewTask]:
    """The plan, locked, and the open task of the person's; `judge` looks at the plan's state. Raises `Refused`."""
    plan = plans.locked(store.plan_of_task(task_id))
    recall.keep(plan.id, plan.version)  # what a batch has read before holds when nobody has been here since
    recall.answer(plans.name_of, f"{plan.unit.name}{plan.title}", plan.id)
    task = store.get_task(task_id, by)  # now that nobody else can close it
    races.judge(plan, judge, plan.state)
    if task.state is not TaskState.OPEN or task.revision != plan.revision or plan.state not in HOLDING:
        raise races.closed(task, plan, "这份计划刚刚已由他人办理或已撤回，请刷新待办列表。")
    if task.handed_to not in (None, by.id, deciding.behalf_of(by, task)[0]):
        raise Refused("这份计划现在由其他人办理（转办或依次审核），请办理下一份。")
    return plan, task


def hands_for(plan: Plan, task: ReviewTask, by: Person) -> Hands:
    """Through whose hands the plan has gone, when this person may decide at the task. Raises `Refused` (H13)."""
    actor = deciding.actor_of(by, task)
    hands = deciding.hands_of(plan, about=actor.ids | actor.behalf_ids)
    separation.check_may_decide(actor, task.step_no, hands)
    return hands
