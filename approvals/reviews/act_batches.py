"""Further acts on several plans at once: what can be done to which of them, whom to ask, and each act on one plan.

Each plan is a transaction of its own; the act itself (aside, asking, turning) judges again under the plan's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

from accounts.people.rules import DELEGABLE, Person
from accounts.people.store import find_person
from approvals.chains.models import ChainStep
from approvals.chains.store import steps_of
from approvals.reviews import acts, aside, asking, deciding, seats, store, turning
from approvals.reviews.batches import Batch, Chosen, Row, chosen_rows, not_at_work, parted
from approvals.reviews.candidates import MOST_LISTED, Candidate, incompatible, reviewers
from approvals.reviews.cards import ids_in
from approvals.reviews.models import ReviewTask
from approvals.reviews.queue import QueueItem
from approvals.reviews.rules import Act, SeatKind, TaskState, check_comment, check_not_suspended
from approvals.reviews.seats import Seat
from budget.plans.rules import PlanState
from core import clock
from core.errors import Refused

# What a desk may do to several plans that wait, and what is taken back of several that do not any more.
AT_WORK: Final = (Act.SUSPEND, Act.RESUME, Act.HAND_OVER, Act.CONSULT, Act.SEND_BACK)
TAKEN_BACK: Final = (Act.UNDO, Act.RECLAIM)
# The last step that was done, whichever that is of each plan.
STEP_BEFORE: Final = ""


@dataclass(frozen=True)
class Wanted:
    """What is to be done to each of the plans, as far as the act asks for it."""

    act: Act
    words: str = ""
    review_on: date | None = None
    to: int = 0
    blocking: bool = False
    step: str = STEP_BEFORE


@dataclass(frozen=True)
class Case:
    """One chosen task with what was read for all of them: who is asked there, its round, why it cannot be undone."""

    row: Row
    by: Person
    seats: Sequence[Seat]
    round: Sequence[ReviewTask]
    late: str

    @property
    def task(self) -> ReviewTask:
        """The task itself."""
        return self.row.item.task

    @property
    def step(self) -> ChainStep:
        """The step of the chain that the task stands at."""
        return steps_of(self.row.item.plan.chain_id)[self.task.step_no - 1]


def look(act: Act, task_ids: Sequence[UUID], by: Person) -> Batch:
    """To which of these tasks the act can be done, in a fixed number of queries; nothing is written."""
    asked_at = seats.asked_by(by.id, task_ids) if act is Act.RECLAIM else set()
    found = [
        one for one in chosen_rows(task_ids)
        if store.holds_post_of(by, one.item.task) or one.item.task.id in asked_at
    ]  # fmt: skip
    return parted([Chosen(case.row.item, _WHY[act](case)) for case in _cases(act, found, by)], len(task_ids))


def _cases(act: Act, rows: Sequence[Row], by: Person) -> Iterator[Case]:
    at: dict[UUID, list[Seat]] = {}
    for one in seats.open_seats_of([row.item.task.id for row in rows]):
        at.setdefault(one.seat.task_id, []).append(one)
    rounds = _rounds_of(row.item for row in rows) if act is Act.SEND_BACK else {}
    done = [(row.item.task, row.item.plan) for row in rows]
    late = turning.why_not_undone(done, by.id) if act is Act.UNDO else {}
    for row in rows:
        task = row.item.task
        yield Case(row, by, at.get(task.id, ()), rounds.get(row.item.plan.id, ()), late.get(task.id, ""))


def _rounds_of(items: Iterable[QueueItem]) -> Mapping[UUID, Sequence[ReviewTask]]:
    return store.rounds_of({item.plan.id: item.plan.revision for item in items})


def _why_not_at_work(check: Callable[[Case], None], case: Case) -> str:
    """Why the desk cannot do it: it has nothing to do there, the plan is put aside, or `check` refuses."""
    if why := not_at_work(case.row, case.by):
        return why
    try:
        check_not_suspended(case.row.item.plan.state)
        check(case)
    except Refused as refusal:
        return str(refusal)
    return ""


def _check_suspend(case: Case) -> None:
    acts.check_may_hold(case.step.may_hold)


def _check_hand_over(case: Case) -> None:
    acts.check_one_acts(case.task.needed)
    acts.check_may_hand_over(deciding.behalf_of(case.by, case.task)[1])
    mine = (one.seat for one in case.seats if one.seat.person_id == case.by.id)
    acts.check_not_handed_on(any(seat.kind is SeatKind.HANDED for seat in mine))


def _check_consult(case: Case) -> None:
    """Whoever may act at the desk may ask."""


def _check_send_back(case: Case) -> None:
    acts.check_may_turn(case.step.may_return)
    if not turning.before(case.task, case.round):
        raise Refused("前面没有办理过的环节，不能退回前一环节。")


def _why_not_resumed(case: Case) -> str:
    if why := not_at_work(case.row, case.by):
        return why
    return "" if case.row.item.plan.state is PlanState.SUSPENDED else "这份计划没有挂起，不用恢复审核。"


def _why_not_undone(case: Case) -> str:
    if case.task.state is not TaskState.OPEN and case.task.closed_by != case.by.id:
        return "不是您办理的，不能收回。"
    return case.late


def _why_not_reclaimed(case: Case) -> str:
    if not any(one.seat.asked_by == case.by.id for one in case.seats):
        return "对方已经办理或答复，或者已经收回。"
    try:
        check_not_suspended(case.row.item.plan.state)
    except Refused as refusal:
        return str(refusal)
    return ""


_WHY: Final[Mapping[Act, Callable[[Case], str]]] = {
    Act.SUSPEND: partial(_why_not_at_work, _check_suspend),
    Act.RESUME: _why_not_resumed,
    Act.HAND_OVER: partial(_why_not_at_work, _check_hand_over),
    Act.CONSULT: partial(_why_not_at_work, _check_consult),
    Act.SEND_BACK: partial(_why_not_at_work, _check_send_back),
    Act.UNDO: _why_not_undone,
    Act.RECLAIM: _why_not_reclaimed,
}


def common_steps(items: Iterable[QueueItem]) -> list[str]:
    """The names of the earlier steps that all these plans have passed, the latest first."""
    items = list(items)
    rounds = _rounds_of(items)
    passed = [[one.step_name for one in turning.before(item.task, rounds[item.plan.id])] for item in items]
    return [name for name in passed[0] if all(name in names for names in passed)] if passed else []


def people_for(act: Act, items: Sequence[QueueItem], search: str, by: Person) -> list[Candidate]:
    """People by name: who cannot be chosen for any of the plans with the reason, who cannot for some with their number.

    Read from what stands on the tasks; each act asks once more, and more closely.
    """
    own = deciding.accounts_of({by.id})[by.id]
    found = reviewers(search).values()
    for one in found:
        why = [_why_not(act, one, item.task) for item in items]
        missed = [text for text in why if text]
        if one.id in own:
            one.why_not = "不能转给自己或征求自己的意见"
        elif missed and len(missed) == len(items):
            one.why_not = missed[0]
        elif missed:
            one.note = f"所选 {len(items)} 份中有 {len(missed)} 份不能选他：{missed[0]}"
    return sorted(found, key=lambda one: bool(one.why_not))[:MOST_LISTED]


def _why_not(act: Act, one: Candidate, task: ReviewTask) -> str:
    if one.id in ids_in(task.not_for):
        return "填报、修改过计划，或在其他环节审核过（不相容岗位分离）"
    return incompatible(one.posts, task) if act is Act.HAND_OVER else ""


def check(wanted: Wanted, by: Person) -> None:
    """What is wrong with the words, the day or the person for every plan alike. Raises `Refused`."""
    if wanted.act is Act.SUSPEND:
        acts.check_suspension(wanted.words, wanted.review_on or clock.today(), clock.today())
    elif wanted.act is Act.RESUME:
        check_comment(wanted.words)
    elif wanted.act in AT_WORK:
        acts.check_reason(wanted.act.label, wanted.words)
    if wanted.act in (Act.HAND_OVER, Act.CONSULT):
        _check_person(wanted.to, by)


def _check_person(to: int, by: Person) -> None:
    found = find_person(to, clock.today())
    if found is None or not found.roles() & DELEGABLE:
        raise Refused("请选择有审核权限的在职人员。")
    if found.id in deciding.accounts_of({by.id})[by.id]:
        raise Refused("不能转给自己或征求自己的意见，请另选一个人。")


def carry_out(wanted: Wanted, task_id: UUID, *, by: Person) -> Act:
    """The act on one plan, as if its own page had been sent. Raises `Refused`, `Missing`."""
    match wanted.act:
        case Act.SUSPEND:
            aside.suspend(task_id, wanted.words, wanted.review_on or clock.today(), by=by)
        case Act.RESUME:
            aside.resume(task_id, wanted.words, by=by)
        case Act.HAND_OVER:
            asking.hand_over(task_id, wanted.to, wanted.words, by=by)
        case Act.CONSULT:
            asking.consult(task_id, wanted.to, wanted.words, blocking=wanted.blocking, by=by)
        case Act.SEND_BACK:
            turning.send_back(task_id, _step_no(task_id, wanted.step, by), wanted.words, by=by)
        case Act.UNDO:
            turning.undo(task_id, by=by)
        case _:
            asking.reclaim(task_id, by=by)
    return wanted.act


def _step_no(task_id: UUID, name: str, by: Person) -> int:
    """The latest step before the task that has this name, or any; 0, which no step has, when there is none."""
    earlier = turning.earlier_steps(store.get_task(task_id, by))
    return next((one.step_no for one in earlier if name in (STEP_BEFORE, one.step_name)), 0)
