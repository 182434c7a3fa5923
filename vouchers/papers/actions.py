"""What a clerk does with source vouchers, and the job that draws their pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.people.rules import Person
from budget.plans import store as plans
from budget.plans.editing import check_editable
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from core import blobs, clock, history, jobs
from core.db import session, transaction
from core.errors import Missing, Refused
from core.files import FileKind, endings, media_type
from core.names import safe_name
from core.versions import check_seen, check_untouched
from vouchers.papers import opening, scanning, store
from vouchers.papers.models import Draw, Paper, PaperPage
from vouchers.papers.previews import PageImage
from vouchers.papers.rules import DRAW_PAGES, READ_PAPER, ClosedLine, check_kind, is_open


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
    data = stream.read(limit + 1)
    kind, pages = opening.examine(data, filename, limit)
    name = safe_name(filename, endings(kind))
    stored = blobs.files().put(BytesIO(data), limit)
    with transaction() as work:
        plan = plans.locked(plan_id, by.writing())
        check_editable(plan)
        blobs.keep(stored, media_type(kind))
        paper = Paper(
            division_code=plan.division_code, unit_id=plan.unit_id, plan_id=plan.id, kind_code=kind_code, name=name,
            blob_digest=stored.digest, file_kind=kind.value, size=stored.size, page_count=pages,
            created_by=by.id, created_at=clock.now(),
        )  # fmt: skip
        work.add(paper)
        work.flush()  # the draws point to the paper
        _attach(work, plan, paper.id, line_ids)
        _note(plan, "add_paper", f"上传凭证“{name}”", by, paper.id)
        for job in (READ_PAPER, DRAW_PAGES):  # reading takes milliseconds, and the page waits for the drawing
            jobs.enqueue(job, paper.id, {"paper_id": paper.id}, by=by)
        return paper.id


def _check_named(plan: Plan, line_ids: Collection[int]) -> None:
    """A draft may collect papers first; in a returned plan a new paper must be for a returned line."""
    if plan.state is PlanState.RETURNED and not line_ids:
        raise Refused("请勾选这份凭证证明的行；被退回的计划只能为被退回的行上传凭证。")


def _attach(work: Session, plan: Plan, paper_id: UUID, line_ids: Collection[int]) -> None:
    for line in _open_lines(plan, line_ids):
        if work.get(Draw, (paper_id, line.id)) is None:
            work.add(Draw(paper_id=paper_id, plan_line_id=line.id))


def _open_lines(plan: Plan, line_ids: Collection[int]) -> list[PlanLine]:
    """The named lines, all of them the plan's own and open for change; in a returned plan only returned lines are."""
    lines = list(store.lines_of(plan.id, line_ids))
    if len(lines) != len(set(line_ids)):
        raise Missing()
    _check_open(plan, lines)
    return lines


def _check_open(plan: Plan, lines: Iterable[PlanLine]) -> None:
    for line in lines:
        if not is_open(plan.state, line):
            raise ClosedLine(line.position)


def attach_paper(paper_id: UUID, line_ids: Collection[int], *, by: Person, seen: int | None = None) -> None:
    """Let the paper prove exactly these lines. Links to lines that are not open stay as they are.

    Raises `Conflict` when somebody else has changed the paper since version `seen`, as the two actions below do.
    """
    with transaction() as work:
        paper, plan = _locked(paper_id, by)
        before = store.proven_lines(paper.id)
        if seen is not None:
            stored, typed = (_places(lines) for lines in (before, store.lines_of(plan.id, line_ids)))
            check_seen(paper, seen, _called(paper), {"对应的行": stored}, {"对应的行": typed}, _saver(paper))
        _attach(work, plan, paper.id, set(line_ids) - {line.id for line in before})
        gone = [line.id for line in before if line.id not in line_ids and is_open(plan.state, line)]
        work.execute(delete(Draw).where(Draw.paper_id == paper.id, Draw.plan_line_id.in_(gone)))
        work.flush()  # the sentence below names the lines as they are now
        paper.version += 1  # its lines stand in another table
        places = _places(store.proven_lines(paper.id))
        said = f"证明{places}" if places else "不再对应任何行"
        _note(plan, "attach_paper", f"凭证“{paper.name}”{said}", by, paper.id)


