"""Papers leave the house here: the original file, the page images, and the viewer; each asks who may see the plan."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from budget.plans import store as plans
from budget.plans.models import Plan, PlanLine
from core import blobs, clock
from core.errors import Missing
from core.files import FileKind, media_type
from core.web import settings
from vouchers.papers import paper_pages, scanning, store
from vouchers.papers.alike import repeats_of, sees_both_sides
from vouchers.papers.draws import plan_that_shows
from vouchers.papers.matrix import cells_of
from vouchers.papers.models import Paper, PaperPage
from vouchers.papers.previews import MOST_DRAWN
from vouchers.papers.rules import short_names
from vouchers.papers.store import ProvableLine
from vouchers.papers.suggestions import Suggestion, suggestions_of

# Whatever a file holds, it acts nowhere: not even when a browser shows it instead of saving it.
_SANDBOX: Final = "sandbox; default-src 'none'"
# What no browser reads in another way; some would decode a %2F.
_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.()-]+")
_A_DAY: Final = "private, max-age=86400, immutable"


def wants_fragment() -> bool:
    """Whether a page's script asks for a part of a page."""
    return request.headers.get("X-Fragment") == "1"


@requires(Permission.VIEW_PLANS)
def original(paper_id: UUID) -> ResponseReturnValue:
    """The file as it was handed in, byte for byte, always to be saved."""
    paper = store.get_visible(paper_id, scope())
    scanning.check_open(paper.blob_digest, paper.name)
    answer = Response(blobs.files().pieces(paper.blob_digest), mimetype=media_type(FileKind(paper.file_kind)))
    answer.content_length = paper.size
    answer.headers["Content-Disposition"] = _attachment(paper.name)
    answer.headers["Content-Security-Policy"] = _SANDBOX
    return answer


def _attachment(name: str) -> str:
    """RFC 6266: the Chinese name for every browser of today, a plain one for what is older."""
    plain = name if _PLAIN.fullmatch(name) else "paper." + name.rsplit(".", 1)[-1]
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@requires(Permission.VIEW_PLANS)
def page(paper_id: UUID, number: int) -> ResponseReturnValue:
    """One page as an image (0 is the thumbnail); absent while it is not drawn yet."""
    found, paper = paper_pages.get_visible_page(paper_id, number, scope())
    scanning.check_open(paper.blob_digest, paper.name)
    return page_answer(found)


def page_answer(found: PaperPage) -> ResponseReturnValue:
    """A page image that somebody may see."""
    answer = Response(blobs.files().read(found.blob_digest), mimetype="image/webp")
    answer.headers["Cache-Control"] = _A_DAY
    answer.headers["Content-Security-Policy"] = _SANDBOX
    answer.set_etag(found.blob_digest)
    return answer.make_conditional(request)


@requires(Permission.VIEW_PLANS)
def words(paper_id: UUID) -> ResponseReturnValue:
    """The words of all pages with their places, as JSON, for the viewer to search."""
    paper = store.get_visible(paper_id, scope())
    scanning.check_open(paper.blob_digest, paper.name)
    parts = (f'"{number}":{written}' for number, written in sorted(paper_pages.words_of(paper.id).items()))
    return Response("{" + ",".join(parts) + "}", mimetype="application/json")


@dataclass(frozen=True)
class Sheets:
    """A paper in the viewer: its pages as far as they are drawn, what was read, and what to say about the others."""

    paper: Paper
    kind: str
    failure: str
    suggestion: Suggestion | None = None

    @property
    def pages(self) -> list[PaperPage]:
        """The drawn pages without the thumbnail."""
        return [page for page in self.paper.pages if page.number]

    @property
    def pending(self) -> int:
        """How many pages are still on the way."""
        return 0 if self.failure else min(self.paper.page_count, MOST_DRAWN) - len(self.pages)

    @property
    def rest(self) -> int:
        """How many pages are never drawn, because the paper is very long."""
        return max(0, self.paper.page_count - MOST_DRAWN)


@requires(Permission.VIEW_PLANS)
def viewer(paper_id: UUID) -> ResponseReturnValue:
    """All pages of one paper."""
    paper = store.get_visible(paper_id, scope())
    shows = plan_that_shows(paper, scope())
    return _view(plans.get_visible(shows, scope()) if shows else None, [paper], None)


@requires(Permission.VIEW_PLANS)
def line_viewer(plan_id: UUID, line_id: int) -> ResponseReturnValue:
    """All papers of one line, one under the other."""
    plan = plans.get_visible(plan_id, scope())
    line = next((line for line in plan.lines if line.id == line_id), None)
    if line is None:
        raise Missing()
    return _view(plan, store.of_line(plan.id, line.id), line)


def _proven(plan_id: UUID) -> dict[UUID, list[ProvableLine]]:
    """The lines of the plan that each paper proves."""
    cells, found = cells_of(plan_id), defaultdict(list)
    for line in store.provable_lines(plan_id):
        for paper_id in cells.get(line.id, ()):
            found[paper_id].append(line)
    return found


def _view(plan: Plan | None, papers: Sequence[Paper], line: PlanLine | None) -> ResponseReturnValue:
    year = plan.fiscal_year if plan else clock.today().year
    names = short_names(store.kinds(settings().division_code, year))
    failures = paper_pages.drawing_failures(papers)
    read = suggestions_of(plan, papers, _proven(plan.id)) if plan else {}
    shown = [Sheets(p, names.get(p.kind_code, p.kind_code), failures.get(p.id, ""), read.get(p.id)) for p in papers]
    kind = "view" if wants_fragment() else "viewer"
    repeats = repeats_of(papers, person())
    return render_template(
        f"vouchers/papers/{kind}.html", plan=plan, line=line, shown=shown, repeats=repeats,
        both_sides=sees_both_sides(person()),
    )  # fmt: skip
