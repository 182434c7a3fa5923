"""Pages and commands for code tables: what there is, one table, its import, and the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from budget.codes import actions, rules, store
from budget.codes.reading import CodeReading, read_codes, table_in
from core import clock
from core.commands import dry_run_option, file_argument, run_import, upload_of, year_option
from core.errors import Missing
from core.fields import Form
from core.imports import Upload, UploadForm, confirm, keep, problems_on
from core.web import large_upload, page_number, settings

bp: Final = Blueprint("codes", __name__, url_prefix="/codes", cli_group="codes")


@bp.get("")
@requires(Permission.MANAGE_TABLES)
def index() -> ResponseReturnValue:
    """The tables of a year with their counts and how sure their rows are."""
    division = settings().division_code
    known = store.years(division)
    years = sorted({*known, clock.today().year, clock.today().year + 1})
    asked = request.args.get("year", "")
    year = int(asked) if asked in map(str, years) else next(iter(known), clock.today().year)
    return render_template(
        "budget/codes/index.html", form=Form(), year=year, years=years, tables=rules.TABLES,
        counts=store.counts(division, year), labels=rules.CONFIDENCE_LABELS,
    )  # fmt: skip


@bp.post("/<int:year>/defaults")
@requires(Permission.MANAGE_TABLES)
def load_defaults(year: int) -> ResponseReturnValue:
    """Fill the tables of the year that are still empty."""
    _check(year)
    loaded = actions.load_default_codes(settings().division_code, year, by=person())
    said = f"已载入 {len(loaded)} 张默认代码表，共 {sum(loaded.values())} 条；标“待核”的请对照正式文件核对。"
    flash(said if loaded else "每张表都已有代码，没有载入默认代码。", "ok")
    return redirect(url_for(".index", year=year))


def _check(year: int, table_name: str = rules.ECO_MAP) -> None:
    """Raise `Missing` for a year or table that cannot be."""
    if not 2000 <= year <= 2100 or table_name not in rules.TABLES:
        raise Missing()


@bp.get("/<int:year>/<table_name>")
@requires(Permission.MANAGE_TABLES)
def show(year: int, table_name: str) -> ResponseReturnValue:
    """One table: its codes with how sure each is, and why."""
    _check(year, table_name)
    if table_name == rules.ECO_MAP:
        return _show_map(year)
    search = request.args.get("q", "").strip()[:100]
    page = store.page_of(settings().division_code, year, table_name, search, page_number())
    return render_template(
        "budget/codes/show.html", page=page, q=search, year=year, table_name=table_name,
        title=rules.TABLES[table_name], labels=rules.CONFIDENCE_LABELS, is_unsure=rules.is_unsure,
    )  # fmt: skip


def _show_map(year: int) -> ResponseReturnValue:
    division = settings().division_code
    page = store.economic_map_page(division, year, page_number())
    named = {code for row in page.items for code in (row.gov_eco_administrative, row.gov_eco_institution)}
    return render_template(
        "budget/codes/map.html", page=page, year=year, table_name=rules.ECO_MAP, title=rules.TABLES[rules.ECO_MAP],
        dep=store.names(division, year, "dep_eco", {row.dep_eco_code for row in page.items}),
        gov=store.names(division, year, "gov_eco", named), labels=rules.CONFIDENCE_LABELS, is_unsure=rules.is_unsure,
    )  # fmt: skip


def _reading(upload: Upload, table_name: str, year: int) -> CodeReading:
    return read_codes(table_in(upload, table_name), table_name, settings().division_code, year)


@bp.route("/<int:year>/<table_name>/import", methods=["GET", "POST"])
@large_upload
@requires(Permission.MANAGE_TABLES)
def import_file(year: int, table_name: str) -> ResponseReturnValue:
    """Choose a file; a sound one is kept and its preview shown."""
    _check(year, table_name)
    form = UploadForm()
    if form.validate_on_submit():
        with problems_on(form):
            upload = form.upload()
            _reading(upload, table_name, year)
            digest, name = keep(upload), upload.filename
            return redirect(url_for(".preview", year=year, table_name=table_name, digest=digest, name=name))
    page = render_template(
        "budget/codes/import.html", form=form, year=year, table_name=table_name, title=rules.TABLES[table_name]
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/<int:year>/<table_name>/import/<digest>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def preview(year: int, table_name: str, digest: str) -> ResponseReturnValue:
    """What the file would change; confirming reads the same bytes again and takes them over."""
    _check(year, table_name)
    title = rules.TABLES[table_name]

    def take(upload: Upload) -> ResponseReturnValue:
        done = actions.import_codes(upload, table_name, settings().division_code, year, by=person())
        flash(f"{title}：{done}。", "ok")
        return redirect(url_for(".show", year=year, table_name=table_name))

    return confirm(
        digest, lambda upload: _reading(upload, table_name, year), take,
        "budget/codes/preview.html", year=year, table_name=table_name, title=title,
    )  # fmt: skip


@bp.cli.command("import", help="用文件替换一张代码表。")
@click.argument("table_name", metavar="TABLE", type=click.Choice(tuple(rules.TABLES)))
@file_argument
@year_option
@dry_run_option
def import_command(table_name: str, file: Path, year: int, dry_run: bool) -> None:
    """Replace one table of a year."""
    upload, division = upload_of(file), settings().division_code
    run_import(
        lambda: f"{year}年{rules.TABLES[table_name]}：{_reading(upload, table_name, year).difference}。",
        lambda: actions.import_codes(upload, table_name, division, year, by=SYSTEM),
        dry_run=dry_run,
    )


@bp.cli.command("load-defaults", help="为空的代码表载入默认代码。")
@year_option
def load_defaults_command(year: int) -> None:
    """Fill the tables of a year that are still empty."""
    loaded = actions.load_default_codes(settings().division_code, year, by=SYSTEM)
    for name, count in loaded.items():
        click.echo(f"{rules.TABLES[name]}（{name}）：{count} 条")
    click.echo(f"已载入 {len(loaded)} 张默认代码表。" if loaded else "每张表都已有代码，没有载入。")
