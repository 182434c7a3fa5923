"""Papers for people: the finished PDF, the page that waits for it, and the print view."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from budget.plans import store as plans
from exports.documents import actions, store
from exports.documents.papers import printable
from exports.documents.rules import DocumentKind
from exports.documents.showing import shown

bp: Final = Blueprint("documents", __name__, url_prefix="/plans/<uuid:plan_id>")


@bp.get("/documents/demand.pdf")
@requires(Permission.VIEW_PLANS)
def demand(plan_id: UUID) -> ResponseReturnValue:
    """用款计划需求表 as PDF, or the page that waits for it."""
    return _paper(plan_id, DocumentKind.DEMAND)


@bp.get("/documents/approval.pdf")
@requires(Permission.VIEW_PLANS)
def approval(plan_id: UUID) -> ResponseReturnValue:
    """All 用款计划批复单 of the plan in one PDF, or the page that waits for them."""
    return _paper(plan_id, DocumentKind.APPROVAL)


@bp.post("/documents/demand")
@requires(Permission.VIEW_PLANS)
def request_demand(plan_id: UUID) -> ResponseReturnValue:
    """Ask for the demand sheet."""
    actions.ask_for(DocumentKind.DEMAND, plan_id, by=person())
    return redirect(url_for(".demand", plan_id=plan_id))


@bp.post("/documents/approval")
@requires(Permission.VIEW_PLANS)
def request_approval(plan_id: UUID) -> ResponseReturnValue:
    """Ask for the approval sheets once more, when the job has failed."""
    actions.ask_for(DocumentKind.APPROVAL, plan_id, by=person())
    return redirect(url_for(".approval", plan_id=plan_id))


@bp.get("/print")
@requires(Permission.VIEW_PLANS)
def print_view(plan_id: UUID) -> ResponseReturnValue:
    """The demand sheet as a page for the browser's own printing."""
    style = url_for("static", filename="sheet.css")
    return printable(plans.get_visible(plan_id, scope()), DocumentKind.DEMAND, style).html


def _paper(plan_id: UUID, kind: DocumentKind) -> ResponseReturnValue:
    plan = plans.get_visible(plan_id, scope())
    paper = printable(plan, kind)
    found = store.find_final(kind, plan) or store.find(kind, paper.sheet_digest)
    return shown(paper, found, url_for(f".request_{kind.value}", plan_id=plan_id))
