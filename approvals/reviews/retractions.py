"""Whether an opinion still counts at its desk, for every query that reads opinions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from approvals.reviews.models import Opinion, Retraction


def stands(said: Any = Opinion) -> ColumnElement[bool]:
    """That nobody has taken the opinion back. `said` is the table of opinions, or an alias of it in the query."""
    return ~select(Retraction.opinion_id).where(Retraction.opinion_id == said.id).correlate(said).exists()
