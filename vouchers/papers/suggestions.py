"""What was read of the papers of a plan, as suggestions beside them, with what does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from budget.plans.models import Plan
from core.db import session
from core.jobs import Job, JobState
from vouchers.papers.draws import of_the_plan
from vouchers.papers.models import Paper, PaperReading
from vouchers.papers.rules import INVOICE, READ_PAPER
from vouchers.readers.canonical import reading_from
from vouchers.readers.checks import Claim, doubts
from vouchers.readers.rules import UNVERIFIED, Field, Reading, shown

# Below this many percent the clerk is asked to look.
_SURE: Final = 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was read of a paper, with what does not fit."""

    reading: Reading
    doubts: tuple[str, ...]
    title: str = f"识别结果（{UNVERIFIED}）"

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """Of each value its label, the value, where it was read, and whether that is sure."""
        found = self.reading.fields
        return [(each.name.label, shown(each.value), _place(each), each.confidence >= _SURE) for each in found]

    @property
    def to_check(self) -> int:
        """How many things the clerk should look at: what does not fit, and what sources dispute."""
        return len(self.doubts) + sum(not sure for *_, sure in self.rows)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences, those about the matter before those about the reading."""
        return (*self.doubts, *self.reading.notes)


def _place(field: Field) -> str:
    return f"{field.source.label}，第 {field.page} 页" if field.page else field.source.label


_READINGS: Final = (
    select(Paper.id, Paper.kind_code, PaperReading.content)
    .join(PaperReading, PaperReading.paper_id == Paper.id)
    .where(of_the_plan(bindparam("plan_id")), Paper.removed_at.is_(None))
)
_WAITING: Final = select(Job.id).where(
    Job.subject.in_(bindparam("subjects", expanding=True)),
    Job.kind == READ_PAPER,
    Job.state.in_((JobState.WAITING, JobState.RUNNING)),
)


def suggestions_of(plan: Plan) -> dict[UUID, Suggestion]:
    """What was read of the plan's papers. That a paper is no invoice is said only where an invoice was meant."""
    claim = Claim(unit_names=(plan.unit.name,), fiscal_year=plan.fiscal_year)
    found = {}
    for paper_id, kind_code, content in session().execute(_READINGS, {"plan_id": plan.id}):
        reading = reading_from(content)
        if reading or kind_code == INVOICE:
            found[paper_id] = Suggestion(reading, tuple(doubts(reading, claim)))
    return found


def being_read(papers: Iterable[Paper]) -> bool:
    """Whether some of them still wait to be read."""
    subjects = [str(paper.id) for paper in papers]
    return session().scalar(_WAITING.limit(1), {"subjects": subjects}) is not None
