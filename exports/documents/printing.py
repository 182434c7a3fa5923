"""The jobs that make PDFs. Only the worker imports this: it loads WeasyPrint."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from pypdfium2 import PdfDocument

from accounts.people.rules import SYSTEM
from core import blobs, clock, history
from core.db import transaction
from core.jobs import Progress
from core.jobs import find as find_job
from exports.documents import store
from exports.documents.models import Document
from exports.documents.papers import Printable, printable, printable_receipt
from exports.documents.render import render_pdf
from exports.documents.rules import DocumentKind


def make_demand_pdf(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The job: the demand sheet as the plan stands now. Safe to repeat; the same sheet is never rendered twice."""
    return _make(DocumentKind.DEMAND, UUID(payload["plan_id"]), progress)


def make_approval_pdf(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The job: all approval sheets of the plan in one file. Safe to repeat."""
    return _make(DocumentKind.APPROVAL, UUID(payload["plan_id"]), progress)


def make_receipt_pdf(payload: dict[str, Any], progress: Progress) -> Mapping[str, object]:
    """The job: the receipt of one decision, with what is sealed by now. Safe to repeat."""
    paper = printable_receipt(store.get_plan(UUID(payload["plan_id"])), payload["number"])
    return _print(paper, store.find(paper.kind, paper.sheet_digest), progress)


def _make(kind: DocumentKind, plan_id: UUID, progress: Progress) -> Mapping[str, object]:
    plan = store.get_plan(plan_id)
    paper = printable(plan, kind)
    return _print(paper, store.find_final(kind, plan) or store.find(kind, paper.sheet_digest), progress)


def _print(paper: Printable, found: Document | None, progress: Progress) -> Mapping[str, object]:
    if found is not None:
        return {"document_id": found.id, "rendered": False}
    progress.say(1, 2, "正在排版")
    pdf = render_pdf(paper.html)
    job = find_job(progress.job_id)
    document_id = _keep(paper, pdf, job.created_by if job else None)
    return {"document_id": document_id, "rendered": True}


def _keep(paper: Printable, pdf: bytes, asked_by: int | None) -> UUID:
    """The file first, then its row and its event; two workers that made the same sheet keep one."""
    stored = blobs.files().put(BytesIO(pdf), len(pdf))
    pages = page_count(pdf)
    with transaction() as work:
        found = store.find(paper.kind, paper.sheet_digest)
        if found is not None:
            return found.id
        blobs.keep(stored, "application/pdf")
        document = Document(
            division_code=paper.division_code, unit_id=paper.unit_id, plan_id=paper.plan_id, kind=paper.kind,
            number=paper.number, content_digest=paper.content_digest, sheet_digest=paper.sheet_digest,
            blob_digest=stored.digest, page_count=pages, created_at=clock.now(), created_by=asked_by,
        )  # fmt: skip
        work.add(document)
        work.flush()  # its id is the answer
        summary = f"生成{paper.kind.label} PDF，{pages} 页，校验码 {stored.digest[:16]}"
        history.record("plan", paper.plan_id, f"print_{paper.kind.value}", summary, by=SYSTEM)
        return document.id


def page_count(pdf: bytes) -> int:
    """How many pages a finished PDF has."""
    document = PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()
