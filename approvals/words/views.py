"""Pages of words: one's own usual opinions, and the bureau's opinions and reasons for the administrator."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.words import actions, store
from approvals.words.forms import ReasonsForm, UsualForm, shown_rows, with_spare
from approvals.words.models import UsualList
from approvals.words.rules import DEFAULT_USUAL, FormField
from core.web import refusals_on, settings

bp: Final = Blueprint("words", __name__, url_prefix="/words")


@bp.route("", methods=["GET", "POST"])
@requires(Permission.REVIEW_PLANS)
def own() -> ResponseReturnValue:
    """本人常用意见: beside them what the bureau offers to all."""
    form = _usual_form(store.find_list(settings().division_code, person().id), ())
    if form.validate_on_submit():
        with refusals_on(form):
            return _save(form, person().id)
    return render_template("approvals/words/own.html", form=form, offered=store.usual_for(person())), form.status


@bp.route("/bureau", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def bureau() -> ResponseReturnValue:
    """全局常用意见."""
    form = _usual_form(store.find_list(settings().division_code, None), DEFAULT_USUAL)
    if form.validate_on_submit():
        with refusals_on(form):
            return _save(form, None)
    return render_template("approvals/words/bureau.html", form=form), form.status


def _usual_form(found: UsualList | None, at_first: tuple[str, ...]) -> UsualForm:
    texts = found.texts if found else at_first
    return UsualForm(seen=found.version if found else 0, lines="\n".join(texts))


def _save(form: UsualForm, person_id: int | None) -> ResponseReturnValue:
    """Store what was typed and show it again. Raises `Refused`."""
    text, seen = form.lines.data or "", form.seen.data or 0
    changed = actions.save_usual(settings().division_code, person_id, text, seen, by=person())
    flash("常用意见已保存。" if changed else "没有变化。", "ok")
    return redirect(url_for(".bureau" if person_id is None else ".own"))


@bp.route("/reasons", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def reasons() -> ResponseReturnValue:
    """退回和核减的原因代码."""
    division = settings().division_code
    head = store.find_table(division)
    form = ReasonsForm(seen=head.version if head else 0)
    rows = form.typed(request.form) if form.is_submitted() else shown_rows(store.all_reasons(division))
    if form.validate_on_submit():
        with refusals_on(form):
            changed = actions.save_reasons(division, rows, form.seen.data or 0, by=person())
            flash("原因代码表已保存。" if changed else "没有变化。", "ok")
            return redirect(url_for(".reasons"))
    known = {reason.code for reason in store.all_reasons(division)}
    page = render_template(
        "approvals/words/reasons.html", form=form, rows=with_spare(rows), fields=FormField, known=known
    )
    return page, form.status
