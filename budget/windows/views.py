"""Pages and a command for the filing windows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from budget.windows import actions, rules, store
from budget.windows.forms import WindowForm
from core import clock
from core.errors import Missing, Refused
from core.web import refusals_on, settings

bp: Final = Blueprint("windows", __name__, cli_group="windows")


@bp.get("/windows")
@requires(Permission.MANAGE_TABLES)
def index() -> ResponseReturnValue:
    """The twelve months of a year, with their windows."""
    found = store.windows(settings().division_code)
    this_year = clock.today().year
    years = sorted({this_year, this_year + 1, *(window.fiscal_year for window in found)})
    asked = request.args.get("year", "")
    year = int(asked) if asked in {str(known) for known in years} else this_year
    by_month = {window.month: window for window in found if window.fiscal_year == year}
    return render_template("budget/windows/index.html", year=year, years=years, by_month=by_month, now=clock.now())


@bp.route("/windows/<int:year>/<int:month>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def save(year: int, month: int) -> ResponseReturnValue:
    """Open a month for filing, move its dates or close it early."""
    if not rules.is_month(year, month):
        raise Missing()
    division = settings().division_code
    window = store.find_window(division, year, month)
    form = WindowForm()
    if window and not form.is_submitted():
        form.show(window.opens_at, window.closes_at)
    if form.validate_on_submit():
        with refusals_on(form):
            actions.save_window(division, year, month, *form.moments(), by=person())
            flash(f"{year}年{month}月的申报窗口已保存。", "ok")
            return redirect(url_for(".index", year=year))
    page = render_template("budget/windows/save.html", form=form, year=year, month=month, window=window)
    return page, 422 if form.is_submitted() else 200


_MOMENT: Final = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])


@bp.cli.command("open")
@click.argument("year", type=int)
@click.argument("month", type=int)
@click.option("--opens", type=_MOMENT, required=True, help="Shanghai time, as in '2026-11-15 08:00'")
@click.option("--closes", type=_MOMENT, required=True, help="Shanghai time, as in '2026-11-25 17:00'")
def open_window(year: int, month: int, opens: datetime, closes: datetime) -> None:
    """Set the filing window of a month."""
    moments = (moment.replace(tzinfo=clock.SHANGHAI) for moment in (opens, closes))
    try:
        actions.save_window(settings().division_code, year, month, *moments, by=SYSTEM)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(store.shown(store.find_window(settings().division_code, year, month)))
