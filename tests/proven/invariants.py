"""The promises about money and decisions, checked from the raw tables alone: nothing here asks the actions."""

# ruff: noqa: S608  statements of our own names

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.proven import opinions
from tests.proven.folding import folded
from tests.proven.raw import Raw

Rows = list[tuple[Any, ...]]
LIVE: Final = ("in_review", "suspended")
MOST: Final = 10**14
# What may only ever be added.
COUNTED: Final = (
    "history", "posting", "opinion", "decision", "plan_revision", "ledger_entry", "payment", "payment_match",
    "task_line", "revision_line", "decision_view", "retraction",
)  # fmt: skip


@dataclass
class Seen:
    """What earlier looks have shown and no later one may take back."""

    counts: dict[str, int] = field(default_factory=dict)
    contents: dict[tuple[str, int], str] = field(default_factory=dict)


def broken(raw: Raw, seen: Seen) -> list[str]:
    """Every promise that does not hold now."""
    tables = _Tables(raw)
    checks = (_balances, _plans, _contents, _ledger_numbers, _red_rows, _payments, _chains, _amounts)
    found = [fault for check in checks for fault in check(tables)]
    found.extend(opinions.faults(raw))
    return [*found, *_kept(tables, seen)]


class _Tables:
    """The tables as they are now, each read once."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.allotments = raw.rows("SELECT id, granted, held, posted FROM allotment ORDER BY id")
        self.postings = raw.rows("SELECT allotment_id, kind, amount, plan_line_id, revision FROM posting ORDER BY id")
        self.plans = raw.rows("SELECT id, state, revision, number, kind FROM plan ORDER BY number")
        self.decisions = raw.rows(
            "SELECT plan_id, number, revision, step_no, act, digest, person_id, body, sha256, sm3"
            " FROM decision ORDER BY plan_id, number"
        )
        self.lines = raw.rows(
            "SELECT plan_id, id, applied, suggested, approved, allotment_id, source_line_id FROM plan_line"
            " WHERE removed_in IS NULL ORDER BY position"
        )
        self.revisions = raw.rows("SELECT plan_id, revision, digest, content FROM plan_revision")
        self.ledger = raw.rows(
            "SELECT plan_id, plan_line_id, approved, reverses_id, id, division_code, fiscal_year, epoch, number"
            " FROM ledger_entry ORDER BY id"
        )
        self.paid = raw.rows(
            "SELECT m.payment_id, p.amount, m.plan_line_id, m.amount FROM payment_match m"
            " JOIN payment p ON p.id = m.payment_id"
        )


def _by_first(rows: Rows) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for first, *others in rows:
        found[first].append(tuple(others))
    return found


def _balances(now: _Tables) -> Iterator[str]:
    """I1 and I2: never more than granted, and each balance the sum of its postings."""
    sums: Counter[tuple[int, str]] = Counter()
    for allotment, kind, amount, *_ in now.postings:
        sums[allotment, kind] += amount
    for key, granted, held, posted in now.allotments:
        if not (held >= 0 and posted >= 0 and held + posted <= granted):
            yield f"I1: allotment {key}: granted {granted}, held {held}, posted {posted}"
        moved = {kind: sums[key, kind] for kind in ("grant", "hold", "release", "post", "reverse")}
        wanted = (moved["grant"], moved["hold"] - moved["release"] - moved["post"], moved["post"] - moved["reverse"])
        if (granted, held, posted) != wanted:
            yield f"I2: allotment {key}: {(granted, held, posted)} is not the sum {wanted}"


def _plans(now: _Tables) -> Iterator[str]:
    decisions, lines, ledger = map(_by_first, (now.decisions, now.lines, now.ledger))
    held: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for _, kind, amount, line, revision in now.postings:
        if line is not None:
            held[line, revision][kind] += amount
    owner = {line: plan for plan, line in now.raw.rows("SELECT plan_id, id FROM plan_line")}
    by_plan: dict[str, dict[tuple[int, int], Counter[str]]] = defaultdict(dict)
    for (line, revision), moved in held.items():
        by_plan[owner[line]][line, revision] = moved
    for plan, state, revision, number, kind in now.plans:
        if (state, revision) != (wanted := folded(decisions[plan])):
            yield f"I3: plan {number} is {(state, revision)}, its decisions say {wanted}"
        asking = _asking(kind, lines[plan]) if state in LIVE else {}
        yield from (f"I4: plan {number}: {fault}" for fault in _holds(asking, revision, by_plan[plan]))
        yield from (
            f"I5: plan {number}: {fault}" for fault in _entries(state, lines[plan], ledger[plan], by_plan[plan])
        )


def _asking(kind: str, lines: Rows) -> dict[int, int]:
    """What each line under review holds: a minus line nothing, and nothing what an adjustment pays for by itself."""
    freed: Counter[int] = Counter()
    if kind == "adjustment":
        for _, applied, _, _, allotment, source in lines:
            freed[allotment] -= applied if source else 0
    held = {}
    for line, applied, _, _, allotment, source in lines:
        if source:
            continue
        if applied <= freed[allotment]:
            freed[allotment] -= applied
        else:
            held[line] = applied
    return held


def _holds(asking: dict[int, int], revision: int, moved: dict[tuple[int, int], Counter[str]]) -> Iterator[str]:
    """One unresolved hold for each live line that asks while it is reviewed, none otherwise."""
    unresolved = {key: left for key, sums in moved.items() if (left := sums["hold"] - sums["release"] - sums["post"])}
    wanted = {(line, revision): applied for line, applied in asking.items()}
    if unresolved != wanted:
        yield f"unresolved holds {unresolved}, not {wanted}"


def _entries(state: str, lines: Rows, ledger: Rows, moved: dict[tuple[int, int], Counter[str]]) -> Iterator[str]:
    """Approved: one ledger row for each line, and as much posted, or taken back. Cancelled: all back. Else nothing."""
    black = sorted((line, amount) for line, amount, reverses, *_ in ledger if reverses is None)
    red = sorted((line, -amount) for line, amount, reverses, *_ in ledger if reverses is not None)
    plus = sorted((line, approved) for line, _, _, approved, _, source in lines if not source)
    minus = sorted((line, -approved) for line, _, _, approved, _, source in lines if source and state == "approved")
    given = plus if state in ("approved", "cancelled") else []
    if (black, red) != (given, plus if state == "cancelled" else minus):
        yield f"the ledger has {black} and red {red} for {plus} and {minus}"
    for kind, rows in (("post", black), ("reverse", red)):
        posted = sorted((line, sums[kind]) for (line, _), sums in moved.items() if sums[kind])
        if posted != rows:
            yield f"{kind} {posted}, but the ledger has {rows}"


def _contents(now: _Tables) -> Iterator[str]:
    """I7: each decision carries the digest of the content it is on, and that content is what stands in review."""
    digests = {(plan, revision): digest for plan, revision, digest, _ in now.revisions}
    contents = {(plan, revision): content for plan, revision, _, content in now.revisions}
    for key, content in contents.items():
        if hashlib.sha256(content.encode()).hexdigest() != digests[key]:
            yield f"I7: the content of {key} has another digest"
    for plan, number, revision, _, _, digest, *_ in now.decisions:
        if digests.get((plan, revision)) != digest:
            yield f"I7: decision {number} of {plan} is on another content"
    yield from _reviewed(now, contents)
    yield from _left(now)


def _reviewed(now: _Tables, contents: dict[tuple[str, int], str]) -> Iterator[str]:
    """What lies on the desks is what was submitted."""
    submitted: dict[tuple[str, int], list[int]] = defaultdict(list)
    for plan, revision, applied in now.raw.rows(
        "SELECT r.plan_id, r.revision, l.applied FROM revision_line r JOIN plan_line l ON l.id = r.plan_line_id"
        " ORDER BY r.plan_id, r.revision, r.position"
    ):
        submitted[plan, revision].append(applied)
    for plan, state, revision, number, _ in now.plans:
        if state not in ("draft", "returned", "void"):
            said = [line["applied"] for line in json.loads(contents[plan, revision])["lines"]]
            if said != submitted[plan, revision]:
                yield f"I7: plan {number} is reviewed with other amounts than it was submitted with"


def _left(now: _Tables) -> Iterator[str]:
    """A submitted line leaves a plan under review only when a desk set it aside, and then it holds nothing."""
    for line, revision, aside, held in now.raw.rows(
        "SELECT l.id, l.removed_in, (SELECT COUNT(*) FROM opinion o JOIN review_task t ON t.id = o.task_id"
        " WHERE o.plan_line_id = l.id AND o.verdict = 'aside' AND t.revision = p.revision"
        " AND o.id NOT IN (SELECT opinion_id FROM retraction)"
        " AND t.state IN ('done', 'revoked')),"
        " (SELECT COALESCE(SUM(CASE s.kind WHEN 'hold' THEN s.amount ELSE -s.amount END), 0) FROM posting s"
        " WHERE s.plan_line_id = l.id) FROM plan_line l JOIN plan p ON p.id = l.plan_id JOIN revision_line r"
        " ON r.plan_line_id = l.id AND r.revision = p.revision"
        " WHERE l.removed_in IS NOT NULL AND p.state IN ('in_review', 'suspended', 'approved')"
    ):
        if not aside or held:
            yield f"line {line} has left in round {revision}, set aside by {aside} desks, and holds {held}"


def _ledger_numbers(now: _Tables) -> Iterator[str]:
    """I8: 1..n in the order in which they were written."""
    books: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for *_, division, year, epoch, number in now.ledger:
        books[division, year, epoch].append(number)
    for book, numbers in books.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"I8: {book} is numbered {numbers}"


def _red_rows(now: _Tables) -> Iterator[str]:
    """I5: a red row reverses a black one, and all of them together no more than it has."""
    left = {key: amount for _, _, amount, reverses, key, *_ in now.ledger if reverses is None}
    for _, line, amount, reverses, *_ in now.ledger:
        if reverses is not None:
            left[reverses] += amount
            if left[reverses] < 0:
                yield f"I5: line {line} takes back {-amount}, more than is left of row {reverses}"


def _payments(now: _Tables) -> Iterator[str]:
    """What is paid on a line is still approved, and no payment is matched beyond itself."""
    approved: Counter[int] = Counter()
    line_of = {key: line for _, line, _, _, key, *_ in now.ledger}
    for _, line, amount, reverses, *_ in now.ledger:
        approved[line if reverses is None else line_of[reverses]] += amount
    paid: Counter[int] = Counter()
    used: dict[tuple[int, int], int] = defaultdict(int)
    for payment, whole, line, amount in now.paid:
        paid[line] += amount
        used[payment, whole] += amount
    for line, amount in paid.items():
        if not 0 <= amount <= approved[line]:
            yield f"paid: line {line} has {amount} paid of {approved[line]}"
    for (payment, whole), amount in used.items():
        if not min(whole, 0) <= amount <= max(whole, 0):
            yield f"paid: payment {payment} of {whole} is matched with {amount}"


def _chains(now: _Tables) -> Iterator[str]:
    """I12: numbers 1..n for each plan, each body with its digests, its predecessor and its own columns."""
    for plan, rows in _by_first(now.decisions).items():
        before = {"sha256": "", "sm3": ""}
        for place, (number, revision, step, act, digest, person, body, sha256, sm3) in enumerate(rows, 1):
            said = json.loads(body)
            columns = (place, revision, step, act, digest, person)
            told = tuple(said[key] for key in ("number", "revision", "step_no", "act", "content", "person_id"))
            if number != place or told != columns:
                yield f"I12: decision {number} of {plan} says {told}, its row {columns}"
            if said["prev"] != before:
                yield f"I12: decision {number} of {plan} names another predecessor"
            if (hashlib.sha256(body.encode()).hexdigest(), hashlib.new("sm3", body.encode()).hexdigest()) != (
                sha256,
                sm3,
            ):
                yield f"I12: decision {number} of {plan} has another digest"
            before = {"sha256": sha256, "sm3": sm3}


def _amounts(now: _Tables) -> Iterator[str]:
    """I15: whole fen, positive, within reason, and only ever lowered."""
    for _, kind, amount, *_ in now.postings:
        if not isinstance(amount, int) or abs(amount) > MOST or (kind != "grant" and amount <= 0):
            yield f"I15: {kind} of {amount!r}"
    for plan, line, applied, suggested, approved, _, source in now.lines:
        sign = -1 if source else 1
        known = [sign * amount for amount in (approved, suggested, applied) if amount is not None]
        lowered = known == sorted(known) if sign > 0 else len(set(known)) < 2
        if any(not isinstance(amount, int) or not 0 < amount <= MOST for amount in known) or not lowered:
            yield f"I15: line {line} of {plan}: {applied}, {suggested}, {approved}"


def _kept(now: _Tables, seen: Seen) -> Iterator[str]:
    """I18 and I7: nothing that was written is gone or another; what was ever submitted stays."""
    counts = {table: now.raw.one(f"SELECT COUNT(*) FROM {table}") for table in COUNTED}
    counts["submitted plans"] = sum(plan[2] > 0 for plan in now.plans)
    for name, count in counts.items():
        if count < seen.counts.get(name, 0):
            yield f"I18: {name} fell from {seen.counts[name]} to {count}"
    contents = {(plan, revision): content for plan, revision, _, content in now.revisions}
    for key, content in seen.contents.items():
        if contents.get(key) != content:
            yield f"I7: the content of {key} has changed"
    seen.counts, seen.contents = counts, contents
