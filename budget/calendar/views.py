"""The page of the working calendar: a year at a glance, and its special days as text to edit."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from budget.calendar import actions, store
from budget.calendar.forms import CalendarForm, LoadForm
from budget.calendar.rules import Day, is_working_day, table_text
from core import clock
from core.errors import Missing
from core.web import refusals_on, settings

bp: Final = Blueprint("calendar", __name__)


@bp.get("/calendar")
@requires(Permission.MANAGE_TABLES)
def index() -> ResponseReturnValue:
    """The calendar of the year in the address, else of this year."""
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:5]) <= 2100 else clock.today().year
    return _page(year, _form(year))


def _form(year: int) -> CalendarForm:
    division = settings().division_code
    text = table_text(store.days_of(division, year))
    return CalendarForm(formdata=None, seen=store.calendar_version(division, year), lines=text)


@bp.post("/calendar/<int:year>")
@requires(Permission.MANAGE_TABLES)
def save(year: int) -> ResponseReturnValue:
    """Make the table of the year what was typed."""
    _check_year(year)
    form = CalendarForm()
    if form.validate_on_submit():
        with refusals_on(form):
            lines, seen = form.lines.data or "", form.seen.data or 0
            told = actions.save_days(settings().division_code, year, lines, seen, by=person())
            flash("没有变化。" if told.is_empty else f"{year}年工作日历已保存：{told}。", "ok")
            return redirect(url_for(".index", year=year))
    return _page(year, form), form.status


@bp.post("/calendar/<int:year>/load")
@requires(Permission.MANAGE_TABLES)
def load(year: int) -> ResponseReturnValue:
    """Replace the table of the year by the arrangement of the State Council."""
    _check_year(year)
    form = LoadForm()
    if form.validate_on_submit():
        with refusals_on(form):
            told = actions.load_default_days(settings().division_code, year, form.seen.data or 0, by=person())
            flash(f"已载入：{told}。请与本地通知核对。", "ok")
            return redirect(url_for(".index", year=year))
    shown = _form(year)
    shown.form_errors, shown.conflict = form.form_errors, form.conflict
    return _page(year, shown), form.status


def _check_year(year: int) -> None:
    if not 2000 <= year <= 2100:
        raise Missing()


@dataclass(frozen=True)
class Cell:
    """One day of a small month: its number, how it is drawn, and its name."""

    number: int
    look: str
    name: str


def _page(year: int, form: CalendarForm) -> str:
    days = store.days_of(settings().division_code, year)
    this_year = clock.today().year
    return render_template(
        "budget/calendar/index.html",
        form=form,
        year=year,
        years=sorted({this_year - 1, this_year, this_year + 1, year}),
        months=[_month(year, month, {one.day: one for one in days}) for month in range(1, 13)],
        known=bool(store.default_text(year)),
        days=days,
    )


def _month(year: int, month: int, special: Mapping[date, Day]) -> list[list[Cell | None]]:
    """The weeks of a month, Monday first; None outside it."""
    weeks = Calendar().monthdatescalendar(year, month)
    return [[_cell(day, special) if day.month == month else None for day in week] for week in weeks]


def _cell(day: date, special: Mapping[date, Day]) -> Cell:
    found = special.get(day)
    works = is_working_day(day, {} if found is None else {day: found.is_work})
    look = "" if works else "off"
    if found is not None:
        look = "extra" if found.is_work else "holiday"
    return Cell(day.day, look, found.name or found.kind if found else "")
