"""The queue beside the desk as the reviewer has filtered it, and which plan comes before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from werkzeug.datastructures import MultiDict

from accounts.people.rules import Person
from approvals.reviews import queue, store
from approvals.reviews.filters import args_of, query_of, wanted_from
from approvals.reviews.models import ReviewTask
from approvals.reviews.queue import QueueItem
from approvals.reviews.waiting import QueueFilter


@dataclass(frozen=True)
class Beside:
    """The tasks beside the desk, its own first; `args` keep the filter in every address."""

    items: Sequence[QueueItem]
    waiting: int
    before: ReviewTask | None
    after: ReviewTask | None
    args: Mapping[str, str]
    query: str


def within(query: str) -> QueueFilter:
    """The filter that the desk's form remembers; what is done has no desk."""
    return wanted_from(MultiDict([pair for pair in parse_qsl(query) if pair[0] != "done"]))


def beside(task: ReviewTask, me: Person, wanted: QueueFilter) -> Beside:
    """The first tasks of the filtered queue, with those before and after this one."""
    items, _ = queue.queue_page(me, wanted)
    place = next((number for number, item in enumerate(items) if item.task.id == task.id), None)
    here = [] if place is None else [items[place]]
    earlier, later = items[: place or 0], items[len(here) + (place or 0) :]
    return Beside(
        [*here, *earlier, *later], queue.open_count(me), earlier[-1].task if earlier else None,
        later[0].task if later else None, args_of(wanted), query_of(wanted),
    )  # fmt: skip


def next_after(me: Person, wanted: QueueFilter, following: UUID | None) -> ReviewTask | None:
    """The plan that came next on the page if it still waits, else the most urgent one that the filter leaves."""
    found = store.find_open_task(me, task_id=following) if following else None
    if found is not None:
        return found
    items, _ = queue.queue_page(me, wanted, size=1)
    return items[0].task if items else None
