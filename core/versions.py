"""Optimistic versions: what a person edits carries a number, and nobody saves over what he has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from core.differences import Record, changes
from core.errors import SOMEBODY, Conflict


class Versioned:
    """A table that people edit. Each change counts `version` on by one; a trigger refuses every other update.

    `EDITED` names the columns that are edited where a row also keeps others (a person's sign-ins); else all are.
    """

    EDITED: ClassVar[frozenset[str]] = frozenset()

    version: Mapped[int] = mapped_column(default=1)


@event.listens_for(Versioned, "before_update", propagate=True)
def _count_on(mapper: Mapper[Any], _connection: Connection, row: Versioned) -> None:
    attributes = inspect(row).attrs
    changed = {column.key for column in mapper.column_attrs if attributes[column.key].history.has_changes()}
    if "version" not in changed and (changed & row.EDITED if row.EDITED else changed):
        row.version += 1


def somebody() -> str:
    """Whoever saved where the history does not name the single row."""
    return SOMEBODY


def check_seen(
    row: Versioned, seen: int, what: str, stored: Record, typed: Record, by: Callable[[], str] = somebody
) -> None:
    """Raise `Conflict` when the locked row is no longer as the page showed it and says something else than was typed.

    Whoever typed the very same as is stored hears nothing: there is nothing to lose. `by` finds out who saved it.
    """
    if row.version != seen and stored != typed:
        said = [str(change) for change in changes(stored, typed)]
        raise Conflict(what, said, row.version, by())


def check_untouched(row: Versioned, seen: int, what: str, stored: Record, by: Callable[[], str] = somebody) -> None:
    """The same for taking a row away, where nothing was typed: the conflict tells what it says now."""
    if row.version != seen:
        said = [f"{name}：现在是“{text or '空'}”。" for name, text in stored.items()]
        raise Conflict(what, said, row.version, by())
