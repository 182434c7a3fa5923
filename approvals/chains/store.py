"""Reading chains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from approvals.chains.models import Chain, ChainStep
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


_STEPS: Final = select(ChainStep).where(ChainStep.chain_id == bindparam("chain_id")).order_by(ChainStep.number)


def steps_of(chain_id: int | None) -> Sequence[ChainStep]:
    """The steps of the chain alone. Raises `Missing`."""
    steps = session().scalars(_STEPS, {"chain_id": chain_id}).all()
    if not steps:
        raise Missing()
    return steps


def get_chain(chain_id: int | None) -> Chain:
    """The chain with its steps. Raises `Missing`."""
    query = select(Chain).where(Chain.id == chain_id).options(joinedload(Chain.steps))
    chain = session().scalars(query).unique().first()
    if chain is None:
        raise Missing()
    return chain
