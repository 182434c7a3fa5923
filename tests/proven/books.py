"""An auditor of his own: reads the tables by the bare driver and says everything that is not as promised.

Nothing of the house is imported here, so that a mistake of the house cannot hide itself.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

Row = tuple[Any, ...]

_EFFECTS: Final = {
    "grant": (1, 0, 0), "hold": (0, 1, 0), "release": (0, -1, 0), "post": (0, -1, 1), "reverse": (0, 0, -1),
}  # fmt: skip
# State → the acts that may have been the last; None where no decision need exist.
_LAST_ACTS: Final = {
    "draft": (None, "withdraw"),
    "in_review": (
        "submit", "agree", "return", "resume", "send_back", "undo", "consult", "answer", "hand_over", "reclaim",
    ),
    "suspended": ("suspend",),
    "returned": ("return", "agree", "withdraw", "object"),
    "approved": ("approve",),
    "cancelled": ("cancel",),
    "void": ("void",),
}  # fmt: skip


class Books:
    """A database as an outsider reads it, with ids as plain text."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, query: str) -> list[Row]:
        """All rows of a query, in one read of its own."""
        if self.url.startswith("sqlite:///"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)) as handle:
                return handle.execute(query).fetchall()
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            return [tuple(map(_plain, row)) for row in connection.execute(query)]

    def groups(self, query: str) -> dict[Any, list[Row]]:
        """The rows by their first column, which is left out."""
        found: dict[Any, list[Row]] = defaultdict(list)
        for first, *others in self.rows(query):
            found[first].append(tuple(others))
        return found


def _plain(value: Any) -> Any:
    return value.hex if hasattr(value, "hex") and not isinstance(value, float | bytes) else value


def faults(url: str, files: Path | None = None) -> list[str]:
    """Everything that breaks a promise: money (I1, I2), payments, numbers (I8), states, chains, files, jobs."""
    books = Books(url)
    found = [*_money(books), *_paid(books), *_ledger(books), *_decisions(books), *_plans(books), *_jobs(books)]
    if files is not None:
        found.extend(_files(books, files))
    return found


def _money(books: Books) -> Iterator[str]:
    """I1 and I2: what was posted is what the balances say, and never more than was granted."""
    moved = books.groups("SELECT allotment_id, kind, amount FROM posting")
    for key, *stored in books.rows("SELECT id, granted, held, posted FROM allotment"):
        effects = [[sign * amount for sign in _EFFECTS[kind]] for kind, amount in moved[key]]
        granted, held, posted = (sum(column) for column in zip(*effects, strict=True)) if effects else (0, 0, 0)
        if held < 0 or posted < 0 or held + posted > granted:
            yield f"I1: allotment {key} is overspent: granted {granted}, held {held}, posted {posted}"
        if [granted, held, posted] != stored:
            yield f"I2: allotment {key} says {stored}, its postings say {[granted, held, posted]}"


def _paid(books: Books) -> Iterator[str]:
    """What is paid on a line is still approved: no reduction and no cancelled approval has taken it."""
    paid = Counter[int]()
    for line, amount in books.rows("SELECT plan_line_id, amount FROM payment_match"):
        paid[line] += amount
    left = Counter[int]()
    for line, amount in books.rows(
        "SELECT COALESCE(l.source_line_id, l.id), e.approved"
        " FROM ledger_entry e JOIN plan_line l ON l.id = e.plan_line_id"
    ):
        left[line] += amount
    for line in {*paid, *left}:
        if not 0 <= paid[line] <= left[line]:
            yield f"line {line}: {paid[line]} is paid, {left[line]} is approved"


def _ledger(books: Books) -> Iterator[str]:
    """I8: 1, 2, 3 … for each division and year, and the head stands at the last."""
    for key, rows in books.groups(
        "SELECT division_code || '/' || fiscal_year, number FROM ledger_entry ORDER BY id"
    ).items():
        numbers = [number for (number,) in rows]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"I8: the ledger of {key} is numbered {numbers[:5]}…{numbers[-5:]} over {len(numbers)} rows"


def _decisions(books: Books) -> Iterator[str]:
    """Numbers without holes, each decision chained to the one before, none without its event."""
    for plan, rows in books.groups(
        "SELECT plan_id, number, body, sha256, sm3 FROM decision ORDER BY plan_id, number"
    ).items():
        if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
            yield f"decisions of plan {plan} are numbered {[row[0] for row in rows]}"
        before = ""
        for number, body, digest, _ in rows:
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                yield f"decision {number} of plan {plan} does not have the digest of its body"
            if f'"sha256":"{before}"' not in body:
                yield f"decision {number} of plan {plan} is not chained to the one before"
            before = digest
    acts = Counter(f"{plan} {act}" for plan, act in books.rows("SELECT plan_id, act FROM decision"))
    events = Counter(
        f"{plan.replace('-', '')} {act}"
        for plan, act in books.rows("SELECT subject_id, action FROM history WHERE subject_kind = 'plan'")
    )
    for key, count in acts.items():
        if events[key] != count:
            yield f"plan and act {key}: {count} decisions, {events[key]} events"


