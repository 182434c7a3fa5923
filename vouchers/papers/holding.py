"""Holding a paper with the plans that it is in, and whether this person may change it now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from accounts.people.rules import Person, Writing, scope_of
from budget.plans import store as plans
from budget.plans.editing import check_editable
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE
from core import clock, history
from core.db import session
from core.errors import SOMEBODY, Missing, Overtaken
from vouchers.papers import store
from vouchers.papers.draws import plans_drawing
from vouchers.papers.models import Paper
from vouchers.papers.rules import ClosedLine, VoucherKind, is_open

_PAPER: Final = "paper"


@dataclass(frozen=True)
class Held:
    """A paper, locked behind the plans: the one where it was handed in, and those whose lines it proves."""

    paper: Paper
    plans: Mapping[UUID, Plan]
    drawing: Mapping[UUID, str]

    @property
    def called(self) -> str:
        """The paper as a sentence names it."""
        return f"凭证“{self.paper.name}”"

    @property
    def home(self) -> Plan | None:
        """The plan with which it was handed in."""
        return self.plans.get(self.paper.plan_id) if self.paper.plan_id else None

    def others(self, plan_id: UUID | None) -> list[str]:
        """The numbers of the other plans that draw on it."""
        return [number for key, number in self.drawing.items() if key != plan_id]

    def check_open(self) -> None:
        """What it says may change: every plan that draws on it is in the clerk's hands, and so is every such line.

        Raises `Overtaken` or `Refused`.
        """
        for plan_id, number in self.drawing.items():
            plan = self.plans[plan_id]
            if plan is not self.home and plan.state not in EDITABLE:
                raise Overtaken(f"{self.called}已用于用款计划 {number}（{plan.state.label}），登记的内容不能再改。")
            check_open_lines(plan, store.proven_lines(self.paper.id, plan_id))

    def kinds(self) -> list[VoucherKind]:
        """The kinds of the year of its plan, or of this year."""
        year = self.home.fiscal_year if self.home else clock.today().year
        return store.kinds(self.paper.division_code, year)

    def note_editors(self, by: Person) -> None:
        """Whoever changes what a paper says has made every plan that draws on it."""
        for plan_id in self.drawing:
            plans.note_editor(plan_id, by.id)


def check_open_lines(plan: Plan, lines: Iterable[PlanLine]) -> None:
    """The papers of these lines may change. Raises `Overtaken` or `ClosedLine`."""
    check_editable(plan)
    for line in lines:
        if not is_open(plan.state, line):
            raise ClosedLine(line.position)


def held(paper_id: UUID, writing: Writing) -> Held:
    """The paper with every plan that it is in, to change what it says: plans by their ids, then the paper.

    Raises `Missing`, and `Overtaken` when another plan has just come to draw on it.
    """
    paper = session().get(Paper, paper_id)
    if paper is None:
        raise Missing()
    wanted = {*plans_drawing(paper_id), *((paper.plan_id,) if paper.plan_id else ())}
    found = {key: plans.locked(key) for key in sorted(wanted)}
    paper = _locked(paper_id)
    drawing = plans_drawing(paper_id)
    if drawing.keys() - wanted:
        raise Overtaken(f"另一份用款计划刚刚用了凭证“{paper.name}”，请刷新后再试。")
    if not _may_write(paper, found, writing):
        raise Missing()
    return Held(paper, found, drawing)


def held_for(plan_id: UUID, paper_id: UUID, by: Person) -> tuple[Plan, Paper]:
    """An editable plan of this person and a paper of its unit that he may see, to draw on it; the others stay free.

    Raises `Missing`, `Overtaken`.
    """
    plan = plans.locked(plan_id, by.writing())
    check_editable(plan)
    store.get_visible(paper_id, scope_of(by))
    paper = _locked(paper_id)
    if paper.unit_id != plan.unit_id:
        raise Missing()
    return plan, paper


def _locked(paper_id: UUID) -> Paper:
    query = select(Paper).where(Paper.id == paper_id, Paper.removed_at.is_(None)).with_for_update(key_share=True)
    paper = session().scalars(query.execution_options(populate_existing=True)).first()
    if paper is None:
        raise Missing()
    return paper


def _may_write(paper: Paper, locked: Mapping[UUID, Plan], writing: Writing) -> bool:
    """Whoever writes the plan with which it was handed in; of the register alone, the unit."""
    origin = locked.get(paper.plan_id) if paper.plan_id else None
    return writing.covers(paper.unit_id, entered=origin is not None and origin.entered)


def note(plan: Plan, action: str, summary: str, by: Person, paper_id: UUID) -> None:
    """Whoever changes the papers has made the plan as well, so he may not decide on it."""
    plans.note_editor(plan.id, by.id)
    history.record("plan", plan.id, action, summary, by=by, details={_PAPER: str(paper_id)})


def note_in_register(of: Held, action: str, summary: str, by: Person) -> None:
    """The same for what the register says of a paper, whichever plans draw on it."""
    of.note_editors(by)
    history.record(_PAPER, of.paper.id, action, summary, by=by)


def saver(paper: Paper) -> Callable[[], str]:
    """Who changed the paper last, in the register or in the plan where it was handed in; asked only when needed."""

    def ask() -> str:
        said = history.last(_PAPER, paper.id)
        in_plan = history.last("plan", paper.plan_id, paper=str(paper.id)) if paper.plan_id else None
        events = [event for event in (said, in_plan) if event is not None]
        return history.signed(max(events, key=lambda event: event.id)) if events else SOMEBODY

    return ask
