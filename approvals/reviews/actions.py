"""Submitting, withdrawing and deciding: each one transaction with its money, history, notices and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.people.rules import Person, Role
from approvals.chains.models import ChainStep
from approvals.chains.rules import AmountField
from approvals.chains.store import get_chain, published
from approvals.reviews import approving, rules, steps, store
from approvals.reviews.content import content_of
from approvals.reviews.models import Decision, Opinion, ReviewTask
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from budget.allotments import store as allotments
from budget.allotments.rules import PostingKind, available, short_sentence
from budget.allotments.store import Move
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.models import Plan, PlanLine, PlanRevision
from budget.plans.rules import PlanState
from budget.windows.rules import check_open
from budget.windows.store import find_window, shown
from core import clock, history, notices
from core.db import session, transaction
from core.errors import Refused
from core.money import Money
from vouchers.papers.rules import check_required
from vouchers.papers.store import PaperFacts, facts_by_line, requirements


def submit(plan_id: UUID, seen: int, *, by: Person) -> None:
    """Hand the plan in: everything checked, money held, content frozen, first step opened.

    `seen` is the version that the clerk saw. Raises `Refused` with every fault at once; nothing has changed then.
    """
    with transaction():
        plan = plans.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        _check_submittable(plan, seen)
        papers = facts_by_line(plan.id)
        _check_content(plan, papers)
        chain = published(plan.division_code, plan.kind.value)
        makers = store.makers(plan) | {by.id}
        steps.check_manned(plan, chain, makers)
        _reserve(plan, by)
        digest = _freeze(plan, papers, chain.id, by)
        _decide(plan, Act.SUBMIT, digest, f"送审 {len(plan.lines)} 行，合计 {_total(plan)} 元", by, "单位经办")
        plans.note_editor(plan.id, by.id)
        steps.open_step(plan, chain.steps[0], makers)


def _check_submittable(plan: Plan, seen: int) -> None:
    if plan.state not in plan_rules.EDITABLE:
        raise Refused(f"这份计划{plan.state.label}，不用再次送审。")
    if plan.version != seen:
        raise Refused("计划在您打开之后被修改过，请刷新页面核对后再送审。")
    if plan.state is PlanState.DRAFT:  # a returned plan was in time when it was first handed in
        window = find_window(plan.division_code, plan.fiscal_year, plan.month)
        check_open(window, plan.fiscal_year, plan.month, clock.now(), shown(window), "业务股室或国库股")


@dataclass(frozen=True)
class _Proven:
    """A line as the voucher rules see it."""

    position: int
    dep_eco_code: str
    dep_eco_name: str
    pro_cat_code: str
    is_gov_pur: bool


def _check_content(plan: Plan, papers: dict[int, list[PaperFacts]]) -> None:
    """Whole lines, usable allotments, required vouchers."""
    plan_rules.check_complete(plan.lines, plan.month_start)
    proven = []
    for line in plan.lines:
        allotment = line.allotment
        plan_rules.check_usable(line.position, allotment, plan.unit_id, plan.fiscal_year)
        if allotment is not None:
            facts = _Proven(
                line.position,
                allotment.dep_eco_code,
                allotment.dep_eco_name,
                allotment.pro_cat_code,
                allotment.is_gov_pur,
            )
            proven.append((facts, {paper.kind_code for paper in papers.get(line.id, ())}))
    check_required(proven, requirements(plan.division_code, plan.fiscal_year))


def _reserve(plan: Plan, by: Person) -> None:
    """Hold the money of every line. Raises `Refused` naming line, allotment, what is left and who holds the rest."""
    held = allotments.locked(line.allotment_id for line in plan.lines if line.allotment_id)
    left = {allotment.id: available(allotment) for allotment in held.values()}
    moves, short = [], []
    for line in plan.lines:
        target, wanted = line.allotment_id or 0, line.applied or Money(0)
        if wanted > left[target]:
            others = plans.holders(target, plan.id)
            short.append(short_sentence(line.position, held[target].label, wanted, left[target], others))
        left[target] -= wanted
        moves.append(Move(target, PostingKind.HOLD, wanted, line.id, plan.revision + 1))
    if short:
        raise Refused(*short)
    allotments.post(moves, by=by)


def _freeze(plan: Plan, papers: dict[int, list[PaperFacts]], chain_id: int, by: Person) -> str:
    """The next revision: state, chain and the content word for word; gives its digest."""
    now = clock.now()
    text, digest = content_of(plan, papers)
    plan.revision += 1
    plan.state, plan.chain_id, plan.version = PlanState.IN_REVIEW, chain_id, plan.version + 1
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
    """Take the plan back while no desk has acted in this round; its money is free again."""
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
        plan.state, plan.version, plan.step_no = PlanState.DRAFT, plan.version + 1, 0
        _decide(plan, Act.WITHDRAW, _digest(plan), "撤回修改", by, "单位经办")


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
        task = store.get_task(task_id, by)
        plan = plans.locked(task.plan_id)
        task = store.get_task(task_id, by)
        _check_decidable(plan, task, seen_digest, by)
        step = _step(plan)
        lines = store.lines_of(task)
        rules.check_opinions(lines, opinions, step.amount_field)
        _write_opinions(task, lines, opinions, step.amount_field, by)
        task.state, task.closed_at, task.closed_by = TaskState.DONE, clock.now(), by.id
        act = rules.act_of(opinions)
        _decide(plan, act, seen_digest, comment or act.label, by, task.step_name)
        return _follow(plan, step, act, by)


def _check_decidable(plan: Plan, task: ReviewTask, seen_digest: str, by: Person) -> None:
    if task.state is not TaskState.OPEN or task.revision != plan.revision or plan.state is not PlanState.IN_REVIEW:
        raise Refused("这份计划刚刚已由他人办理或已撤回，请刷新待办列表。")
    if seen_digest != _digest(plan):
        raise Refused("计划内容在您打开之后有变化，请刷新页面重新审核。")
    rules.check_may_decide(by.id, task.step_no, store.makers(plan), store.acted(plan.id))


def _digest(plan: Plan) -> str:
    revision = plans.revision_of(plan)
    return revision.digest if revision else ""


def _step(plan: Plan) -> ChainStep:
    return get_chain(plan.chain_id).steps[plan.step_no - 1]


def _write_opinions(
    task: ReviewTask, lines: Sequence[PlanLine], opinions: Sequence[LineOpinion], sets: AmountField, by: Person
) -> None:
    given = {opinion.line_id: opinion for opinion in opinions}
    now = clock.now()
    for line in lines:
        opinion = given[line.id]
        amount = rules.amount_after(line, opinion)
        session().add(
            Opinion(
                task_id=task.id,
                plan_line_id=line.id,
                verdict=opinion.verdict,
                amount=amount,
                reason=opinion.reason.strip(),
                person_id=by.id,
                at=now,
            )
        )
        if sets is not AmountField.NONE and opinion.verdict is not Verdict.RETURN:
            setattr(line, sets.value, amount)


def _follow(plan: Plan, step: ChainStep, act: Act, by: Person) -> Act:
    """When every desk of the step has spoken: back, onward, or approved."""
    plan.version += 1
    plan.updated_at = clock.now()
    session().flush()  # the opinions just written are read below
    tasks = store.tasks_of(plan.id, plan.revision)
    if any(task.state is TaskState.OPEN for task in tasks if task.step_no == step.number):
        return act
    spoken = store.opinions_in_round(plan.id, plan.revision, step.number)
    returned = {opinion.plan_line_id for opinion in spoken if opinion.verdict is Verdict.RETURN}
    if returned:
        _give_back(plan, returned, by)
        return Act.RETURN
    chain = get_chain(plan.chain_id)
    if step.number < len(chain.steps):
        steps.open_step(plan, chain.steps[step.number], store.makers(plan))
        return act
    _approve(plan, by)
    return Act.APPROVE


def _give_back(plan: Plan, returned: set[int], by: Person) -> None:
    """Only the returned lines are open to the clerk; the money of all lines is free until the next submission."""
    _release(plan, "退回", by)
    plan.state, plan.step_no = PlanState.RETURNED, 0
    for line in plan.lines:
        line.returned = line.id in returned
    people = {plan.author_id, *([plan.submitted_by] if plan.submitted_by else [])}
    places = "、".join(str(line.position) for line in plan.lines if line.returned)
    notices.tell(people, f"{plan.title}（{plan.number}）被退回：第 {places} 行请修改后再送审", f"/plans/{plan.id}")


def _approve(plan: Plan, by: Person) -> None:
    for line in plan.lines:
        line.approved = rules.amount_now(line)
    plan.state, plan.approved_at = PlanState.APPROVED, clock.now()
    session().flush()  # the ledger copies the approved amounts
    approving.settle(plan, by=by)
    total = Money.total(line.approved or Money(0) for line in plan.lines)
    _decide(plan, Act.APPROVE, _digest(plan), f"批复 {total} 元", by, "国库批复")
    people = {plan.author_id, *([plan.submitted_by] if plan.submitted_by else [])}
    notices.tell(people, f"{plan.title}（{plan.number}）已批复 {total} 元", f"/plans/{plan.id}")


def _total(plan: Plan) -> Money:
    return Money.total(line.applied or Money(0) for line in plan.lines)


def _decide(plan: Plan, act: Act, digest: str, comment: str, by: Person, step_name: str) -> None:
    """Add the decision and its event: no change of state without its trace."""
    session().add(
        Decision(
            plan_id=plan.id,
            number=store.next_decision_number(plan.id),
            revision=plan.revision,
            step_no=plan.step_no,
            step_name=step_name,
            act=act,
            digest=digest,
            comment=comment,
            person_id=by.id,
            person_name=by.name,
            at=clock.now(),
        )
    )
    session().flush()  # the next number is read from the rows
    history.record("plan", plan.id, act.value, f"{step_name}：{act.label}。{comment}", by=by)
