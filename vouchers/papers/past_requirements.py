"""The requirement table as it was at a moment: what was changed since is taken back, event by event.

A change in mid-year asks nothing of what was submitted before it: the lines that are closed were checked against the
table of their day, and their checklist stays that of their day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core import history
from vouchers.papers import store
from vouchers.papers.rules import Requirement, StoredLine, codes_of, is_open

SUBJECT: Final = "voucher_requirement"


class Tables:
    """The table of now for lines that may be mended, and that of the last submission for all others."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.now = store.requirements(plan.division_code, plan.fiscal_year)
        asked_of_closed = plan.submitted_at is not None and plan.state is not PlanState.DRAFT
        self.then = _as_of(plan, self.now, plan.submitted_at) if asked_of_closed and plan.submitted_at else self.now

    def is_now(self, line: StoredLine) -> bool:
        """Whether the table of now is asked about this line."""
        return is_open(self._plan.state, line)

    @property
    def differ(self) -> bool:
        """Whether the table was changed after the plan was submitted."""
        return sorted(map(str, self.now)) != sorted(map(str, self.then))


def _as_of(plan: Plan, now: list[Requirement], moment: datetime) -> list[Requirement]:
    events = history.since(SUBJECT, moment)
    if not events:
        return now
    rows = {row.id: store.requirement_of(row) for row in store.requirement_rows(plan.division_code, plan.fiscal_year)}
    for event in events:
        _undo(rows, event, plan.fiscal_year)
    return [rows[key] for key in sorted(rows, key=lambda key: ("|".join(rows[key].eco_prefixes), key))]


def _undo(rows: dict[int, Requirement], event: history.Event, year: int) -> None:
    """Take one event back. Rows that were added together are named together."""
    details = json.loads(event.details)
    for key in details.get("added", ()):
        rows.pop(key, None)
    said = details.get("before" if event.action == "change" else "now")
    if said is None or said["fiscal_year"] != year:
        return
    if event.action == "add":
        rows.pop(int(event.subject_id), None)
    else:
        rows[int(event.subject_id)] = _requirement(said)


def _requirement(said: Mapping[str, Any]) -> Requirement:
    """A row as the history wrote it down."""
    prefixes, categories, kinds = (codes_of(said[name]) for name in ("eco_prefixes", "pro_cats", "any_of"))
    return Requirement(
        prefixes, categories, said["only_gov_pur"], kinds, said["required"], said["basis"], said["text"]
    )
