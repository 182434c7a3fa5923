"""收回审核意见 at a desk that still waits for others: what one person said there counts no more, he is asked again.

The desk stays open and the others' words stay with it. The opinions stay too, for they are never changed: rows beside
them say which decision took them back.

Where several act at the same time nobody waits for another, so it is never too late only because others have spoken:
their words rest on the plan, not on his. They rest on his when he cut a line and they spoke of it afterwards, for then
they agreed to his amount; and where one acts after the other, the next has acted when he has said or asked anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, insert, select
from sqlalchemy.orm import aliased

from accounts.people.rules import Person
from approvals.chains.rules import StepMode
from approvals.chains.store import get_chain
from approvals.reviews import acts, cards, deciding, races, steps, store
from approvals.reviews.models import Opinion, Retraction, ReviewTask, TaskSeat
from approvals.reviews.restoring import restore_amounts
from approvals.reviews.retractions import stands
from approvals.reviews.rules import Act, Verdict, amount_now
from approvals.reviews.traces import Trace, digest_of, leave
from approvals.reviews.ways import digests_of
from budget.plans.models import Plan, PlanLine
from core import clock, notices
from core.db import session
from core.errors import Missing

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_LAST_WORDS: Final = (
    select(Opinion.task_id, Opinion.person_id, func.max(Opinion.id).label("last"))
    .where(Opinion.task_id.in_(_IDS), stands())
    .group_by(Opinion.task_id, Opinion.person_id)
)
_OTHER: Final = aliased(Opinion)
_BUILT_ON: Final = (
    select(Opinion.task_id)
    .join(_OTHER, (_OTHER.task_id == Opinion.task_id) & (_OTHER.plan_line_id == Opinion.plan_line_id))
    .where(Opinion.task_id.in_(_IDS), Opinion.person_id == bindparam("person_id"), Opinion.verdict == Verdict.CUT)
    .where(_OTHER.id > Opinion.id, _OTHER.person_id != Opinion.person_id, stands(), stands(_OTHER))
)
# Where one acts after the other, whoever asked somebody and has not spoken is the one whose turn it is now.
_NEXT_ASKED: Final = select(TaskSeat.task_id).where(
    TaskSeat.task_id.in_(_IDS),
    TaskSeat.asked_by.not_in(
        select(Opinion.person_id).where(Opinion.task_id == TaskSeat.task_id, stands()).correlate(TaskSeat)
    ),
)
_MINE: Final = (
    select(Opinion.id, Opinion.behalf_id, PlanLine.position)
    .join(PlanLine, PlanLine.id == Opinion.plan_line_id)
    .where(Opinion.task_id == bindparam("task_id"), Opinion.person_id == bindparam("person_id"), stands())
    .order_by(PlanLine.position)
)


def why_not(tasks: Collection[ReviewTask], person_id: int) -> dict[UUID, str]:
    """Of these open desks those at which the person has spoken: why he cannot take that back; empty when he can."""
    shared = {task.id: task.mode is StepMode.IN_ORDER for task in tasks if task.needed > 1}
    last: dict[UUID, dict[int, int]] = defaultdict(dict)
    for row in session().execute(_LAST_WORDS, {"ids": list(shared)}) if shared else ():
        last[row.task_id][row.person_id] = row.last
    mine = [one for one, words in last.items() if person_id in words]
    if not mine:
        return {}
    built_on = set(session().scalars(_BUILT_ON, {"ids": mine, "person_id": person_id}))
    begun = set(session().scalars(_NEXT_ASKED, {"ids": mine}))
    followed = {one for one in mine if one in begun or last[one][person_id] < max(last[one].values())}
    return {one: acts.unsaid_too_late(shared[one] and one in followed, one in built_on) for one in mine}


def unsay(plan: Plan, task: ReviewTask, *, by: Person) -> None:
    """The act on the locked plan, inside the caller's transaction.

    Raises `Missing` for who has not spoken at the desk, `Refused` when it is too late.
    """
    told = why_not([task], by.id).get(task.id)
    if told is None:
        raise Missing()
    if told:
        raise races.overtaken(plan, told)
    mine = session().execute(_MINE, {"task_id": task.id, "person_id": by.id}).all()
    facts = {"unsaid": [row.position for row in mine]}
    said, behalf = "收回审核意见，重新办理；其他人的意见不变", deciding.behalf_of(by, task)
    trace = Trace(Act.UNDO, plan.revision, digest_of(plan), said, task.step_name, facts=facts, behalf=behalf)
    number = leave(plan, trace, by=by)
    rows = [{"opinion_id": row.id, "plan_id": plan.id, "number": number} for row in mine]
    session().execute(insert(Retraction), rows)
    _ask_again(plan, task, {by.id, *(row.behalf_id for row in mine if row.behalf_id)}, by)
    _restore(plan, task)
    plan.version, plan.updated_at = plan.version + 1, clock.now()


def _ask_again(plan: Plan, task: ReviewTask, voice: Collection[int], by: Person) -> None:
    """The desk waits for this voice once more; where one acts after the other, it is his turn, not the next's."""
    task.not_for = cards.words_of(cards.ids_in(task.not_for) - set(voice))
    if task.mode is not StepMode.IN_ORDER:
        return
    waited = {one.id for one in steps.people_at(task)} - {by.id}
    task.handed_to = steps.next_at(task, deciding.colleagues_of(task).ids, deciding.hands_of(plan))
    said = f"{plan.unit.name}{plan.title}（{plan.number}）前一位收回了审核意见，暂不用您{task.step_name}"
    notices.tell(waited, said, f"/plans/{plan.id}")


def _restore(plan: Plan, task: ReviewTask) -> None:
    """The amounts without his words, and whether the desk's card still tells of a cut."""
    session().flush()
    restore_amounts(plan, get_chain(plan.chain_id), digests_of(plan.id, plan.revision))
    task.cut = any(amount_now(line) != line.applied for line in store.own_lines(plan, task))


