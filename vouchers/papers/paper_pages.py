"""Reading the pages of papers: which are drawn, why others are not, who may see one, and the words on them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from accounts.people.rules import Scope
from core.db import session
from core.errors import Missing
from core.jobs import Job, JobState
from vouchers.papers.draws import of_the_plan, seen_by
from vouchers.papers.models import Paper, PaperPage
from vouchers.papers.rules import DRAW_PAGES


def with_thumbnail(plan_id: UUID) -> set[UUID]:
    """Which papers of the plan have been drawn far enough to be shown small."""
    query = select(PaperPage.paper_id).join(Paper, Paper.id == PaperPage.paper_id)
    return set(session().scalars(query.where(of_the_plan(plan_id), PaperPage.number == 0)))


def drawing_failures(papers: Iterable[Paper]) -> dict[UUID, str]:
    """Why papers could not be drawn, in the words of their jobs."""
    ids = {str(paper.id): paper.id for paper in papers}
    query = select(Job.subject, Job.note).where(Job.kind == DRAW_PAGES, Job.state == JobState.FAILED)
    return {ids[subject]: note for subject, note in session().execute(query.where(Job.subject.in_(ids)))}


def find_page(paper_id: UUID, number: int) -> PaperPage | None:
    """One page image; number 0 is the thumbnail."""
    query = select(PaperPage).where(PaperPage.paper_id == paper_id, PaperPage.number == number)
    return session().scalars(query).first()


def get_visible_page(paper_id: UUID, number: int, scope: Scope) -> tuple[PaperPage, Paper]:
    """A page image with its paper, if that may be seen. Raises `Missing` for absent, foreign and undrawn alike."""
    query = (
        select(PaperPage, Paper)
        .join(Paper, Paper.id == PaperPage.paper_id)
        .where(PaperPage.paper_id == paper_id, PaperPage.number == number, Paper.removed_at.is_(None), seen_by(scope))
    )
    found = session().execute(query).first()
    if found is None:
        raise Missing()
    page, paper = found
    return page, paper


def words_of(paper_id: UUID) -> dict[int, str]:
    """The words of each page that has any, as they are kept."""
    query = select(PaperPage.number, PaperPage.words).where(PaperPage.paper_id == paper_id)
    return {number: words for number, words in session().execute(query) if words}
