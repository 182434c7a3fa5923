"""Asking others from a desk: 转办 to one person, 征求意见 of others; and taking either back. Each one transaction.

Everybody who decides, and everybody who was consulted and answered, counts for the separation of duties.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.people.rules import DELEGABLE, Person
from accounts.people.store import find_person
from approvals.chains.rules import StepMode
from approvals.reviews import acts, deciding, races, rules, seats, separation, store
from approvals.reviews.candidates import choice_at
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.rules import Act, SeatKind
from approvals.reviews.seats import Seat
from approvals.reviews.taking import hands_for, locked_desk
from approvals.reviews.traces import Trace, digest_of, leave
from budget.plans import store as plans
from budget.plans.models import Plan
from core import clock, notices
from core.db import session, transaction
from core.errors import Missing, Refused
from core.notices import NoticeKind


def hand_over(task_id: UUID, to: int, reason: str, *, by: Person) -> None:
    """转办: one named person works the desk's task in place of whoever holds its post.

    Raises `Refused` without a reason, where several must act, for a task that was itself handed over, and for somebody
    who may not decide on this plan or stands on the other side, unit or finance (H13).
    """
    acts.check_reason(Act.HAND_OVER.label, reason)
    with transaction():
        plan, task = _at_work(task_id, by)
        acts.check_one_acts(task.needed)
        acts.check_may_hand_over(deciding.behalf_of(by, task)[1])
        acts.check_not_handed_on(_was_given(task, by))
        given = _able(Act.HAND_OVER, to, plan, task, by)
        task.handed_to = given.id
        _seat(task, given, SeatKind.HANDED, reason, by)
        _tell(plan, task, Act.HAND_OVER, f"转给{given.name}：{reason.strip()}", by)
        said = f"{by.name}把环节“{task.step_name}”转给您办理：{reason.strip()}"
        notices.tell([given.id], _said(plan, said), f"/queue/{task.id}", NoticeKind.TASK)


def consult(task_id: UUID, of: int, question: str, *, blocking: bool, by: Person) -> None:
    """征求意见: ask a person, who answers in words; with `blocking` the desk waits for the answer.

    Raises `Refused` without a question, for somebody who is asked already, and for somebody who made the plan or
    decided on it at another step.
    """
    acts.check_reason(Act.CONSULT.label, question)
    with transaction():
        plan, task = _at_work(task_id, by)
        asked = _able(Act.CONSULT, of, plan, task, by)
        _seat(task, asked, SeatKind.CONSULTED, question, by, blocking=blocking)
        waits = "（收到答复后再办理）" if blocking else ""
        _tell(plan, task, Act.CONSULT, f"征求{asked.name}的意见{waits}：{question.strip()}", by)
        link = f"/asked/{task.id}"
        notices.tell([asked.id], _said(plan, f"{by.name}征求您的意见：{question.strip()}"), link, NoticeKind.TASK)


def _was_given(task: ReviewTask, by: Person) -> bool:
    return any(seat.kind is SeatKind.HANDED for seat in store.open_seats(task, person_id=by.id))


def _at_work(task_id: UUID, by: Person) -> tuple[Plan, ReviewTask]:
    """The plan, locked, and the open task, at which the person may still decide. Raises `Refused`."""
    plan, task = locked_desk(task_id, by)
    hands_for(plan, task, by)
    deciding.check_unspoken(task, by)
    return plan, task


def answer(task_id: UUID, words: str, *, by: Person) -> None:
    """答复意见: the person who was asked says what he thinks; whoever asked is told. Raises `Refused`, `Missing`."""
    acts.check_reason(Act.ANSWER.label, words)
    with transaction():
        plan, task, seat = _asked(task_id, by)
        separation.check_may_decide(deciding.actor_of(by, task), task.step_no, deciding.hands_of(plan))
        seat.answer, seat.closed_at = words.strip(), clock.now()
        _tell(plan, task, Act.ANSWER, words.strip(), by)
        asker = [seat.asked_by] if seat.asked_by else []
        notices.tell(asker, _said(plan, f"{by.name}答复：{words.strip()}"), f"/queue/{task.id}")


def reclaim(task_id: UUID, *, seat_id: int | None = None, by: Person) -> UUID:
    """收回: a task that was handed over, or a question, is taken back while the other has not acted.

    Whoever asked may, and whoever holds the desk's post, for the one who asked may have left; and whoever was given
    the task gives it back. Without `seat_id` everything is taken back that this person asked. Gives the plan's id.
    Raises `Refused`; `Missing` for everybody else.
    """
    with transaction():
        plan, task = _reclaimable(task_id, by)
        back = _taken_back(task, seat_id, by)
        if not back or task.state is not rules.TaskState.OPEN:
            raise races.overtaken(plan, "对方已经办理或答复，不能收回。")
        for one in back:
            one.seat.closed_at = clock.now()
            if one.seat.kind is SeatKind.HANDED:
                task.handed_to = one.seat.asked_by if task.mode is StepMode.IN_ORDER else None
        _tell(plan, task, Act.RECLAIM, "；".join(_back_said(one, by) for one in back), by)
        _tell_of_return(plan, task, back, by)
        return plan.id


def task_to_reclaim(task_id: UUID, by: Person) -> ReviewTask:
    """The task, for whoever asked somebody there or holds its post. Raises `Missing` for everybody else."""
    task = session().get(ReviewTask, task_id)
    if task is None or not (seats.asked_any(task.id, by.id) or store.holds_post_of(by, task)):
        raise Missing()
    return task


def _reclaimable(task_id: UUID, by: Person) -> tuple[Plan, ReviewTask]:
    """The plan, locked, with that task. Raises `Missing`, `Refused`."""
    task = task_to_reclaim(task_id, by)
    plan = plans.locked(task.plan_id)
    session().refresh(task)
    races.judge(plan, rules.check_not_suspended, plan.state)
    return plan, task


def _taken_back(task: ReviewTask, seat_id: int | None, by: Person) -> list[Seat]:
    """The open seats that the person takes back; one that he was asked at himself he may only give back, if handed."""
    found = [one for one in seats.seats_at(task) if one.seat.closed_at is None]
    if seat_id is None:
        return [one for one in found if one.seat.asked_by == by.id]
    mine = (one for one in found if one.seat.id == seat_id)
    return [one for one in mine if one.seat.person_id != by.id or one.seat.kind is SeatKind.HANDED]


def _back_said(one: Seat, by: Person) -> str:
    if one.seat.person_id == by.id:
        return f"退还{one.asked_by}转来的办理"
    return f"收回转给{one.name}的办理" if one.seat.kind is SeatKind.HANDED else f"不再等待{one.name}的意见"


def _tell_of_return(plan: Plan, task: ReviewTask, back: Sequence[Seat], by: Person) -> None:
    """Who is no longer asked hears so; who gets the task back, too."""
    gone = {one.seat.person_id for one in back} - {by.id}
    notices.tell(gone, _said(plan, f"{by.name}已收回，不用您办理了"), "")
    given_back = {one.seat.asked_by for one in back if one.seat.person_id == by.id and one.seat.asked_by}
    notices.tell(given_back, _said(plan, f"{by.name}退还了您转办的环节“{task.step_name}”"), f"/queue/{task.id}")


def _able(act: Act, person_id: int, plan: Plan, task: ReviewTask, by: Person) -> Person:
    """Somebody else who may review plans and against whom nothing speaks. Raises `Refused`."""
    found = find_person(person_id, clock.today())
    if found is None or not found.roles() & DELEGABLE:
        raise Refused("请选择有审核权限的在职人员。")
    actor = deciding.actor_of(found, task)
    posts = [(post.role, post.unit_id, post.office_id) for post in found.posts if post.behalf_id is None]
    told = choice_at(act, task, plan, by).why_not(found.id, actor.ids | actor.behalf_ids, posts)
    if told:
        raise Refused(f"不能选择{found.name}：{told}。")
    return found


def _asked(task_id: UUID, by: Person) -> tuple[Plan, ReviewTask, TaskSeat]:
    """The plan, locked, with the task at which the person is asked.

    Raises `Missing` for everybody who never was; `Refused` when it is over.
    """
    task = session().get(ReviewTask, task_id)
    if task is None or not seats.was_seated(task.id, by.id):
        raise Missing()
    plan = plans.locked(task.plan_id)
    session().refresh(task)
    mine = [seat for seat in store.open_seats(task, person_id=by.id) if seat.kind is SeatKind.CONSULTED]
    races.judge(plan, rules.check_not_suspended, plan.state)
    if not mine or task.state is not rules.TaskState.OPEN:
        raise races.overtaken(plan, "这次征求意见已经结束或收回，不用再答复。")
    return plan, task, mine[0]


def _seat(
    task: ReviewTask, person: Person, kind: SeatKind, words: str, by: Person, *, blocking: bool = False
) -> None:
    session().add(
        TaskSeat(
            task_id=task.id, person_id=person.id, kind=kind, asked_by=by.id, words=words.strip(), blocking=blocking,
            opened_at=clock.now(),
        )
    )  # fmt: skip


def _tell(plan: Plan, task: ReviewTask, act: Act, said: str, by: Person) -> None:
    behalf = deciding.behalf_of(by, task)
    leave(plan, Trace(act, plan.revision, digest_of(plan), said, task.step_name, behalf=behalf), by=by)
    plan.version, plan.updated_at = plan.version + 1, clock.now()


def _said(plan: Plan, words: str) -> str:
    return f"{plan.unit.name}{plan.title}（{plan.number}）：{words}"

