"""What a clerk does with a plan before it is submitted: start, save, copy last month, drop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.rules import Person, Role
from accounts.units.store import get_unit
from budget.allotments.store import by_id, standing_of
from budget.plans import rules, store
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.rules import LineDraft, PlanDraft, PlanState
from core import clock, history
from core.db import transaction
from core.errors import Missing, Refused


def start_plan(unit_id: int, fiscal_year: int, month: int, *, form_key: str, by: Person) -> UUID:
    """A new empty draft for one of the clerk's units; the same form sent twice gives the same plan."""
    _check_clerk(unit_id, by)
    with transaction() as work:
        made = store.find_by_form_key(form_key)
        if made is not None:
            return made.id
        unit = get_unit(unit_id)
        if not unit.is_leaf or not unit.enabled:
            raise Refused("请选择启用的末级单位；部门汇总单位不能填报。")
        number = store.next_number(unit.division_code, fiscal_year, f"plan-{month:02d}")
        now = clock.now()
        plan = Plan(
            division_code=unit.division_code, fiscal_year=fiscal_year, month=month, unit_id=unit_id,
            number=f"YK-{fiscal_year}{month:02d}-{number:04d}", form_key=form_key, author_id=by.id,
            created_at=now, updated_at=now,
        )  # fmt: skip
        work.add(plan)
        work.flush()  # the editor's row points to the plan
        work.add(PlanEditor(plan_id=plan.id, person_id=by.id))
        history.record("plan", plan.id, "start", f"新建{plan.title}", by=by)
        return plan.id


def _check_clerk(unit_id: int, by: Person) -> None:
    if unit_id not in by.unit_ids(Role.UNIT_CLERK):
        raise Missing()


def save_plan(plan_id: UUID, draft: PlanDraft, seen: int, *, by: Person, quietly: bool = False) -> int:
    """Store what the clerk typed and give the new version. A draft may be incomplete, but never another unit's.

    `seen` is the version that the page was made from. `quietly` is for the page that saves by itself: no row of
    history, and nothing at all when nothing changed. Raises `Conflict` with the differences when somebody saved
    something else meanwhile, `Refused` when the plan or a line may not be edited.
    """
    with transaction() as work:
        plan = store.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        rules.check_editable(plan.state)
        stored = PlanDraft(tuple(map(rules.draft_of, plan.lines)), plan.contact_phone, plan.remark)
        same = rules.same_plan(stored, draft)
        if same and quietly:
            return plan.version
        if plan.version != seen and not same:
            raise rules.Conflict(rules.differences(stored, draft, _labels(stored, draft)), plan.version)
        _check_lines(plan, draft.lines)
        _store_lines(work, plan, (stored if same else draft).lines)
        plan.contact_phone, plan.remark = draft.contact_phone, draft.remark
        _touch(plan, len(draft.lines), by, quietly=quietly)
        return plan.version


def _labels(*drafts: PlanDraft) -> dict[int, str]:
    found = by_id(line.allotment_id for draft in drafts for line in draft.lines if line.allotment_id is not None)
    return {key: allotment.label for key, allotment in found.items()}


def _check_lines(plan: Plan, lines: Sequence[LineDraft]) -> None:
    if len(lines) > rules.MOST_LINES:
        raise Refused(f"一份计划最多 {rules.MOST_LINES} 行，请分成几份填报。")
    if plan.state is PlanState.RETURNED:
        rules.check_only_returned(plan.lines, lines)
    found = standing_of(plan.unit_id, plan.fiscal_year)
    for position, line in enumerate(lines, 1):
        if line.allotment_id is not None:
            rules.check_usable(position, found.get(line.allotment_id), plan.unit_id, plan.fiscal_year)


def _store_lines(work: Session, plan: Plan, drafts: Sequence[LineDraft]) -> None:
    """Keep the ids of known lines (papers hang on them), add new ones, drop those that are gone."""
    known = {line.id: line for line in plan.lines}
    for position, draft in enumerate(drafts, 1):
        line = known.pop(draft.line_id, None) if draft.line_id is not None else None
        if line is None:
            line = PlanLine(plan_id=plan.id)
            work.add(line)
        _fill(line, position, draft)
    for line in known.values():
        _drop(work, plan, line)
    work.flush()  # whoever asks for the plan's lines from here on reads them anew
    work.expire(plan, ["lines"])


def _fill(line: PlanLine, position: int, draft: LineDraft) -> None:
    line.position = position
    line.allotment_id, line.applied, line.purpose = draft.allotment_id, draft.applied, draft.purpose
    line.pay_date, line.payee, line.note = draft.pay_date, draft.payee, draft.note


def _drop(work: Session, plan: Plan, line: PlanLine) -> None:
    """A line that was ever submitted stays for the auditor; one that was not goes, with its papers' links."""
    if plan.revision:
        line.removed_in = plan.revision
    else:
        work.delete(line)


def _touch(plan: Plan, lines: int, by: Person, *, quietly: bool = False) -> None:
    plan.version += 1
    plan.updated_at = clock.now()
    store.note_editor(plan.id, by.id)
    if not quietly:
        history.record("plan", plan.id, "save", f"保存（{lines} 行）", by=by)


def copy_last_month(plan_id: UUID, *, by: Person) -> int:
    """Add the lines of the unit's previous plan, without pay dates; gives how many. Raises `Refused` if none."""
    with transaction() as work:
        plan = store.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        rules.check_editable(plan.state)
        previous = store.previous_plan(plan)
        if plan.revision or previous is None:
            raise Refused("没有可复制的上月计划；本年度以前月份还没有送审过计划。")
        copied = [
            replace(rules.draft_of(line), line_id=None, pay_date=None)
            for line in previous.lines
            if line.allotment and line.allotment.executable and not line.allotment.deleted
        ]
        lines = [*map(rules.draft_of, plan.lines), *copied]
        _store_lines(work, plan, lines)
        _touch(plan, len(lines), by)
        return len(copied)


def drop_draft(plan_id: UUID, *, by: Person) -> None:
    """Delete a draft that was never submitted; what was submitted once can only be withdrawn or voided."""
    with transaction() as work:
        plan = store.locked(plan_id, by.unit_ids(Role.UNIT_CLERK))
        if plan.revision:
            raise Refused("送审过的计划须保留备查，不能删除。")
        work.execute(delete(PlanLine).where(PlanLine.plan_id == plan.id))
        work.execute(delete(PlanEditor).where(PlanEditor.plan_id == plan.id))
        history.record("plan", plan.id, "drop", f"删除草稿 {plan.number}", by=by)
        work.delete(plan)
