"""回执 of a plan: which there are, each as PDF and as the file that verify.py checks."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires, scope
from approvals.proof import store as proof
from approvals.proof.receipts import NAMES, RECEIPTED
from approvals.reviews import store as reviews
from budget.plans import store as plans
from core.keys import by_itself
from exports.documents import actions, store
from exports.documents.papers import printable_receipt
from exports.documents.showing import shown
from exports.downloads import disposition

bp: Final = Blueprint("receipts", __name__, url_prefix="/plans/<uuid:plan_id>/receipts")


@bp.get("")
@requires(Permission.VIEW_PLANS)
def index(plan_id: UUID) -> ResponseReturnValue:
    """The decisions of which there are receipts, newest first, and which of them are sealed."""
    plan = plans.get_head(plan_id, scope())
    decisions = [one for one in reversed(reviews.decisions_of(plan.id)) if one.act in RECEIPTED]
    seals = proof.seals_over(plan.id)
    return render_template("exports/documents/receipts.html", plan=plan, decisions=decisions, seals=seals, names=NAMES)


@bp.get("/<int:number>.pdf")
@requires(Permission.VIEW_PLANS)
def paper(plan_id: UUID, number: int) -> ResponseReturnValue:
    """The receipt of one decision as PDF, or the page that waits for it."""
    found = printable_receipt(plans.get_head(plan_id, scope()), number)
    ask = url_for(".request_paper", plan_id=plan_id, number=number)
    return shown(found, store.find(found.kind, found.sheet_digest), ask)


@bp.post("/<int:number>")
@requires(Permission.VIEW_PLANS)
def request_paper(plan_id: UUID, number: int) -> ResponseReturnValue:
    """Ask for the PDF of a receipt."""
    actions.ask_for_receipt(plan_id, number, by=person())
    return redirect(url_for(".paper", plan_id=plan_id, number=number))


@bp.post("/<int:number>.json")
@requires(Permission.VIEW_PLANS)
@by_itself
def file(plan_id: UUID, number: int) -> ResponseReturnValue:
    """回执.json of one decision, for verify.py."""
    answer = Response(actions.take_receipt_file(plan_id, number, by=person()), mimetype="application/json")
    answer.headers["Content-Disposition"] = disposition("回执.json", f"receipt-{plan_id}-{number}.json")
    return answer