def _places(lines: Iterable[PlanLine]) -> str:
    positions = sorted(line.position for line in lines)
    return f"第 {'、'.join(map(str, positions))} 行" if positions else ""


def _called(paper: Paper) -> str:
    return f"凭证“{paper.name}”"


def set_kind(paper_id: UUID, kind_code: str, *, by: Person, seen: int | None = None) -> None:
    """Correct the kind of a paper that is still open for change."""
    with transaction():
        paper, plan = _locked(paper_id, by)
        _check_open(plan, store.proven_lines(paper.id))
        kinds = store.kinds(plan.division_code, plan.fiscal_year)
        check_kind(kind_code, kinds)
        if seen is not None:
            names = {kind.code: kind.short_name for kind in kinds}
            stored, typed = ({"凭证种类": names.get(code, code)} for code in (paper.kind_code, kind_code))
            check_seen(paper, seen, _called(paper), stored, typed, _saver(paper))
        before, paper.kind_code = paper.kind_code, kind_code
        _note(plan, "paper_kind", f"凭证“{paper.name}”的种类由 {before} 改为 {kind_code}", by, paper.id)


def remove_paper(paper_id: UUID, *, by: Person, seen: int | None = None) -> None:
    """Take the paper off the plan. One that stood before the bureau once keeps its row and file for the auditor."""
    with transaction() as work:
        paper, plan = _locked(paper_id, by)
        lines = store.proven_lines(paper.id)
        _check_open(plan, lines)
        if seen is not None:
            names = {kind.code: kind.short_name for kind in store.kinds(plan.division_code, plan.fiscal_year)}
            now = {"凭证种类": names.get(paper.kind_code, paper.kind_code), "对应的行": _places(lines)}
            check_untouched(paper, seen, _called(paper), now, _saver(paper))
        paper.removed_at = clock.now()
        if not plan.revision:
            work.execute(delete(Draw).where(Draw.paper_id == paper.id))
        _note(plan, "remove_paper", f"移除凭证“{paper.name}”", by, paper.id)


def _locked(paper_id: UUID, by: Person) -> tuple[Paper, Plan]:
    """The paper with its plan held, open for change by this clerk. Raises `Missing` or `Refused`."""
    paper = session().get(Paper, paper_id)
    if paper is None:
        raise Missing()
    plan = plans.locked(paper.plan_id, by.writing())
    session().refresh(paper)  # somebody may have removed it while we waited for the plan
    if paper.removed_at is not None:
        raise Missing()
    check_editable(plan)
    return paper, plan


def _note(plan: Plan, action: str, summary: str, by: Person, paper_id: UUID) -> None:
    """Whoever changes the papers has made the plan as well, so he may not decide on it."""
    plans.note_editor(plan.id, by.id)
    history.record("plan", plan.id, action, summary, by=by, details={"paper": str(paper_id)})


def _saver(paper: Paper) -> Callable[[], str]:
    return partial(history.last_said, "plan", paper.plan_id, paper=str(paper.id))


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
        _keep_page(paper_id, count, drawn.page)
        progress.say(count, total, "正在生成预览")
    return {"pages": count}


def _keep_page(paper_id: UUID, number: int, page: PageImage) -> None:
    stored = blobs.files().put(BytesIO(page.webp), len(page.webp))
    with transaction() as work:
        if store.find_page(paper_id, number) is None:
            blobs.keep(stored, "image/webp")
            work.add(
                PaperPage(
                    paper_id=paper_id, number=number, blob_digest=stored.digest, width=page.width, height=page.height
                )
            )
