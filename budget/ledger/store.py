"""Posting to the ledger inside the approving transaction, and reading it within a person's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, insert, or_, select

from accounts.people.rules import Scope
from budget.ledger.models import LedgerEntry
from budget.plans.store import next_number
from core.db import session
from core.money import Money

SERIES = "ledger"


def post(division_code: str, fiscal_year: int, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write the rows with the next numbers of the division and year; gives the first number.

    The head row is locked, so the numbers are gapless: a rollback gives them back.
    """
    first = next_number(division_code, fiscal_year, SERIES, len(rows))
    numbered = [{**row, "number": first + place} for place, row in enumerate(rows)]
    session().execute(insert(LedgerEntry), numbered)
    return first


def black_rows(line_ids: Iterable[int | None]) -> dict[int, int]:
    """The ids of the rows by which lines were posted, by line: what a red row takes back from."""
    wanted = {line_id for line_id in line_ids if line_id is not None}
    query = select(LedgerEntry.plan_line_id, LedgerEntry.id).where(LedgerEntry.plan_line_id.in_(wanted))
    return dict(session().execute(query.where(LedgerEntry.reverses_id.is_(None))).all()) if wanted else {}


def post_red(entries: Sequence[LedgerEntry], why: Mapping[str, Any]) -> None:
    """Take rows back: each as a red row with negative amounts, numbered like any other; `why` replaces facts."""
    first = entries[0]
    rows = [{**_facts(entry), **_reversed(entry), **why} for entry in entries]
    post(first.division_code, first.fiscal_year, rows)


def _facts(entry: LedgerEntry) -> dict[str, Any]:
    left_out = {"id", "number"}
    return {
        column.key: getattr(entry, column.key) for column in LedgerEntry.__table__.columns if column.key not in left_out
    }


def _reversed(entry: LedgerEntry) -> dict[str, Any]:
    amounts = {"applied": -entry.applied, "suggested": -entry.suggested, "approved": -entry.approved}
    return {**amounts, "reverses_id": entry.id}


@dataclass(frozen=True)
class LedgerFilter:
    """What the reader asked for; the page, the workbook and the exchange table share it."""

    fiscal_year: int
    month: int | None = None
    unit_code: str = ""
    office_id: int | None = None
    search: str = ""


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Which entries a person may see."""
    if scope.whole_bureau:
        return LedgerEntry.id.is_not(None)
    units = scope.read_unit_ids
    parts: list[ColumnElement[bool]] = [LedgerEntry.unit_id.in_(units)] if units else []
    if scope.office_ids:
        parts.append(LedgerEntry.office_id.in_(scope.office_ids))
    if scope.department_codes:
        parts.append(LedgerEntry.department_code.in_(scope.department_codes))
    return or_(*parts) if parts else false()


def _selected(scope: Scope, wanted: LedgerFilter) -> ColumnElement[bool]:
    parts = [in_scope(scope), LedgerEntry.fiscal_year == wanted.fiscal_year]
    if wanted.month:
        parts.append(LedgerEntry.month == wanted.month)
    if wanted.unit_code:
        parts.append(LedgerEntry.unit_code.startswith(wanted.unit_code, autoescape=True))
    if wanted.office_id:
        parts.append(LedgerEntry.office_id == wanted.office_id)
    if wanted.search:
        columns = (LedgerEntry.purpose, LedgerEntry.payee, LedgerEntry.unit_name, LedgerEntry.plan_number)
        parts.append(or_(*(column.contains(wanted.search, autoescape=True) for column in columns)))
    return and_(*parts)


def page_of(scope: Scope, wanted: LedgerFilter, page: int, size: int) -> tuple[list[LedgerEntry], bool]:
    """One page of entries, newest number first, and whether there are more."""
    query = select(LedgerEntry).where(_selected(scope, wanted)).order_by(LedgerEntry.number.desc())
    found = list(session().scalars(query.offset((page - 1) * size).limit(size + 1)))
    return found[:size], len(found) > size


@dataclass(frozen=True)
class LedgerTotals:
    """Count and sums of everything selected."""

    count: int
    applied: Money
    suggested: Money
    approved: Money


def totals(scope: Scope, wanted: LedgerFilter) -> LedgerTotals:
    """Count and sums of everything selected, in one query."""
    sums = (func.sum(column) for column in (LedgerEntry.applied, LedgerEntry.suggested, LedgerEntry.approved))
    row = session().execute(select(func.count(), *sums).where(_selected(scope, wanted))).one()
    count, *amounts = row
    return LedgerTotals(count, *(_money(amount) for amount in amounts))


def _money(amount: Any) -> Money:
    return amount if isinstance(amount, Money) else Money(int(amount or 0))


def stream(scope: Scope, wanted: LedgerFilter, at_once: int = 1000) -> Iterator[LedgerEntry]:
    """All selected entries in the order of their numbers, a thousand at a time so that memory stays flat."""
    query: Select[LedgerEntry] = select(LedgerEntry).where(_selected(scope, wanted)).order_by(LedgerEntry.number)
    last = 0
    while batch := list(session().scalars(query.where(LedgerEntry.number > last).limit(at_once))):
        yield from batch
        last = batch[-1].number
        session().expunge_all()


def of_plan(plan_id: UUID) -> list[LedgerEntry]:
    """The entries of one plan in the order of its lines."""
    query = select(LedgerEntry).where(LedgerEntry.plan_id == plan_id).order_by(LedgerEntry.line_no, LedgerEntry.number)
    return list(session().scalars(query))
