"""What the panel of a plan's papers shows: the papers with the lines they prove, and the checklist of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.people.rules import Person
from budget.plans.models import Plan
from budget.plans.rules import EDITABLE
from core.money import Money
from vouchers.papers import paper_pages, store
from vouchers.papers.alike import Repeat, repeats_of, sees_both_sides
from vouchers.papers.contracts import warnings_of
from vouchers.papers.faces import Face
from vouchers.papers.matrix import Cells, Matrix, PaperColumn, cells_of, laid_out
from vouchers.papers.models import Paper
from vouchers.papers.past_requirements import Tables
from vouchers.papers.rules import Check, RequirementTable, VoucherKind, is_open
from vouchers.papers.store import ProvableLine
from vouchers.papers.suggestions import Suggestion, being_read, suggestions_of


@dataclass(frozen=True)
class ShownPaper:
    """One paper of the list. `open` tells whether it may still be changed."""

    paper: Paper
    kind: str
    lines: tuple[ProvableLine, ...]
    has_thumbnail: bool
    failure: str
    open: bool
    suggestion: Suggestion | None
    column: PaperColumn
    repeats: Sequence[Repeat] = ()

    @property
    def line_ids(self) -> frozenset[int]:
        """The lines that it proves."""
        return frozenset(line.id for line in self.lines)

    @property
    def proposal(self) -> Face | None:
        """What may be registered of it with one key, while it may change."""
        return self.suggestion.proposal if self.open and self.suggestion else None

    @property
    def is_pending(self) -> bool:
        """Whether its picture is still on the way."""
        return bool(self.paper.page_count) and not self.has_thumbnail and not self.failure


@dataclass(frozen=True)
class ShownLine:
    """A line with its papers and its checklist."""

    line: ProvableLine
    count: int
    checks: Sequence[Check]
    open: bool

    @property
    def wanted(self) -> int:
        """How many papers must be there."""
        return sum(check.required for check in self.checks)

    @property
    def there(self) -> int:
        """How many of those are there."""
        return sum(check.required and check.present for check in self.checks)

    @property
    def missing(self) -> list[Check]:
        """What stops the submission."""
        return [check for check in self.checks if check.missing]

    @property
    def title(self) -> str:
        """What the line is for, as the clerk finds it again."""
        return self.line.purpose or self.line.description or "未写用途"


@dataclass(frozen=True)
class Typed:
    """What somebody typed about one paper and could not save yet; None where he typed nothing."""

    paper_id: UUID
    kind_code: str | None
    line_ids: frozenset[int] | None
    face: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Overview:
    """The whole panel; with `chosen` it is about one line."""

    plan: Plan
    papers: Sequence[ShownPaper]
    lines: Sequence[ShownLine]
    kinds: Mapping[str, Sequence[VoucherKind]]
    chosen: ShownLine | None
    editable: bool
    matrix: Matrix
    warnings: Sequence[str] = ()
    requirements_changed: bool = False
    reading: bool = False
    both_sides: bool = False
    typed: Typed | None = None
    editing: UUID | None = None  # the paper whose forms are shown; those of the others come when somebody asks

    @property
    def shown(self) -> list[ShownPaper]:
        """The papers of the chosen line, or all."""
        return [item for item in self.papers if self.chosen is None or self.chosen.line.id in item.line_ids]

    @property
    def is_pending(self) -> bool:
        """Whether some picture, or what is read, is still on the way."""
        return self.reading or any(item.is_pending for item in self.papers)

    @property
    def open_lines(self) -> list[ShownLine]:
        """The lines whose papers may be changed."""
        return [item for item in self.lines if item.open]

    @property
    def takes_files(self) -> bool:
        """Whether a file may be added here."""
        return self.editable and (self.chosen.open if self.chosen else bool(self.open_lines) or not self.plan.revision)

    @property
    def to_confirm(self) -> UUID | None:
        """The first paper in sight whose reading waits to be confirmed."""
        return next((item.paper.id for item in self.shown if item.proposal), None)

    def offered(self, item: ShownPaper) -> tuple[ProvableLine, Money] | None:
        """The only line that a paper to be confirmed proves, with what it would draw on it."""
        if item.proposal is None or len(item.lines) != 1:
            return None
        (line,) = item.lines
        amount = self.matrix.suggested(line.id, item.paper, item.proposal.amount)
        return (line, amount) if amount is not None else None

    @property
    def lacking(self) -> list[ShownLine]:
        """The lines that still lack something."""
        return [item for item in self.lines if item.missing]

    @property
    def next_kind(self) -> str:
        """The kind that the chosen line lacks first; "" for none."""
        missing = self.chosen.missing if self.chosen else []
        return missing[0].kinds[0] if missing else ""


def overview(plan: Plan, line_id: int | None, person: Person) -> Overview:
    """Everything the panel shows, in a constant number of queries. `line_id` of no line of the plan means all."""
    papers, draws = store.of_plan(plan.id), cells_of(plan.id)
    kinds = store.kinds(plan.division_code, plan.fiscal_year)
    editable = plan.state in EDITABLE and person.writing().covers(plan.unit_id, plan.entered)
    stored = store.provable_lines(plan.id)
    tables = Tables(plan)
    lines = _lines(plan, stored, papers, draws, editable, tables)
    matrix = laid_out(stored, papers, draws, kinds)
    return Overview(
        plan=plan,
        papers=_with_repeats(_papers(plan, stored, matrix.papers, draws, editable), person),
        lines=lines,
        kinds=by_group(kinds),
        chosen=next((item for item in lines if item.line.id == line_id), None),
        editable=editable,
        reading=being_read(papers),
        matrix=matrix,
        warnings=warnings_of(plan),
        both_sides=sees_both_sides(person),
        requirements_changed=tables.differ,
    )


def _with_repeats(shown: Sequence[ShownPaper], person: Person) -> list[ShownPaper]:
    found = repeats_of([item.paper for item in shown], person)
    return [replace(item, repeats=tuple(found.get(item.paper.id, ()))) for item in shown]


def _lines(
    plan: Plan,
    stored: Sequence[ProvableLine],
    papers: Sequence[Paper],
    draws: Cells,
    editable: bool,
    tables: Tables,
) -> list[ShownLine]:
    now, then = RequirementTable(tables.now), RequirementTable(tables.then)
    kind_of = {paper.id: paper.kind_code for paper in papers}
    shown = []
    for line in stored:
        given = draws.get(line.id, ())
        table = now if tables.is_now(line) else then
        checks = table.checklist(line.needs, {kind_of[paper_id] for paper_id in given}) if line.needs else []
        shown.append(ShownLine(line, len(given), checks, editable and is_open(plan.state, line)))
    return shown


def _papers(
    plan: Plan, stored: Sequence[ProvableLine], columns: Sequence[PaperColumn], draws: Cells, editable: bool
) -> list[ShownPaper]:
    proven: dict[UUID, list[ProvableLine]] = defaultdict(list)
    for line in stored:
        for paper_id in draws.get(line.id, ()):
            proven[paper_id].append(line)
    small = paper_pages.with_thumbnail(plan.id)
    failures = paper_pages.drawing_failures(column.paper for column in columns)
    suggestions = suggestions_of(plan, [column.paper for column in columns], proven)
    shown = []
    for column in columns:
        paper = column.paper
        lines = tuple(proven[paper.id])
        may_change = editable and all(is_open(plan.state, line) for line in lines)
        has_small, failure = paper.id in small, failures.get(paper.id, "")
        shown.append(
            ShownPaper(paper, column.kind, lines, has_small, failure, may_change, suggestions.get(paper.id), column)
        )
    return shown


def by_group(kinds: Sequence[VoucherKind]) -> dict[str, list[VoucherKind]]:
    """The kinds to choose from, under the names of their groups."""
    groups = {kind.code: kind.name for kind in kinds if kind.level == 1}
    found: dict[str, list[VoucherKind]] = {}
    for kind in kinds:
        if kind.level > 1:
            found.setdefault(groups.get(kind.parent, "其他"), []).append(kind)
    return found
