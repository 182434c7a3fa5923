"""Reading the queue: a page of what waits for a person or of what he has done, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, Subquery, and_, func, select, union_all
from sqlalchemy.orm import contains_eager, defer, load_only

from accounts.people.rules import Person
from accounts.units.models import Unit
from approvals.chains.rules import StepMode
from approvals.reviews.limits import Limits, limits_now
from approvals.reviews.models import ReviewTask
from approvals.reviews.tallies import Cell, Tally, tally
from approvals.reviews.waiting import EVERYTHING, MOST_PEOPLE, counted, in_order, places
from approvals.reviews.waiting import QueueFilter as QueueFilter
from budget.plans.models import Plan, PlanRevision
from core import recall
from core.db import session
from core.money import Money

# So many are counted; of more the queue says "so many or more", and tells the kinds of the first ones only.
MOST_COUNTED: Final = 10_000
SAMPLE: Final = 200


@dataclass(frozen=True)
class QueueItem:
    """One row of the queue: the task with what it says of its lines, its plan and unit."""

    task: ReviewTask
    plan: Plan
    digest: str = ""

    @property
    def line_count(self) -> int:
        """How many lines the desk is asked about."""
        return self.task.line_count

    @property
    def total(self) -> Money:
        """What they add up to."""
        return self.task.total

    @property
    def asked(self) -> Money:
        """What they ask for without those that take: an adjustment's total is nothing."""
        return self.task.asked

    @property
    def guaranteed(self) -> bool:
        """Whether any of them is 三保."""
        return self.task.lane == 0

    @property
    def cut(self) -> bool:
        """Whether any of them has been cut."""
        return self.task.cut

    @property
    def waits_for_others(self) -> str:
        """Of a desk at which the person has spoken and others have not."""
        return "已审核，等待后面的人" if self.task.mode is StepMode.IN_ORDER else "已会签，等待他人"


_Rows = Select[ReviewTask, Plan, str]
# What a list shows of a plan.
SHOWN: Final = (
    Plan.number, Plan.fiscal_year, Plan.month, Plan.kind, Plan.state, Plan.revision, Plan.unit_id, Plan.entered,
)  # fmt: skip


def queue_page(
    person: Person, wanted: QueueFilter = EVERYTHING, *, page: int = 1, size: int = 50, limits: Limits | None = None
) -> tuple[list[QueueItem], bool]:
    """One page of what waits for the person (三保 and earliest due first) or of what he has done (newest first)."""
    if wanted.light:  # the moment is in it
        query = _page(person, wanted, page, size, limits or limits_now())
    else:  # what somebody typed is asked in these words once
        query = (_page if wanted.search else _known_page)(person, wanted, page, size)
    rows = session().execute(query).all()
    return [QueueItem(task, plan, digest) for task, plan, digest in rows[:size]], len(rows) > size


def _page(person: Person, wanted: QueueFilter, page: int, size: int, limits: Limits | None = None) -> _Rows:
    return _with_plans(in_order(person, wanted, limits, size + 1, past=(page - 1) * size), wanted)


# A reviewer asks for the same page hundreds of times a day, and to build its statement takes longer than to run it.
_known_page: Final = lru_cache(maxsize=MOST_PEOPLE)(_page)


def _with_plans(chosen: Subquery, wanted: QueueFilter) -> _Rows:
    names = ("lane", "due_at", "unit_code", "plan_number", "id")
    order = [chosen.c.closed_at.desc().nulls_first(), chosen.c.id] if wanted.done else [chosen.c[one] for one in names]
    return (
        select(ReviewTask, Plan, PlanRevision.digest)
        .join(chosen, ReviewTask.id == chosen.c.id)
        .join(Plan, ReviewTask.plan_id == Plan.id)
        .join(Plan.unit)
        .join(PlanRevision, and_(PlanRevision.plan_id == Plan.id, PlanRevision.revision == ReviewTask.revision))
        .options(defer(ReviewTask.why), load_only(*SHOWN), contains_eager(Plan.unit).load_only(Unit.name))
        .order_by(*order)
    )


@recall.once
def open_count(person: Person) -> int:
    """How many tasks wait for the person; more than `MOST_COUNTED` are not counted."""
    return min(session().scalar(counted(places(person, EVERYTHING), MOST_COUNTED)) or 0, MOST_COUNTED)


def cells(person: Person, wanted: QueueFilter, limits: Limits) -> Sequence[Cell]:
    """How many tasks there are of each kind: all that wait, or of the first ones only when there are too many.

    The filter's search narrows them, its other words do not: the counts beside each choice need them all.
    """
    every = QueueFilter(done=wanted.done, search=wanted.search)
    if wanted.done or open_count(person) >= MOST_COUNTED:
        first = in_order(person, every, limits, SAMPLE, also=_COUNTED[every.done])
        query = _grouped(first.c, limits)
    else:
        each = (_grouped(ReviewTask, limits).where(place) for place in places(person, every, limits))
        query = union_all(*each)  # type: ignore[assignment]  # both are executed alike
    return [Cell(*row) for row in session().execute(query)]


def tally_of(person: Person, wanted: QueueFilter, limits: Limits) -> Tally:
    """How many tasks the filter leaves, and how many each choice would leave."""
    return tally(cells(person, wanted, limits), wanted)


# Beside the columns of the order.
_COUNTED: Final[dict[bool, Sequence[Any]]] = {
    False: (ReviewTask.department_code, ReviewTask.year_month, ReviewTask.unit_office_id),
    True: (
        ReviewTask.department_code, ReviewTask.year_month, ReviewTask.unit_office_id, ReviewTask.lane,
        ReviewTask.due_at,
    ),
}  # fmt: skip


def _grouped(of: Any, limits: Limits) -> Select[Any]:
    """The kinds in the order of the index `ix_review_task_counted`, so that nothing needs to be sorted."""
    kinds = (of.department_code, of.year_month, of.unit_office_id, of.lane)
    over, soon = of.due_at < limits.now, of.due_at <= limits.soon
    return select(*kinds, func.count(), func.count().filter(over), func.count().filter(soon)).group_by(*kinds)


def done_total(person: Person, wanted: QueueFilter, limits: Limits) -> int:
    """How many of his done tasks the filter leaves, as far as they are counted."""
    return session().scalar(counted(places(person, wanted, limits), MOST_COUNTED)) or 0
