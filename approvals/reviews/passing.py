"""What follows when a desk has spoken: another desk is waited for, the next step opens, back, or approved.

Everything here is inside the caller's transaction. The decision is written first, for the database refuses a change of
state and a posting that no decision stands behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.people.rules import Person
from approvals.chains.models import ChainStep
from approvals.chains.rules import AmountField, StepMode
from approvals.reviews import approving, cards, deciding, holds, rules, seen, steps, store
from approvals.reviews.leaving import move_out
from approvals.reviews.places import Desk
from approvals.reviews.route import Stop, Way
from approvals.reviews.rules import Act, LineOpinion, TaskState, Verdict
from approvals.reviews.separation import Hands
from approvals.reviews.taking import Taken
from approvals.reviews.traces import Said, Trace, leave
from approvals.reviews.ways import way_of
from budget.allotments import store as allotments
from budget.plans import rules as plan_rules
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from core import clock
from core.db import session
from core.money import Money


def pass_on(taken: Taken, opinions: Sequence[LineOpinion], comment: str, by: Person) -> Act:
    """Write the desk's opinions and what follows from them. Raises `Refused`; nothing has changed then."""
    rules.check_comment(comment)
    rules.check_uncut(taken.plan.kind, taken.lines, opinions)
    rules.check_opinions(taken.lines, opinions, taken.step)
    going_on = {opinion.line_id for opinion in opinions if opinion.verdict in rules.GOING_ON}
    frozen = allotments.frozen_among(taken.purses.values())
    plan_rules.check_not_frozen([line for line in taken.lines if line.id in going_on], frozen)
    said = "；".join(part for part in (comment.strip(), rules.remarks_said(taken.lines, opinions)) if part)
    view = seen.of(taken)
    _write_opinions(taken, opinions, by)
    outcome = _outcome(taken, opinions)
    _close(taken, outcome, by)
    taken.task.cut |= any(opinion.verdict is Verdict.CUT for opinion in opinions)
    _leave(taken, outcome, opinions, said, view, by)
    _follow(taken, outcome, by)
    return Act.RETURN if outcome.returned else outcome.act


@dataclass(frozen=True)
class Outcome:
    """What a desk's act is to the whole plan.

    `returned` goes back to the clerk, `aside` leaves the plan; both stay empty while another desk is waited for.
    """

    act: Act
    closes: bool
    returned: frozenset[int] = frozenset()
    aside: frozenset[int] = frozenset()
    onward: Onward | None = None


@dataclass(frozen=True)
class Onward:
    """The step that opens now, its desks, and the steps passed over on the way."""

    chain: Sequence[ChainStep]
    way: Way
    passed: Sequence[Stop]
    stop: Stop
    desks: Sequence[Desk]
    turns: Mapping[int, int]

    @property
    def facts(self) -> Mapping[str, object]:
        """What the decision tells of it: the step, and of each desk how many must act on which lines."""
        places = {line.id: line.position for line in self.way.lines}
        desks = [[desk.needed, sorted(places[one] for one in desk.lines)] for desk in self.desks]
        return {"opens": [self.stop.number, desks]}


def _write_opinions(taken: Taken, opinions: Sequence[LineOpinion], by: Person) -> None:
    given = {opinion.line_id: opinion for opinion in opinions}
    said = [(given[line.id], rules.amount_after(line, given[line.id])) for line in taken.lines]
    deciding.note_opinions(taken.task, said, taken.digests, by)
    sets = taken.step.amount_field
    for line, (opinion, amount) in zip(taken.lines, said, strict=True):
        if sets is not AmountField.NONE and opinion.verdict in rules.GOING_ON:
            setattr(line, sets.value, amount)


def _outcome(taken: Taken, opinions: Sequence[LineOpinion]) -> Outcome:
    """One line returned closes the desk at once; else all who must have spoken."""
    own, aside = (
        frozenset(opinion.line_id for opinion in opinions if opinion.verdict is verdict)
        for verdict in (Verdict.RETURN, Verdict.ASIDE)
    )
    act = rules.act_of(opinions)
    if not own and not taken.last_here:
        return Outcome(act, closes=False)
    if taken.others.waiting:
        return Outcome(act, closes=True)
    aside = (aside | taken.others.aside | taken.colleagues.aside) & {line.id for line in taken.plan.lines}
    if returned := own | taken.others.returned:
        return Outcome(act, closes=True, returned=returned | aside)
    rules.check_something_stays([line.id for line in taken.plan.lines], aside)
    onward = next_stop(taken, aside)
    return Outcome(act if onward else Act.APPROVE, closes=True, aside=aside, onward=onward)


def next_stop(taken: Taken, without: frozenset[int] = frozenset()) -> Onward | None:
    """The step that opens when the present one is over, some lines having left; None when the plan is through."""
    plan, chain, number = taken.plan, taken.chain, taken.step.number
    turns = store.turns_of(plan.id, plan.revision)
    spoken = plan.revision > 1 or max(turns) > number  # else nobody has been at a later step
    way = way_of(plan, chain.steps, chain.after_return, taken.digests, taken.purses, spoken=spoken)
    way = replace(way, lines=[line for line in way.lines if line.id not in without])
    return onward_from(plan, chain.steps, way, number, taken.hands, turns)


