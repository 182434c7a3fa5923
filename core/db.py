"""The database: column types, the base of all tables, and `transaction()`, the only committer."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, cast
from uuid import UUID

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    Identity,
    Insert,
    Integer,
    MetaData,
    String,
    TableClause,
    Text,
    TypeDecorator,
    Uuid,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, mapped_column, registry

from core import sqlite_guard
from core.money import Money

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class MoneyColumn(TypeDecorator[Money]):
    """Whole fen in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's
        """Money to fen."""
        return None if value is None else value.fen

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Money | None:  # noqa: ARG002  SQLAlchemy's
        """Fen to money; sums come back as Decimal on PostgreSQL, exact all the same."""
        return None if value is None else Money(int(value))


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC moments in a column without zone, the same on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's
        """A naive moment is a programming mistake: its zone would be a guess."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored moment must be aware")
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's
        """The moment back, marked as UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


_BIG: Final = BigInteger().with_variant(Integer, "sqlite")

Id = Annotated[int, mapped_column(_BIG, Identity(), primary_key=True)]
Code = Annotated[str, mapped_column(String(64))]
Name = Annotated[str, mapped_column(String(400))]
Long = Annotated[str, mapped_column(Text)]


class Table(DeclarativeBase):
    """The base of every table: money, moments, dates and texts have one column type each."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMING),
        type_annotation_map={
            Money: MoneyColumn,
            datetime: UtcDateTime,
            date: Date,
            UUID: Uuid,
            int: _BIG,
            str: String(400),
        },
    )


db = SQLAlchemy(model_class=Table)

if TYPE_CHECKING:
    Model = Table
else:
    Model = db.Model


def code_of(kind: type[StrEnum]) -> Enum:
    """A column type for a closed set of words, stored as their short text values."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda words: [word.value for word in words])


def start(app: Flask) -> None:
    """Bind the database to the application; SQLite gets its safe settings on every connection."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sqlite_guard.prepare)
        event.listen(engine, "connect", sqlite_guard.stand)
        event.listen(engine, "begin", sqlite_guard.begin)
    # A child process must never speak through its parent's handles (it corrupts SQLite files).
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))


def session() -> Session:
    """The session of the present request, job or command, for reading."""
    return cast(Session, db.session())


_writer: Final = threading.RLock()
_WRITING: Final = "writing"
_UNIT: Final = "unit of work"
_LOOSE: Final = "a write outside transaction()"


@contextmanager
def transaction() -> Iterator[Session]:
    """One use case, all or nothing: commits at the end, rolls back on any exception.

    Raises RuntimeError inside another transaction: actions never call actions. On SQLite it begins IMMEDIATE
    and writers of this process queue on a lock, which is fairer than the database's own busy waiting.
    Inside a unit of work it becomes a part of it: what it wrote is flushed, and the unit commits.
    """
    work = session()
    if work.info.get(_WRITING):
        raise RuntimeError("a transaction inside a transaction: an action called another action")
    unit = work.info.get(_UNIT)
    with unit.part() if unit else _by_itself():
        yield work


@contextmanager
def _by_itself() -> Iterator[None]:
    with unit_of_work() as unit, unit.part():
        yield


class Unit:
    """Several transactions as one: the first begins it, each later one is a savepoint, and it is kept or undone whole.

    The lock that writers of this process queue on (SQLite) is held from the beginning to the end.
    """

    def __init__(self, work: Session) -> None:
        self.work = work
        self.begun = False
        self._held = ExitStack()

    @contextmanager
    def part(self) -> Iterator[None]:
        """One transaction inside; when it fails, those before it stand (the view may have caught the refusal)."""
        first = not self.begun
        try:
            if first:
                self._begin()
            with self.writing(), nullcontext() if first else self.work.begin_nested():
                yield
                self.work.flush()
            self.work.expire_all()
        except BaseException:
            if first:
                self.undo()
            raise

    def _begin(self) -> None:
        self.work.rollback()
        self.begun = True
        self._held.enter_context(_writer if self.work.get_bind().dialect.name == "sqlite" else nullcontext())
        self.work.connection(execution_options={"writes": True})

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Allow writes inside, as a part does, but without a savepoint."""
        self.work.info[_WRITING] = True
        try:
            yield
        finally:
            self.work.info[_WRITING] = False

    def undo(self) -> None:
        """As if none of it had been."""
        try:
            self.work.rollback()
        finally:
            self.begun = False
            self._held.close()

    def keep(self) -> None:
        """Commit what there is to commit."""
        if self.begun:
            self.work.commit()
            self.begun = False
            self._held.close()


def in_unit() -> bool:
    """Whether a unit of work is open, so that only its opener may repeat what failed."""
    return bool(session().info.get(_UNIT))


@contextmanager
def unit_of_work() -> Iterator[Unit]:
    """Every transaction() inside is a part of one database transaction, committed at the end of the block."""
    work = session()
    if work.info.get(_UNIT):
        raise RuntimeError("a unit of work inside a unit of work")
    unit = work.info[_UNIT] = Unit(work)
    try:
        yield unit
        unit.keep()
    except BaseException:
        unit.undo()
        raise
    finally:
        del work.info[_UNIT]


def add_rows(model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write plain rows inside the caller's transaction: none is kept, or looked at once more, as an object.

    Nothing else that the caller changed is written before. Raises RuntimeError outside of a transaction.
    """
    work = session()
    if not work.info.get(_WRITING):
        raise RuntimeError(_LOOSE)
    if rows:
        work.connection().execute(_adding(model), rows)


@cache
def _adding(model: type[Table]) -> Insert:
    return insert(cast("TableClause", model.__table__))


def one_snapshot() -> None:
    """Let every query of the caller's transaction see the same moment; to be called before the first of them.

    A writing transaction on SQLite sees one moment anyway.
    """
    work = session()
    if work.get_bind().dialect.name == "postgresql":
        work.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def alone(purpose: str) -> None:
    """Let one transaction at a time go on with this purpose, for first rows that nobody could lock yet.

    A writing transaction on SQLite is alone anyway.
    """
    work = session()
    if work.get_bind().dialect.name == "postgresql":
        work.execute(select(func.pg_advisory_xact_lock(func.hashtext(purpose))))


def together(purpose: str) -> None:
    """Keep out, until the transaction ends, whoever wants to be `alone` with this purpose; others may do the same."""
    work = session()
    if work.get_bind().dialect.name == "postgresql":
        work.execute(select(func.pg_advisory_xact_lock_shared(func.hashtext(purpose))))


@event.listens_for(Session, "before_flush")
def _only_in_transaction(work: Session, *_: object) -> None:
    if not work.info.get(_WRITING):
        raise RuntimeError(_LOOSE)


@event.listens_for(Session, "do_orm_execute")
def _no_loose_statement(state: ORMExecuteState) -> None:
    if not state.is_select and not state.session.info.get(_WRITING):
        raise RuntimeError(_LOOSE)
