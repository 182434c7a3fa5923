"""Pages of 动态口令: each person's own, and the security administrator's list with 重置."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin import binding, codes, halfway
from accounts.signin.forms import BeginForm, CodeForm, FirstCodeForm
from accounts.signin.guard import person, requires
from accounts.signin.rules import FEW_CODES
from accounts.signin.store import bound_page, codes_left, find_code
from core.keys import by_itself
from core.web import page_number, refusals_on, settings

bp: Final = Blueprint("dynamic_codes", __name__)


@bp.get("/dynamic-codes")
@requires(Permission.SIGNED_IN)
def own() -> ResponseReturnValue:
    """My authenticator: bound, being bound, or how to begin."""
    if find_code(person().id):
        return _bound(CodeForm(formdata=None))
    salt = halfway.binding()
    return _binding(salt, FirstCodeForm(formdata=None)) if salt else _begin(BeginForm(formdata=None))


@bp.post("/dynamic-codes/begin")
@requires(Permission.SIGNED_IN)
@by_itself
def begin() -> ResponseReturnValue:
    """The password opens a binding."""
    form = BeginForm()
    if form.validate_on_submit():
        with refusals_on(form):
            halfway.begin_binding(binding.begin(form.password.data or "", by=person()))
            return redirect(url_for(".own"))
    return _begin(form), form.status


@bp.post("/dynamic-codes/bind")
@requires(Permission.SIGNED_IN)
@by_itself
def bind() -> ResponseReturnValue:
    """The first code ends it; this answer alone shows the recovery codes."""
    form, salt = FirstCodeForm(), halfway.binding()
    if salt is None:
        flash("绑定已超时，请重新输入登录密码。", "warn")
        return redirect(url_for(".own"))
    if form.validate_on_submit():
        with refusals_on(form):
            fresh = binding.bind(salt, form.code.data or "", by=person())
            halfway.end_binding()
            return render_template("accounts/signin/recovery_codes.html", codes=fresh)
    return _binding(salt, form), form.status


@bp.post("/dynamic-codes/give-up")
@requires(Permission.SIGNED_IN)
def give_up() -> ResponseReturnValue:
    """A binding that was begun is not ended."""
    halfway.end_binding()
    return redirect(url_for(".own"))


@bp.post("/dynamic-codes/unbind")
@requires(Permission.SIGNED_IN)
@by_itself
def unbind() -> ResponseReturnValue:
    """My authenticator goes, against one of its codes."""
    form = CodeForm()
    if form.validate_on_submit():
        with refusals_on(form):
            binding.unbind_own(form.code.data or "", by=person())
            flash("动态口令已解绑，恢复码一并作废。", "ok")
            return redirect(url_for(".own"))
    return _bound(form), form.status


def _begin(form: BeginForm) -> str:
    return render_template("accounts/signin/bind_begin.html", form=form)


def _binding(salt: str, form: FirstCodeForm) -> str:
    secret = codes.secret_of(settings().secret_key, person().id, salt)
    picture, typed = codes.picture_of(secret, person().username), codes.in_groups(secret)
    return render_template("accounts/signin/bind.html", form=form, picture=picture, secret=typed, issuer=codes.ISSUER)


def _bound(form: CodeForm) -> str:
    mine = find_code(person().id)
    gone = mine is not None and mine.key_mark != codes.key_mark(settings().secret_key)
    left = codes_left(person().id)
    return render_template(
        "accounts/signin/bound.html", form=form, mine=mine, left=left, few=left <= FEW_CODES, key_changed=gone
    )


@bp.get("/dynamic-codes/people")
@requires(Permission.MANAGE_POSTS)
def people() -> ResponseReturnValue:
    """Who has bound an authenticator."""
    search = request.args.get("q", "").strip()[:50]
    page = bound_page(search, page_number())
    return render_template("accounts/signin/bound_people.html", page=page, search=search)


@bp.post("/dynamic-codes/<int:person_id>/reset")
@requires(Permission.MANAGE_POSTS)
def reset(person_id: int) -> ResponseReturnValue:
    """For whoever lost his telephone and his recovery codes."""
    binding.reset(person_id, by=person())
    flash("动态口令已重置，本人已收到消息。", "ok")
    return redirect(url_for(".people"))
