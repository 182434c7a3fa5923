"""The page on which the payment nodes of a contract are written."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import allowed, person, requires, scope
from core.errors import Missing
from core.web import refusals_on
from vouchers.papers import contracting, contracts, store
from vouchers.papers.contract_forms import NodesForm, rows_of
from vouchers.papers.draws import writes_about
from vouchers.papers.models import Paper


@requires(Permission.WRITE_PLANS)
def nodes(paper_id: UUID) -> ResponseReturnValue:
    """Say when how much of a contract falls due."""
    paper = store.get_visible(paper_id, scope())
    if not (contracts.may_have_nodes(paper) and may_write(paper)):
        raise Missing()
    form, newest = NodesForm(), next(iter(contracts.terms_of(paper_id)), None)
    if not form.is_submitted():
        form.see(newest.number if newest else 0)
        return _page(form, paper, rows_of(contracts.drafts_of(newest)))
    if form.validate_on_submit():
        with refusals_on(form):
            contracting.agree_nodes(
                paper_id, form.drafts(), form.reason.data or "", seen=form.seen.data or 0, by=person()
            )
            flash("已保存付款节点。", "ok")
            return redirect(url_for("register.show", paper_id=paper_id))
    return _page(form, paper, rows_of(form.typed()))


def may_write(paper: Paper) -> bool:
    """Whether the paper is this person's to write about; what stands on it may be frozen nevertheless."""
    return allowed(Permission.WRITE_PLANS) and writes_about(paper, person().writing())


def _page(form: NodesForm, paper: Paper, rows: object) -> ResponseReturnValue:
    needs_reason = contracting.is_submitted(paper.id)
    shown = render_template(
        "vouchers/register/nodes_edit.html", form=form, paper=paper, rows=rows, needs_reason=needs_reason
    )
    return shown, form.status
