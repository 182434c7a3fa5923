"""What holds from a day to a day, and whether two such things meet; pure as rules are."""

from __future__ import annotations

from datetime import date
from typing import Protocol


class Lasting(Protocol):
    """What holds from a day to a day."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...


def overlap(first: Lasting, second: Lasting) -> bool:
    """Whether there is a day on which both hold."""
    starts_before_end = second.ends_on is None or first.starts_on <= second.ends_on
    ends_after_start = first.ends_on is None or first.ends_on >= second.starts_on
    return starts_before_end and ends_after_start
