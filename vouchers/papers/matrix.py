"""凭证对应表: the lines of a plan against its papers, what each line's papers prove of it, and what is left of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from budget.plans.models import Plan, PlanLine
from core.db import session
from core.money import ZERO, Money
from vouchers.papers import store
from vouchers.papers.draws import drawn_on
from vouchers.papers.faces import covered
from vouchers.papers.models import Draw, Paper
from vouchers.papers.rules import VoucherKind, short_names
from vouchers.papers.store import ProvableLine

# A longer number is told by its end, which differs where its beginning does not.
_LONG: Final = 13
_SHORT: Final = 8

# Built once: to build a statement takes as long as to run it.
_CELLS: Final = (
    select(Draw.plan_line_id, Draw.paper_id, Draw.amount)
    .join(PlanLine, PlanLine.id == Draw.plan_line_id)
    .join(Paper, Paper.id == Draw.paper_id)
    .where(PlanLine.plan_id == bindparam("plan_id"), PlanLine.removed_in.is_(None), Paper.removed_at.is_(None))
)
Cells = Mapping[int, Mapping[UUID, Money | None]]


@dataclass(frozen=True)
class LineRow:
    """A line with the papers that prove it: an amount, or None for one that is merely attached."""

    id: int
    position: int
    title: str
    applied: Money
    cells: Mapping[UUID, Money | None]
    covered: Money
    takes: bool

    @property
    def uncovered(self) -> Money:
        """What no paper proves yet; nothing for a line that takes money back."""
        return ZERO if self.takes else max(self.applied - self.covered, ZERO)


@dataclass(frozen=True)
class PaperColumn:
    """A paper with what all plans together draw on it."""

    paper: Paper
    kind: str
    drawn: Money

    @property
    def short(self) -> str:
        """What tells it from the others at the head of a narrow column: the end of its number, else its name."""
        number = self.paper.number
        return f"…{number[-_SHORT:]}" if len(number) > _LONG else number or self.paper.name

    @property
    def left(self) -> Money | None:
        """What is left of its face; None where it has none."""
        return None if self.paper.face_amount is None else self.paper.face_amount - self.drawn


@dataclass(frozen=True)
class Matrix:
    """The whole table."""

    lines: Sequence[LineRow]
    papers: Sequence[PaperColumn]

    @property
    def applied(self) -> Money:
        """What the lines ask for, without those that take money back."""
        return Money.total(line.applied for line in self.lines if not line.takes)

    @property
    def uncovered(self) -> Money:
        """What no paper proves yet."""
        return Money.total(line.uncovered for line in self.lines)

    def line(self, line_id: int) -> LineRow | None:
        """The row of a line."""
        return next((line for line in self.lines if line.id == line_id), None)

    def suggested(self, line_id: int, paper: Paper, left: Money | None) -> Money | None:
        """What the line would draw on a paper with so much left; None where it would merely be attached.

        It is the smaller of what is left and what papers of the same kind do not prove of the line yet.
        """
        line = self.line(line_id)
        if line is None or line.takes or left is None:
            return None
        alike = {column.paper.id for column in self.papers if column.paper.kind_code == paper.kind_code} - {paper.id}
        proven = Money.total(amount for key, amount in line.cells.items() if key in alike and amount is not None)
        own = line.cells.get(paper.id) or ZERO
        found = min(left + own, line.applied - proven)
        return found if found > ZERO else None


def cells_of(plan_id: UUID) -> Cells:
    """Which papers prove each line still in the plan, and with how much, in one query."""
    cells: dict[int, dict[UUID, Money | None]] = defaultdict(dict)
    for line_id, paper_id, amount in session().execute(_CELLS, {"plan_id": plan_id}):
        cells[line_id][paper_id] = amount
    return cells


def matrix_of(plan: Plan) -> Matrix:
    """The table of a plan, in a constant number of queries."""
    kinds = store.kinds(plan.division_code, plan.fiscal_year)
    return laid_out(store.provable_lines(plan.id), store.of_plan(plan.id), cells_of(plan.id), kinds)


def laid_out(
    lines: Iterable[ProvableLine], papers: Sequence[Paper], cells: Cells, kinds: Iterable[VoucherKind]
) -> Matrix:
    """The table of lines and papers that have been read already; asks only what is drawn on the papers."""
    names = short_names(kinds)
    taken = drawn_on(paper.id for paper in papers)
    columns = [PaperColumn(one, names.get(one.kind_code, one.kind_code), taken.get(one.id, ZERO)) for one in papers]
    kind_of = {paper.id: paper.kind_code for paper in papers}
    return Matrix([_row(line, cells.get(line.id, {}), kind_of) for line in lines], columns)


def _row(line: ProvableLine, cells: Mapping[UUID, Money | None], kind_of: Mapping[UUID, str]) -> LineRow:
    proven = covered((kind_of.get(key, ""), amount) for key, amount in cells.items() if amount is not None)
    asked, title = line.applied or ZERO, line.purpose or line.description or "未写用途"
    return LineRow(line.id, line.position, title, asked, cells, min(proven, asked), line.takes)