@dataclass
class _Story:
    """What stands about one plan in the other tables."""

    acts: Sequence[str]
    lines: dict[int, tuple[int | None, int | None]]
    postings: list[tuple[int, str, int, int]]
    revisions: int
    open_tasks: int
    entries: dict[int, list[int]]

    def outstanding(self) -> dict[int, int]:
        """Money held and not yet given back or posted, by line; lines without are left out."""
        left: Counter[int] = Counter()
        for line, kind, amount, _ in self.postings:
            left[line] += _EFFECTS[kind][1] * amount
        return {line: amount for line, amount in left.items() if amount}


def _plans(books: Books) -> Iterator[str]:
    """Nothing by half: the state of a plan fits its decisions, its holds, its desks and its ledger rows."""
    acts = books.groups("SELECT plan_id, act FROM decision ORDER BY plan_id, number")
    lines = books.groups("SELECT plan_id, id, applied, approved FROM plan_line WHERE removed_in IS NULL")
    postings = books.groups(
        "SELECT l.plan_id, l.id, s.kind, s.amount, s.revision FROM posting s JOIN plan_line l ON l.id = s.plan_line_id"
    )
    revisions = Counter(plan for (plan,) in books.rows("SELECT plan_id FROM plan_revision"))
    tasks = Counter(plan for (plan,) in books.rows("SELECT plan_id FROM review_task WHERE state = 'open'"))
    entries = books.groups("SELECT plan_id, plan_line_id, approved FROM ledger_entry ORDER BY id")
    for plan, state, revision in books.rows("SELECT id, state, revision FROM plan"):
        story = _Story(
            [act for (act,) in acts[plan]], {line: (applied, approved) for line, applied, approved in lines[plan]},
            [(line, kind, amount, at) for line, kind, amount, at in postings[plan]], revisions[plan], tasks[plan],
            _by_line(entries[plan]),
        )  # fmt: skip
        yield from (f"plan {plan} ({state}, round {revision}): {fault}" for fault in _plan(state, revision, story))


def _by_line(entries: Sequence[Row]) -> dict[int, list[int]]:
    amounts: dict[int, list[int]] = defaultdict(list)
    for line, amount in entries:
        amounts[line].append(amount)
    return dict(amounts)


def _plan(state: str, revision: int, story: _Story) -> Iterator[str]:
    last = story.acts[-1] if story.acts else None
    if last not in _LAST_ACTS.get(state, ()):
        yield f"the last decision is {last}"
    submitted = sum(act == "submit" for act in story.acts)
    if not revision == submitted == story.revisions:
        yield f"{submitted} submissions, {story.revisions} contents kept"
    live = state in ("in_review", "suspended")
    held = {line: applied for line, (applied, _) in story.lines.items() if applied and applied > 0}
    wanted = held if live else {}  # what takes back holds nothing
    if story.outstanding() != wanted:
        yield f"holds {story.outstanding()}, should hold {wanted}"
    if live != bool(story.open_tasks):
        yield f"{story.open_tasks} open desks"
    amounts = {line: amount or 0 for line, (_, amount) in story.lines.items()}
    approved = {
        "approved": {line: [amount] for line, amount in amounts.items()},
        "cancelled": {line: [amount, -amount] for line, amount in amounts.items()},
    }.get(state, {})
    if story.entries != approved:
        yield f"the ledger says {story.entries}, approved was {approved}"


def _jobs(books: Books) -> Iterator[str]:
    """Each approved plan has its papers, or a job that is still to make them."""
    jobs = {(kind, subject.replace("-", "")) for kind, subject in books.rows("SELECT kind, subject FROM job")}
    for (plan,) in books.rows("SELECT id FROM plan WHERE state = 'approved'"):
        for kind in ("approval_pdf", "demand_pdf"):
            if (kind, plan) not in jobs:
                yield f"plan {plan} was approved without a job {kind}"
    failed = books.rows("SELECT kind, note FROM job WHERE state = 'failed'")
    yield from (f"job {kind} failed: {note}" for kind, note in failed)
    done = books.rows("SELECT kind, subject FROM job WHERE state = 'done' AND kind IN ('demand_pdf', 'approval_pdf')")
    made = set(books.rows("SELECT plan_id, kind FROM document"))  # after the jobs: the worker goes on while we read
    for kind, subject in done:
        if (subject.replace("-", ""), kind.removesuffix("_pdf")) not in made:
            yield f"job {kind} of {subject} is done without a document"


def _files(books: Books, folder: Path) -> Iterator[str]:
    """Each row that names a file has it, whole: the right size and the right hash."""
    for digest, size in books.rows("SELECT digest, size FROM blob"):
        path = folder / digest[:2] / digest
        content = path.read_bytes() if path.is_file() else None
        if content is None:
            yield f"blob {digest} has no file"
        elif (len(content), hashlib.sha256(content).hexdigest()) != (size, digest):
            yield f"blob {digest} has another content"
    loose = books.rows("SELECT p.id FROM paper p LEFT JOIN blob b ON b.digest = p.blob_digest WHERE b.digest IS NULL")
    yield from (f"paper {paper} has no blob" for (paper,) in loose)
