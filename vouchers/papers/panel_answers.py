"""How the panel of a plan's papers answers: as a page, as a fragment, and as what its script wants to hear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.signin.guard import person, scope
from budget.plans import store as plans
from budget.plans.models import Plan
from core.fields import Form
from core.web import part_of_page, refusals_on, settings, wants_json
from vouchers.papers import serving
from vouchers.papers.forms import ConfirmForm, EditLinesForm, KindForm, LinesForm
from vouchers.papers.overview import Typed, overview

# A cookie carries them to the next page; without script one rarely sends so many files at once.
_MOST_FLASHED: Final = 5


def panel_page(
    plan: Plan, line_id: int | None, form: LinesForm | None = None, paper_id: UUID | None = None
) -> ResponseReturnValue:
    """The panel as a fragment for scripts, or as a page of its own; what was typed about a paper stays in its form."""
    render, kind = (part_of_page, "panel") if serving.wants_fragment() else (render_template, "page")
    seen = replace(overview(plan, line_id, person()), editing=paper_id)
    if isinstance(form, EditLinesForm) and paper_id is not None:
        kind_code = form.kind.data if isinstance(form, KindForm) else None
        lines = form.line_ids() if form.line_ids() else None
        face = form.typed() if isinstance(form, ConfirmForm) else None
        seen = replace(seen, typed=Typed(paper_id, kind_code, lines, face))
    sentences = _sentences(form) if form else ()
    most = settings().upload_limit // 1024 // 1024
    shown = render(f"vouchers/papers/{kind}.html", seen=seen, sentences=sentences, most=most)
    return shown, form.status if form and sentences else 200


def panel_done(plan_id: UUID, form: LinesForm, *, confirming: bool = False) -> ResponseReturnValue:
    """The list as it is now for the page's script; a redirect for everybody else."""
    if not wants_json():
        for sentence in _sentences(form)[:_MOST_FLASHED]:
            flash(sentence, "bad")
        return redirect(url_for("papers.panel", plan_id=plan_id, line=form.chosen(), next=1 if confirming else None))
    if request.headers.get("Prefer") == "return=minimal":  # more files are on their way, the last asks for the list
        return jsonify(html=None, next="", errors=_sentences(form))
    seen = overview(plans.get_head(plan_id, scope()), form.chosen(), person())
    html = part_of_page("vouchers/papers/list.html", seen=seen)
    return jsonify(html=html, next=seen.next_kind, errors=_sentences(form))


def panel_answer(
    plan_id: UUID, form: LinesForm, act: Callable[[], object], paper_id: UUID | None = None, *, confirming: bool = False
) -> ResponseReturnValue:
    """Do it, and show the panel as it is then; or as it was, with what is wrong."""
    if form.validate_on_submit():
        with refusals_on(form):
            act()
            return panel_done(plan_id, form, confirming=confirming)
    return panel_refused(plans.get_head(plan_id, scope()), form, paper_id)


def panel_refused(plan: Plan, form: LinesForm, paper_id: UUID | None = None) -> ResponseReturnValue:
    """Nothing has changed: the sentence for the page's script, or the page with it.

    After a conflict the script hears the version that it may confirm with.
    """
    if wants_json():
        confirm = {"version": form.conflict.version} if isinstance(form, EditLinesForm) and form.conflict else {}
        return jsonify(error="\n".join(_sentences(form)), **confirm), form.status
    return panel_page(plan, form.chosen(), form, paper_id)


def _sentences(form: Form) -> list[str]:
    """Everything that is wrong, the action's refusals first."""
    return [*form.form_errors, *(error for field in form for error in field.errors)]
