"""The story of a plan as pages tell it: the flow, who has it now, what was said, line by line and of the whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from accounts.people.models import Account
from accounts.people.store import Sitter
from accounts.units.models import Office
from approvals.chains.models import Chain
from approvals.chains.store import find_published, get_chain
from approvals.reviews import deciding, steps, store
from approvals.reviews.models import Decision, ReviewTask
from approvals.reviews.rules import Act, TaskState, clerk_step, left_said, span_said
from approvals.reviews.separation import Hands
from approvals.reviews.spoken import Said, said_by_line
from budget.plans.models import Plan
from budget.plans.rules import HOLDING, PlanState
from core import clock
from core.db import session

Names = Mapping[int | None, str]


def flow_of(plan: Plan, chain: Chain | None, tasks: Sequence[ReviewTask] = ()) -> list[tuple[str, str]]:
    """The steps with their state for the flow macro: done, passed over, now or still to come."""
    with_clerk = plan.state in (PlanState.DRAFT, PlanState.RETURNED)
    first = clerk_step(plan.entered) + ("修改" if plan.state is PlanState.RETURNED else "")
    told = [("now" if with_clerk else "done", first)]
    skipped = {task.step_no for task in tasks if task.state is TaskState.SKIPPED}
    here = plan.step_no if plan.state in HOLDING else 0
    for step in chain.steps if chain else ():
        done = plan.state in (PlanState.APPROVED, PlanState.CANCELLED) or step.number < plan.step_no
        state = "skip" if step.number in skipped else "done" if done else ""
        told.append(("now" if step.number == here else state, step.name))
    return told


def chain_of(plan: Plan) -> Chain | None:
    """The chain that the plan runs on, or will run on."""
    if plan.chain_id is None:
        return find_published(plan.division_code, plan.kind.value)
    return get_chain(plan.chain_id)


@dataclass(frozen=True)
class OpenDesk:
    """Who has the plan now: the step, the place, the people who may act, since when and until when."""

    step_name: str
    place: str
    people: Sequence[Sitter]
    since: datetime
    due: datetime
    task_id: UUID

    @property
    def names(self) -> str:
        """The people with their telephones."""
        return "、".join(person.said for person in self.people) or "暂无持岗人"


def desks_of(
    plan: Plan, tasks: Sequence[ReviewTask], makers: Collection[int], spoken: Collection[tuple[UUID, int]] = ()
) -> list[OpenDesk]:
    """The desks that still have to act in this round. `spoken` are tasks with who has had his say at them."""
    offices = _offices(plan)
    found = []
    for task in tasks:
        if task.state is TaskState.OPEN:
            there = [one for one in steps.people_at(task) if one.id not in makers]
            people = [one for one in there if (task.id, one.id) not in spoken]
            place = place_name(plan, task, offices)
            found.append(OpenDesk(task.step_name, place, people, task.opened_at, task.due_at, task.id))
    return found


def _offices(plan: Plan) -> dict[int, Office]:
    return {line.allotment.office_id: line.allotment.office for line in plan.lines if line.allotment}


def place_name(plan: Plan, task: ReviewTask, offices: Mapping[int, Office]) -> str:
    """Where the desk stands: the unit, an office, or the bureau."""
    if task.office_id is not None:
        return offices[task.office_id].name if task.office_id in offices else "业务股室"
    return plan.unit.name if task.unit_id == plan.unit_id else "主管部门" if task.unit_id else "财政局"


@dataclass(frozen=True)
class Told:
    """One row of 流转意见; `kind` is the class of the timeline: now, back, or empty for done."""

    kind: str
    at: datetime
    who: str
    step: str
    said: str
    took: str


def timeline(decisions: Sequence[Decision], desks: Sequence[OpenDesk], now: datetime) -> list[Told]:
    """What is open now, then what was done, newest first."""
    waiting = [
        Told(
            "now",
            desk.since,
            desk.names,
            f"{desk.place} {desk.step_name}",
            f"办理中，时限 {clock.local(desk.due):%m-%d %H:%M}",
            left_said(desk.due - now),
        )
        for desk in desks
    ]
    return [*waiting, *reversed(list(_done(decisions)))]


def _done(decisions: Sequence[Decision]) -> Iterator[Told]:
    """Each decision with the time since the plan came to its step: since the last act at another step or round."""
    came: datetime | None = None
    last: Decision | None = None
    for decision in decisions:
        if last is not None and (decision.revision, decision.step_no) != (last.revision, last.step_no):
            came = last.at
        took = f"用 {span_said(decision.at - came)}" if came and decision.at - came >= timedelta(minutes=1) else ""
        kind = "back" if decision.act in (Act.RETURN, Act.VOID, Act.CANCEL, Act.OBJECT) else ""
        yield Told(kind, decision.at, decision.signature, decision.step_name, _words(decision), took)
        last = decision


def _words(decision: Decision) -> str:
    """The act and what was said; a comment that begins with the act (送审 3 行…) speaks for itself."""
    label, comment = decision.act.label, decision.comment
    return comment if comment.startswith(label) else f"{label}：{comment}"


@dataclass(frozen=True)
class Story:
    """All of it, for one page."""

    flow: list[tuple[str, str]]
    desks: list[OpenDesk]
    timeline: list[Told]
    said: dict[int, list[Said]]
    tasks: list[ReviewTask]
    decisions: list[Decision]
    hands: Hands
    chain: Chain | None


def story_of(plan: Plan) -> Story:
    """Everything that was done with the plan and what it waits for, in a fixed number of queries."""
    chain, hands = chain_of(plan), deciding.hands_of(plan)
    tasks = store.tasks_of(plan.id, plan.revision) if plan.state in (*HOLDING, PlanState.APPROVED) else []
    decisions, opinions = store.decisions_of(plan.id), store.opinions_of(plan.id)
    desks = desks_of(plan, tasks, hands.makers, {(one.task_id, one.person_id) for one, _, _ in opinions})
    said = said_by_line(opinions, _names(one.behalf_id for one, _, _ in opinions))
    told = timeline(decisions, desks, clock.now())
    return Story(flow_of(plan, chain, tasks), desks, told, said, tasks, decisions, hands, chain)


def _names(ids: Iterable[int | None]) -> Names:
    """Those for whom somebody acted by delegation; mostly there are none."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return {
        row.id: row.name for row in session().execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    }
