"""Long lists in pages of fifty, as the pager macro shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy import Select, func, select

from core.db import session

PER_PAGE: Final = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number from 1, and how many rows there are in all."""

    items: list[Row]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // PER_PAGE)


def paged(query: Select[Row], number: int) -> Page[Row]:
    """The rows of one page, in two queries; a page past the end is empty."""
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    total = session().scalar(counted) or 0
    rows = session().scalars(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    return Page(list(rows), number, total)
