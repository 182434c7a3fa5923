"""Answers used again within one piece of work: a page that asks twice, a batch whose plans all have the same chain.

Nothing outlives the block that remembers; outside of one everything is read afresh, as always.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_Known = dict[Hashable, dict[Hashable, Any]]
_KNOWN: Final[ContextVar[_Known | None]] = ContextVar("known", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, what is marked with `once` is read once, and what was told with `tell` is not read at all."""
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def once(read: Callable[P, T]) -> Callable[P, T]:
    """Mark a reading function: the same question has the same answer as long as somebody remembers."""

    @wraps(read)
    def asked(*args: P.args, **options: P.kwargs) -> T:
        return of(read, (args, tuple(sorted(options.items()))), lambda: read(*args, **options))

    return asked


def of(about: Hashable, name: Hashable, read: Callable[[], T]) -> T:
    """What is known of this thing under this name, else what is read now."""
    known = _KNOWN.get()
    if known is None:
        return read()
    told = known.setdefault(about, {})
    if name not in told:
        told[name] = read()
    found: T = told[name]
    return found


def answer(asked: Callable[P, T], value: T, *args: P.args, **options: P.kwargs) -> None:
    """Know the answer to a question that is marked with `once`."""
    tell(getattr(asked, "__wrapped__"), (args, tuple(sorted(options.items()))), value)  # noqa: B009  mypy knows no such


def tell(about: Hashable, name: Hashable, value: object) -> None:
    """Know this from here on, when anybody remembers."""
    known = _KNOWN.get()
    if known is not None:
        known.setdefault(about, {})[name] = value


def forget(about: Hashable) -> None:
    """What was known of this thing is true no longer."""
    if (known := _KNOWN.get()) is not None:
        known.pop(about, None)


def keep(about: Hashable, version: Hashable) -> None:
    """What is known of this thing holds for this version of it; told of another one, it is forgotten."""
    known = _KNOWN.get()
    if known is not None and known.get(about, {}).get("version") != version:
        known[about] = {"version": version}
