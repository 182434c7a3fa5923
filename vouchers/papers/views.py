"""The panel of a plan's papers, and what the clerk does there: upload, choose kind and lines, remove."""

from __future__ import annotations

from hashlib import file_digest
from http import HTTPStatus
from typing import IO, Any, Final, cast
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from budget.plans import store as plans
from core import keys
from core.errors import Missing
from core.parts import parts
from core.web import large_upload, refusals_on, settings
from vouchers.papers import (
    actions,
    consenting,
    drawing_pages,
    registering,
    repeat_pages,
    requirement_pages,
    resumable,
    serving,
    store,
)
from vouchers.papers.forms import (
    ConfirmForm,
    EditLinesForm,
    KindForm,
    LinesForm,
    ReuseForm,
    UploadForm,
    line_number,
    paper_number,
)
from vouchers.papers.panel_answers import panel_answer, panel_done, panel_page, panel_refused

bp: Final = Blueprint("papers", __name__)

# Files and the viewer.
bp.add_url_rule("/papers/<uuid:paper_id>", view_func=serving.viewer)
bp.add_url_rule("/papers/<uuid:paper_id>/file", view_func=serving.original)
bp.add_url_rule("/papers/<uuid:paper_id>/pages/<int:number>", view_func=serving.page)
bp.add_url_rule("/papers/<uuid:paper_id>/words", view_func=serving.words)
bp.add_url_rule("/plans/<uuid:plan_id>/lines/<int:line_id>/papers", view_func=serving.line_viewer)

# Lines and what they use of the papers.
bp.add_url_rule("/plans/<uuid:plan_id>/papers/table", view_func=drawing_pages.matrix)
bp.add_url_rule("/plans/<uuid:plan_id>/lines/<int:line_id>/register", view_func=drawing_pages.choose)
bp.add_url_rule("/papers/<uuid:paper_id>/lines/<int:line_id>", view_func=drawing_pages.draw, methods=["POST"])
bp.add_url_rule(
    "/papers/<uuid:paper_id>/lines/<int:line_id>/release", view_func=drawing_pages.release, methods=["POST"]
)

# Large files in parts.
_UPLOADS: Final = "/plans/<uuid:plan_id>/papers/uploads"
_ONE_UPLOAD: Final = f"{_UPLOADS}/<uuid:upload_id>"
bp.add_url_rule(_UPLOADS, "upload_about", resumable.about, methods=["OPTIONS"], provide_automatic_options=False)
bp.add_url_rule(_UPLOADS, "upload_begin", resumable.begin, methods=["POST"], provide_automatic_options=False)
bp.add_url_rule(_ONE_UPLOAD, "upload_state", resumable.state, methods=["HEAD"])
bp.add_url_rule(_ONE_UPLOAD, "upload_append", resumable.append, methods=["PATCH"])
bp.add_url_rule(_ONE_UPLOAD, "upload_drop", resumable.drop, methods=["DELETE"])
bp.after_request(resumable.mark)

# Papers that repeat others.
bp.add_url_rule("/reuses", view_func=repeat_pages.reuses)
bp.add_url_rule("/reuses/<int:request_id>", view_func=repeat_pages.reuse, methods=["GET", "POST"])
bp.add_url_rule("/papers/<uuid:paper_id>/beside/<uuid:other_id>", view_func=repeat_pages.beside)
bp.add_url_rule("/papers/<uuid:paper_id>/beside/<uuid:other_id>/<int:number>", view_func=repeat_pages.beside_page)

# The requirement table.
bp.add_url_rule("/requirements", view_func=requirement_pages.requirements)
bp.add_url_rule("/requirements/new", view_func=requirement_pages.add, methods=["GET", "POST"])
bp.add_url_rule("/requirements/load", view_func=requirement_pages.load, methods=["POST"])
bp.add_url_rule("/requirements/copy", view_func=requirement_pages.copy, methods=["POST"])
bp.add_url_rule("/requirements/<int:requirement_id>", view_func=requirement_pages.edit, methods=["GET", "POST"])
bp.add_url_rule("/requirements/<int:requirement_id>/delete", view_func=requirement_pages.delete, methods=["POST"])
bp.cli.command("load-requirements")(requirement_pages.load_requirements)


@bp.get("/plans/<uuid:plan_id>/papers")
@requires(Permission.VIEW_PLANS)
def panel(plan_id: UUID) -> ResponseReturnValue:
    """The papers of the plan, or of the line that the address names, with what is still missing."""
    plan = plans.get_head(plan_id, scope())
    line_id, paper_id = line_number(request.args.get("line", "")), paper_number(request.args.get("edit", ""))
    return panel_page(plan, line_id, paper_id=paper_id)


