"""Storing what a reduction or an adjustment takes from approved lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from accounts.people.rules import Person
from budget.plans import rules as plan_rules
from budget.plans import store as plans
from budget.plans.editing import check_editable
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import Conflict, PlanState
from budget.reductions import rules, store
from budget.reductions.rules import Reducible, Taking
from core import clock, history
from core.db import transaction
from core.errors import Refused


def save_minus(plan_id: UUID, takings: Sequence[Taking], reason: str, seen: int, *, by: Person) -> int:
    """Store the minus lines and the plan's reason as typed; gives the new version. A draft may ask for too much.

    `seen` is the version that the page was made from. Raises `Conflict` with the differences when somebody saved
    something else meanwhile, `Refused` when the plan or a line may not be edited.
    """
    with transaction() as work:
        plan = plans.locked(plan_id, by.writing())
        check_editable(plan)
        if plan.kind not in plan_rules.WITH_MINUS:
            raise Refused(f"{plan.kind.label}没有调减的行；请另建调减计划或调整计划。")
        sources = {one.line_id: one for one in store.of_unit(plan.unit_id, plan.fiscal_year, plan.id)}
        kept = {line.source_line_id: line for line in plan_rules.minus_lines(plan.lines) if line.source_line_id}
        stored = [rules.taking_of(line, sources.get(key)) for key, line in kept.items()]
        if plan.version != seen and (set(stored), plan.reason) != (set(takings), reason.strip()):
            told = rules.differences(stored, takings, (plan.reason, reason.strip()), sources)
            raise Conflict(told, plan.version, plans.last_saver(plan))
        rules.check_takings(takings, sources)
        if plan.state is PlanState.RETURNED:
            rules.check_only_returned(zip(kept.values(), stored, strict=True), takings)
        _store(work, plan, kept, [(taking, sources[taking.source_line_id]) for taking in takings])
        plan.reason, plan.version, plan.updated_at = reason.strip(), plan.version + 1, clock.now()
        plans.note_editor(plan.id, by.id)
        history.record("plan", plan.id, "save", f"保存调减（{len(takings)} 行）", by=by)
        return plan.version


def _store(
    work: Session, plan: Plan, kept: Mapping[int, PlanLine], takings: Sequence[tuple[Taking, Reducible]]
) -> None:
    """Known lines keep their ids; the plus lines stay in front of them."""
    left = dict(kept)
    before = len(plan_rules.plus_lines(plan.lines))
    for position, (taking, source) in enumerate(takings, before + 1):
        line = left.pop(source.line_id, None)
        if line is None:
            line = PlanLine(plan_id=plan.id, source_line_id=source.line_id)
            work.add(line)
        elif line.applied != -taking.amount:
            line.suggested = line.approved = None
        line.position, line.applied, line.purpose = position, -taking.amount, taking.purpose or source.purpose
        line.allotment_id, line.month, line.payee = source.allotment_id, source.month, source.payee
    for line in left.values():
        if plan.revision:  # what was ever submitted stays for the auditor
            line.removed_in = plan.revision
        else:
            work.delete(line)
    work.flush()  # whoever asks for the plan's lines from here on reads them anew
    work.expire(plan, ["lines"])
