"""Pages and commands for offices and units: the list, the import and its preview."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from accounts.units import actions, store
from accounts.units.forms import UnitForm
from accounts.units.layout import DEFAULT_OFFICES, OFFICES, UNITS
from accounts.units.reading import UnitReading, read_offices, read_units
from core import history
from core.commands import dry_run_option, file_argument, run_import, upload_of
from core.imports import Upload, UploadForm, confirm, keep, problems_on
from core.sheets import read_table
from core.web import large_upload, page_number, refusals_on, settings

bp: Final = Blueprint("units", __name__, url_prefix="/units", cli_group="units")


@bp.get("")
@requires(Permission.MANAGE_TABLES)
def index() -> ResponseReturnValue:
    """The units in the order of their codes, with the offices that look after them."""
    division, search = settings().division_code, request.args.get("q", "").strip()[:100]
    page = store.page_of(division, search, page_number())
    return render_template("accounts/units/index.html", page=page, q=search, offices=store.offices(division))


@bp.route("/<int:unit_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def edit(unit_id: int) -> ResponseReturnValue:
    """One unit: its name, whether it works, whom it followed or went into, and what was done with it."""
    division = settings().division_code
    unit = store.get_whole(unit_id, division)
    form = UnitForm(obj=unit, seen=unit.version)
    if form.validate_on_submit():
        with refusals_on(form):
            name, enabled, seen = form.name.data or "", bool(form.enabled.data), form.seen.data or 0
            actions.edit_unit(unit_id, division, name, enabled, seen, by=person())
            flash("已保存。", "ok")
            return redirect(url_for(".edit", unit_id=unit_id))
    page = render_template(
        "accounts/units/edit.html", form=form, unit=store.get_whole(unit_id, division),
        predecessors=store.merged_into(unit_id), events=history.of("unit", unit_id),
    )  # fmt: skip
    return page, form.status


def _reading(upload: Upload) -> UnitReading:
    return read_units(read_table(upload.data, upload.filename, UNITS), settings().division_code)


@bp.route("/import", methods=["GET", "POST"])
@large_upload
@requires(Permission.MANAGE_TABLES)
def import_file() -> ResponseReturnValue:
    """Choose a file; a sound one is kept and its preview shown."""
    form = UploadForm()
    if form.validate_on_submit():
        with problems_on(form):
            upload = form.upload()
            _reading(upload)
            return redirect(url_for(".preview", digest=keep(upload), name=upload.filename))
    return render_template("accounts/units/import.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/import/<digest>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def preview(digest: str) -> ResponseReturnValue:
    """What the file would change; confirming reads the same bytes again and takes them over."""

    def take(upload: Upload) -> ResponseReturnValue:
        done = actions.import_units(upload, settings().division_code, by=person())
        flash(f"预算单位：{done}。" if not done.is_empty else "文件与系统一致，没有需要更新的内容。", "ok")
        return redirect(url_for(".index"))

    return confirm(digest, _reading, take, "accounts/units/preview.html")


@bp.cli.command("import", help="导入预算单位。")
@file_argument
@dry_run_option
def import_command(file: Path, dry_run: bool) -> None:
    """Take over a list of units."""
    upload, division = upload_of(file), settings().division_code
    run_import(
        lambda: f"预算单位：{_reading(upload).difference}。",
        lambda: actions.import_units(upload, division, by=SYSTEM),
        dry_run=dry_run,
    )


@bp.cli.command("import-offices", help="导入财政内部机构，不指定文件时导入县级示例。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=DEFAULT_OFFICES)
@dry_run_option
def import_offices_command(file: Path, dry_run: bool) -> None:
    """Take over a list of offices."""
    upload, division = upload_of(file), settings().division_code

    def shown() -> str:
        return f"财政内部机构：{read_offices(read_table(upload.data, upload.filename, OFFICES), division).difference}。"

    run_import(
        shown,
        lambda: actions.import_offices(upload, division, by=SYSTEM),
        dry_run=dry_run,
    )
