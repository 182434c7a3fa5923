"""委托: those that one gave and was given; giving one, and revoking it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.delegations import actions, store
from accounts.delegations.forms import DelegationForm, RevokeForm
from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from core import clock
from core.fields import Form
from core.web import refusals_on

bp: Final = Blueprint("delegations", __name__, url_prefix="/delegations")


@bp.get("")
@requires(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """委托 given and received."""
    return _page(RevokeForm(formdata=None))


def _page(form: Form) -> str:
    me = person()
    return render_template(
        "accounts/delegations/index.html",
        form=form,
        given=store.given_by(me.id),
        received=store.received_by(me.id),
        mine=store.own_posts(me.id, clock.today()),
        today=clock.today(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.REVIEW_PLANS)
def add() -> ResponseReturnValue:
    """Let somebody act for me."""
    me, today = person(), clock.today()
    form, mine = DelegationForm(), store.own_posts(me.id, today)
    form.offer(mine)
    if not form.is_submitted():
        form.starts_on.data = form.ends_on.data = today
    if form.validate_on_submit():
        with refusals_on(form):
            actions.delegate(form.draft(), by=me)
            flash("委托已办理，已通知受托人。", "ok")
            return redirect(url_for(".index"))
    page = render_template(
        "accounts/delegations/add.html", form=form, mine=mine, people=store.colleagues(me.id, today),
        lent=[post for post in me.posts if post.behalf_id],
    )  # fmt: skip
    return page, form.status


@bp.post("/<int:delegation_id>/revoke")
@requires(Permission.SIGNED_IN)
def revoke(delegation_id: int) -> ResponseReturnValue:
    """It counts no more from this moment."""
    store.get_delegation(delegation_id, person().id)
    form = RevokeForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.revoke(delegation_id, form.seen.data or 0, by=person())
            flash("委托已结束，即刻起不再有效。", "ok")
            return redirect(url_for(".index"))
    return _page(form), form.status
