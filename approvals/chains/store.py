"""Reading chains."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from approvals.chains.models import Chain
from core.db import session
from core.errors import Missing


def find_published(division_code: str, plan_kind: str) -> Chain | None:
    """The newest published chain for this kind of plan, with its steps; None when there is none."""
    query = (
        select(Chain)
        .where(Chain.division_code == division_code, Chain.plan_kind == plan_kind, Chain.published_at.is_not(None))
        .options(selectinload(Chain.steps))
        .order_by(Chain.version.desc(), Chain.id.desc())
        .limit(1)
    )
    return session().scalars(query).first()


def get_chain(chain_id: int | None) -> Chain:
    """The chain with its steps. Raises `Missing`."""
    query = select(Chain).where(Chain.id == chain_id).options(joinedload(Chain.steps))
    chain = session().scalars(query).unique().first()
    if chain is None:
        raise Missing()
    return chain
