"""Counting opinions by unit, office and reason; each page takes the same few queries however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal_column, or_, select

from accounts.people.models import Account
from accounts.people.rules import Scope
from accounts.units.models import Office, Unit
from approvals.habits.rules import MOST_HINTS, Hint, hint
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.retractions import stands
from approvals.reviews.rules import TaskState, Verdict
from approvals.words.rules import Reason
from approvals.words.store import all_reasons
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanLine
from budget.plans.store import visible
from core import clock
from core.db import session
from core.paging import PER_PAGE, Page

# Written out, so that the databases see the words of the partial index, and that it is one text wherever it stands.
_REMARK: Final = Opinion.verdict != literal_column("'agree'")
# Words of one's own tell reasons without a code apart.
_own_words: Final = case((Opinion.code == literal_column("''"), Opinion.reason), else_=literal_column("''"))
_RETURNED: Final = func.count().filter(Opinion.verdict == Verdict.RETURN)
_CUT: Final = func.count().filter(Opinion.verdict == Verdict.CUT)
COUNTED: Final = (Verdict.RETURN, Verdict.CUT)


@dataclass(frozen=True)
class Wanted:
    """What the statistics are about: since when, which verdict (both by default), and which units by code or name."""

    since: date
    verdict: Verdict | None = None
    search: str = ""


@dataclass(frozen=True)
class Exactly:
    """One row of the statistics: a unit, an office (none for lines without), and a code or words of one's own."""

    unit_id: int
    office_id: int | None
    code: str
    words: str


def known_reasons(division_code: str) -> Mapping[str, Reason]:
    """Every reason code that there ever was."""
    return {reason.code: reason for reason in all_reasons(division_code)}


def _remarks(query: Select[*tuple[Any, ...]], since: date) -> Select[*tuple[Any, ...]]:
    """The opinions that count: not simply agreed to, not taken back, given since that day."""
    query = query.join(ReviewTask, ReviewTask.id == Opinion.task_id).join(PlanLine, PlanLine.id == Opinion.plan_line_id)
    query = query.join(Plan, Plan.id == PlanLine.plan_id)
    return query.where(
        _REMARK, ReviewTask.state != TaskState.REVOKED, stands(),
        Opinion.at >= clock.at(since.year, since.month, since.day),
    )


def _seen(wanted: Wanted, scope: Scope) -> list[ColumnElement[bool]]:
    verdicts = (wanted.verdict,) if wanted.verdict else COUNTED
    conditions = [Opinion.verdict.in_(verdicts), visible(scope)]
    if wanted.search:
        conditions.append(
            or_(
                Unit.name.contains(wanted.search, autoescape=True), Unit.code.startswith(wanted.search, autoescape=True)
            )
        )
    return conditions


def habits_page(wanted: Wanted, scope: Scope, number: int) -> Page[Any]:
    """Units, offices and reasons with how often, the most frequent first."""
    by = (Unit.id, Unit.code, Unit.name, Allotment.office_id, Office.name, Opinion.code, _own_words)
    columns = (
        Unit.id.label("unit_id"), Unit.code.label("unit_code"), Unit.name.label("unit_name"), Allotment.office_id,
        Office.name.label("office_name"), Opinion.code, _own_words.label("words"), _RETURNED.label("returned"),
        _CUT.label("cut"), func.max(Opinion.at).label("newest"),
    )  # fmt: skip
    query = _remarks(select(*columns).select_from(Opinion), wanted.since).join(Unit, Unit.id == Plan.unit_id)
    query = query.outerjoin(Allotment, Allotment.id == PlanLine.allotment_id)
    query = query.outerjoin(Office, Office.id == Allotment.office_id).where(*_seen(wanted, scope)).group_by(*by)
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(func.count().desc(), Unit.code, Opinion.code, _own_words, Allotment.office_id)
    rows = session().execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return Page(list(rows), number, total)


def lines_page(wanted: Wanted, exactly: Exactly, scope: Scope, number: int) -> Page[Any]:
    """The opinions behind one row of the statistics, the newest first."""
    columns = (
        Opinion.at, Opinion.verdict, Opinion.amount, Opinion.reason, ReviewTask.step_name,
        Account.name.label("person_name"), Plan.id.label("plan_id"), Plan.number, Plan.fiscal_year, Plan.month,
        PlanLine.id.label("line_id"), PlanLine.position, PlanLine.purpose, PlanLine.applied,
        Unit.name.label("unit_name"),
    )  # fmt: skip
    query = _remarks(select(*columns).select_from(Opinion), wanted.since).join(Unit, Unit.id == Plan.unit_id)
    query = query.join(Account, Account.id == Opinion.person_id)
    query = query.outerjoin(Allotment, Allotment.id == PlanLine.allotment_id).where(
        *_seen(wanted, scope), Plan.unit_id == exactly.unit_id, Opinion.code == exactly.code,
        Allotment.office_id.is_not_distinct_from(exactly.office_id), _own_words == exactly.words,
    )  # fmt: skip
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Opinion.at.desc(), Opinion.id.desc())
    rows = session().execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return Page(list(rows), number, total)


def hints_for(plan: Plan, since: date) -> Sequence[Hint]:
    """What the unit of this plan was sent back for most often since that day; entered plans are counted apart."""
    times = func.count().label("times")
    query = _remarks(select(Opinion.code, _own_words.label("words"), times).select_from(Opinion), since)
    query = query.where(Opinion.verdict == Verdict.RETURN, Plan.unit_id == plan.unit_id, Plan.entered == plan.entered)
    query = query.group_by(Opinion.code, _own_words).order_by(times.desc(), func.max(Opinion.at).desc())
    rows = session().execute(query.limit(MOST_HINTS)).all()
    known = known_reasons(plan.division_code) if rows else {}
    return [hint(row.code, row.words, row.times, known) for row in rows]


@dataclass(frozen=True)
class SentBack:
    """Why a line came back: in whose words, and the column that the code points at."""

    line_id: int
    position: int
    minus: bool
    reason: str
    hint: Hint
    step: str
    who: str


def sent_back(plan_id: UUID, division_code: str) -> Sequence[SentBack]:
    """The lines of the plan that were returned and wait to be mended, with what was said in their last round."""
    columns = (
        PlanLine.id, PlanLine.position, PlanLine.source_line_id, Opinion.code, Opinion.reason, ReviewTask.revision,
        ReviewTask.step_name, Account.name,
    )  # fmt: skip
    query = select(*columns).select_from(PlanLine).join(Opinion, Opinion.plan_line_id == PlanLine.id)
    query = query.join(ReviewTask, ReviewTask.id == Opinion.task_id).join(Account, Account.id == Opinion.person_id)
    query = query.where(PlanLine.plan_id == plan_id, PlanLine.returned, PlanLine.removed_in.is_(None))
    query = query.where(Opinion.verdict == Verdict.RETURN, ReviewTask.state != TaskState.REVOKED)
    rows = session().execute(query.order_by(PlanLine.position, Opinion.id)).all()
    known = known_reasons(division_code) if rows else {}
    newest = {row.id: row.revision for row in sorted(rows, key=lambda row: row.revision)}
    return [
        SentBack(
            row.id, row.position, row.source_line_id is not None, row.reason, hint(row.code, row.reason, 1, known),
            row.step_name, row.name,
        )
        for row in rows
        if row.revision == newest[row.id]
    ]  # fmt: skip
