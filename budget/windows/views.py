"""Pages and a command for the filing windows and the rule of a year."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from accounts.units.models import Unit
from accounts.units.store import units
from budget.windows import actions, rules, store, yearly
from budget.windows.forms import DepartmentWindowForm, MakeForm, RemoveForm, RuleForm, WindowForm
from budget.windows.models import FilingWindow
from core import clock
from core.errors import Missing, Refused
from core.web import refusals_on, settings

bp: Final = Blueprint("windows", __name__, cli_group="windows")


@bp.get("/windows")
@requires(Permission.MANAGE_TABLES)
def index() -> ResponseReturnValue:
    """The twelve months of a year, with their windows, the departments' own ones below the general one."""
    division = settings().division_code
    found = store.windows(division)
    this_year = clock.today().year
    years = sorted({this_year, this_year + 1, *(window.fiscal_year for window in found)})
    asked = request.args.get("year", "")
    year = int(asked) if asked in {str(known) for known in years} else this_year
    by_month: dict[int, list[FilingWindow]] = {month: [] for month in range(1, 13)}
    for window in found:
        if window.fiscal_year == year:
            by_month[window.month].append(window)
    return render_template(
        "budget/windows/index.html", year=year, years=years, by_month=by_month, now=clock.now(),
        names={unit.code: unit.name for unit in _departments()}, decide_by=yearly.decide_by(division, year),
        terms=store.terms_of_year(division, year),
    )  # fmt: skip


def _departments() -> list[Unit]:
    return [unit for unit in units(settings().division_code) if unit.code == unit.department_code]


@bp.route("/windows/<int:year>/<int:month>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def save(year: int, month: int) -> ResponseReturnValue:
    """Open a month for filing, move its dates or close it early: for all, or for the department in the address."""
    department = _asked_department(year, month)
    division, code = settings().division_code, department.code if department else ""
    window = store.window_of(division, year, month, code)
    form = WindowForm(seen=window.version if window else 0)
    if window and not form.is_submitted():
        form.show(window.opens_at, window.closes_at)
    if form.validate_on_submit():
        with refusals_on(form):
            dates, seen = form.moments(), form.seen.data or 0
            actions.save_window(division, year, month, *dates, by=person(), department_code=code, seen=seen)
            flash(f"{year}年{month}月的申报窗口已保存。", "ok")
            return redirect(url_for(".index", year=year))
    page = render_template(
        "budget/windows/save.html", form=form, year=year, month=month, window=window, department=department
    )
    return page, form.status


def _asked_department(year: int, month: int) -> Unit | None:
    """The department in the address; None when there is none. Raises `Missing` for nonsense."""
    code = request.args.get("department", "")
    found = {unit.code: unit for unit in _departments()} if code else {}
    if not rules.is_month(year, month) or (code and code not in found):
        raise Missing()
    return found.get(code)


@bp.route("/windows/<int:year>/<int:month>/departments", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def add_department(year: int, month: int) -> ResponseReturnValue:
    """错峰: a window of its own for one department."""
    if not rules.is_month(year, month):
        raise Missing()
    division = settings().division_code
    general = store.window_of(division, year, month)
    form = DepartmentWindowForm(seen=0)
    form.offer(_departments())
    if general and not form.is_submitted():
        form.show(general.opens_at, general.closes_at)
    if form.validate_on_submit():
        with refusals_on(form):
            dates, code = form.moments(), form.department.data
            actions.save_window(division, year, month, *dates, by=person(), department_code=code, seen=form.seen.data)
            flash(f"{year}年{month}月的部门窗口已保存。", "ok")
            return redirect(url_for(".index", year=year))
    page = render_template("budget/windows/department.html", form=form, year=year, month=month, general=general)
    return page, form.status


@bp.post("/windows/<int:year>/<int:month>/remove")
@requires(Permission.MANAGE_TABLES)
def remove(year: int, month: int) -> ResponseReturnValue:
    """Take a department's own window away."""
    form = RemoveForm()
    if not form.validate_on_submit():
        raise Missing()
    code = form.department.data or ""
    actions.remove_window(settings().division_code, year, month, code, by=person())
    flash(f"已取消，部门 {code} 按通用窗口申报。", "ok")
    return redirect(url_for(".index", year=year))


@bp.route("/windows/<int:year>/rule", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def rule(year: int) -> ResponseReturnValue:
    """月度规则: from which the windows of the year are made."""
    division = settings().division_code
    _check_year(year)
    stored = store.find_rule(division, year)
    form = RuleForm(seen=stored.version if stored else 0)
    if not form.is_submitted():
        form.show(store.terms_of_year(division, year))
    if form.validate_on_submit():
        with refusals_on(form):
            actions.save_rule(division, year, form.terms(), form.seen.data or 0, by=person())
            flash(f"{year}年的月度规则已保存；已有的窗口没有变，请看一看预览再生成。", "ok")
            return redirect(url_for(".make", year=year))
    page = render_template("budget/windows/rule.html", form=form, year=year, stored=stored)
    return page, form.status


@bp.route("/windows/<int:year>/make", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def make(year: int) -> ResponseReturnValue:
    """生成全年窗口: first what would be done, then the button."""
    division = settings().division_code
    _check_year(year)
    form = MakeForm(request.form if request.method == "POST" else request.args)
    overwrite = bool(form.overwrite.data)
    if form.validate_on_submit():
        with refusals_on(form):
            made = actions.make_year(division, year, overwrite, form.digest.data or "", by=person())
            flash(f"已生成 {made} 个月的申报窗口。" if made else "窗口已经符合规则，没有变化。", "ok")
            return redirect(url_for(".index", year=year))
    plan = yearly.plan_year(division, year, overwrite=overwrite)
    form.digest.data, form.digest.raw_data = plan.digest, None
    page = render_template(
        "budget/windows/make.html", form=form, plan=plan, year=year, terms=store.terms_of_year(division, year)
    )
    return page, form.status


def _check_year(year: int) -> None:
    if not rules.is_month(year, 1):
        raise Missing()


_MOMENT: Final = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])


@bp.cli.command("open")
@click.argument("year", type=int)
@click.argument("month", type=int)
@click.option("--opens", type=_MOMENT, required=True, help="Shanghai time, as in '2026-11-15 08:00'")
@click.option("--closes", type=_MOMENT, required=True, help="Shanghai time, as in '2026-11-25 17:00'")
@click.option("--department", default="", help="code of a department whose units get this window of their own")
def open_window(year: int, month: int, opens: datetime, closes: datetime, department: str) -> None:
    """Set the filing window of a month."""
    division = settings().division_code
    if department and department not in {unit.code for unit in _departments()}:
        raise click.ClickException(f"没有代码为“{department}”的部门。")
    moments = (moment.replace(tzinfo=clock.SHANGHAI) for moment in (opens, closes))
    try:
        actions.save_window(division, year, month, *moments, by=SYSTEM, department_code=department)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(store.shown(store.window_of(division, year, month, department)))
