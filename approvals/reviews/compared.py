"""Reading what changed in a plan's lines since somebody last spoke of them, out of the contents that were submitted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from approvals.reviews.changes import HEADER, FieldChange, Line, LineChange, changes_in, fields_changed
from budget.allotments.models import Allotment
from budget.allotments.rules import label_of
from budget.plans.models import Plan, PlanRevision, RevisionLine
from core.db import session
from core.money import Money


@dataclass(frozen=True)
class Dropped:
    """A line of the submission before that is no longer in the plan."""

    position: int
    label: str
    applied: Money
    purpose: str


@dataclass(frozen=True)
class Compared:
    """What is not as it was when it was last spoken of: by line, lines that are gone, and the words of the plan."""

    lines: Mapping[int, LineChange] = field(default_factory=dict)
    gone: Sequence[Dropped] = ()
    header: Sequence[FieldChange] = ()


NOTHING_BEFORE: Final = Compared()


@dataclass(frozen=True)
class _Submissions:
    """Submitted contents, by revision: their headers, and their lines by the id of the line."""

    headers: Mapping[int, Mapping[str, Any]]
    lines: Mapping[int, Mapping[int, Line]]


def compared_since(plan: Plan, last_spoken: Mapping[int, int]) -> Compared:
    """The plan as last submitted against what it was. `last_spoken` is the revision by the id of each line.

    In a fixed number of queries; a plan that was submitted once is compared with nothing.
    """
    now, before = plan.revision, max(last_spoken.values(), default=0)
    if not before:
        return NOTHING_BEFORE
    known = _submissions(plan.id, {now, *last_spoken.values()})
    pairs = {
        line: (known.lines[since][line], new)
        for line, new in known.lines[now].items()
        if line in known.lines.get(since := last_spoken.get(line, 0), {})
    }
    dropped = [old for line, old in known.lines[before].items() if line not in known.lines[now]]
    names = _names(plan, [*pairs.values(), *((old, old) for old in dropped)])
    changes = {line: changes_in(old, new, names, last_spoken[line]) for line, (old, new) in pairs.items()}
    return Compared(
        {line: change for line, change in changes.items() if change},
        [Dropped(old["position"], names[old["allotment"]], Money(old["applied"]), old["purpose"]) for old in dropped],
        fields_changed(known.headers[before], known.headers[now], HEADER),
    )


def _submissions(plan_id: UUID, revisions: Collection[int]) -> _Submissions:
    query = select(PlanRevision.revision, PlanRevision.content).where(PlanRevision.plan_id == plan_id)
    query = query.where(PlanRevision.revision.in_(revisions))
    kept = {row.revision: json.loads(row.content) for row in session().execute(query)}
    by_place = {revision: {one["position"]: one for one in told["lines"]} for revision, told in kept.items()}
    stood = select(RevisionLine.revision, RevisionLine.plan_line_id, RevisionLine.position)
    stood = stood.where(RevisionLine.plan_id == plan_id, RevisionLine.revision.in_(revisions))
    lines: dict[int, dict[int, Line]] = {revision: {} for revision in kept}
    for revision, line_id, position in session().execute(stood.order_by(RevisionLine.position)):
        if position in by_place.get(revision, {}):
            lines[revision][line_id] = by_place[revision][position]
    return _Submissions({revision: told["plan"] for revision, told in kept.items()}, lines)


def _names(plan: Plan, pairs: Collection[tuple[Line, Line]]) -> Mapping[str, str]:
    """How the allotments are called that the lines named before or name now, by their codes."""
    codes = {line["allotment"] for pair in pairs for line in pair}
    columns = (Allotment.bgt_id, Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_code, Allotment.dep_eco_name)
    query = select(*columns).where(
        Allotment.division_code == plan.division_code, Allotment.fiscal_year == plan.fiscal_year,
        Allotment.bgt_id.in_(codes),
    )  # fmt: skip
    return {code: code for code in codes} | {row.bgt_id: label_of(row) for row in session().execute(query)}
