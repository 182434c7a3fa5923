"""Submitting, withdrawing and deciding: each one transaction with its money, history, notices and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.people.rules import Person, Role
from approvals.chains.models import ChainStep
from approvals.chains.rules import AmountField
from approvals.chains.store import steps_of
from approvals.reviews import approving, deciding, precheck, rules, steps, store
from approvals.reviews.content import content_of
from approvals.reviews.deciding import OtherDesks
from approvals.reviews.models import ReviewTask
from approvals.reviews.precheck import Readiness
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.traces import digest_of, leave
from budget.allotments import store as allotments
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.models import Plan, PlanLine, PlanRevision
from budget.plans.rules import PlanState
from core import clock, notices
from core.db import session, transaction
from core.errors import Refused
from core.money import Money

CLERK_STEP = "单位经办"


def submit(plan_id: UUID, seen: int, *, by: Person) -> None:
    """Hand the plan in: everything checked, money held, content frozen, first step opened.

    `seen` is the version that the clerk saw. Raises `Refused` with every fault at once; nothing has changed then.
    """
    with transaction():
        plan = plans.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        _check_untouched(plan, seen)
        held = allotments.locked(line.allotment_id for line in plan.lines if line.allotment_id)
        ready = precheck.look(plan, by, held)
        if ready.faults or ready.chain is None:
            raise Refused(*ready.faults)
        plans.note_editor(plan.id, by.id)
        _reserve(plan, set(held), by)
        digest = _freeze(plan, ready, by)
        leave(plan, Act.SUBMIT, digest, f"送审 {len(plan.lines)} 行，合计 {_total(plan)} 元", CLERK_STEP, by=by)
        steps.open_step(plan, ready.chain.steps[0], ready.makers)


def _check_untouched(plan: Plan, seen: int) -> None:
    if plan.state not in plan_rules.EDITABLE:
        raise Refused(f"这份计划已经送审（{plan.state.label}），不用再次送审。")
    if plan.version != seen:
        raise Refused("计划在您打开之后被修改过，请刷新页面核对后再送审。")


def _reserve(plan: Plan, held: set[int], by: Person) -> None:
    """Hold the money of every line; the locked balances were found enough, and a CHECK stands behind."""
    moves = [
        Move(line.allotment_id, PostingKind.HOLD, line.applied, line.id, plan.revision + 1)
        for line in plan.lines
        if line.allotment_id in held and line.allotment_id and line.applied
    ]
    allotments.post(moves, by=by)


def _freeze(plan: Plan, ready: Readiness, by: Person) -> str:
    """The next revision: state, chain and the content word for word; gives its digest."""
    now = clock.now()
    text, digest = content_of(plan, ready.papers)
    plan.revision += 1
    plan.state, plan.version = PlanState.IN_REVIEW, plan.version + 1
    plan.chain_id = ready.chain.id if ready.chain else None
    plan.submitted_by, plan.submitted_at, plan.updated_at = by.id, now, now
    for line in plan.lines:
        line.suggested = line.approved = None
        line.returned = False
    session().add(
        PlanRevision(
            plan_id=plan.id, revision=plan.revision, digest=digest, content=text, submitted_by=by.id, submitted_at=now
        )
    )
    return digest


def withdraw(plan_id: UUID, *, by: Person) -> None:
    """Take the plan back while no desk has acted in this round; its money is free again.

    A plan that had been returned is returned again, with the same lines open: what was reviewed stays closed, and
    the filing window, in which it was first handed in, does not catch it a second time.
    """
    with transaction():
        plan = plans.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        if plan.state is not PlanState.IN_REVIEW:
            raise Refused(f"这份计划{plan.state.label}，不能撤回。")
        tasks = store.tasks_of(plan.id, plan.revision)
        if any(task.state is not TaskState.OPEN for task in tasks):
            raise Refused("后面的岗位已经审核，不能撤回；如需修改，请联系审核人退回。")
        for task in tasks:
            task.state = TaskState.CANCELLED
        _release(plan, "撤回", by)
        opened_before = store.lines_returned_last(plan.id)
        for line in plan.lines:
            line.returned = line.id in opened_before
        plan.state = PlanState.RETURNED if opened_before else PlanState.DRAFT
        plan.version, plan.step_no, plan.updated_at = plan.version + 1, 0, clock.now()
        leave(plan, Act.WITHDRAW, digest_of(plan), "撤回修改", CLERK_STEP, by=by)


def _release(plan: Plan, reason: str, by: Person) -> None:
    allotments.locked(line.allotment_id for line in plan.lines if line.allotment_id)
    moves = [
        Move(line.allotment_id, PostingKind.RELEASE, line.applied, line.id, plan.revision, reason)
        for line in plan.lines
        if line.allotment_id and line.applied
    ]
    allotments.post(moves, by=by)


def decide(task_id: UUID, opinions: Sequence[LineOpinion], comment: str, seen_digest: str, *, by: Person) -> Act:
    """One desk's opinions on its lines, and what follows: next step, back to the clerk, or approval.

    `seen_digest` is that of the content on the reviewer's page. Raises `Refused`; nothing has changed then.
    """
    with transaction():
        taken = _taken_up(task_id, seen_digest, by)
        return _pass_on(taken, opinions, comment, by)


def agree_all(task_id: UUID, comment: str, seen_digest: str, *, by: Person) -> Act:
    """Agree with all lines of one desk, as a batch does for each of its plans. Raises `Refused`."""
    with transaction():
        taken = _taken_up(task_id, seen_digest, by)
        cut = any(rules.amount_now(line) != line.applied for line in taken.lines)
        rules.check_batchable(taken.plan.revision, cut)
        opinions = [LineOpinion(line.id, Verdict.AGREE) for line in taken.lines]
        return _pass_on(taken, opinions, comment, by)


@dataclass(frozen=True)
class _Taken:
    """A desk's work as it was taken up: everything that is read before the first word is written."""

    plan: Plan
    task: ReviewTask
    digest: str
    lines: Sequence[PlanLine]
    steps: Sequence[ChainStep]
    makers: set[int]
    others: OtherDesks

    @property
    def step(self) -> ChainStep:
        """The step that the plan stands at."""
        return self.steps[self.plan.step_no - 1]

    @property
    def following(self) -> ChainStep | None:
        """The step after it, unless it is the last."""
        number = self.step.number
        return self.steps[number] if number < len(self.steps) else None


