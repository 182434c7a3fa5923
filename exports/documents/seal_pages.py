"""日结单 of a seal for the auditor: the finished PDF, or the page that waits for it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from approvals.proof import outgoing
from approvals.proof.models import Seal
from approvals.proof.rules import SEAL_PDF
from core import jobs
from core.web import settings
from exports.documents import actions
from exports.documents.rules import SEAL_LABEL
from exports.documents.showing import pdf_answer

bp: Final = Blueprint("seal_sheets", __name__, url_prefix="/seals/<int:number>")


@bp.get("/sheet.pdf")
@requires(Permission.VIEW_HISTORY)
def sheet(number: int) -> ResponseReturnValue:
    """The paper of one seal."""
    seal = outgoing.get_seal(settings().division_code, number)
    found = outgoing.find_sheet(seal.id)
    if found is None:
        return _waiting(seal)
    name = f"{SEAL_LABEL}_{settings().division_name}_第{number}号_{seal.day:%Y-%m-%d}.pdf"
    return pdf_answer(found.blob_digest, name, f"seal-{number}.pdf")


@bp.post("/sheet")
@requires(Permission.VIEW_HISTORY)
def request_sheet(number: int) -> ResponseReturnValue:
    """Ask for the paper once more, when the job has failed or the seal is older than its papers."""
    actions.ask_for_seal_sheet(settings().division_code, number, by=person())
    return redirect(url_for(".sheet", number=number))


def _waiting(seal: Seal) -> ResponseReturnValue:
    """What the worker is doing about it; 202 while it is on its way."""
    busy = jobs.is_open(SEAL_PDF, seal.number)
    page = render_template(
        "exports/documents/seal_waiting.html", seal=seal, label=SEAL_LABEL, job=jobs.latest(SEAL_PDF, seal.number),
        busy=busy,
    )  # fmt: skip
    return page, 202 if busy else 200
