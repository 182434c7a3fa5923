"""Ending delegations inside the caller's transaction, with history and notices; the row is locked."""

from __future__ import annotations

from datetime import date, timedelta

from accounts.people.models import Delegation
from accounts.people.rules import Person, System
from accounts.people.store import watch_desks
from core import clock, history, notices


def end_now(made: Delegation, *, by: Person | System) -> None:
    """It counts no more from this moment: revoked by whoever gave it or an administrator, given back by the other."""
    made.revoked_at, made.revoked_by = clock.now(), by.id
    word = "退回" if by.id == made.taker_id else "撤销"
    _tell(made, f"{by.name}{word}委托：{made.giver.name}委托{made.taker.name}代办“{made.what}”，即刻起不再有效", by)
    watch_desks(clock.today() - timedelta(days=1), by=by)


def end_on(made: Delegation, last_day: date, *, by: Person | System) -> None:
    """It ends on this day already; one that would begin later is revoked."""
    if last_day < max(made.starts_on, clock.today()):
        end_now(made, by=by)
    elif made.ends_on > last_day:
        made.ends_on = last_day
        said = f"{by.name}提前结束委托：{made.giver.name}委托{made.taker.name}代办“{made.what}”，截止 {last_day}"
        _tell(made, said, by)
        watch_desks(last_day, by=by)


def _tell(made: Delegation, said: str, by: Person | System) -> None:
    for one in (made.giver_id, made.taker_id):
        history.record("person", one, "revoke_delegation", said, by=by, details={"delegation": made.id})
    notices.tell({made.giver_id, made.taker_id} - {by.id}, said, "/delegations")
