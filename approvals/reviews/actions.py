"""Submitting, withdrawing and deciding: each one transaction with its money, history, notices and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.people.rules import Person
from approvals.reviews import holds, passing, precheck, races, rules, steps, store, ways
from approvals.reviews.models import ReviewTask
from approvals.reviews.passing import Onward
from approvals.reviews.precheck import Readiness
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.taking import taken_up
from approvals.reviews.traces import Trace, digest_of, leave
from budget.allotments import store as allotments
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.models import Plan, PlanRevision, RevisionLine
from budget.plans.rules import PlanState
from core import clock
from core.db import add_rows, session, transaction
from core.errors import Overtaken, Refused
from core.money import Money


def submit(plan_id: UUID, seen: int, *, by: Person) -> None:
    """Hand the plan in: everything checked, money held, content frozen, first step opened.

    `seen` is the version that the clerk saw. Raises `Refused` with every fault at once; nothing has changed then.
    """
    with transaction():
        plan = plans.locked(plan_id, by.writing())
        _check_untouched(plan, seen)
        held = allotments.locked(line.allotment_id for line in plan.lines if line.allotment_id)
        plans.know_allotments(plan, held)
        ready = precheck.look(plan, by, held)
        if ready.faults or ready.chain is None:
            raise Refused(*ready.faults)
        plans.note_editor(plan.id, by.id)
        onward = passing.onward_from(plan, ready.chain.steps, ready.way, 0, ready.hands)
        if onward is None:
            raise Refused("没有一个审核环节适用于这份计划，请联系系统管理员检查审批流程。")
        _freeze(plan, ready, onward, by)
        holds.reserve(plan, set(held), by=by)
        _hand_in(plan, ready, by)
        passing.open_onward(plan, onward)
        if plan.entered:
            steps.tell_unit(plan, f"财政代编了{plan.title}（{plan.number}）并已送审，请核对；如有异议请在批复前提出")


def _check_untouched(plan: Plan, seen: int) -> None:
    if plan.state not in plan_rules.EDITABLE:
        raise races.overtaken(plan, f"这份计划已经送审（{plan.state.label}），不用再次送审。")
    if plan.version != seen:
        raise Overtaken(f"计划在您打开之后被{plans.last_saver(plan)}修改过，请刷新页面核对后再送审。")


def _freeze(plan: Plan, ready: Readiness, onward: Onward, by: Person) -> None:
    """Keep the next revision's content word for word, and say so in the log of decisions."""
    content, revision = ready.content, plan.revision + 1
    kept = {"digest": content.digest, "content": content.text, "submitted_by": by.id, "submitted_at": clock.now()}
    add_rows(PlanRevision, [{"plan_id": plan.id, "revision": revision, **kept}])
    lines = [
        {"plan_id": plan.id, "revision": revision, "plan_line_id": line.id, "position": line.position,
         "digest": content.lines[line.id], "allotment_id": line.allotment_id, "applied": line.applied}
        for line in plan.lines
    ]  # fmt: skip
    add_rows(RevisionLine, lines)
    said = f"送审 {len(plan.lines)} 行，合计 {_total(plan)} 元"
    step_name = rules.clerk_step(plan.entered)
    facts = {**onward.facts, **_as_before(plan, ready)}
    leave(plan, Trace(Act.SUBMIT, revision, content.digest, said, step_name, facts=facts), by=by)


def _as_before(plan: Plan, ready: Readiness) -> dict[str, object]:
    """Where each line stood in the revision before, and from which step on a changed line is asked again."""
    before = ways.positions_of(plan.id, plan.revision) if plan.revision else {}
    was = [[line.position, before[line.id]] for line in plan.lines if line.id in before]
    return {**({"was": was} if was else {}), **({"resumes": back} if (back := ready.way.returned_by) else {})}


def _hand_in(plan: Plan, ready: Readiness, by: Person) -> None:
    """The plan goes into review; the lines first, for its state closes them."""
    for line in plan.lines:
        if line.suggested is not None or line.approved is not None or line.returned:  # of an earlier round
            line.suggested = line.approved = None
            line.returned = False
    session().flush()
    now = clock.now()
    plan.revision, plan.version, plan.state = plan.revision + 1, plan.version + 1, PlanState.IN_REVIEW
    plan.chain_id = ready.chain.id if ready.chain else None
    plan.submitted_by, plan.submitted_at, plan.updated_at = by.id, now, now
    if standing := ready.way.amounts():
        session().flush()  # amounts are set in a plan under review only
        for line in plan.lines:
            for name, amount in standing.get(line.id, {}).items():
                setattr(line, name.value, amount)


def withdraw(plan_id: UUID, *, by: Person) -> None:
    """Take the plan back while no desk has acted in this round; its money is free again.

    A plan that had been returned is returned again, with the same lines open: what was reviewed stays closed, and
    the filing window, in which it was first handed in, does not catch it a second time.
    """
    with transaction():
        plan = plans.locked(plan_id, by.writing())
        races.judge(plan, plan_rules.check_act, Act.WITHDRAW, plan.state)
        tasks = store.tasks_of(plan.id, plan.revision)
        if not _untouched(tasks):
            raise races.overtaken(plan, "后面的岗位已经审核，不能撤回；如需修改，请联系审核人退回。")
        for task in tasks:
            if task.state is TaskState.OPEN:
                task.state = TaskState.CANCELLED
        leave(
            plan, Trace(Act.WITHDRAW, plan.revision, digest_of(plan), "撤回修改", rules.clerk_step(plan.entered)), by=by
        )
        holds.release(plan, "撤回", by=by)
        opened_before = store.lines_returned_last(plan.id)
        for line in plan.lines:
            line.returned = line.id in opened_before
        plan.state = PlanState.RETURNED if opened_before else PlanState.DRAFT
        plan.version, plan.step_no, plan.updated_at = plan.version + 1, 0, clock.now()


def _untouched(tasks: Sequence[ReviewTask]) -> bool:
    """Whether no desk has acted in this round, not even one of several people at it."""
    states = {task.state for task in tasks} - {TaskState.SKIPPED}
    return states <= {TaskState.OPEN} and not store.anybody_spoke([task.id for task in tasks])


def decide(task_id: UUID, opinions: Sequence[LineOpinion], comment: str, seen_digest: str, *, by: Person) -> Act:
    """One desk's opinions on its lines, and what follows: next step, back to the clerk, or approval.

    `seen_digest` is that of the content on the reviewer's page. Raises `Refused`; nothing has changed then.
    """
    with transaction():
        return passing.pass_on(taken_up(task_id, seen_digest, by), opinions, comment, by)


def agree_all(task_id: UUID, comment: str, seen_digest: str, *, by: Person) -> Act:
    """Agree with all lines of one desk, as a batch does for each of its plans. Raises `Refused`."""
    with transaction():
        taken = taken_up(task_id, seen_digest, by)
        cut = any(rules.amount_now(line) != line.applied for line in taken.lines)
        rules.check_batchable(taken.plan.revision, cut)
        opinions = [LineOpinion(line.id, Verdict.AGREE) for line in taken.lines]
        return passing.pass_on(taken, opinions, comment, by)


def _total(plan: Plan) -> Money:
    return Money.total(line.applied or Money(0) for line in plan.lines)
