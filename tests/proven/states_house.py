"""A house with a plan in each state, built by the actions, and what a hostile statement needs to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.people.rules import Role
from app import create_app
from approvals.chains.rules import StepMode
from approvals.reviews import actions, aside, turning
from approvals.reviews import store as tasks
from approvals.reviews.rules import LineOpinion, TaskState, Verdict
from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core import clock
from core.db import db, session
from core.money import Money
from tests.approvals import stories
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, appoint, publish
from tests.conftest import Prepared, options
from tests.world import MONTH, NOW, YEAR, World
from vouchers.papers.actions import add_paper
from vouchers.papers.models import Paper

_LINES: Final = (("A2", 100), ("A3", 200))
_HANDS: Final = ("he", "shen", "fang", "luo")


@dataclass(frozen=True)
class Filed:
    """A plan of two lines with a voucher for those that ask, its ids as both databases read them in a statement."""

    plan: str
    revision: int
    line: int
    amount: int
    allotment: int
    other_line: int
    other_amount: int
    other_allotment: int
    paper: str


@dataclass(frozen=True)
class House:
    """The plans by their state; `other` is a second approved one.

    From `source`, approved as well, others take: `reduction` is under review, `reduced` was approved. `adjustment` is a
    draft whose first line gets what its second takes. `shared` waits for a second person of the treasury; the first has
    spoken, taken it back and spoken again.
    """

    draft: Filed
    review: Filed
    returned: Filed
    suspended: Filed
    approved: Filed
    other: Filed
    source: Filed
    reduction: Filed
    reduced: Filed
    adjustment: Filed
    shared: Filed
    people: dict[str, int]
    units: dict[str, int]


@contextmanager
def built(prepared: Prepared, folder: Path) -> Iterator[tuple[House, str]]:
    """The house, and the URL of its database; nobody else is connected to it."""
    url = prepared.copy(folder)
    app = create_app(options(folder, url))
    with app.app_context(), clock.stopped(NOW):
        house = _build(prepared.world)
        db.session.remove()
        db.engine.dispose()
    yield house, url
    prepared.drop(url)


def _build(world: World) -> House:
    source = _approved(world)
    reduced = _taking(world, PlanKind.REDUCTION, source, (10, 20))
    actions.submit(reduced, stories.plan(reduced).version, by=world.person("lin"))
    stories.reviewed(world, reduced, *_HANDS[2:])  # a reduction goes to the treasury at once
    reduction = _taking(world, PlanKind.REDUCTION, source, (30, 40))
    actions.submit(reduction, stories.plan(reduction).version, by=world.person("lin"))
    return House(
        draft=_filed(stories.filed(world, *_LINES)),
        review=_filed(stories.submitted(world, *_LINES)),
        returned=_filed(_returned(world)),
        suspended=_filed(_suspended(world)),
        approved=_filed(_approved(world)),
        other=_filed(_approved(world)),
        source=_filed(source),
        reduction=_filed(reduction),
        reduced=_filed(reduced),
        adjustment=_filed(_adjustment(world, source)),
        shared=_filed(_shared(world)),
        people=world.people,
        units=world.units,
    )


def _shared(world: World) -> UUID:
    appoint(world, "zheng", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.SOME, needed=2), APPROVAL)
    plan_id = stories.submitted(world, *_LINES)
    stories.reviewed(world, plan_id, *_HANDS[:3])
    waits = next(one for one in tasks.tasks_of(plan_id, 1) if one.state is TaskState.OPEN)
    turning.undo(waits.id, by=world.person("fang"))
    stories.reviewed(world, plan_id, "fang")
    return plan_id


def _filed(plan_id: UUID) -> Filed:
    plan = stories.plan(plan_id)
    first, second = plan.lines
    paper = session().scalars(select(Paper.id).where(Paper.plan_id == plan_id)).one_or_none()
    return Filed(
        plan_id.hex, plan.revision, first.id, _fen(first.applied), first.allotment_id or 0, second.id,
        _fen(second.applied), second.allotment_id or 0, paper.hex if paper else "",
    )  # fmt: skip


def _fen(amount: Money | None) -> int:
    assert amount is not None
    return amount.fen


def _returned(world: World) -> UUID:
    plan_id = stories.submitted(world, *_LINES)
    back = [LineOpinion(line.id, Verdict.RETURN, reason="缺合同") for line in stories.plan(plan_id).lines]
    stories.review(world, "he", *back, plan_id=plan_id)
    return plan_id


def _suspended(world: World) -> UUID:
    plan_id = stories.submitted(world, *_LINES)
    task = stories.task_of(world, "he", plan_id)
    aside.suspend(task.id, "库款不足", clock.today() + timedelta(days=3), by=world.person("he"))
    return plan_id


def _approved(world: World) -> UUID:
    plan_id = stories.submitted(world, *_LINES)
    stories.reviewed(world, plan_id, *_HANDS)
    return plan_id


def _taking(world: World, kind: PlanKind, source: UUID, yuan: tuple[int, ...]) -> UUID:
    """A draft that takes so much from the lines of the source, in their order."""
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], YEAR, MONTH, kind, "改为线上举行", form_key=uuid4().hex, by=by)
    lines = stories.plan(source).lines
    takings = [Taking(line.id, Money.yuan(amount)) for line, amount in zip(lines, yuan, strict=False)]
    save_minus(plan_id, takings, "改为线上举行", 1, by=by)
    return plan_id


def _adjustment(world: World, source: UUID) -> UUID:
    plan_id = _taking(world, PlanKind.ADJUSTMENT, source, (15,))
    by, plan = world.person("lin"), stories.plan(plan_id)
    line = LineDraft(None, world.allotments["A2"], Money.yuan(15), "改办培训")
    save_plan(plan_id, PlanDraft((line,), reason=plan.reason), plan.version, by=by)
    first = stories.plan(plan_id).lines[0]
    add_paper(plan_id, "11", "发票.png", BytesIO(stories.PNG + plan_id.bytes), [first.id], limit=10**6, by=by)
    return plan_id
