"""What waits for a person, in the order of the queue, out of any number of open tasks.

A task waits at a seat: at a post, or with the one person to whom it was given. At each seat the tasks stand in order
in an index, so that the first fifty of a hundred thousand cost as much as the first fifty of a hundred.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from accounts.people.rules import Person, Role
from accounts.units.models import Unit
from approvals.reviews.limits import Limits
from approvals.reviews.models import Opinion, ReviewTask
from approvals.reviews.retractions import stands
from approvals.reviews.rules import Light, TaskState


class place_in(FunctionElement[int]):  # noqa: N801  a function of SQL is written in small letters
    """Where the second text stands in the first, from 1; 0 when it does not. Half the work of LIKE, row by row."""

    type = Integer()
    inherit_cache = True


@compiles(place_in)
def _place_in(element: place_in, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(place_in, "postgresql")
def _place_in_postgresql(element: place_in, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


# 三保 first, then what is due first; the plans of a unit stand together.
ORDER: Final = (
    ReviewTask.lane, ReviewTask.due_at, ReviewTask.unit_code, ReviewTask.plan_number, ReviewTask.id,
)  # fmt: skip
# The newest first; before them, where lists are merged, what is not closed yet.
ORDER_DONE: Final = (ReviewTask.closed_at.desc(), ReviewTask.id)


@dataclass(frozen=True)
class QueueFilter:
    """What the reviewer asked for: what waits or what is done; of which window, office, department; how urgent."""

    done: bool = False
    year_month: int | None = None
    office_id: int | None = None
    department: str = ""
    light: Light | None = None
    guaranteed: bool = False
    search: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return self != QueueFilter(done=self.done)


EVERYTHING: Final = QueueFilter()
# For so many reviewers the statements that ask what waits for them are kept, each 0.1 MB at most.
MOST_PEOPLE: Final = 256

# In the very words of the index `ix_review_task_shared`, so that the database takes it.
_SHARED: Final = ReviewTask.needed > literal_column("1")


def seats_of(person: Person) -> dict[str, frozenset[int]]:
    """Where tasks wait for the person, and who must have had no part in a plan: he, and the one for whom he acts."""
    found = {f"person/{person.id}": frozenset({person.id})}
    for post in sorted(person.posts, key=lambda one: one.behalf_id is not None):
        seat = _seat(post.role, post.unit_id, post.office_id)
        found.setdefault(seat, frozenset({person.id, post.behalf_id or person.id}))
    return found


def seat_of(task: ReviewTask) -> str:
    """Where this task waits, as its column says in the database."""
    return f"person/{task.handed_to}" if task.handed_to else _seat(task.role, task.unit_id, task.office_id)


def _seat(role: Role, unit_id: int | None, office_id: int | None) -> str:
    return f"{role.value}/{unit_id or ''}/{office_id or ''}"


def waits_for(person: Person) -> ColumnElement[bool]:
    """Which tasks wait for the person, for a query that asks about single ones."""
    return or_(*_open_places(person))


def _open_places(person: Person) -> Iterator[ColumnElement[bool]]:
    """His seats; and the turns of those for whom he acts, at the very posts at which he does."""
    for seat, ids in seats_of(person).items():
        yield _waits_at(seat, ids)
    for post in person.posts:
        if post.behalf_id is not None:
            here = and_(
                ReviewTask.role == post.role,
                ReviewTask.unit_id.is_not_distinct_from(post.unit_id),
                ReviewTask.office_id.is_not_distinct_from(post.office_id),
            )
            yield and_(_waits_at(f"person/{post.behalf_id}", {person.id, post.behalf_id}), here)


def done_by(person: Person) -> ColumnElement[bool]:
    """Which tasks of his posts the person has closed."""
    return and_(ReviewTask.closed_by == person.id, ReviewTask.seat.in_(seats_of(person)))


def spoken_by(person: Person) -> ColumnElement[bool]:
    """At which desks of his posts the person has spoken that still wait for others, whoever of them acts next."""
    spoken = select(Opinion.id).where(Opinion.task_id == ReviewTask.id, Opinion.person_id == person.id, stands())
    places = {(post.role, post.unit_id, post.office_id) for post in person.posts}
    here = [
        and_(
            ReviewTask.role == role,
            ReviewTask.unit_id.is_not_distinct_from(unit_id),
            ReviewTask.office_id.is_not_distinct_from(office_id),
        )
        for role, unit_id, office_id in sorted(places, key=str)
    ]
    silent = place_in(ReviewTask.not_for, f" {person.id} ") > 0
    return and_(ReviewTask.state == TaskState.OPEN, _SHARED, or_(false(), *here), silent, spoken.exists())


def _waits_at(seat: str, ids: Collection[int]) -> ColumnElement[bool]:
    others = [place_in(ReviewTask.not_for, f" {one} ") == 0 for one in sorted(ids)]
    return and_(ReviewTask.state == TaskState.OPEN, ReviewTask.seat == seat, *others)


def places(person: Person, wanted: QueueFilter, limits: Limits | None = None) -> list[ColumnElement[bool]]:
    """What the filter leaves, one condition for each seat; what is done by its person: closed, or spoken at."""
    kept = list(_kept(wanted, limits))
    if wanted.done:
        return [and_(done_by(person), *kept), and_(spoken_by(person), *kept)]
    return [and_(place, *kept) for place in _open_places(person)]


def _kept(wanted: QueueFilter, limits: Limits | None = None) -> Iterator[ColumnElement[bool]]:
    asked: Mapping[Any, object] = {
        ReviewTask.year_month: wanted.year_month,
        ReviewTask.unit_office_id: wanted.office_id,
        ReviewTask.department_code: wanted.department,
    }
    yield from (column == value for column, value in asked.items() if value)
    if wanted.guaranteed:
        yield ReviewTask.lane == 0
    if wanted.light and limits:
        yield _lit(wanted.light, limits)
    if wanted.search:
        yield _named(wanted.search)


def _lit(light: Light, limits: Limits) -> ColumnElement[bool]:
    return {
        Light.RED: ReviewTask.due_at < limits.now,
        Light.AMBER: ReviewTask.due_at.between(limits.now, limits.soon),
        Light.GREEN: ReviewTask.due_at > limits.soon,
    }[light]


def _named(search: str) -> ColumnElement[bool]:
    named = select(Unit.code).where(Unit.name.contains(search, autoescape=True))
    columns = (ReviewTask.unit_code, ReviewTask.plan_number)
    return or_(ReviewTask.unit_code.in_(named), *(column.contains(search, autoescape=True) for column in columns))


def in_order(
    person: Person, wanted: QueueFilter, limits: Limits | None, most: int, *, past: int = 0, also: Collection[Any] = ()
) -> Subquery:
    """The ids (and `also` these columns) of so many tasks in the order of the queue, those before left out.

    Each seat gives as many as could be wanted, in the order of its index; only these few are merged.
    """
    order = ORDER_DONE if wanted.done else ORDER
    keys = [ReviewTask.closed_at, ReviewTask.id] if wanted.done else list(ORDER)
    chosen = [*keys, *also]
    each = [
        select(*chosen).where(place).order_by(*order).limit(most + past).subquery()
        for place in places(person, wanted, limits)
    ]
    merged = union_all(*(select(one) for one in each)).subquery()
    by = [merged.c.closed_at.desc().nulls_first(), merged.c.id] if wanted.done else [merged.c[key.key] for key in keys]
    return select(merged).order_by(*by).limit(most).offset(past).subquery()


def counted(conditions: Collection[ColumnElement[bool]], most: int) -> Select[Any]:
    """How many tasks these conditions find, but no more than so many of each are counted."""
    parts = [
        select(func.count()).select_from(select(literal(1)).where(one).limit(most).subquery()).scalar_subquery()
        for one in conditions
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part  # type: ignore[assignment]  # a sum of scalar subqueries is one to a query
    return select(total)
