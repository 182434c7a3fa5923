"""The page on which the treasury closes a fiscal year: what is in the way, and the button."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.people.store import names
from accounts.signin.guard import person, requires
from budget.calendar.rules import YearState
from budget.calendar.store import fiscal_years
from budget.years import actions, store
from budget.years.forms import CloseForm, ReopenForm
from core import clock, history
from core.errors import Missing
from core.fields import EditForm
from core.web import refusals_on, settings

bp: Final = Blueprint("years", __name__)


@bp.get("/years")
@requires(Permission.CLOSE_YEARS)
def index() -> ResponseReturnValue:
    """年结: the year in the address, else this one."""
    asked = request.args.get("year", "")
    this_year = clock.today().year
    year = int(asked) if asked in {str(known) for known in range(this_year - 3, this_year + 1)} else this_year
    return _page(year, None)


@bp.post("/years/<int:year>/close")
@requires(Permission.CLOSE_YEARS)
def close(year: int) -> ResponseReturnValue:
    """Close the year, or hear what is in the way."""
    _check_year(year)
    form = CloseForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.close_year(settings().division_code, year, form.seen.data or 0, by=person())
            flash(f"{year} 年已年结，不再接受新的计划、审批和登记。", "ok")
            return redirect(url_for(".index", year=year))
    return _page(year, form), form.status


@bp.post("/years/<int:year>/reopen")
@requires(Permission.CLOSE_YEARS)
def reopen(year: int) -> ResponseReturnValue:
    """Open the year again."""
    _check_year(year)
    form = ReopenForm()
    if form.validate_on_submit():
        with refusals_on(form):
            reason, seen = form.reason.data or "", form.seen.data or 0
            actions.reopen_year(settings().division_code, year, reason, seen, by=person())
            flash(f"{year} 年已反年结，原因已记入日志。", "ok")
            return redirect(url_for(".index", year=year))
    return _page(year, form), form.status


def _check_year(year: int) -> None:
    if not 2000 <= year <= 2100:
        raise Missing()


def _page(year: int, sent: EditForm | None) -> str:
    division = settings().division_code
    known = fiscal_years(division)
    row = known.get(year)
    closed = row is not None and row.state is YearState.CLOSED
    form = sent or (ReopenForm if closed else CloseForm)(formdata=None, seen=row.version if row else 0)
    this_year = clock.today().year
    return render_template(
        "budget/years/index.html",
        year=year,
        years=sorted({*range(this_year - 2, this_year + 1), year}),
        row=row,
        closed=closed,
        obstacles=[] if closed else store.obstacles(division, year),
        form=form,
        reopening=form if isinstance(form, ReopenForm) else None,
        closed_by=names({row.closed_by}).get(row.closed_by, "") if row and row.closed_by else "",
        events=history.of("fiscal_year", year),
        running=year >= this_year,
    )
