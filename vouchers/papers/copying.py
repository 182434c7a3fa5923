"""Letting papers of one plan prove lines of another that were copied from it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core import clock
from core.db import session
from vouchers.papers.models import Draw, Paper, PaperPage, PaperReading


def copy_to_plan(lines: Mapping[int, int], plan_id: UUID) -> None:
    """Let the papers of some lines prove their copies in another plan: the same files, under that plan.

    `lines` gives the copy of each line, by id. Inside the caller's transaction.
    """
    work = session()
    query = select(Paper, Draw.plan_line_id).join(Draw, Draw.paper_id == Paper.id)
    query = query.where(Draw.plan_line_id.in_(lines), Paper.removed_at.is_(None))
    query = query.options(selectinload(Paper.pages), selectinload(Paper.reading))
    copies: dict[UUID, Paper] = {}
    for paper, line_id in work.execute(query.order_by(Paper.created_at, Paper.id)):
        if paper.id not in copies:
            copies[paper.id] = _copy_of(paper, plan_id)
            work.add(copies[paper.id])
            work.flush()
        work.add(Draw(paper_id=copies[paper.id].id, plan_line_id=lines[line_id]))
    work.flush()


def _copy_of(paper: Paper, plan_id: UUID) -> Paper:
    pages = [
        PaperPage(number=page.number, blob_digest=page.blob_digest, width=page.width, height=page.height)
        for page in paper.pages
    ]
    read = paper.reading
    reading = PaperReading(state=read.state, content=read.content, created_at=read.created_at) if read else None
    return Paper(
        id=uuid4(), division_code=paper.division_code, unit_id=paper.unit_id, plan_id=plan_id,
        kind_code=paper.kind_code, name=paper.name, blob_digest=paper.blob_digest, file_kind=paper.file_kind,
        size=paper.size, page_count=paper.page_count, created_by=paper.created_by, created_at=clock.now(), pages=pages,
        reading=reading,
    )  # fmt: skip
