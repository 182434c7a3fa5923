"""What a clerk does with the source vouchers of a plan, and the job that draws their pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.people.rules import SYSTEM, Person
from budget.plans import store as plans
from budget.plans.editing import check_editable
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from core import blobs, clock, jobs
from core.db import session, transaction
from core.errors import Missing, Refused
from core.files import FileKind, endings, media_type
from core.names import safe_name
from core.stores import Stored
from core.versions import check_seen, check_untouched
from core.waiting import retried
from vouchers.papers import opening, paper_pages, scanning, store, twice
from vouchers.papers.holding import Held, check_open_lines, held, held_for, note, note_in_register, saver
from vouchers.papers.models import Draw, Paper, PaperPage
from vouchers.papers.previews import PageImage
from vouchers.papers.rules import DRAW_PAGES, MARK_PAPER, READ_PAPER, check_kind, is_open, short_names


@dataclass(frozen=True)
class Kept:
    """A file that was judged and is kept, before any row names it."""

    name: str
    kind: FileKind
    pages: int
    stored: Stored


def keep_file(filename: str, stream: IO[bytes], limit: int) -> Kept:
    """Judge the content and keep it under its digest. Raises `Refused` when the file is not welcome."""
    data = stream.read(limit + 1)
    kind, pages = opening.examine(data, filename, limit)
    return Kept(safe_name(filename, endings(kind)), kind, pages, blobs.files().put(BytesIO(data), limit))


def paper_of(kept: Kept, division_code: str, unit_id: int, kind_code: str, by: Person) -> Paper:
    """The paper of a kept file, added to the caller's transaction; its pages are read and drawn by jobs."""
    work, kind = session(), kept.kind
    blobs.keep(kept.stored, media_type(kind))
    paper = Paper(
        id=uuid4(), division_code=division_code, unit_id=unit_id, kind_code=kind_code, name=kept.name,
        blob_digest=kept.stored.digest, file_kind=kind.value, size=kept.stored.size, page_count=kept.pages,
        created_by=by.id, created_at=clock.now(),
    )  # fmt: skip
    work.add(paper)
    for job in (READ_PAPER, DRAW_PAGES):  # reading takes milliseconds, and the page waits for the drawing
        jobs.enqueue(job, paper.id, {"paper_id": paper.id}, by=by)
    return paper


def add_paper(
    plan_id: UUID,
    kind_code: str,
    filename: str,
    stream: IO[bytes],
    line_ids: Collection[int],
    *,
    limit: int,
    by: Person,
) -> UUID:
    """Keep the file, register it for the plan and attach it to the lines; the pages are drawn by a job.

    The content is judged before any row is written. Raises `Refused` with a sentence when the file is not welcome.
    """
    plan = plans.get_own_head(plan_id, by.writing())
    check_editable(plan)
    check_kind(kind_code, store.kinds(plan.division_code, plan.fiscal_year))
    _check_named(plan, line_ids)
    kept = keep_file(filename, stream, limit)
    with transaction() as work:
        plan = plans.locked(plan_id, by.writing())
        check_editable(plan)
        paper = paper_of(kept, plan.division_code, plan.unit_id, kind_code, by)
        paper.plan_id = plan.id
        twice.settle(paper)  # the draws point to the paper, which is written by this
        _attach(work, plan, paper.id, line_ids)
        note(plan, "add_paper", f"上传凭证“{kept.name}”", by, paper.id)
        return paper.id


def _check_named(plan: Plan, line_ids: Collection[int]) -> None:
    """A draft may collect papers first; in a returned plan a new paper must be for a returned line."""
    if plan.state is PlanState.RETURNED and not line_ids:
        raise Refused("请勾选这份凭证证明的行；被退回的计划只能为被退回的行上传凭证。")


def _attach(work: Session, plan: Plan, paper_id: UUID, line_ids: Collection[int]) -> None:
    for line in open_lines(plan, line_ids):
        if work.get(Draw, (paper_id, line.id)) is None:
            work.add(Draw(paper_id=paper_id, plan_line_id=line.id))


def open_lines(plan: Plan, line_ids: Collection[int]) -> list[PlanLine]:
    """The named lines, all of them the plan's own and open for change; in a returned plan only returned lines are.

    Raises `Missing`, `Overtaken` or `Refused`.
    """
    lines = list(store.lines_of(plan.id, line_ids))
    if len(lines) != len(set(line_ids)):
        raise Missing()
    check_open_lines(plan, lines)
    return lines


def attach_paper(
    paper_id: UUID, line_ids: Collection[int], *, by: Person, seen: int | None = None, plan_id: UUID | None = None
) -> None:
    """Let the paper prove exactly these lines of a plan: of the named one, or of that with which it was handed in.

    Links to lines that are not open stay as they are. Raises `Conflict` when somebody else has changed the paper since
    version `seen`, as the two actions below do.
    """
    with transaction() as work:
        plan, paper = held_for(plan_id or _home(paper_id), paper_id, by)
        before = store.proven_lines(paper.id, plan.id)
        if seen is not None:
            stored, typed = (_places(lines) for lines in (before, store.lines_of(plan.id, line_ids)))
            check_seen(paper, seen, _called(paper), {"对应的行": stored}, {"对应的行": typed}, saver(paper))
        _attach(work, plan, paper.id, set(line_ids) - {line.id for line in before})
        gone = [line.id for line in before if line.id not in line_ids and is_open(plan.state, line)]
        work.execute(delete(Draw).where(Draw.paper_id == paper.id, Draw.plan_line_id.in_(gone)))
        work.flush()  # the sentence below names the lines as they are now
        paper.version += 1  # its lines stand in another table
        places = _places(store.proven_lines(paper.id, plan.id))
        said = f"证明{places}" if places else "不再对应任何行"
        note(plan, "attach_paper", f"{_called(paper)}{said}", by, paper.id)


