"""The page of the nightly reconciliation: green, or the rows that differ; and its command."""

from __future__ import annotations

from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from approvals.reconciliation import actions, store
from approvals.reconciliation.rules import Check
from core import clock
from core.fields import Form
from core.web import page_number, settings

bp: Final = Blueprint("reconciliation", __name__, cli_group="reconcile")


class AskForm(Form):
    """立即对账: a button alone."""


@bp.get("/reconciliation")
@requires(Permission.VIEW_HISTORY)
def index() -> ResponseReturnValue:
    """对账: the newest run with its differences, and the runs before it."""
    division = settings().division_code
    newest = store.newest(division)
    return render_template(
        "approvals/reconciliation/index.html",
        newest=newest,
        rows=store.rows_of(newest.id, page_number()) if newest else None,
        runs=store.page_of(division, 1),
        checks=list(Check),
        kept=store.MOST_KEPT,
        form=AskForm(formdata=None),
    )


@bp.post("/reconciliation")
@requires(Permission.VIEW_HISTORY)
def ask() -> ResponseReturnValue:
    """Ask for a run now."""
    if AskForm().validate_on_submit():
        actions.ask(by=person())
        flash("已开始对账，请稍后刷新本页。", "ok")
    return redirect(url_for(".index"))


@bp.cli.command("run", help="立即对账：逐项核对额度、占用、批复、台账和支付。")
def run() -> None:
    """Compare now; exit code 1 when anything differs."""
    division = settings().division_code
    count = actions.reconcile(division, clock.today(), by=SYSTEM)
    newest = store.newest(division)
    for row in newest.rows if newest else ():
        click.echo(f"{row.check.label}：{row.place}，一方 {row.stored}，另一方 {row.found}")
    if count:
        raise click.ClickException(f"{count} 处不一致。")
    click.echo("全部一致。")
