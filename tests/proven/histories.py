"""Judging a history of calls against the log of decisions: nothing lost, nothing from nowhere, nothing out of order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.proven.books import Books
from tests.proven.crowd import MARKED, Call

# Which act of its plan wrote a row of the ledger: red rows over the plan's own rows are those of its cancelling.
_ENTRIES: Final = (
    "SELECT e.plan_id, e.number, CASE WHEN r.plan_id = e.plan_id THEN 'cancel' ELSE 'approve' END"
    " FROM ledger_entry e LEFT JOIN ledger_entry r ON r.id = e.reverses_id ORDER BY e.number"
)


@dataclass(frozen=True)
class Done:
    """A decision as the database keeps it, with the ledger numbers that it wrote."""

    id: int
    plan: str
    act: str
    who: str
    comment: str
    at: float
    ledger: tuple[int, ...] = ()


def decisions(url: str) -> list[Done]:
    """All of them, in the order in which they were written."""
    books = Books(url)
    entries = books.groups(_ENTRIES)
    found = books.rows("SELECT id, plan_id, act, person_name, comment, at FROM decision ORDER BY id")
    return [
        Done(key, plan, act, who, said, _moment(at), tuple(number for number, by in entries[plan] if by == act))
        for key, plan, act, who, said, at in found
    ]


def _moment(stored: str | datetime) -> float:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC).timestamp()


def faults(calls: Sequence[Call], done: Sequence[Done], names: dict[str, str], shift: float) -> list[str]:
    """Everything wrong between what was answered and what is stored; `shift` is that of the servers' clock."""
    pairs, found = _pairs(calls, done, names, shift)
    return [*found, *_twice(done), *_nothing_from_nowhere(calls, done, names), *out_of_order(pairs)]


def _pairs(
    calls: Sequence[Call], done: Sequence[Done], names: dict[str, str], shift: float
) -> tuple[list[tuple[Call, Done]], list[str]]:
    """Each acknowledged act with its decision, by its mark or by its time. An act that has none was lost."""
    by_mark = {mark: one for one in done if (mark := _mark(one.comment))}
    by_act: dict[tuple[str, str, str], list[Done]] = defaultdict(list)
    for one in done:
        by_act[one.plan, one.act, one.who].append(one)
    pairs, lost = [], []
    for call in calls:
        if not call.done or call.act not in {*MARKED, "submit", "withdraw"}:
            continue
        key = (call.plan, call.act, names[call.who])
        meanwhile = [one for one in by_act[key] if call.start <= one.at - shift <= call.end]
        match = by_mark.get(call.mark) if call.mark else meanwhile[0] if meanwhile else None
        if match:
            pairs.append((call, match))
        else:
            lost.append(f"lost: {call} was acknowledged, no decision says so")
    return pairs, lost


def _mark(comment: str) -> str:
    place = comment.find("号")
    return comment[place - 8 : place + 1] if place >= 8 and comment[place - 8] == "第" else ""


def _twice(done: Iterable[Done]) -> Iterator[str]:
    """A call is one decision at most: each has a mark of its own."""
    counts = Counter(_mark(one.comment) for one in done)
    yield from (
        f"twice: {count} decisions bear the mark {mark}" for mark, count in counts.items() if mark and count > 1
    )


def _nothing_from_nowhere(calls: Iterable[Call], done: Iterable[Done], names: dict[str, str]) -> Iterator[str]:
    """A refused act must have left no decision."""
    refused = {call.mark for call in calls if call.act in MARKED and call.status >= 400}
    yield from (f"from nowhere: {one} was answered with a refusal" for one in done if _mark(one.comment) in refused)
    asked: dict[tuple[str, str, str], int] = defaultdict(int)
    for call in calls:
        if call.act in ("submit", "withdraw") and call.status in (0, 302):
            asked[call.plan, call.act, names[call.who]] += 1
    for one in done:
        if one.act in ("submit", "withdraw"):
            key = (one.plan, one.act, one.who)
            asked[key] -= 1
            if asked[key] < 0:
                yield f"from nowhere: {one} was asked for by nobody"


def out_of_order(pairs: Sequence[tuple[Call, Done]]) -> list[str]:
    """Real time: what ended before something else began stands before it, by id and in the ledger."""
    by_id = [(call, one.id, one.id) for call, one in pairs]
    by_ledger = [(call, one.ledger[0], one.ledger[-1]) for call, one in pairs if one.ledger]
    return [*_disordered(by_id), *_disordered(by_ledger)]


def _disordered(events: Sequence[tuple[Call, int, int]]) -> Iterator[str]:
    """Sweep by time: the highest number of all that has ended must be below what begins after."""
    ended = sorted(events, key=lambda event: event[0].end)
    place, highest = 0, -1
    for call, first, _ in sorted(events, key=lambda event: event[0].start):
        while ended[place][0].end < call.start:
            highest = max(highest, ended[place][2])
            place += 1
        if highest > first:
            yield f"out of order: {call} got {first}, {highest} had been given before it began"