def onward_from(
    plan: Plan, chain: Sequence[ChainStep], way: Way, number: int, hands: Hands, turns: Mapping[int, int] | None = None
) -> Onward | None:
    """The step after this number that opens for the plan; None when it is through.

    `turns` says how often each step was opened in this round; in a new one none was.
    """
    passed, stop = way.onward(number)
    if stop is None:
        return None
    return Onward(chain, way, passed, stop, steps.desks_at(plan, chain, way, stop, hands), turns or {})


def open_onward(plan: Plan, onward: Onward) -> None:
    """Leave a row for each step passed over and open the next."""
    steps.note_passed(plan, onward.chain, onward.passed, onward.turns)
    steps.open_stop(plan, onward.way, onward.stop, onward.desks, onward.turns.get(onward.stop.number, 0) + 1)


def _close(taken: Taken, outcome: Outcome, by: Person) -> None:
    """The desk closes, or waits for the others who must speak at it."""
    task = taken.task
    if outcome.closes:
        task.state, task.closed_at, task.closed_by = TaskState.DONE, clock.now(), by.id
        return
    voice = {by.id, deciding.behalf_of(by, task)[0] or by.id}
    task.not_for = cards.words_of(cards.ids_in(task.not_for) | voice)
    if task.mode is StepMode.IN_ORDER:
        task.handed_to = steps.next_at(task, taken.colleagues.ids | voice, taken.hands)
        steps.tell_next(taken.plan, task)


def _leave(
    taken: Taken, outcome: Outcome, opinions: Sequence[LineOpinion], comment: str, view: seen.View, by: Person
) -> None:
    said = _approved_said(taken, outcome, comment) if outcome.act is Act.APPROVE else comment or outcome.act.label
    facts = {**view.facts, **(outcome.onward.facts if outcome.onward else {}), **_approved_facts(taken, outcome)}
    trace = Trace(
        outcome.act, taken.plan.revision, taken.digest, said, taken.task.step_name, _spoken(taken, opinions), facts,
        deciding.behalf_of(by, taken.task),
    )  # fmt: skip
    view.keep(taken.plan, leave(taken.plan, trace, by=by))


def _follow(taken: Taken, outcome: Outcome, by: Person) -> None:
    """The last agreement is the approval."""
    taken.plan.version, taken.plan.updated_at = taken.plan.version + 1, clock.now()
    if outcome.returned:
        _give_back(taken.plan, outcome.returned, by)
    if outcome.aside and not outcome.returned:
        session().flush()  # the desk is closed before its lines leave
        move_out(taken.plan, outcome.aside, by=by)
    if outcome.act is Act.APPROVE:
        _approve(taken.plan, deciding.signature(by, taken.task), by)
    if outcome.onward:
        open_onward(taken.plan, outcome.onward)


def _give_back(plan: Plan, returned: frozenset[int], by: Person) -> None:
    """Only the returned lines are open to the clerk; the money of all lines is free until the next submission."""
    holds.release(plan, "退回", by=by)
    for line in plan.lines:
        line.returned = line.id in returned
    plan.state, plan.step_no = PlanState.RETURNED, 0
    places = "、".join(str(line.position) for line in plan.lines if line.returned)
    steps.tell_makers(plan, f"{plan.title}（{plan.number}）被退回：第 {places} 行请修改后再送审")


def _spoken(taken: Taken, opinions: Sequence[LineOpinion]) -> list[Said]:
    """The desk's opinions as the decision keeps them, in the order of the lines."""
    given = {opinion.line_id: opinion for opinion in opinions}
    return [
        (line.position, one.verdict.value, rules.amount_after(line, one).fen, one.reason.strip())
        for line in taken.lines
        if (one := given[line.id])
    ]


def _approved_facts(taken: Taken, outcome: Outcome) -> dict[str, object]:
    """What an approval approves, line by line: words that were said in earlier rounds and still stand included."""
    if outcome.act is not Act.APPROVE:
        return {}
    staying = [line for line in taken.plan.lines if line.id not in outcome.aside]
    return {"approved": [[line.position, rules.amount_now(line).fen] for line in staying]}


def _approved_said(taken: Taken, outcome: Outcome, comment: str) -> str:
    staying = [line for line in taken.plan.lines if line.id not in outcome.aside]
    given, lost = (_sum(side(staying)) for side in (plan_rules.plus_lines, plan_rules.minus_lines))
    parts = [f"批复 {given} 元"] if given or not lost else []
    parts += [f"调减 {-lost} 元"] if lost else []
    return "；".join([*parts, *([comment] if comment else [])])


def _sum(lines: Sequence[PlanLine]) -> Money:
    return Money.total(rules.amount_now(line) for line in lines)


def _approve(plan: Plan, signed: str, by: Person) -> None:
    """Amounts, money and ledger first; then the state, which closes them."""
    for line in plan.lines:
        line.approved = rules.amount_now(line)
    session().flush()  # the ledger copies the approved amounts
    approving.settle(plan, signed, by=by)
    plan.state, plan.approved_at = PlanState.APPROVED, clock.now()
    total = Money.total(line.approved or Money(0) for line in plan.lines)
    steps.tell_makers(plan, f"{plan.title}（{plan.number}）已批复 {total} 元")
