"""What a clerk does with a plan before it is submitted: start, save, copy last month, spread over months, drop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.rules import Person
from accounts.units.store import get_unit
from budget.allotments.store import by_id, standing_of
from budget.calendar.store import check_year_open
from budget.plans import rules, store
from budget.plans.editing import check_editable
from budget.plans.models import Plan, PlanEditor, PlanLine
from budget.plans.months import Spread, spread
from budget.plans.rules import LineDraft, PlanDraft, PlanKind, PlanState
from core import clock, history
from core.db import transaction
from core.errors import Missing, Refused
from core.waiting import retried


def start_plan(
    unit_id: int,
    fiscal_year: int,
    month: int,
    kind: PlanKind = PlanKind.MONTHLY,
    reason: str = "",
    *,
    form_key: str,
    by: Person,
) -> UUID:
    """A new empty draft for one of the clerk's units, or entered by finance for any (代编).

    The same form sent twice gives the same plan. Every kind but the monthly one gives its `reason`. Raises `Refused`,
    and `Missing` for a unit that is not the person's.
    """
    entered = _entered(unit_id, kind, by)
    rules.check_kind(kind, reason)
    with transaction() as work:
        made = store.find_by_form_key(form_key)
        if made is not None:
            return made.id
        unit = get_unit(unit_id)
        if not unit.is_leaf or not unit.enabled:
            raise Refused("请选择启用的末级单位；部门汇总单位不能填报。")
        check_year_open(unit.division_code, fiscal_year)
        now = clock.now()
        plan = Plan(
            division_code=unit.division_code, fiscal_year=fiscal_year, month=month, unit_id=unit_id,
            number=store.take_number(unit.division_code, fiscal_year, month, kind), kind=kind, form_key=form_key,
            author_id=by.id, created_at=now, updated_at=now, entered=entered,
            reason="" if kind is PlanKind.MONTHLY else reason.strip(),
        )  # fmt: skip
        work.add(plan)
        work.flush()  # the editor's row points to the plan
        work.add(PlanEditor(plan_id=plan.id, person_id=by.id))
        history.record("plan", plan.id, "start", f"新建{plan.title}", by=by)
        return plan.id


def _entered(unit_id: int, kind: PlanKind, by: Person) -> bool:
    """Whether finance enters the plan; a unit files its own kinds only, finance enters 代编 and 调减."""
    writing = by.writing()
    if unit_id in writing.unit_ids and kind in rules.FILED_BY_UNITS:
        return False
    if not writing.enters:
        raise Missing()
    if kind not in rules.ENTERED_BY_FINANCE:
        raise Refused(f"{kind.label}由单位填报；财政代编请选择代编计划或调减计划。")
    return True


@retried
def save_plan(plan_id: UUID, draft: PlanDraft, seen: int, *, by: Person, quietly: bool = False) -> int:
    """Store what the clerk typed and give the new version. A draft may be incomplete, but never another unit's.

    `seen` is the version that the page was made from. `quietly` is for the page that saves by itself: a row of
    history only when somebody else was the last, and nothing at all when nothing changed. Raises `Conflict` with the
    differences when somebody saved something else meanwhile, `Refused` when the plan or a line may not be edited.
    """
    with transaction() as work:
        plan = store.locked(plan_id, by.writing())
        check_editable(plan)
        draft = rules.with_months(draft, plan.month)
        stored = rules.plus_side(plan)
        same = rules.same_plan(stored, draft)
        if same and quietly:
            return plan.version
        if plan.version != seen and not same:
            told = rules.differences(stored, draft, _labels(stored, draft))
            raise rules.Conflict(told, plan.version, store.last_saver(plan))
        _check_lines(plan, draft.lines)
        _store_lines(work, plan, (stored if same else draft).lines)
        plan.contact_phone, plan.remark, plan.reason = draft.contact_phone, draft.remark, draft.reason
        _touch(plan, len(draft.lines), by, quietly=quietly)
        return plan.version


def _labels(*drafts: PlanDraft) -> dict[int, str]:
    found = by_id(line.allotment_id for draft in drafts for line in draft.lines if line.allotment_id is not None)
    return {key: allotment.label for key, allotment in found.items()}


def _check_lines(plan: Plan, lines: Sequence[LineDraft]) -> None:
    if len(lines) > rules.MOST_LINES:
        raise Refused(f"一份计划最多 {rules.MOST_LINES} 行，请分成几份填报。")
    if lines and plan.kind not in rules.WITH_PLUS:
        raise Refused("调减计划只有调减的行，不能增加用款；请在调减页面填写。")
    if plan.state is PlanState.RETURNED:
        rules.check_only_returned(rules.plus_lines(plan.lines), lines)
    found = standing_of(plan.unit_id, plan.fiscal_year)
    for position, line in enumerate(lines, 1):
        if line.allotment_id is not None:
            rules.check_usable(position, found.get(line.allotment_id), plan.unit_id, plan.fiscal_year)


def _store_lines(work: Session, plan: Plan, drafts: Sequence[LineDraft]) -> None:
    """Keep the ids of known plus lines (papers hang on them), add new ones, drop those that are gone.

    Minus lines stay as they are, behind them.
    """
    known = {line.id: line for line in rules.plus_lines(plan.lines)}
    minus = rules.minus_lines(plan.lines)
    for position, draft in enumerate(drafts, 1):
        line = known.pop(draft.line_id, None) if draft.line_id is not None else None
        if line is None:
            line = PlanLine(plan_id=plan.id)
            work.add(line)
        _fill(line, position, draft, plan.month)
    for position, line in enumerate(minus, len(drafts) + 1):
        line.position = position
    for line in known.values():
        _drop(work, plan, line)
    work.flush()  # whoever asks for the plan's lines from here on reads them anew
    work.expire(plan, ["lines"])


def _fill(line: PlanLine, position: int, draft: LineDraft, month: int) -> None:
    """What the desks of an earlier round have said of an amount is gone when the amount or its allotment changes."""
    if (line.allotment_id, line.applied) != (draft.allotment_id, draft.applied):
        line.suggested = line.approved = None
    line.position = position
    line.allotment_id, line.applied, line.purpose = draft.allotment_id, draft.applied, draft.purpose
    line.pay_date, line.payee, line.note = draft.pay_date, draft.payee, draft.note
    line.month = draft.month or month


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
    if not quietly or not store.saved_by(plan.id, by.id):  # so that the history names whoever saved last
        history.record("plan", plan.id, "save", f"{'自动' if quietly else ''}保存（{lines} 行）", by=by)


def copy_last_month(plan_id: UUID, *, by: Person) -> int:
    """Add the lines of the unit's previous plan, without pay dates; gives how many. Raises `Refused` if none."""
    with transaction() as work:
        plan = store.locked(plan_id, by.writing())
        check_editable(plan)
        previous = store.previous_plan(plan)
        if plan.revision or previous is None or plan.kind in rules.WITH_MINUS:
            raise Refused("没有可复制的上月计划；本年度以前月份还没有送审过计划。")
        copied = [
            replace(rules.draft_of(line), line_id=None, pay_date=None, month=plan.month)
            for line in rules.plus_lines(previous.lines)
            if line.month == previous.month  # a quarter's plan is not copied three times over
            if line.allotment and line.allotment.executable and not line.allotment.deleted
        ]
        lines = [*map(rules.draft_of, plan.lines), *copied]
        _store_lines(work, plan, lines)
        _touch(plan, len(lines), by)
        return len(copied)


