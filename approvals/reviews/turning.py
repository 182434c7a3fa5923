"""Turning back inside the bureau: to an earlier step for another look, or one's own act while the next has not acted.

The desk is opened once more (its next turn); what was said there and later holds no longer. The content of the plan
is the same, its money stays held. Each is one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from accounts.people.rules import Person
from approvals.chains.models import ChainStep
from approvals.chains.store import get_chain, steps_of
from approvals.reviews import acts, deciding, passing, races, rules, seats, store, unsaying
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.passing import Onward
from approvals.reviews.restoring import restore_amounts
from approvals.reviews.route import Stop, Way
from approvals.reviews.rules import Act, SeatKind, TaskState
from approvals.reviews.steps import desks_at, people_at
from approvals.reviews.taking import hands_for, locked_desk
from approvals.reviews.traces import Trace, digest_of, leave
from approvals.reviews.ways import digests_of, way_of
from budget.plans import store as plans
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core import clock, notices
from core.db import session, transaction
from core.errors import Missing, Refused

_LATE: Final = "后面的环节已经办理或计划已不在审核中，不能收回；请联系后面的环节退回。"


def earlier_steps(task: ReviewTask) -> list[ReviewTask]:
    """The steps of this round to which the desk may send the plan back, the latest first; one task for each."""
    return before(task, store.tasks_of(task.plan_id, task.revision))


def before(task: ReviewTask, tasks: Iterable[ReviewTask]) -> list[ReviewTask]:
    """The same of the tasks of the round, which were read for several plans at once."""
    by_step = {one.step_no: one for one in tasks if one.state is TaskState.DONE and one.step_no < task.step_no}
    return [by_step[number] for number in sorted(by_step, reverse=True)]


def send_back(task_id: UUID, step_no: int, reason: str, *, by: Person) -> None:
    """退回前一环节: the desks of an earlier step look again at all their lines. Raises `Refused` without a reason."""
    acts.check_reason(Act.SEND_BACK.label, reason)
    with transaction():
        plan, task = locked_desk(task_id, by)
        hands_for(plan, task, by)
        acts.check_may_turn(steps_of(plan.chain_id)[task.step_no - 1].may_return)
        wanted = next((one for one in earlier_steps(task) if one.step_no == step_no), None)
        if wanted is None:
            raise Refused("请选择本轮已经办理过的、在本环节之前的环节。")
        tasks = store.tasks_of(plan.id, plan.revision)
        again = [one for one in tasks if one.step_no >= step_no and one.state is TaskState.DONE]
        said = f"退回“{wanted.step_name}”：{reason.strip()}"
        _open_again(plan, task, Act.SEND_BACK, step_no, again, said, by=by)


def undo(task_id: UUID, *, by: Person) -> None:
    """收回审核意见: whoever acted last at a desk acts once more, while nobody at the next step has.

    At a desk that still waits for others only his own words are taken back (`unsaying`). A task that had been given to
    him is his again. Raises `Refused` when it is too late, or when lines were set aside: those have left the plan.
    """
    with transaction():
        plan = plans.locked(store.get_task(task_id, by).plan_id)
        task = store.get_task(task_id, by)
        races.judge(plan, rules.check_not_suspended, plan.state)
        if task.state is TaskState.OPEN:
            unsaying.unsay(plan, task, by=by)
        else:
            _undo_whole(plan, task, by)


def _undo_whole(plan: Plan, task: ReviewTask, by: Person) -> None:
    """The desk is closed: it is opened once more for all who must act there."""
    if task.closed_by != by.id:
        raise Missing()
    if late := why_not_undone([(task, plan)], by.id)[task.id]:
        raise races.overtaken(plan, late)
    _open_again(plan, task, Act.UNDO, task.step_no, [task], "收回审核意见，重新办理", by=by)
    _give_again(plan, task)


def undoable(done: Sequence[tuple[ReviewTask, Plan]], person_id: int) -> set[UUID]:
    """Those of these tasks that the person may still undo."""
    return {task_id for task_id, why in why_not_undone(done, person_id).items() if not why}


def why_not_undone(done: Sequence[tuple[ReviewTask, Plan]], person_id: int) -> dict[UUID, str]:
    """Why the person cannot take back what he did at these desks; empty when he can. In a fixed number of queries."""
    whole = _undoable([(task, plan) for task, plan in done if task.closed_by == person_id])
    at_work = [task for task, plan in done if task.state is TaskState.OPEN and _runs(task, plan)]
    told = unsaying.why_not(at_work, person_id)
    return {task.id: "" if task.id in whole else told.get(task.id, _LATE) for task, _ in done}


def _undoable(done: Sequence[tuple[ReviewTask, Plan]]) -> set[UUID]:
    """Those of these closed desks that nothing has followed: nobody at the next step has begun."""
    asked = [(task, plan) for task, plan in done if task.state is TaskState.DONE and _runs(task, plan)]
    if not asked:
        return set()
    rounds = store.rounds_of({plan.id: plan.revision for _, plan in asked})
    begun = _begun([one.id for tasks in rounds.values() for one in tasks if one.state is TaskState.OPEN])
    aside = store.set_aside_at([task.id for task, _ in asked])
    return {task.id for task, plan in asked if task.id not in aside and _is_last(task, rounds[plan.id], begun)}


def _runs(task: ReviewTask, plan: Plan) -> bool:
    return plan.state is PlanState.IN_REVIEW and task.revision == plan.revision


def _is_last(task: ReviewTask, tasks: Sequence[ReviewTask], begun: Collection[UUID]) -> bool:
    """Whether the task is the latest at its desk and nobody at a later step has acted or begun."""
    place = (task.step_no, task.office_id)
    latest = max(one.turn for one in tasks if (one.step_no, one.office_id) == place)
    later = [one for one in tasks if one.step_no > task.step_no]
    return task.turn == latest and not any(one.state is TaskState.DONE or one.id in begun for one in later)


def _begun(task_ids: Sequence[UUID]) -> set[UUID]:
    """At which of these open desks somebody has spoken, asked another, or handed the task over."""
    return store.spoken_at(task_ids) | seats.seated_at(task_ids)


def _open_again(
    plan: Plan, task: ReviewTask, act: Act, number: int, again: Sequence[ReviewTask], said: str, *, by: Person
) -> None:
    """Revoke these desks and whatever is open, and open the step for the lines of those of them that stood at it."""
    whole = get_chain(plan.chain_id)
    chain = whole.steps
    lines = store.lines_of_tasks(one.id for one in again if one.step_no == number)
    digests = digests_of(plan.id, plan.revision)
    way = way_of(plan, chain, whole.after_return, digests)
    offices = {one.office_id for one in again if one.step_no == number}
    onward = _onward(plan, chain, way, _stop(way, number, lines, offices))
    behalf = deciding.behalf_of(by, task)
    trace = Trace(act, plan.revision, digest_of(plan), said, task.step_name, facts=onward.facts, behalf=behalf)
    leave(plan, trace, by=by)
    _revoke(plan, again, number, by)
    session().flush()
    restore_amounts(plan, whole, digests)
    passing.open_onward(plan, onward)
    plan.version, plan.updated_at = plan.version + 1, clock.now()


def _stop(way: Way, number: int, lines: Sequence[int], offices: Collection[int | None]) -> Stop:
    """The step for these lines; where it only confirms, for nothing but that, at the same offices."""
    confirmed = [] if lines else [line.id for line in way.lines if None in offices or line.office_id in offices]
    return Stop(number, tuple(lines), tuple(confirmed))


def _onward(plan: Plan, chain: Sequence[ChainStep], way: Way, stop: Stop) -> Onward:
    desks = desks_at(plan, chain, way, stop, deciding.hands_of(plan))
    return Onward(chain, way, (), stop, desks, store.turns_of(plan.id, plan.revision))


def _revoke(plan: Plan, again: Iterable[ReviewTask], number: int, by: Person) -> None:
    """What was done there counts no more, and no later step is open; who sat there hears that it waits no longer."""
    revoked = {one.id for one in again}
    for one in store.tasks_of(plan.id, plan.revision):
        if one.id in revoked:
            one.state = TaskState.REVOKED
        elif one.state is TaskState.OPEN and one.step_no > number:
            one.state, one.closed_at = TaskState.CANCELLED, clock.now()
            waited = {sitter.id for sitter in people_at(one)} - {by.id}
            said = f"{plan.unit.name}{plan.title}（{plan.number}）已回到前面的环节，暂不用您{one.step_name}"
            notices.tell(waited, said, f"/plans/{plan.id}")


def _give_again(plan: Plan, task: ReviewTask) -> None:
    """The task that was handed to one person is open again for the same person."""
    given = [seat for seat in store.open_seats(task, person_id=task.handed_to or 0) if seat.kind is SeatKind.HANDED]
    again = [one for one in store.tasks_of(plan.id, plan.revision) if one.state is TaskState.OPEN]
    for one in again:
        if given and (one.step_no, one.office_id) == (task.step_no, task.office_id):
            one.handed_to = task.handed_to
            old = given[-1]
            session().add(
                TaskSeat(
                    task_id=one.id, person_id=old.person_id, kind=old.kind, asked_by=old.asked_by, words=old.words,
                    blocking=False, opened_at=clock.now(),
                )
            )  # fmt: skip