def _home(paper_id: UUID) -> UUID:
    """The plan with which the paper was handed in. Raises `Missing`."""
    paper = session().get(Paper, paper_id)
    if paper is None or paper.plan_id is None:
        raise Missing()
    return paper.plan_id


def _places(lines: Iterable[PlanLine]) -> str:
    positions = sorted(line.position for line in lines)
    return f"第 {'、'.join(map(str, positions))} 行" if positions else ""


def _called(paper: Paper) -> str:
    return f"凭证“{paper.name}”"


@retried
def set_kind(paper_id: UUID, kind_code: str, *, by: Person, seen: int | None = None) -> None:
    """Correct the kind of a paper that is still open for change wherever it proves a line."""
    with transaction():
        found = held(paper_id, by.writing())
        paper = found.paper
        found.check_open()
        kinds = found.kinds()
        check_kind(kind_code, kinds)
        if seen is not None:
            names = short_names(kinds)
            stored, typed = ({"凭证种类": names.get(code, code)} for code in (paper.kind_code, kind_code))
            check_seen(paper, seen, _called(paper), stored, typed, saver(paper))
        before, paper.kind_code = paper.kind_code, kind_code
        twice.settle(paper)
        twice.settle_followers(paper)
        _tell(found, "paper_kind", f"{_called(paper)}的种类由 {before} 改为 {kind_code}", by)


@retried
def remove_paper(paper_id: UUID, *, by: Person, seen: int | None = None) -> None:
    """Take the paper out of the register, and so off its plan. Raises `Refused` while another plan draws on it.

    One that stood before the bureau once keeps its row, its file and its links for the auditor.
    """
    with transaction() as work:
        found = held(paper_id, by.writing())
        paper = found.paper
        _check_unused_elsewhere(found)
        found.check_open()
        lines = store.proven_lines(paper.id, paper.plan_id) if paper.plan_id else []
        if seen is not None:
            names = short_names(found.kinds())
            now = {"凭证种类": names.get(paper.kind_code, paper.kind_code), "对应的行": _places(lines)}
            check_untouched(paper, seen, _called(paper), now, saver(paper))
        if found.home is not None and not found.home.revision:
            own = select(PlanLine.id).where(PlanLine.plan_id == found.home.id)
            work.execute(delete(Draw).where(Draw.paper_id == paper.id, Draw.plan_line_id.in_(own)))
        paper.removed_at = clock.now()
        twice.settle_followers(paper)
        _tell(found, "remove_paper", f"移除{_called(paper)}", by)


def _check_unused_elsewhere(found: Held) -> None:
    others = found.others(found.paper.plan_id)
    if others:
        raise Refused(f"{found.called}还有用款计划 {'、'.join(others)} 在使用，不能移除；请先在那些计划中取消使用。")


def _tell(found: Held, action: str, summary: str, by: Person) -> None:
    """In the history of the plan with which the paper was handed in, and else in the register's."""
    if found.home is None:
        note_in_register(found, action, summary, by)
        return
    found.note_editors(by)
    note(found.home, action, summary, by, found.paper.id)


def draw_pages(payload: dict[str, Any], progress: jobs.Progress) -> Mapping[str, object]:
    """The job: page images and the thumbnail of one paper. Safe to repeat."""
    paper = session().get(Paper, UUID(payload["paper_id"]))
    if paper is None or paper.removed_at is not None:
        return {"pages": 0}
    if not scanning.is_clean(paper.blob_digest):
        return {"pages": 0, "waits": "scanner"}
    paper_id, kind, total = paper.id, FileKind(paper.file_kind), paper.page_count
    data = blobs.files().read(paper.blob_digest)
    count = 0
    for count, drawn in enumerate(opening.pages(data, kind, total), 1):
        if count == 1:
            _keep_page(paper_id, 0, PageImage(drawn.small, 88, 88))
        _keep_page(paper_id, count, drawn.page, drawn.words)
        progress.say(count, total, "正在生成预览")
    with transaction():
        jobs.enqueue(MARK_PAPER, paper_id, {"paper_id": paper_id}, by=SYSTEM)
    return {"pages": count}


def _keep_page(paper_id: UUID, number: int, page: PageImage, words: str = "") -> None:
    stored = blobs.files().put(BytesIO(page.webp), len(page.webp))
    with transaction() as work:
        if paper_pages.find_page(paper_id, number) is None:
            blobs.keep(stored, "image/webp")
            work.add(
                PaperPage(
                    paper_id=paper_id,
                    number=number,
                    blob_digest=stored.digest,
                    width=page.width,
                    height=page.height,
                    words=words or None,
                )
            )
