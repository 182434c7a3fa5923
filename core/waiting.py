"""How long the database may keep somebody waiting: limits on every connection, and whole actions done again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import psycopg
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from core.db import db, in_unit, session
from core.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS: Final = 3
# serialisation failure, deadlock, lock not available; SQLITE_BUSY and SQLITE_LOCKED
_PASSING: Final = frozenset({"40001", "40P01", "55P03", 5, 6})
_TOO_LONG: Final = "57014"  # statement_timeout: once more would only take as long again


def retried(action: Callable[P, T]) -> Callable[P, T]:
    """Do the whole action again, at most three times in all, when the database could not serve it just now.

    Inside a unit of work the unit is what must be repeated, so the failure goes on to whoever opened it.
    Raises `Busy` after the last time.
    """

    @wraps(action)
    def again(*args: P.args, **options: P.kwargs) -> T:
        if in_unit():
            return action(*args, **options)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return action(*args, **options)
            except DBAPIError as failure:
                session().rollback()
                if not is_busy(failure):
                    raise
                if attempt == ATTEMPTS or _code(failure) == _TOO_LONG:
                    raise Busy from failure
            time.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311  spreads the clerks, keeps no secret
        raise Busy

    return again


def is_busy(failure: BaseException | None) -> bool:
    """Whether the database could not serve this just now, though nothing is wrong with it."""
    return isinstance(failure, DBAPIError) and _code(failure) in {*_PASSING, _TOO_LONG}


def _code(failure: DBAPIError) -> str | int | None:
    """PostgreSQL's five letters, or SQLite's primary code."""
    primary: int | None = getattr(failure.orig, "sqlite_errorcode", None)
    return getattr(failure.orig, "sqlstate", None) if primary is None else primary & 0xFF


def start(app: Flask) -> None:
    """Set the limits on every connection that the pages make."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            event.listen(db.engine, "connect", _limit)


def be_patient() -> None:
    """For the worker and the commands, where nobody waits at a page: statements may take five minutes."""
    if db.engine.dialect.name == "postgresql":
        event.listen(db.engine, "connect", _patient)
        with db.engine.connect() as ready:  # the connection that a command of one thread is given from the pool
            _patient(ready.connection.driver_connection, None)


def no_hurry(connection: Connection) -> None:
    """For the transaction of a migration: no statement in it is too long, whatever limits its login has been given.

    A lock that others hold is waited for half a minute only: behind a migration that waits, every page waits.
    """
    if connection.dialect.name == "postgresql":
        limits = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": "30s"}
        for name, value in limits.items():
            connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _limit(handle: psycopg.Connection[Any], _record: object) -> None:
    """Nobody waits longer than a clerk would; whoever leaves a transaction open is cut off."""
    _set(handle, lock_timeout="3s", statement_timeout="15s", idle_in_transaction_session_timeout="30s")


def _patient(handle: Any, _record: object) -> None:
    _set(handle, statement_timeout="5min", idle_in_transaction_session_timeout="5min")


def _set(handle: psycopg.Connection[Any], **limits: str) -> None:
    before, handle.autocommit = handle.autocommit, True
    for name, value in limits.items():
        handle.execute("SELECT set_config(%s, %s, false)", (name, value))
    handle.autocommit = before
