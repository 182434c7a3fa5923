"""The story of a plan as pages tell it: the flow, who has it now, what was said, line by line and of the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.people.models import Account
from accounts.units.models import Office
from approvals.chains.models import Chain
from approvals.chains.store import find_published, get_chain
from approvals.reviews import deciding, steps, store
from approvals.reviews.models import Decision, Opinion, ReviewTask
from approvals.reviews.rules import Act, TaskState, Verdict, left_said, span_said
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core import clock
from core.money import Money

FIRST_STEP = "单位经办"


def flow_of(plan: Plan, chain: Chain | None) -> list[tuple[str, str]]:
    """The steps with their state for the flow macro: done, now or still to come."""
    with_clerk = plan.state in (PlanState.DRAFT, PlanState.RETURNED)
    told = [("now" if with_clerk else "done", f"{FIRST_STEP}{'修改' if plan.state is PlanState.RETURNED else ''}")]
    for step in chain.steps if chain else ():
        done = plan.state is PlanState.APPROVED or step.number < plan.step_no
        told.append(("done" if done else "now" if step.number == plan.step_no else "", step.name))
    return told


def chain_of(plan: Plan) -> Chain | None:
    """The chain that the plan runs on, or will run on."""
    with_clerk = plan.state in (PlanState.DRAFT, PlanState.RETURNED)
    if plan.chain_id is None or with_clerk:
        return find_published(plan.division_code, plan.kind.value)
    return get_chain(plan.chain_id)


@dataclass(frozen=True)
class OpenDesk:
    """Who has the plan now: the step, the place, the people who may act, since when and until when."""

    step_name: str
    place: str
    people: Sequence[Account]
    since: datetime
    due: datetime

    @property
    def names(self) -> str:
        """The people with their telephones."""
        return "、".join(f"{person.name} {person.phone}".strip() for person in self.people) or "暂无持岗人"


def desks_of(plan: Plan, tasks: Sequence[ReviewTask], makers: set[int]) -> list[OpenDesk]:
    """The desks that still have to act in this round."""
    offices = _offices(plan)
    found = []
    for task in tasks:
        if task.state is TaskState.OPEN:
            people = [account for account in steps.people_at(task) if account.id not in makers]
            place = place_name(plan, task, offices)
            found.append(OpenDesk(task.step_name, place, people, task.opened_at, task.due_at))
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
        kind = "back" if decision.act is Act.RETURN else ""
        yield Told(kind, decision.at, decision.person_name, decision.step_name, _words(decision), took)
        last = decision


def _words(decision: Decision) -> str:
    """The act and what was said; a comment that begins with the act (送审 3 行…) speaks for itself."""
    label, comment = decision.act.label, decision.comment
    return comment if comment.startswith(label) else f"{label}：{comment}"


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

    @property
    def words(self) -> str:
        """同意 · 核减至 15,000.00：按合同支付."""
        head = f"核减至 {self.amount}" if self.verdict is Verdict.CUT else self.verdict.label
        return f"{head}：{self.reason}" if self.reason else head


def said_by_line(opinions: Sequence[tuple[Opinion, ReviewTask, str]]) -> dict[int, list[Said]]:
    """Every opinion on each line, oldest first."""
    told: dict[int, list[Said]] = defaultdict(list)
    for opinion, task, name in opinions:
        told[opinion.plan_line_id].append(
            Said(
                name,
                task.step_name,
                task.revision,
                opinion.verdict,
                opinion.amount,
                opinion.reason,
                opinion.person_id,
            )
        )
    return told


@dataclass(frozen=True)
class Story:
    """All of it, for one page."""

    flow: list[tuple[str, str]]
    desks: list[OpenDesk]
    timeline: list[Told]
    said: dict[int, list[Said]]
    tasks: list[ReviewTask]
    decisions: list[Decision]
    makers: set[int]
    chain: Chain | None


def story_of(plan: Plan) -> Story:
    """Everything that was done with the plan and what it waits for, in a fixed number of queries."""
    chain = chain_of(plan)
    tasks = store.tasks_of(plan.id, plan.revision) if plan.state is PlanState.IN_REVIEW else []
    makers = deciding.hands_of(plan).makers
    desks = desks_of(plan, tasks, makers)
    decisions = store.decisions_of(plan.id)
    said = said_by_line(store.opinions_of(plan.id))
    told = timeline(decisions, desks, clock.now())
    return Story(flow_of(plan, chain), desks, told, said, tasks, decisions, makers, chain)
