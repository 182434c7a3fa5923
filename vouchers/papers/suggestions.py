"""What was read of the papers of a plan, as suggestions beside them, with what does not fit and what to register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from budget.plans.models import Plan
from core.db import session
from core.jobs import Job, JobState
from core.money import ZERO, Money
from vouchers.papers.draws import drawn_on
from vouchers.papers.faces import Face
from vouchers.papers.models import Paper, PaperReading
from vouchers.papers.registering import face_of
from vouchers.papers.rules import INVOICE, READ_PAPER
from vouchers.papers.store import ProvableLine
from vouchers.readers.canonical import reading_from
from vouchers.readers.checks import Claim, doubts
from vouchers.readers.rules import UNVERIFIED, Field, FieldName, Reading, shown

# Below this many percent the clerk is asked to look.
_SURE: Final = 80
_NO_FACE: Final = Face()


@dataclass(frozen=True, slots=True)
class Fact:
    """One value as the clerk reads it: where it was read, in words and on the page, and whether that is sure."""

    label: str
    value: str
    source: str
    sure: bool
    page: int
    box: str

    @property
    def place(self) -> str:
        """Where it was read."""
        return f"{self.source}，第 {self.page} 页" if self.page else self.source


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was read of a paper, with what does not fit; `proposal` is what one key registers while nothing is."""

    reading: Reading
    doubts: tuple[str, ...]
    face: Face = _NO_FACE
    proposal: Face | None = None
    title: str = f"识别结果（{UNVERIFIED}）"

    @property
    def facts(self) -> list[Fact]:
        """Each value."""
        return [_fact(each) for each in self.reading.fields]

    @property
    def registered(self) -> bool:
        """Whether the register says anything of the paper."""
        return self.face != _NO_FACE

    @property
    def to_check(self) -> int:
        """How many things the clerk should look at: what does not fit, and what sources dispute."""
        return len(self.doubts) + sum(not fact.sure for fact in self.facts)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences, those about the matter before those about the reading."""
        return (*self.doubts, *self.reading.notes)


def _fact(field: Field) -> Fact:
    box = " ".join(str(side) for side in asdict(field.box).values()) if field.box is not None else ""
    sure = field.confidence >= _SURE
    return Fact(field.name.label, shown(field.value), field.source.label, sure, field.page, box)


_READINGS: Final = select(PaperReading.paper_id, PaperReading.content).where(
    PaperReading.paper_id.in_(bindparam("ids", expanding=True))
)
_WAITING: Final = select(Job.id).where(
    Job.subject.in_(bindparam("subjects", expanding=True)),
    Job.kind == READ_PAPER,
    Job.state.in_((JobState.WAITING, JobState.RUNNING)),
)


def suggestions_of(
    plan: Plan, papers: Sequence[Paper], proven: Mapping[UUID, Sequence[ProvableLine]]
) -> dict[UUID, Suggestion]:
    """What was read of these papers, each with the plan's lines that it proves.

    That a paper is no invoice is said only where an invoice was meant.
    """
    ids = [paper.id for paper in papers]
    readings = {key: reading_from(text) for key, text in session().execute(_READINGS, {"ids": ids})}
    drawn = drawn_on(ids)
    found = {}
    for paper in papers:
        reading = readings.get(paper.id)
        if reading is not None and (reading or paper.kind_code == INVOICE):
            lines, face = proven.get(paper.id, ()), face_of(paper)
            claim = _claim(plan, face, lines, drawn.get(paper.id))
            proposal = _proposal(reading) if face == _NO_FACE else None
            found[paper.id] = Suggestion(reading, tuple(doubts(reading, claim)), face, proposal)
    return found


def _claim(plan: Plan, face: Face, lines: Sequence[ProvableLine], drawn: Money | None) -> Claim:
    return Claim(
        unit_names=(plan.unit.name,),
        unit_tax_numbers=tuple(filter(None, (plan.unit.credit_code,))),
        drawn=drawn,
        fiscal_year=plan.fiscal_year,
        payees=tuple(line.payee for line in lines),
        number=face.number,
        total=face.amount,
    )


def _proposal(reading: Reading) -> Face | None:
    """Nothing to propose without a number. A red invoice has no amount that lines could draw on."""
    number, total = reading.text(FieldName.NUMBER), reading.money(FieldName.TOTAL)
    amount = total if total is not None and total > ZERO else None
    return Face(number, reading.day, reading.text(FieldName.SELLER), amount) if number else None


def being_read(papers: Iterable[Paper]) -> bool:
    """Whether some of them still wait to be read."""
    subjects = [str(paper.id) for paper in papers]
    return session().scalar(_WAITING.limit(1), {"subjects": subjects}) is not None
