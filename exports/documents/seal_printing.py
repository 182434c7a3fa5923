"""The job that prints the day's seal. Only the worker imports this: it loads WeasyPrint."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from accounts.people.rules import SYSTEM
from approvals.proof import outgoing
from approvals.proof.models import Seal
from approvals.proof.models import SealSheet as Printed
from core import blobs, clock, history
from core.db import alone, session, transaction
from core.jobs import Progress
from core.web import settings
from exports.documents.pages import sheet_digest, sheet_html
from exports.documents.printing import page_count
from exports.documents.render import render_pdf
from exports.documents.rules import SEAL_LABEL
from exports.documents.seal_sheet import seal_sheet
from exports.facts import Coded


def make_seal_pdf(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The job: the paper of one seal, made once and for ever. Safe to repeat."""
    seal = session().get_one(Seal, payload["seal_id"])
    if outgoing.find_sheet(seal.id):
        return {"rendered": False}
    html = seal_html(seal)
    progress.say(1, 2, "正在排版")
    return {"rendered": _keep(payload["seal_id"], html, render_pdf(html))}


def seal_html(seal: Seal) -> str:
    """The seal with everything under it, as a page to print."""
    division = Coded(seal.division_code, settings().division_name)
    return sheet_html(seal_sheet(seal, outgoing.sealed(seal.id), division))


def _keep(seal_id: int, html: str, pdf: bytes) -> bool:
    """The file first, then its row and its event; of two workers that made it the first is kept."""
    stored, pages = blobs.files().put(BytesIO(pdf), len(pdf)), page_count(pdf)
    with transaction() as work:
        alone(f"sheet of seal {seal_id}")
        if outgoing.find_sheet(seal_id):
            return False
        blobs.keep(stored, "application/pdf")
        work.flush()  # the row names the file
        sheet = Printed(
            seal_id=seal_id, sheet_digest=sheet_digest(html), blob_digest=stored.digest, page_count=pages,
            created_at=clock.now(),
        )  # fmt: skip
        work.add(sheet)
        number = work.get_one(Seal, seal_id).number
        said = f"生成第 {number} 号{SEAL_LABEL} PDF，{pages} 页，校验码 {stored.digest[:16]}"
        history.record("seal", number, "print_seal", said, by=SYSTEM)
    return True
