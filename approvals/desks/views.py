"""无人办理: the list for administrators, and the command for the night. 离岗交接: what is in one person's hands."""

from __future__ import annotations

from typing import Final

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.delegations.store import around
from accounts.people.rules import Permission
from accounts.people.store import accounts_page, active_accounts, get_account
from accounts.signin.guard import person, requires
from approvals.desks import actions, store
from approvals.desks.forms import TurnOverForm
from core import clock
from core.web import page_number, refusals_on, settings

bp: Final = Blueprint("desks", __name__, cli_group="desks")

# So many tasks of one kind are listed.
_LISTED: Final = 50


@bp.get("/unmanned")
@requires(Permission.MANAGE_PEOPLE)
def unmanned() -> ResponseReturnValue:
    """Plans that wait where nobody sits."""
    page = store.unmanned_page(clock.today(), page_number())
    return render_template("approvals/desks/unmanned.html", page=page)


@bp.get("/leavers")
@requires(Permission.MANAGE_POSTS)
def leavers() -> ResponseReturnValue:
    """Whose posts are to go to somebody else; above, which desks nobody sits at now."""
    search, today = request.args.get("q", "").strip()[:50], clock.today()
    return render_template(
        "approvals/desks/leavers.html",
        page=accounts_page(search, page_number()), search=search, today=today, vacant=store.unmanned_page(today, 1),
    )  # fmt: skip


@bp.route("/leavers/<int:person_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_POSTS)
def leaver(person_id: int) -> ResponseReturnValue:
    """All that hangs on one person, and giving it to another."""
    account, today, form = get_account(person_id), clock.today(), TurnOverForm()
    posts = store.posts_of(person_id, today)
    form.offer(posts)
    if not form.is_submitted():
        form.last_day.data = today
    if form.validate_on_submit():
        with refusals_on(form):
            done = actions.turn_over(person_id, form.draft(), settings().division_code, by=person())
            flash(_said(done), "ok")
            return redirect(url_for(".leaver", person_id=person_id))
    page = render_template(
        "approvals/desks/leaver.html", account=account, form=form, today=today, posts=posts,
        only=store.only_for(person_id, today, _LISTED), given=store.given_to(person_id, _LISTED),
        questions=store.asked_of(person_id), delegations=around(person_id, today), people=active_accounts(),
    )  # fmt: skip
    return page, form.status


def _said(done: actions.Handed) -> str:
    tasks = f"，转办的待办移交 {done.tasks} 项" if done.tasks else ""
    vacant = f"。还有 {done.unmanned} 项待办无人办理，请看“离岗交接”首页" if done.unmanned else ""
    return f"已交接：终止岗位 {done.ended} 个，授予接任人 {done.given} 个{tasks}{vacant}。"


@bp.cli.command("watch", help="检查无人办理的待办，并通知系统管理员和安全管理员；每晚运行一次。")
def watch() -> None:
    """Look once."""
    found = actions.watch_desks({}, None)
    click.echo(f"无人办理的待办 {found['unmanned']} 项。")
