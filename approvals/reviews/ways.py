"""Reading what a plan's way through its chain depends on: line digests, opinions that stand, facts for conditions."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select

from accounts.people.models import Account
from approvals.chains.conditions import ROLLING_DAYS, LineFacts
from approvals.chains.models import ChainStep
from approvals.chains.rules import AfterReturn
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.retractions import stands
from approvals.reviews.route import Stands, Way, WayLine
from approvals.reviews.rules import GOING_ON, TaskState, amount_now
from approvals.reviews.store import GUARANTEED
from budget.allotments.rules import SpendingKind, is_direct, spending_kind
from budget.allotments.store import on_a_desk
from budget.plans.models import Plan, PlanLine, RevisionLine
from budget.plans.rules import HOLDING, PlanKind, PlanState
from core import clock, recall
from core.db import session
from core.money import ZERO, Money

Key = tuple[int | None, str]

# Until it is known what a line stands at.
_UNKNOWN: Final = LineFacts(PlanKind.MONTHLY, SpendingKind.BASIC, ZERO, ZERO, ZERO, "")

_DIGESTS: Final = select(RevisionLine.plan_line_id, RevisionLine.digest).where(
    RevisionLine.plan_id == bindparam("plan_id"), RevisionLine.revision == bindparam("revision")
)


@recall.once
def digests_of(plan_id: UUID, revision: int) -> dict[int, str]:
    """The digest of each line as submitted in this revision."""
    return dict(session().execute(_DIGESTS, {"plan_id": plan_id, "revision": revision}).all())


def positions_of(plan_id: UUID, revision: int) -> dict[int, int]:
    """Where each line stood in this revision, by line id."""
    query = select(RevisionLine.plan_line_id, RevisionLine.position)
    query = query.where(RevisionLine.plan_id == plan_id, RevisionLine.revision == revision)
    return dict(session().execute(query).all())


def way_of(
    plan: Plan,
    steps: Sequence[ChainStep],
    after_return: AfterReturn,
    digests: Mapping[int, str],
    known: Mapping[int, Known] | None = None,
    *,
    spoken: bool = True,
) -> Way:
    """The plan's way, its lines having these digests. Nothing is asked that the chain does not depend on.

    `known` are the allotments where they have been read already; not `spoken` means that no opinion can stand.
    """
    ids = {line.allotment_id for line in plan.lines if line.allotment_id}
    known = on_a_desk(ids) if known is None else known
    way = Way(steps, [_line(line, digests, known) for line in plan.lines], after_return=after_return)
    if plan.revision and spoken:
        back = returned_by(plan) if after_return is AfterReturn.FROM_RETURN else 0
        way = replace(way, standing=standing(plan.id), returned_by=back)
    facts = facts_of(plan, known, _amounts(plan, way), rolling=any(step.asks.rolling_from for step in steps))
    return replace(way, lines=[replace(line, facts=facts[line.id]) for line in way.lines])


def _line(line: PlanLine, digests: Mapping[int, str], known: Mapping[int, Known]) -> WayLine:
    allotment = known.get(line.allotment_id or 0)
    office_id = allotment.office_id if allotment else 0
    return WayLine(line.id, line.position, digests.get(line.id, ""), _UNKNOWN, _money(line), office_id)


def _amounts(plan: Plan, way: Way) -> dict[int, Money]:
    """What each line stands at: what is on the table; before submission, what is asked for or was left of it by words
    that stand. What was cut before the line was changed counts no more.
    """
    if plan.state in HOLDING:
        return {line.id: _amount(line) for line in plan.lines}
    told = {line: list(amounts.values())[-1] for line, amounts in way.amounts().items()}
    return {line.id: told.get(line.id, line.applied or ZERO) for line in plan.lines}


def _money(line: PlanLine) -> tuple[int, int]:
    return line.allotment_id or 0, line.applied.fen if line.applied else 0


_STANDING: Final = (
    select(
        ReviewTask.step_no, ReviewTask.id.label("task_id"), ReviewTask.needed, Opinion.plan_line_id, Opinion.verdict,
        Opinion.amount, Opinion.line_digest, Opinion.at, Account.name, RevisionLine.allotment_id, RevisionLine.applied,
    )
    .join(ReviewTask, Opinion.task_id == ReviewTask.id)
    .join(Account, Opinion.person_id == Account.id)
    .join(
        RevisionLine,
        and_(
            RevisionLine.plan_id == ReviewTask.plan_id,
            RevisionLine.revision == ReviewTask.revision,
            RevisionLine.plan_line_id == Opinion.plan_line_id,
        ),
    )
    .where(ReviewTask.plan_id == bindparam("plan_id"), ReviewTask.state == TaskState.DONE, stands())
    .order_by(Opinion.id)
)  # fmt: skip


def standing(plan_id: UUID) -> Mapping[int, Mapping[int, Stands]]:
    """By step and line, what was last said by desks that are done.

    A line that anybody at a desk returned or set aside stands nowhere, whatever the others there said of it; nor does
    one of which fewer spoke than must, because another line came back before they could.
    """
    found: dict[int, dict[int, Stands]] = defaultdict(dict)
    stopped: set[tuple[UUID, int]] = set()
    spoken: Counter[tuple[UUID, int]] = Counter()
    for row in session().execute(_STANDING, {"plan_id": plan_id}):
        here = (row.task_id, row.plan_line_id)
        spoken[here] += 1
        if row.verdict not in GOING_ON:
            stopped.add(here)
        if here not in stopped and spoken[here] >= row.needed:
            found[row.step_no][row.plan_line_id] = Stands(
                row.line_digest, row.amount, (row.allotment_id, row.applied.fen), row.name,
                f"{clock.local(row.at):%m-%d}",
            )  # fmt: skip
        else:
            found[row.step_no].pop(row.plan_line_id, None)
    return found


def returned_by(plan: Plan) -> int:
    """The step at which the plan was last returned in an earlier revision; 0 when it never was."""
    query = select(func.max(ReviewTask.step_no)).where(
        ReviewTask.plan_id == plan.id, ReviewTask.state == TaskState.DONE,
        ReviewTask.revision == select(func.max(ReviewTask.revision)).where(
            ReviewTask.plan_id == plan.id, ReviewTask.state == TaskState.DONE,
            ReviewTask.revision < plan.revision if plan.state in HOLDING else ReviewTask.revision <= plan.revision,
        ).scalar_subquery(),
    )  # fmt: skip
    return session().scalar(query) or 0


class Known(Protocol):
    """An allotment as the way needs it."""

    @property
    def office_id(self) -> int: ...
    @property
    def pro_cat_code(self) -> str: ...
    @property
    def fund_type_code(self) -> str: ...
    @property
    def three_guarantee_code(self) -> str: ...
    @property
    def is_gov_pur(self) -> bool: ...
    @property
    def pro_name(self) -> str: ...
    @property
    def doc_title(self) -> str: ...
    @property
    def extra(self) -> str: ...


def facts_of(
    plan: Plan, known: Mapping[int, Known], amounts: Mapping[int, Money], *, rolling: bool
) -> dict[int, LineFacts]:
    """What conditions may ask of each line, by line id, at these amounts; sums over other plans only when `rolling`."""
    sums = _rolling(plan, {line.allotment_id for line in plan.lines if line.allotment_id}) if rolling else {}
    for line in plan.lines:
        key = (line.allotment_id, line.payee)
        sums[key] = sums.get(key, ZERO) + amounts[line.id]
    total = Money.total(amounts.values())
    return {
        line.id: _facts(plan, known.get(line.allotment_id or 0), amounts[line.id], total,
                        sums[line.allotment_id, line.payee])
        for line in plan.lines
    }  # fmt: skip


def _amount(line: PlanLine) -> Money:
    return amount_now(line) if line.applied is not None else ZERO


def _facts(plan: Plan, allotment: Known | None, amount: Money, total: Money, rolling: Money) -> LineFacts:
    return LineFacts(
        kind=plan.kind,
        spending=spending_kind(allotment.pro_cat_code if allotment else ""),
        amount=amount,
        plan_amount=total,
        rolling=rolling,
        fund_type=allotment.fund_type_code if allotment else "",
        guaranteed=bool(allotment and allotment.three_guarantee_code.startswith(GUARANTEED)),
        purchase=bool(allotment and allotment.is_gov_pur),
        direct=bool(allotment and is_direct(allotment.pro_name, allotment.doc_title, json.loads(allotment.extra))),
        entered=plan.entered,
    )


def _rolling(plan: Plan, allotment_ids: Iterable[int]) -> dict[Key, Money]:
    """What the unit's other live plans of the last days ask of these allotments, by allotment and payee."""
    since = clock.now() - timedelta(days=ROLLING_DAYS)
    asked = func.sum(func.coalesce(PlanLine.approved, PlanLine.suggested, PlanLine.applied))
    query = (
        select(PlanLine.allotment_id, PlanLine.payee, asked)
        .join(Plan, PlanLine.plan_id == Plan.id)
        .where(Plan.unit_id == plan.unit_id, Plan.id != plan.id, Plan.submitted_at >= since)
        .where(Plan.state.in_((*HOLDING, PlanState.APPROVED)), PlanLine.removed_in.is_(None))
        .where(PlanLine.allotment_id.in_(set(allotment_ids)))
        .group_by(PlanLine.allotment_id, PlanLine.payee)
    )
    return {(allotment_id, payee): amount or ZERO for allotment_id, payee, amount in session().execute(query)}
