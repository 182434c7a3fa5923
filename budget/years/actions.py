"""Closing a fiscal year, and opening it again with a reason."""

from __future__ import annotations

from accounts.people.rules import Person
from budget.calendar.models import FiscalYear
from budget.calendar.rules import YearState
from budget.calendar.store import find_fiscal_year
from budget.years import rules, store
from core import clock, history
from core.db import alone, transaction
from core.errors import Conflict, Overtaken, Refused
from core.waiting import retried


@retried
def close_year(division_code: str, year: int, seen: int, *, by: Person) -> None:
    """年结: from here on the year takes nothing more. Raises `Refused` with everything that is in the way.

    The lock is the one that every posting, decision, ledger row and new plan shares (migration 0006): whatever is
    being written is waited for and looked at, whatever comes later finds the year closed.
    """
    with transaction() as work:
        row = _locked(division_code, year)
        if row is not None and row.state is YearState.CLOSED:
            by_whom = history.last_said("fiscal_year", year, "close")
            raise Overtaken(f"{year} 年已由{by_whom}年结，不用再次年结。")
        _check_seen(row, year, seen)
        rules.check_settled(year, store.obstacles(division_code, year))
        if row is None:
            row = FiscalYear(division_code=division_code, year=year)
            work.add(row)
        row.state, row.closed_at, row.closed_by = YearState.CLOSED, clock.now(), by.id
        history.record("fiscal_year", year, "close", f"{year}年年结", by=by)


@retried
def reopen_year(division_code: str, year: int, reason: str, seen: int, *, by: Person) -> None:
    """反年结: the year takes plans and money again. Raises `Refused`, `Conflict`."""
    rules.check_reason(reason)
    with transaction():
        row = _locked(division_code, year)
        if row is None or row.state is not YearState.CLOSED:
            raise Refused(f"{year} 年没有年结，不用反年结。")
        _check_seen(row, year, seen)
        row.state, row.closed_at, row.closed_by, row.reason = YearState.OPEN, None, None, reason.strip()
        history.record("fiscal_year", year, "reopen", f"{year}年反年结：{row.reason}", by=by)


def _locked(division_code: str, year: int) -> FiscalYear | None:
    """The year as nobody else can change it now; None when it was never closed."""
    alone(f"fiscal year {division_code} {year}")
    return find_fiscal_year(division_code, year)


def _check_seen(row: FiscalYear | None, year: int, seen: int) -> None:
    version = row.version if row else 0
    if version != seen:
        said = (
            [f"现在是“{row.state.label}”{f'，上次反年结的原因：{row.reason}' if row.reason else ''}。"] if row else []
        )
        raise Conflict(f"{year}年的年结状态", said, version, history.last_said("fiscal_year", year))