@bp.post("/plans/<uuid:plan_id>/papers")
@requires(Permission.WRITE_PLANS)
@large_upload
@keys.by_itself
def upload(plan_id: UUID) -> ResponseReturnValue:
    """Keep the good files among those handed in; each of the others is refused in its own sentence."""
    form = UploadForm()
    if form.validate_on_submit():
        files = form.files()
        kept = [_keep(plan_id, form, f"file {at}", file.filename or "", file.stream) for at, file in enumerate(files)]
        if not kept:
            form.form_errors.append("请选择要上传的文件。")
        if any(kept):
            return panel_done(plan_id, form)
    return panel_refused(plans.get_head(plan_id, scope()), form)


@bp.post(f"{_ONE_UPLOAD}/finish")
@requires(Permission.WRITE_PLANS)
@keys.by_itself
def finish(plan_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """The same for a file that has come in parts."""
    part, form = resumable.own(plan_id, upload_id), UploadForm()
    if part.is_over:
        return panel_done(plan_id, form)
    resumable.check_whole(part)
    if form.validate_on_submit():
        with parts().opened(part) as stream:
            kept = _keep(plan_id, form, f"upload {upload_id}", part.name, stream)
        if kept:
            parts().close(part)
            return panel_done(plan_id, form)
        if form.status == HTTPStatus.UNPROCESSABLE_ENTITY:  # judged; after anything else it may be tried again
            parts().discard(part)
    return panel_refused(plans.get_head(plan_id, scope()), form)


def _keep(plan_id: UUID, form: UploadForm, place: str, name: str, stream: IO[bytes]) -> bool:
    """One file, under a key of its own: judging it holds up nobody, and a second sending of the form keeps it once."""

    def add() -> UUID:
        stream.seek(0)
        limit = settings().upload_limit
        return actions.add_paper(plan_id, form.kind.data, name, stream, form.line_ids(), limit=limit, by=person())

    before = len(form.form_errors)
    with refusals_on(form):
        content = file_digest(cast(Any, stream), "sha256").hexdigest()
        keys.piece((plan_id, place, name), add, body=(content, form.kind.data, sorted(form.line_ids())))
    return len(form.form_errors) == before


@bp.post("/papers/<uuid:paper_id>/kind")
@requires(Permission.WRITE_PLANS)
def set_kind(paper_id: UUID) -> ResponseReturnValue:
    """Correct the kind of a paper."""
    form = KindForm()
    plan_id = _panel_of(paper_id, form)

    def act() -> None:
        actions.set_kind(paper_id, form.kind.data, seen=form.seen.data, by=person())

    return panel_answer(plan_id, form, act, paper_id)


@bp.post("/papers/<uuid:paper_id>/lines")
@requires(Permission.WRITE_PLANS)
def attach(paper_id: UUID) -> ResponseReturnValue:
    """Choose anew which lines a paper proves."""
    form = EditLinesForm()
    plan_id = _panel_of(paper_id, form)

    def act() -> None:
        actions.attach_paper(paper_id, form.line_ids(), seen=form.seen.data, by=person(), plan_id=plan_id)

    return panel_answer(plan_id, form, act, paper_id)


@bp.post("/papers/<uuid:paper_id>/confirm")
@requires(Permission.WRITE_PLANS)
def confirm(paper_id: UUID) -> ResponseReturnValue:
    """Register what was read on a paper, as the clerk has looked it over; an amount drawn is his to say, too."""
    form = ConfirmForm()
    plan_id = _panel_of(paper_id, form)

    def act() -> None:
        registering.describe_paper(paper_id, form.face(), seen=form.seen.data, by=person())
        with refusals_on(form):  # what stands on the paper is registered, whatever is said of the amount
            for line_id in form.line_ids() if form.draw.data else ():
                registering.draw_on(paper_id, line_id, form.draw.data, by=person())

    return panel_answer(plan_id, form, act, paper_id, confirming=True)


@bp.post("/papers/<uuid:paper_id>/remove")
@requires(Permission.WRITE_PLANS)
def remove(paper_id: UUID) -> ResponseReturnValue:
    """Take a paper off its plan, and out of the register."""
    form = EditLinesForm()
    plan_id = _panel_of(paper_id, form)

    def act() -> None:
        actions.remove_paper(paper_id, seen=form.seen.data, by=person())

    return panel_answer(plan_id, form, act, paper_id)


@bp.post("/papers/<uuid:paper_id>/reuse")
@requires(Permission.WRITE_PLANS)
def ask_reuse(paper_id: UUID) -> ResponseReturnValue:
    """Ask the bureau to let a paper be used that repeats another."""
    form = ReuseForm()
    plan_id = _panel_of(paper_id, form)

    def act() -> None:
        consenting.ask_reuse(paper_id, (form.reason.data or "").strip(), by=person())

    return panel_answer(plan_id, form, act, paper_id)


def _panel_of(paper_id: UUID, form: LinesForm) -> UUID:
    """The plan whose panel this is about, of a paper that the person may see. Raises `Missing`."""
    paper = store.get_visible(paper_id, scope())
    plan_id = form.plan_id() or paper.plan_id
    if plan_id is None:
        raise Missing()
    return plan_id
