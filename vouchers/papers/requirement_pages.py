"""The administrator's pages of the requirement table, and the command that loads the default one."""

from __future__ import annotations

from typing import Final

import click
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from core import clock
from core.errors import Refused
from core.web import page_number, refusals_on, settings
from vouchers.papers import requiring, store
from vouchers.papers.forms import DeleteForm, EditRequirementForm, RequirementForm
from vouchers.papers.overview import by_group
from vouchers.papers.rules import short_names

_SIZE: Final = 50


@requires(Permission.MANAGE_TABLES)
def requirements() -> ResponseReturnValue:
    """The table of a year, page by page."""
    division, year = settings().division_code, _year()
    shown = store.requirement_page(division, year, page_number(), _SIZE)
    names = short_names(store.kinds(division, year))
    return render_template("vouchers/papers/requirements.html", shown=shown, year=year, years=_years(), names=names)


@requires(Permission.MANAGE_TABLES)
def add() -> ResponseReturnValue:
    """A new row for the year."""
    form, division, year = RequirementForm(), settings().division_code, _year()
    if form.validate_on_submit():
        with refusals_on(form):
            requiring.add_requirement(division, year, form.draft(), by=person())
            flash("已新增凭证要求。", "ok")
            return redirect(url_for(".requirements", year=year))
    return _form_page(form, year)


@requires(Permission.MANAGE_TABLES)
def edit(requirement_id: int) -> ResponseReturnValue:
    """Change a row."""
    division = settings().division_code
    row = store.get_requirement(requirement_id, division)
    form, year = EditRequirementForm(), row.fiscal_year
    if not form.is_submitted():
        form.show(row)
    elif form.validate_on_submit():
        with refusals_on(form):
            requiring.change_requirement(requirement_id, division, form.draft(), form.seen.data or 0, by=person())
            flash("已保存凭证要求。", "ok")
            return redirect(url_for(".requirements", year=year))
    return _form_page(form, year, requirement_id)[0], form.status


@requires(Permission.MANAGE_TABLES)
def delete(requirement_id: int) -> ResponseReturnValue:
    """Take a row out of the table; one that has changed since it was opened is shown as it is now."""
    division, form = settings().division_code, DeleteForm()
    year = store.get_requirement(requirement_id, division).fiscal_year
    if form.validate_on_submit():
        with refusals_on(form):
            requiring.delete_requirement(requirement_id, division, form.seen.data or 0, by=person())
            flash("已删除凭证要求。", "ok")
            return redirect(url_for(".requirements", year=year))
    shown = EditRequirementForm(formdata=None)
    shown.show(store.get_requirement(requirement_id, division))
    shown.form_errors, shown.conflict = form.form_errors, form.conflict
    return _form_page(shown, year, requirement_id)[0], form.status


@requires(Permission.MANAGE_TABLES)
def load() -> ResponseReturnValue:
    """Take those rows of the default table that the year lacks."""
    year = _year()
    flash(_loaded(requiring.load_defaults(settings().division_code, year, by=person()), year), "ok")
    return redirect(url_for(".requirements", year=year))


@requires(Permission.MANAGE_TABLES)
def copy() -> ResponseReturnValue:
    """Begin the table of a year with that of the year before."""
    year = _year()
    try:
        count = requiring.copy_year(settings().division_code, year, by=person())
        flash(f"已把 {year - 1} 年凭证要求 {count} 条复制到 {year} 年。", "ok")
    except Refused as refusal:
        flash(str(refusal), "bad")
    return redirect(url_for(".requirements", year=year))


@click.option("--year", type=click.IntRange(2000, 2100), required=True, help="预算年度。")
def load_requirements(year: int) -> None:
    """装入默认凭证要求表中本年度还没有的条目。"""
    click.echo(_loaded(requiring.load_defaults(settings().division_code, year, by=SYSTEM), year))


def _loaded(count: int, year: int) -> str:
    return f"已装入 {year} 年默认凭证要求 {count} 条。" if count else f"{year} 年已有全部默认凭证要求，没有变化。"


def _form_page(form: RequirementForm, year: int, requirement_id: int | None = None) -> tuple[str, int]:
    groups = by_group(store.kinds(settings().division_code, year))
    shown = render_template(
        "vouchers/papers/requirement.html", form=form, year=year, groups=groups, requirement_id=requirement_id
    )
    return shown, 422 if form.is_submitted() else 200


def _year() -> int:
    """The year asked for, if it is one of those offered; else the present one."""
    asked = request.values.get("year", "")
    return int(asked) if asked in map(str, _years()) else clock.today().year


def _years() -> range:
    """Last year, this year and the next, whose table is prepared in time."""
    this = clock.today().year
    return range(this - 1, this + 2)
