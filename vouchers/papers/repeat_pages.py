"""The bureau's pages about papers used twice: what it is asked, both papers side by side, and its consent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from accounts.people import store as people
from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from accounts.units.models import Unit
from core.db import session
from core.errors import Missing
from core.web import refusals_on
from vouchers.papers import alike, consenting, paper_pages, scanning, serving
from vouchers.papers.draws import seen_by
from vouchers.papers.faces import record_of
from vouchers.papers.forms import ConsentForm
from vouchers.papers.models import Paper, PaperPage, ReuseRequest
from vouchers.papers.registering import face_of

_PAGES_SHOWN: Final = 3


@dataclass(frozen=True)
class Side:
    """One of two papers beside each other."""

    title: str
    paper: Paper
    unit: str
    places: tuple[str, ...]
    other_id: UUID

    @property
    def face(self) -> dict[str, str]:
        """What the register says of it."""
        return record_of(face_of(self.paper))

    @property
    def pages(self) -> list[PaperPage]:
        """Its first pages, as far as they are drawn."""
        drawn = [page for page in self.paper.pages if page.number]
        return [] if self.paper.removed_at else drawn[:_PAGES_SHOWN]


@requires(Permission.REVIEW_PLANS)
def reuses() -> ResponseReturnValue:
    """What clerks ask to be let use again."""
    found = consenting.requests_for(person())
    papers = {paper.id: paper for paper in _papers({each.paper_id for each in found})}
    names = people.names({each.asked_by for each in found})
    units = _unit_names(papers.values())
    return render_template("vouchers/papers/reuses.html", found=found, papers=papers, names=names, units=units)


@requires(Permission.REVIEW_PLANS)
def reuse(request_id: int) -> ResponseReturnValue:
    """One request with both papers, and the decision on it."""
    asked = consenting.get_request(request_id, person())
    form = ConsentForm()
    if form.validate_on_submit():
        with refusals_on(form):
            granted = form.granted.data == form.YES
            consenting.decide_reuse(request_id, granted=granted, reason=form.reason.data or "", by=person())
            flash("已同意重复使用。" if granted else "已答复不同意。", "ok")
            return redirect(url_for(".reuses"))
    return _side_by_side(asked.paper_id, asked.earlier_id, asked, form), form.status if form.is_submitted() else 200


@requires(Permission.REVIEW_PLANS)
def beside(paper_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Two papers of which one repeats the other, or looks like it."""
    check_sides(paper_id, other_id)
    return _side_by_side(paper_id, other_id)


@requires(Permission.REVIEW_PLANS)
def beside_page(paper_id: UUID, other_id: UUID, number: int) -> ResponseReturnValue:
    """A page image of the other of two such papers, whose plan the person may not see otherwise."""
    other = check_sides(paper_id, other_id)
    found = paper_pages.find_page(other_id, number)
    if found is None:
        raise Missing()
    scanning.check_open(other.blob_digest, other.name)
    return serving.page_answer(found)


def check_sides(paper_id: UUID, other_id: UUID) -> Paper:
    """Both belong together, and one of them is this person's to review. The other; raises `Missing`."""
    papers = {paper.id: paper for paper in _papers({paper_id, other_id})}
    if len(papers) != 2 or not alike.sees_both_sides(person()) or not _is_his(papers.values()):
        raise Missing()
    pairs = ((papers[paper_id], other_id), (papers[other_id], paper_id))
    if not any(alike.related(one, other) for one, other in pairs):
        raise Missing()
    return papers[other_id]


def _is_his(papers: Iterable[Paper]) -> bool:
    ids = [paper.id for paper in papers]
    if session().scalar(select(Paper.id).where(Paper.id.in_(ids), seen_by(scope())).limit(1)) is not None:
        return True
    units = session().scalars(select(Unit).join(Paper, Paper.unit_id == Unit.id).where(Paper.id.in_(ids)))
    return any(consenting.may_consent(person(), unit) for unit in units)


def _side_by_side(
    paper_id: UUID, other_id: UUID, asked: ReuseRequest | None = None, form: ConsentForm | None = None
) -> str:
    papers = {paper.id: paper for paper in _papers({paper_id, other_id}, removed=True)}
    units, places = _unit_names(papers.values()), alike.places_of({paper_id, other_id})
    sides = [
        Side(title, papers[key], units[papers[key].unit_id], tuple(places.get(key, ())), other)
        for title, key, other in (("本次使用", paper_id, other_id), ("先前登记", other_id, paper_id))
    ]
    ids = {asked.asked_by, *([asked.consent.person_id] if asked.consent else [])} if asked else set[int]()
    names = people.names(ids)
    return render_template("vouchers/papers/beside.html", sides=sides, asked=asked, form=form, names=names)


def _papers(ids: Iterable[UUID], *, removed: bool = False) -> list[Paper]:
    query = select(Paper).where(Paper.id.in_(set(ids))).options(selectinload(Paper.pages))
    return list(session().scalars(query if removed else query.where(Paper.removed_at.is_(None))))


def _unit_names(papers: Iterable[Paper]) -> dict[int, str]:
    query = select(Unit.id, Unit.name).where(Unit.id.in_({paper.unit_id for paper in papers}))
    return dict(session().execute(query).all())