def _taken_up(task_id: UUID, seen_digest: str, by: Person) -> _Taken:
    """The plan, locked, and the task, when both are still as the reviewer saw them and he may decide."""
    plan = plans.locked(store.get_task(task_id, by).plan_id)
    task = store.get_task(task_id, by)  # once more, now that nobody else can close it
    if task.state is not TaskState.OPEN or task.revision != plan.revision or plan.state is not PlanState.IN_REVIEW:
        raise Refused("这份计划刚刚已由他人办理或已撤回，请刷新待办列表。")
    if seen_digest != digest_of(plan):
        raise Refused("计划内容在您打开之后有变化，请刷新页面重新审核。")
    hands = deciding.hands_of(plan)
    rules.check_may_decide(by.id, task.step_no, hands.makers, hands.acted)
    return _Taken(
        plan,
        task,
        seen_digest,
        store.lines_of(task),
        steps_of(plan.chain_id),
        hands.makers,
        deciding.other_desks(task),
    )


def _pass_on(taken: _Taken, opinions: Sequence[LineOpinion], comment: str, by: Person) -> Act:
    rules.check_comment(comment)
    rules.check_opinions(taken.lines, opinions, taken.step.amount_field)
    said = "；".join(part for part in (comment.strip(), rules.remarks_said(taken.lines, opinions)) if part)
    _write_opinions(taken, opinions, by)
    taken.task.state, taken.task.closed_at, taken.task.closed_by = TaskState.DONE, clock.now(), by.id
    return _follow(taken, opinions, said, by)


def _write_opinions(taken: _Taken, opinions: Sequence[LineOpinion], by: Person) -> None:
    given = {opinion.line_id: opinion for opinion in opinions}
    said = [(given[line.id], rules.amount_after(line, given[line.id])) for line in taken.lines]
    deciding.note_opinions(taken.task, said, by)
    sets = taken.step.amount_field
    for line, (opinion, amount) in zip(taken.lines, said, strict=True):
        if sets is not AmountField.NONE and opinion.verdict is not Verdict.RETURN:
            setattr(line, sets.value, amount)


def _follow(taken: _Taken, opinions: Sequence[LineOpinion], comment: str, by: Person) -> Act:
    """When every desk of the step has spoken: back, onward, or approved. The last agreement is the approval."""
    plan, others, following = taken.plan, taken.others, taken.following
    plan.version += 1
    plan.updated_at = clock.now()
    own = {opinion.line_id for opinion in opinions if opinion.verdict is Verdict.RETURN}
    returned = own | others.returned
    act = rules.act_of_step(rules.act_of(opinions), bool(returned), others.waiting, following is None)
    if act is Act.APPROVE:
        _approve(taken, comment, by)
        return act
    leave(plan, act, taken.digest, comment or act.label, taken.task.step_name, by=by)
    if others.waiting:
        return act
    if returned:
        _give_back(plan, returned, by)
        return Act.RETURN
    if following is not None:
        steps.open_step(plan, following, taken.makers)
    return act


def _give_back(plan: Plan, returned: set[int], by: Person) -> None:
    """Only the returned lines are open to the clerk; the money of all lines is free until the next submission."""
    _release(plan, "退回", by)
    plan.state, plan.step_no = PlanState.RETURNED, 0
    for line in plan.lines:
        line.returned = line.id in returned
    places = "、".join(str(line.position) for line in plan.lines if line.returned)
    _tell_clerks(plan, f"{plan.title}（{plan.number}）被退回：第 {places} 行请修改后再送审")


def _approve(taken: _Taken, comment: str, by: Person) -> None:
    plan = taken.plan
    for line in plan.lines:
        line.approved = rules.amount_now(line)
    plan.state, plan.approved_at = PlanState.APPROVED, clock.now()
    session().flush()  # the ledger copies the approved amounts
    approving.settle(plan, by=by)
    total = Money.total(line.approved or Money(0) for line in plan.lines)
    said = f"批复 {total} 元" + (f"；{comment}" if comment else "")
    leave(plan, Act.APPROVE, taken.digest, said, taken.task.step_name, by=by)
    _tell_clerks(plan, f"{plan.title}（{plan.number}）已批复 {total} 元")


def _tell_clerks(plan: Plan, text: str) -> None:
    people = {plan.author_id, *([plan.submitted_by] if plan.submitted_by else [])}
    notices.tell(people, text, f"/plans/{plan.id}")


def _total(plan: Plan) -> Money:
    return Money.total(line.applied or Money(0) for line in plan.lines)
