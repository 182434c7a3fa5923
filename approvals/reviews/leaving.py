"""移出本次: lines that a desk set aside leave the plan, so that the rest goes on, into the unit's next draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import uuid4

from sqlalchemy import select

from accounts.people.rules import Person
from approvals.reviews import holds, steps
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.rules import PlanState
from core import clock, history
from core.db import session
from vouchers.papers.copying import draw_again

_DECEMBER = 12


def move_out(plan: Plan, line_ids: Collection[int], *, by: Person) -> None:
    """The lines' money is free, they are no longer in the plan, and stand with their vouchers in the next draft.

    Inside the caller's transaction, after the decision and with the desk closed: the database asks for both.
    """
    leaving = [line for line in plan.lines if line.id in line_ids]
    draft = _next_draft(plan)  # before the allotments: plans are locked first, everywhere
    holds.release_lines(plan, leaving, "移出本次", by=by)
    for line in leaving:
        line.removed_in = plan.revision
    session().flush()
    session().expire(plan, ["lines"])
    _copy(leaving, draft)
    places = "、".join(str(line.position) for line in leaving)
    said = f"{plan.number} 第 {places} 行移出本次，转入 {draft.number}"
    history.record("plan", draft.id, "move", said, by=by)
    told = f"第 {places} 行移出本次，已转入{draft.title}草稿，请补充后再报"
    steps.tell_makers(plan, f"{plan.title}（{plan.number}）：{told}")


def _next_draft(plan: Plan) -> Plan:
    """The unit's draft of the same kind for the nearest later month, locked; a new one where there is none."""
    query = (
        select(Plan.id)
        .where(Plan.unit_id == plan.unit_id, Plan.fiscal_year == plan.fiscal_year, Plan.kind == plan.kind)
        .where(Plan.state == PlanState.DRAFT, Plan.revision == 0, Plan.entered == plan.entered)
        .where(Plan.month > min(plan.month, _DECEMBER - 1))
        .order_by(Plan.month, Plan.created_at)
        .limit(1)
    )
    found = session().scalar(query)
    draft = plans.locked(found) if found else None
    # Whoever hands it in meanwhile was first.
    return draft if draft is not None and draft.state is PlanState.DRAFT else _new_draft(plan)


def _new_draft(plan: Plan) -> Plan:
    month, now = min(plan.month + 1, _DECEMBER), clock.now()
    draft = Plan(
        id=uuid4(), division_code=plan.division_code, fiscal_year=plan.fiscal_year, month=month, unit_id=plan.unit_id,
        number=plans.take_number(plan.division_code, plan.fiscal_year, month, plan.kind), kind=plan.kind,
        author_id=plan.author_id, created_at=now, updated_at=now, entered=plan.entered, reason=plan.reason, version=0,
    )  # fmt: skip
    work = session()
    work.add(draft)
    work.flush()  # the editor's row points to the draft
    work.add(PlanEditor(plan_id=draft.id, person_id=plan.author_id))
    return draft


def _copy(leaving: Sequence[PlanLine], draft: Plan) -> None:
    """The lines behind those that the draft has, without a date of the old month, and their vouchers with them."""
    work, last = session(), len(plan_rules.plus_lines(draft.lines))
    copies: dict[int, PlanLine] = {}
    for place, line in enumerate(leaving, last + 1):
        copies[line.id] = PlanLine(
            plan_id=draft.id, position=place, allotment_id=line.allotment_id, applied=line.applied,
            purpose=line.purpose, payee=line.payee, note=line.note, month=max(line.month, draft.month),
        )  # fmt: skip
        work.add(copies[line.id])
    work.flush()
    draw_again(_ids(copies))
    draft.version, draft.updated_at = draft.version + 1, clock.now()
    work.expire(draft, ["lines"])


def _ids(copies: Mapping[int, PlanLine]) -> dict[int, int]:
    return {old: new.id for old, new in copies.items()}

