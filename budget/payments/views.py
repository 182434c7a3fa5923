"""Pages and commands for payments: the list, the differences, the import and its preview."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import allowed, person, requires, scope
from budget.payments import actions, differences, store
from budget.payments.forms import PaymentUploadForm, RematchForm
from budget.payments.layout import PAYMENTS
from budget.payments.reading import PaymentReading, read_payments
from core.commands import dry_run_option, file_argument, run_import, upload_of, year_option
from core.imports import Upload, choose, confirm
from core.sheets import read_table
from core.web import asked_year, large_upload, page_number, settings

bp: Final = Blueprint("payments", __name__, url_prefix="/payments", cli_group="payments")


@bp.get("")
@requires(Permission.VIEW_LEDGER)
def index() -> ResponseReturnValue:
    """The payments that the person may see, newest first, with what of each has no approved plan."""
    years = store.years(scope())
    year, search = asked_year(years), request.args.get("q", "").strip()[:100]
    page = store.page_of(scope(), year, search, page_number())
    return render_template(
        "budget/payments/index.html",
        page=page,
        total=store.total_of(scope(), year, search),
        open_amounts=store.open_amounts(page.items),
        last_import=store.last_import(settings().division_code, year),
        year=year,
        years=years or [year],
        q=search,
        may_import=allowed(Permission.IMPORT_PAYMENTS),
    )


@bp.get("/differences")
@requires(Permission.VIEW_LEDGER)
def show_differences() -> ResponseReturnValue:
    """Granted, planned, paid and unmatched by allotment; only what differs, unless all are asked for."""
    years = store.years(scope())
    year, all_rows = asked_year(years), request.args.get("all") == "1"
    page, sums = differences.page_of(scope(), settings().division_code, year, all_rows=all_rows, number=page_number())
    return render_template(
        "budget/payments/differences.html",
        page=page,
        sums=sums,
        all_rows=all_rows,
        year=year,
        years=years or [year],
        form=RematchForm() if allowed(Permission.IMPORT_PAYMENTS) else None,
    )


@bp.post("/<int:year>/rematch")
@requires(Permission.IMPORT_PAYMENTS)
def rematch(year: int) -> ResponseReturnValue:
    """Match what is open to the plans approved since."""
    matches = actions.rematch(settings().division_code, year, by=person())
    flash(f"新匹配 {matches} 笔。" if matches else "没有可以匹配的已批复计划。", "ok")
    return redirect(url_for(".show_differences", year=year))


def _reading(upload: Upload, year: int) -> PaymentReading:
    table = read_table(upload.data, upload.filename, PAYMENTS)
    return read_payments(table, settings().division_code, year)


@bp.route("/import", methods=["GET", "POST"])
@large_upload
@requires(Permission.IMPORT_PAYMENTS)
def import_file() -> ResponseReturnValue:
    """Choose a file and say the year; a sound one is kept and its preview shown."""
    return choose(PaymentUploadForm(), _reading, "budget/payments/import.html")


@bp.route("/import/<int:year>/<digest>", methods=["GET", "POST"])
@requires(Permission.IMPORT_PAYMENTS)
def preview(year: int, digest: str) -> ResponseReturnValue:
    """What the file would change; confirming reads the same bytes again and takes them over."""

    def take(upload: Upload) -> ResponseReturnValue:
        done = actions.import_payments(upload, settings().division_code, year, by=person())
        flash(f"{year}年支付：{done}。", "ok")
        return redirect(url_for(".show_differences", year=year))

    return confirm(digest, lambda upload: _reading(upload, year), take, "budget/payments/preview.html", year=year)


@bp.cli.command("import", help="导入一个年度的支付凭证。")
@file_argument
@year_option
@dry_run_option
def import_command(file: Path, year: int, dry_run: bool) -> None:
    """Take over the payments of a year."""
    upload, division = upload_of(file), settings().division_code
    run_import(
        lambda: f"{year}年支付：{_reading(upload, year)}。",
        lambda: actions.import_payments(upload, division, year, by=SYSTEM),
        dry_run=dry_run,
    )


@bp.cli.command("rematch", help="把未匹配的支付与之后批复的计划匹配。")
@year_option
def rematch_command(year: int) -> None:
    """Match what is open to the plans approved since; for the nightly run."""
    click.echo(f"{year}年支付：新匹配 {actions.rematch(settings().division_code, year, by=SYSTEM)} 笔。")
