"""The one clock: UTC for storage, Asia/Shanghai for business dates, stoppable in tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

# China has kept UTC+8 without summer time since 1992, so a fixed offset needs no zone database.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

_stopped_at: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _stopped_at or datetime.now(UTC)


def today() -> date:
    """The business date in Asia/Shanghai."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """A stored moment as people in Shanghai read it."""
    return moment.astimezone(SHANGHAI)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment given in Shanghai time, as UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@contextmanager
def stopped(moment: datetime) -> Iterator[None]:
    """Hold the clock of this whole process at one moment (threads of a test server included)."""
    global _stopped_at
    before, _stopped_at = _stopped_at, moment.astimezone(UTC)
    try:
        yield
    finally:
        _stopped_at = before