@retried
def spread_months(plan_id: UUID, through: int, *, by: Person) -> Spread:
    """按月分编: add the lines of basic spending once more for each month up to `through`; tells what was added.

    Raises `Refused` where nothing can be spread, and when the plan would grow too long.
    """
    with transaction() as work:
        plan = store.locked(plan_id, by.writing())
        check_editable(plan)
        if plan.kind in rules.WITH_MINUS:
            raise Refused(f"{plan.kind.label}不能按月分编。")
        own = rules.plus_lines(plan.lines)
        known = by_id(line.allotment_id for line in own if line.allotment_id is not None)
        kinds = [known[line.allotment_id].spending_kind if line.allotment_id in known else None for line in own]
        found = spread(list(zip(own, kinds, strict=True)), plan.state, plan.month, through)
        lines = [*map(rules.draft_of, own), *found.added]
        if len(lines) > rules.MOST_LINES:
            raise Refused(f"分编后共 {len(lines)} 行，一份计划最多 {rules.MOST_LINES} 行，没有分编；请少编几个月。")
        if found.added:
            _store_lines(work, plan, lines)
            _touch(plan, len(lines), by)
        return found


def drop_draft(plan_id: UUID, *, by: Person) -> None:
    """Delete a draft that was never submitted; what was submitted once can only be withdrawn or voided."""
    with transaction() as work:
        plan = store.locked(plan_id, by.writing())
        if plan.revision:
            raise Refused("送审过的计划须保留备查，不能删除。")
        work.execute(delete(PlanLine).where(PlanLine.plan_id == plan.id))
        work.execute(delete(PlanEditor).where(PlanEditor.plan_id == plan.id))
        history.record("plan", plan.id, "drop", f"删除草稿 {plan.number}", by=by)
        work.delete(plan)
