"""Pages and a command for allotments: the list, the card of one, the import and its preview."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.people.store import names
from accounts.signin.guard import person, requires, scope
from budget.allotments import actions, store
from budget.allotments.forms import AllotmentUploadForm
from budget.allotments.layout import ALLOTMENTS
from budget.allotments.reading import AllotmentReading, read_allotments
from budget.codes.store import names as code_names
from core.commands import dry_run_option, file_argument, run_import, upload_of, year_option
from core.imports import Upload, choose, confirm
from core.sheets import read_table
from core.web import asked_year, large_upload, page_number, settings

bp: Final = Blueprint("allotments", __name__, url_prefix="/allotments", cli_group="allotments")


@bp.get("")
@requires(Permission.VIEW_ALLOTMENTS)
def index() -> ResponseReturnValue:
    """The allotments that the person may see, with what is left of each."""
    known = store.years(scope())
    year, search = asked_year(known), request.args.get("q", "").strip()[:100]
    page = store.page_of(scope(), year, search, page_number())
    guarantees = code_names(
        settings().division_code, year, "three_guarantee", {one.three_guarantee_code for one in page.items}
    )
    return render_template(
        "budget/allotments/index.html", page=page, totals=store.totals(scope(), year, search), q=search, year=year,
        years=sorted(known) or [year], guarantees=guarantees,
    )  # fmt: skip


@bp.get("/<int:allotment_id>")
@requires(Permission.VIEW_ALLOTMENTS)
def show(allotment_id: int) -> ResponseReturnValue:
    """指标卡片: what the allotment is, and every movement of its money with the plan that caused it."""
    allotment = store.get_visible(allotment_id, scope())
    page = store.movements(allotment_id, page_number())
    people = names({move.posting.actor_id for move in page.items if move.posting.actor_id is not None})
    return render_template("budget/allotments/show.html", allotment=allotment, page=page, people=people)


def _reading(upload: Upload, year: int) -> AllotmentReading:
    table = read_table(upload.data, upload.filename, ALLOTMENTS)
    return read_allotments(table, settings().division_code, year)


@bp.route("/import", methods=["GET", "POST"])
@large_upload
@requires(Permission.MANAGE_TABLES)
def import_file() -> ResponseReturnValue:
    """Choose a file and say the year; a sound one is kept and its preview shown."""
    return choose(AllotmentUploadForm(), _reading, "budget/allotments/import.html")


@bp.route("/import/<int:year>/<digest>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def preview(year: int, digest: str) -> ResponseReturnValue:
    """What the file would change; confirming reads the same bytes again and takes them over."""

    def take(upload: Upload) -> ResponseReturnValue:
        done = actions.import_allotments(upload, settings().division_code, year, by=person())
        flash(f"{year}年指标：{done}。", "ok")
        return redirect(url_for(".import_file"))

    return confirm(digest, lambda upload: _reading(upload, year), take, "budget/allotments/preview.html", year=year)


@bp.cli.command("import", help="导入一个年度的指标。")
@file_argument
@year_option
@dry_run_option
def import_command(file: Path, year: int, dry_run: bool) -> None:
    """Take over the allotments of a year."""
    upload, division = upload_of(file), settings().division_code
    run_import(
        lambda: f"{year}年指标：{_reading(upload, year)}。",
        lambda: actions.import_allotments(upload, division, year, by=SYSTEM),
        dry_run=dry_run,
    )
