"""Pages to sign in, sign out and change the password."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin import actions, confirming, halfway
from accounts.signin.forms import CodeForm, ConfirmForm, PasswordForm, SignInForm
from accounts.signin.guard import person, requires
from accounts.signin.rules import OVER
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
            done = actions.sign_in(form.username.data or "", form.password.data or "", opened.key if opened else None)
            if isinstance(done, str):
                return _entered(done)
            halfway.await_code(done)
            return _code_page(CodeForm(formdata=None))
    return _password_page(form), 422 if form.is_submitted() else 200


@bp.post("/sign-in/code")
@by_itself
def code() -> ResponseReturnValue:
    """The second half of a sign-in, for whoever has bound an authenticator."""
    form, awaited, opened = CodeForm(), halfway.awaited(), current()
    if awaited is None:
        flash(OVER, "warn")
        return redirect(url_for(".sign_in", next=request.args.get("next")))
    if form.validate_on_submit():
        with refusals_on(form):
            key = actions.sign_in_with_code(awaited, form.code.data or "", opened.key if opened else None)
            halfway.no_longer_await()
            return _entered(key)
    return _code_page(form), form.status


def _entered(key: str) -> ResponseReturnValue:
    """Go to the page that was asked for, with the key of the session."""
    answer = make_response(redirect(_safe_next()))
    set_cookie(answer, key, settings().secure_cookies)
    return answer


def _code_page(form: CodeForm) -> str:
    return render_template("accounts/signin/code.html", form=form, next=request.args.get("next"))


def _password_page(form: SignInForm) -> str:
    return render_template(
        "accounts/signin/sign_in.html",
        form=form,
        bureau=f"{settings().division_name}财政局",
        idle_minutes=settings().idle_minutes,
    )


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
    """再次确认: with a code that counts, what waits is sent on to where it was sent first."""
    form = ConfirmForm()
    target = form.confirm_target.data or ""
    if not _is_inside(target):
        raise Refused("页面不完整，请返回上一页重新操作。")
    if form.validate_on_submit():
        with refusals_on(form):
            actions.confirm(form.confirm_code.data or "", by=person())
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
