"""Reading chains."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from approvals.chains.models import Chain
from core.db import session
from core.errors import Missing, Refused


def published(division_code: str, plan_kind: str) -> Chain:
    """The newest published chain for this kind of plan, with its steps. Raises `Refused` when there is none."""
    query = (
        select(Chain)
        .where(Chain.division_code == division_code, Chain.plan_kind == plan_kind, Chain.published_at.is_not(None))
        .options(selectinload(Chain.steps))
        .order_by(Chain.version.desc(), Chain.id.desc())
        .limit(1)
    )
    chain = session().scalars(query).first()
    if chain is None:
        raise Refused("还没有启用的审批流程，请联系系统管理员。")
    return chain


def get_chain(chain_id: int | None) -> Chain:
    """The chain with its steps. Raises `Missing`."""
    query = select(Chain).where(Chain.id == chain_id).options(selectinload(Chain.steps))
    chain = session().scalars(query).first()
    if chain is None:
        raise Missing()
    return chain
