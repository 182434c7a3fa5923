"""Pages of people (系统管理员) and of their posts (安全管理员)."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people import actions, commands, merging, store
from accounts.people.forms import EditPersonForm, EndForm, GrantForm, MergeForm, NewPersonForm
from accounts.people.rules import Permission, Role
from accounts.signin.guard import person, requires
from accounts.units.store import get_whole, offices, plans_on_their_way, units
from core import clock
from core.web import page_number, refusals_on, settings

bp: Final = Blueprint("people", __name__, cli_group="people")
bp.cli.add_command(commands.add)


@bp.get("/people")
@requires(Permission.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    """Everybody, with their posts."""
    search = request.args.get("q", "").strip()[:50]
    page = store.accounts_page(search, page_number())
    return render_template("accounts/people/index.html", page=page, search=search, today=clock.today(), now=clock.now())


@bp.route("/people/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def add() -> ResponseReturnValue:
    """A new person; the page that follows shows the first password, once."""
    form = NewPersonForm()
    if form.validate_on_submit():
        with refusals_on(form):
            person_id, password = actions.add_person(
                form.username.data or "", form.name.data or "", form.phone.data or "", by=person()
            )
            return _first_password(person_id, password)
    return render_template("accounts/people/add.html", form=form), 422 if form.is_submitted() else 200


def _first_password(person_id: int, password: str) -> ResponseReturnValue:
    """Shown in this answer alone: behind a redirect the password would have to be kept somewhere."""
    account = store.get_account(person_id)
    return render_template("accounts/people/first_password.html", account=account, password=password)


@bp.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def edit(person_id: int) -> ResponseReturnValue:
    """Name and telephone; beside them what can be done with the account."""
    account = store.get_account(person_id)
    form = EditPersonForm(obj=account, seen=account.version)
    if form.validate_on_submit():
        with refusals_on(form):
            name, phone, seen = form.name.data or "", form.phone.data or "", form.seen.data or 0
            actions.edit_person(person_id, name, phone, seen, by=person())
            flash("已保存。", "ok")
            return redirect(url_for(".index"))
    page = render_template(
        "accounts/people/edit.html", form=form, account=account, now=clock.now(), today=clock.today()
    )
    return page, form.status


@bp.post("/people/<int:person_id>/deactivate")
@requires(Permission.MANAGE_PEOPLE)
def deactivate(person_id: int) -> ResponseReturnValue:
    """The person can no longer sign in."""
    actions.deactivate(person_id, by=person())
    flash("账号已停用，即刻生效。", "ok")
    return redirect(url_for(".edit", person_id=person_id))


@bp.post("/people/<int:person_id>/reactivate")
@requires(Permission.MANAGE_PEOPLE)
def reactivate(person_id: int) -> ResponseReturnValue:
    """The person can sign in again."""
    actions.reactivate(person_id, by=person())
    flash("账号已恢复。", "ok")
    return redirect(url_for(".edit", person_id=person_id))


@bp.post("/people/<int:person_id>/unlock")
@requires(Permission.MANAGE_PEOPLE)
def unlock(person_id: int) -> ResponseReturnValue:
    """The person need not wait for the lock to end."""
    actions.unlock(person_id, by=person())
    flash("账号已解锁。", "ok")
    return redirect(url_for(".edit", person_id=person_id))


@bp.post("/people/<int:person_id>/reset-password")
@requires(Permission.MANAGE_PEOPLE)
def reset_password(person_id: int) -> ResponseReturnValue:
    """A new first password, shown once."""
    password = actions.reset_password(person_id, by=person())
    return _first_password(person_id, password)


@bp.get("/posts")
@requires(Permission.MANAGE_POSTS)
def posts() -> ResponseReturnValue:
    """Who holds or held which post where."""
    search = request.args.get("q", "").strip()[:50]
    chosen = request.args.get("role", "")
    role = Role(chosen) if chosen in set(Role) else None
    return render_template(
        "accounts/people/posts.html",
        page=store.posts_page(search, role, page_number()),
        search=search,
        role=role,
        roles=list(Role),
        today=clock.today(),
    )


@bp.route("/posts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_POSTS)
def grant_post() -> ResponseReturnValue:
    """Give somebody a post."""
    division = settings().division_code
    form = GrantForm()
    form.offer(offices(division))
    if not form.is_submitted():
        form.username.data, form.starts_on.data = request.args.get("username", ""), clock.today()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.grant_post(form.username.data or "", form.draft(), division, by=person())
            flash("岗位已授予。", "ok")
            return redirect(url_for(".posts"))
    page = render_template(
        "accounts/people/grant_post.html", form=form, people=store.active_accounts(), units=units(division)
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/posts/<int:post_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_POSTS)
def end_post(post_id: int) -> ResponseReturnValue:
    """Say until when a post lasts."""
    post = store.get_post(post_id)
    form = EndForm(seen=post.version)
    if not form.is_submitted():
        form.last_day.data = clock.today()
    if form.validate_on_submit():
        with refusals_on(form):
            assert form.last_day.data is not None  # noqa: S101  the field is required
            actions.end_post(post_id, form.last_day.data, form.seen.data or 0, by=person())
            flash("已办理，岗位列表中可以看到最后任职日。", "ok")
            return redirect(url_for(".posts"))
    page = render_template("accounts/people/end_post.html", form=form, post=post, today=clock.today())
    return page, form.status


@bp.route("/units/<int:unit_id>/merge", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def merge_unit(unit_id: int) -> ResponseReturnValue:
    """单位合并: what stands in the way, which posts end, what stays."""
    division = settings().division_code
    unit = get_whole(unit_id, division)
    form = MergeForm(seen=unit.version)
    if not form.is_submitted():
        form.day.data = clock.today()
    if form.validate_on_submit():
        with refusals_on(form):
            ended = merging.merge_unit(unit_id, form.draft(), division, form.seen.data or 0, by=person())
            flash(f"已合并，原单位岗位 {ended} 个已终止。", "ok")
            return redirect(url_for("units.edit", unit_id=unit_id))
    unit = get_whole(unit_id, division)
    page = render_template(
        "accounts/people/merge_unit.html", form=form, unit=unit, units=units(division),
        busy=plans_on_their_way([unit.id]).get(unit.id, []), posts=store.posts_at(unit.id, clock.today()),
    )  # fmt: skip
    return page, form.status
