"""Letting papers that prove lines prove what was made of these lines in another plan of the unit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from core.db import session
from vouchers.papers.models import Draw, Paper


def draw_again(lines: Mapping[int, int]) -> None:
    """Let the papers of some lines, which have just left their plan, prove their copies, with the same amounts.

    The paper is the one in the register: what the old line drew is free since it left, so the same fits once more.
    `lines` gives the copy of each line, by id. Inside the caller's transaction.
    """
    work = session()
    query = select(Draw).join(Paper, Paper.id == Draw.paper_id)
    query = query.where(Draw.plan_line_id.in_(lines), Paper.removed_at.is_(None))
    for draw in work.scalars(query.order_by(Paper.created_at, Paper.id, Draw.plan_line_id)).all():
        work.add(Draw(paper_id=draw.paper_id, plan_line_id=lines[draw.plan_line_id], amount=draw.amount))
        work.flush()  # one after the other: papers are held in this order, and the database counts
