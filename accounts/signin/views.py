"""Pages to sign in, sign out and change the password."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin import actions, confirming
from accounts.signin.forms import ConfirmForm, PasswordForm, SignInForm
from accounts.signin.guard import person, requires
from accounts.signin.sessions import current, get_current, set_cookie
from core.errors import Refused
from core.keys import by_itself
from core.web import refusals_on, settings

bp: Final = Blueprint("signin", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@by_itself
def sign_in() -> ResponseReturnValue:
    """Sign in and go back to the page that was asked for."""
    form = SignInForm()
    if form.validate_on_submit():
        with refusals_on(form):
            opened = current()
            leaving = opened.key if opened else None
            key = actions.sign_in(form.username.data or "", form.password.data or "", leaving)
            answer = make_response(redirect(_safe_next()))
            set_cookie(answer, key, settings().secure_cookies)
            return answer
    page = render_template(
        "accounts/signin/sign_in.html",
        form=form,
        bureau=f"{settings().division_name}财政局",
        idle_minutes=settings().idle_minutes,
    )
    return page, 422 if form.is_submitted() else 200


def _safe_next() -> str:
    target = request.args.get("next", "")
    return target if _is_inside(target) else url_for("home")


def _is_inside(target: str) -> bool:
    """Only a path of this house: no other host, no `//host`, no scheme, and nothing that browsers drop."""
    return target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()


@bp.post("/confirm")
@requires(Permission.SIGNED_IN)
@by_itself
def confirm() -> ResponseReturnValue:
    """再次确认: with the right password, what waits is sent on to where it was sent first."""
    form = ConfirmForm()
    target = form.confirm_target.data or ""
    if not _is_inside(target):
        raise Refused("页面不完整，请返回上一页重新操作。")
    if form.validate_on_submit():
        with refusals_on(form):
            actions.confirm(form.confirm_password.data or "", by=person())
            confirming.note()
            sent = list(confirming.waiting())
            return render_template("accounts/signin/confirmed.html", target=target, waiting=sent)
    return confirming.page(form), form.status


@bp.post("/sign-out")
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    opened = get_current()
    actions.sign_out(opened.key, by=person())
    opened.ended = True
    return redirect(url_for("signin.sign_in"))


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Change the password; required before anything else after the first sign-in."""
    form = PasswordForm()
    if form.validate_on_submit():
        with refusals_on(form):
            words = (form.old.data or "", form.new.data or "", form.again.data or "")
            actions.change_password(*words, keep=get_current().key, by=person())
            flash("密码已修改。", "ok")
            return redirect(url_for("home"))
    return render_template("accounts/signin/change_password.html", form=form), 422 if form.is_submitted() else 200
