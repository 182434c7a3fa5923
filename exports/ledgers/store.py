"""Which years the ledger holds for a person."""

from __future__ import annotations

from sqlalchemy import select

from accounts.people.rules import Scope
from budget.ledger.models import LedgerEntry
from budget.ledger.store import in_scope
from core.db import session


def years(scope: Scope) -> list[int]:
    """The years with entries that the person may see, newest first."""
    query = select(LedgerEntry.fiscal_year).where(in_scope(scope)).distinct()
    return list(session().scalars(query.order_by(LedgerEntry.fiscal_year.desc())))
