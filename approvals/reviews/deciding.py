"""What is read before a desk speaks, in few and narrow queries, and the opinions that are written then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import aliased

from accounts.people.models import Account
from accounts.people.rules import Person
from accounts.people.signing import signed
from approvals.chains.rules import StepMode
from approvals.reviews.models import Decision, Opinion, ReviewTask, TaskLine
from approvals.reviews.retractions import stands
from approvals.reviews.rules import DECIDING, Act, LineOpinion, ReviewedLine, TaskState, Verdict
from approvals.reviews.separation import Actor, Hands
from budget.plans.models import Plan, PlanLine
from budget.plans.store import editors
from core import clock, recall
from core.db import add_rows, session
from core.errors import Refused
from core.money import Money

_ACTS: Final = (
    select(
        Decision.person_id, Decision.behalf_id, Decision.step_no, Decision.act, Decision.number, Decision.sha256,
        Decision.sm3,
    )
    .where(Decision.plan_id == bindparam("plan_id"))
    .order_by(Decision.number)
)  # fmt: skip


def hands_of(plan: Plan, *more: int, about: Collection[int] = ()) -> Hands:
    """Who made the plan, and who has decided on it, himself or through another: all accounts of these people.

    `more` are about to become makers, `about` are those who are about to decide.
    """
    acts: Sequence[Any] = ()
    if plan.revision:  # nobody acts on a plan before it is submitted
        acts = recall.of(plan.id, "acts", lambda: session().execute(_ACTS, {"plan_id": plan.id}).all())
    recall.tell(plan.id, "last", acts[-1] if acts else None)  # whoever asks is about to leave a decision
    submitters = {one.person_id for one in acts if one.act is Act.SUBMIT}
    acted: dict[int, int] = {}
    for one in acts:
        if one.act in DECIDING:
            acted.update(dict.fromkeys({one.person_id, one.behalf_id or one.person_id}, one.step_no))
    hands = Hands(frozenset({plan.author_id, *editors(plan.id), *submitters, *more}), acted)
    return hands.closed(accounts_of(hands.makers | acted.keys() | set(about)))


_OTHER: Final = aliased(Account)
# Two accounts of one human being: the same name and the same telephone.
_TWINS: Final = (
    select(Account.id, _OTHER.id.label("other"))
    .join(_OTHER, and_(_OTHER.name == Account.name, _OTHER.phone == Account.phone, _OTHER.phone != ""))
    .where(Account.id.in_(bindparam("ids", expanding=True)))
)


def actor_of(person: Person, task: ReviewTask) -> Actor:
    """Who acts when this person decides on this task: he, and the one for whom he acts.

    Their other accounts are looked for among the hands of the plan, which names every account of a person.
    """
    behalf_id, behalf_name = behalf_of(person, task)
    return Actor(frozenset({person.id}), frozenset({behalf_id} if behalf_id else ()), behalf_name)


def accounts_of(ids: Collection[int]) -> dict[int, set[int]]:
    """For each of these accounts, all accounts of the same human being, in one query."""
    return _accounts_of(frozenset(ids))


@recall.once
def _accounts_of(ids: frozenset[int]) -> dict[int, set[int]]:
    same: dict[int, set[int]] = {one: {one} for one in ids}
    for one, other in session().execute(_TWINS, {"ids": list(ids)}):
        same[one].add(other)
    return same


def behalf_of(person: Person, task: ReviewTask) -> tuple[int | None, str]:
    """For whom he acts at this desk: nobody where he holds the post himself, or the task was given to him."""
    place = (task.role, task.unit_id, task.office_id)
    posts = [post for post in person.posts if (post.role, post.unit_id, post.office_id) == place]
    given = task.handed_to == person.id and task.mode is not StepMode.IN_ORDER
    if given or not posts or any(post.behalf_id is None for post in posts):
        return None, ""
    return posts[0].behalf_id, posts[0].behalf_name


def signature(person: Person, task: ReviewTask) -> str:
    """张三; 张三（代李四）."""
    return signed(person.name, behalf_of(person, task)[1])


_AMOUNTS: Final = (
    select(PlanLine.id, PlanLine.position, PlanLine.applied, PlanLine.suggested, PlanLine.approved)
    .join(TaskLine, TaskLine.plan_line_id == PlanLine.id)
    .where(TaskLine.task_id == bindparam("task_id"), PlanLine.removed_in.is_(None))
    .order_by(PlanLine.position)
)


def amounts_of(task_id: UUID) -> Sequence[ReviewedLine]:
    """The lines that a task decides on, as bare rows of place and amounts, to read a form against."""
    return cast("Sequence[ReviewedLine]", session().execute(_AMOUNTS, {"task_id": task_id}).all())


@dataclass(frozen=True)
class OtherDesks:
    """What the other desks of a task's step have done: whether any still has to act, and what they returned.

    `aside` are the lines that they set aside.
    """

    waiting: bool
    returned: frozenset[int]
    aside: frozenset[int] = frozenset()


# Statements that stand here are built once: to build one takes as long as to run it.
_OTHERS: Final = (
    select(ReviewTask.state, Opinion.plan_line_id, Opinion.verdict)
    .outerjoin(
        Opinion,
        and_(Opinion.task_id == ReviewTask.id, Opinion.verdict.in_((Verdict.RETURN, Verdict.ASIDE)), stands()),
    )
    .where(ReviewTask.state.in_((TaskState.OPEN, TaskState.DONE)))
    .where(ReviewTask.plan_id == bindparam("plan_id"), ReviewTask.revision == bindparam("revision"))
    .where(ReviewTask.step_no == bindparam("step_no"), ReviewTask.id != bindparam("task_id"))
)


def other_desks(task: ReviewTask) -> OtherDesks:
    """The other desks of the same step in the same round, in one query."""
    mine = {"plan_id": task.plan_id, "revision": task.revision, "step_no": task.step_no, "task_id": task.id}
    rows: Sequence[Any] = recall.of(
        task.plan_id, ("others", task.id), lambda: session().execute(_OTHERS, mine).all()
    )
    returned, aside = (
        frozenset(row.plan_line_id for row in rows if row.verdict is verdict)
        for verdict in (Verdict.RETURN, Verdict.ASIDE)
    )
    return OtherDesks(any(row.state is TaskState.OPEN for row in rows), returned, aside)


_SPOKEN: Final = select(Opinion.person_id, Opinion.behalf_id, Opinion.plan_line_id, Opinion.verdict).where(
    Opinion.task_id == bindparam("task_id"), stands()
)


@dataclass(frozen=True)
class Colleagues:
    """Who has already spoken at the same desk, himself or through another, and the lines that they set aside."""

    ids: frozenset[int]
    count: int
    aside: frozenset[int]


def colleagues_of(task: ReviewTask) -> Colleagues:
    """Those who spoke at this desk before, where several must."""
    if task.needed < 2:
        return Colleagues(frozenset(), 0, frozenset())
    rows = session().execute(_SPOKEN, {"task_id": task.id}).all()
    people = {row.person_id for row in rows}
    same = accounts_of(people | {row.behalf_id for row in rows if row.behalf_id}) if people else {}
    both = set[int]().union(*same.values())
    aside = frozenset(row.plan_line_id for row in rows if row.verdict is Verdict.ASIDE)
    return Colleagues(frozenset(both), len(people), aside)


def check_unspoken(task: ReviewTask, by: Person) -> None:
    """Whoever has spoken at a desk where several must has nothing more to do there. Raises `Refused`."""
    if {by.id, behalf_of(by, task)[0] or by.id} & colleagues_of(task).ids:
        raise Refused("您已在本环节审核过这份计划，还要等其他人会签；请办理下一份。")


_ATTEMPTS: Final = select(func.max(Opinion.attempt)).where(
    Opinion.task_id == bindparam("task_id"), Opinion.person_id == bindparam("person_id")
)


def _attempt(task: ReviewTask, by: Person) -> int:
    """The first time that he speaks there, or once more after he took his words back; only among several he can."""
    if task.needed < 2:
        return 1
    return (session().scalar(_ATTEMPTS, {"task_id": task.id, "person_id": by.id}) or 0) + 1


def note_opinions(
    task: ReviewTask, said: Sequence[tuple[LineOpinion, Money]], digests: Mapping[int, str], by: Person
) -> None:
    """Write what one person said of the task's lines, with the amount each stands at then; in the transaction.

    `digests` are those of the lines: the opinion stands as long as its line has the same.
    """
    now, (behalf_id, _), attempt = clock.now(), behalf_of(by, task), _attempt(task, by)
    rows = [
        {
            "task_id": task.id,
            "plan_line_id": opinion.line_id,
            "verdict": opinion.verdict,
            "amount": amount,
            "reason": opinion.reason.strip(),
            "person_id": by.id,
            "at": now,
            "line_digest": digests.get(opinion.line_id, ""),
            "code": opinion.code,
            "behalf_id": behalf_id,
            "attempt": attempt,
        }
        for opinion, amount in said
    ]
    add_rows(Opinion, rows)
