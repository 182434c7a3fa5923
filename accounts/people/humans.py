"""Somebody's account as rules meet it, and whether two are of one human being; pure as rules are."""

from __future__ import annotations

from typing import Protocol


class Named(Protocol):
    """An account with what tells its owner apart."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...


def same_human(one: Named, other: Named) -> bool:
    """Whether name and phone are the same; no phone tells nothing."""
    return (one.name, one.phone) == (other.name, other.phone) and one.phone != ""
