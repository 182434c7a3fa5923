"""Who may be asked for an opinion at a desk, or be given its task: people by name, and why others may not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import or_, select

from accounts.people.models import Account, Post
from accounts.people.rules import GRANTS, Permission, Person, PlaceKind, Role, incompatibility
from accounts.units.models import Office, Unit
from approvals.chains.models import ChainStep
from approvals.chains.store import steps_of
from approvals.reviews import deciding
from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.rules import Act, SeatKind
from approvals.reviews.seats import seats_at
from approvals.reviews.separation import Hands, left_out_because
from budget.plans.models import Plan
from core import clock
from core.db import session

# So many people are listed; whoever looks for others types more of the name.
MOST_LISTED: Final = 20
LONGEST_NAME: Final = 50
_REVIEWING: Final = tuple(role for role, granted in GRANTS.items() if Permission.REVIEW_PLANS in granted)
_Post = tuple[Role, int | None, int | None]


@dataclass
class Candidate:
    """Somebody who reviews plans: his posts, why he may not be chosen (empty: he may), and what follows if he is."""

    id: int
    name: str
    labels: list[str] = field(default_factory=list)
    posts: list[_Post] = field(default_factory=list)
    why_not: str = ""
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """For what somebody is looked for: the act, at which desk, and what speaks against people.

    `own` are the accounts of whoever looks; hands and those who have spoken name all accounts of a person, too.
    """

    act: Act
    task: ReviewTask
    plan: Plan
    own: Collection[int]
    hands: Hands
    steps: Sequence[ChainStep]
    seated: Collection[int]
    spoken: Collection[int]

    def why_not(self, person_id: int, ids: Iterable[int], posts: Iterable[_Post]) -> str:
        """Why this person, who acts as these (himself, and for whom) and holds these posts, may not be chosen."""
        ids = set(ids)
        if ids & set(self.own):
            return "不能转给自己或征求自己的意见"
        if ids & set(self.spoken):
            return "已在本环节审核过"
        names = {step.number: step.name for step in self.steps}
        parts = (left_out_because(one, self.task.step_no, self.hands, names) for one in ids)
        if found := next(filter(None, parts), ""):
            return f"{found}（不相容岗位分离）"
        if person_id in self.seated:
            return "正在征求他的意见" if self.act is Act.CONSULT else "现在就由他办理"
        return incompatible(posts, self.task) if self.act is Act.HAND_OVER else ""

    def note(self, posts: Iterable[_Post]) -> str:
        """Where somebody who is chosen could no longer act afterwards."""
        posts = list(posts)
        later = [one.name for one in self.steps if one.number > self.task.step_no and self._sits_at(one, posts)]
        done = "答复" if self.act is Act.CONSULT else "办理"
        return f"是后面环节“{'、'.join(later)}”岗的人员，{done}后不能再在该环节审核这份计划" if later else ""

    def _sits_at(self, step: ChainStep, posts: Iterable[_Post]) -> bool:
        """Whether one of the posts is asked at the step; of offices, only those that have a line."""
        offices = {line.allotment.office_id for line in self.plan.lines if line.allotment}
        return any(role is step.role and (office is None or office in offices) for role, _, office in posts)


def incompatible(posts: Iterable[_Post], task: ReviewTask) -> str:
    """Nobody of a unit takes over a desk of finance, nobody of finance a unit's (H13: 申报与审批分离).

    Inside finance one may act for another at one plan as long as he has not acted on it elsewhere.
    """
    for role, unit_id, _ in posts:
        if PlaceKind.UNIT not in (role.place, task.role.place):
            continue
        if reason := incompatibility(role, task.role, unit_id == task.unit_id):
            return f"任“{role.label}”，不能办理“{task.role.label}”岗的事项：{reason}"
    return ""


def choice_at(act: Act, task: ReviewTask, plan: Plan, by: Person) -> Choice:
    """What must be known of the desk before anybody is chosen."""
    seated = _seated(act, task, (one.seat for one in seats_at(task) if one.seat.closed_at is None))
    spoken, own = deciding.colleagues_of(task).ids, deciding.accounts_of({by.id})[by.id]
    return Choice(act, task, plan, own, deciding.hands_of(plan), steps_of(plan.chain_id), seated, spoken)


def _seated(act: Act, task: ReviewTask, seats: Iterable[TaskSeat]) -> set[int]:
    """Who is asked, or has the task, already."""
    if act is Act.CONSULT:
        return {seat.person_id for seat in seats if seat.kind is SeatKind.CONSULTED}
    return {task.handed_to} if task.handed_to else set()


def candidates(choice: Choice, search: str) -> list[Candidate]:
    """People whose name or username has these letters, those who may be chosen first."""
    found = reviewers(search)
    for one in found.values():
        one.why_not = choice.why_not(one.id, [one.id], one.posts)
        if not one.why_not:
            one.note = choice.note(one.posts)
    return sorted(found.values(), key=lambda one: bool(one.why_not))[:MOST_LISTED]


def reviewers(search: str) -> Mapping[int, Candidate]:
    """The active people who hold a reviewing post today, by id, in the order of names."""
    today = clock.today()
    query = (
        select(
            *(Account.id, Account.name, Post.role, Post.unit_id, Post.office_id),
            *(Unit.name.label("unit"), Office.name.label("office")),
        )
        .join(Post, Post.person_id == Account.id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .outerjoin(Office, Office.id == Post.office_id)
        .where(Account.active, Post.role.in_(_REVIEWING))
        .where(Post.starts_on <= today, or_(Post.ends_on.is_(None), Post.ends_on >= today))
        .order_by(Account.name, Account.id, Post.id)
        .limit(10 * MOST_LISTED)
    )
    if search:
        columns = (Account.name, Account.username)
        query = query.where(or_(*(column.contains(search, autoescape=True) for column in columns)))
    found: dict[int, Candidate] = {}
    for row in session().execute(query):
        one = found.setdefault(row.id, Candidate(row.id, row.name))
        one.labels.append(f"{row.unit or row.office or ''} {row.role.label}".strip())
        one.posts.append((row.role, row.unit_id, row.office_id))
    return found
