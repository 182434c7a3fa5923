"""Asking for a paper: the PDF itself is made by a job."""

from __future__ import annotations

from uuid import UUID

from accounts.people.rules import Person, scope_of
from approvals.proof import outgoing
from approvals.proof.receipts import file_of, receipt_of
from approvals.proof.rules import SEAL_PDF
from budget.plans import store as plans
from core import history, jobs
from core.db import transaction
from core.digests import sha256
from core.jobs import JobState
from exports.documents.papers import JOBS, RECEIPT_PDF, printable_receipt
from exports.documents.rules import SEAL_LABEL, DocumentKind


def ask_for(kind: DocumentKind, plan_id: UUID, *, by: Person) -> None:
    """Let the worker make the paper. Asking twice while it is on its way asks once."""
    with transaction():
        plan = plans.get_visible(plan_id, scope_of(by))
        latest = jobs.latest(JOBS[kind], plan.id)
        if latest is not None and latest.state in (JobState.WAITING, JobState.RUNNING):
            return
        jobs.enqueue(JOBS[kind], plan.id, {"plan_id": plan.id}, by=by)
        history.record("plan", plan.id, f"ask_{kind.value}", f"申请生成{kind.label} PDF", by=by)


def ask_for_receipt(plan_id: UUID, number: int, *, by: Person) -> None:
    """Let the worker make the receipt of one decision; asking twice while it is on its way asks once."""
    with transaction():
        paper = printable_receipt(plans.get_head(plan_id, scope_of(by)), number)
        latest = jobs.latest(RECEIPT_PDF, paper.job_subject)
        if latest is not None and latest.state in (JobState.WAITING, JobState.RUNNING):
            return
        jobs.enqueue(RECEIPT_PDF, paper.job_subject, {"plan_id": plan_id, "number": number}, by=by)
        history.record("plan", plan_id, "ask_receipt", f"申请生成第 {number} 项决定的回执 PDF", by=by)


def take_receipt_file(plan_id: UUID, number: int, *, by: Person) -> str:
    """回执.json of one decision; the history keeps who took it."""
    with transaction():
        receipt = receipt_of(plans.get_head(plan_id, scope_of(by)), number)
        text = file_of(receipt)
        said = f"下载第 {number} 项决定（{receipt.decision.act.label}）的回执.json，校验码 {sha256(text)[:16]}"
        history.record("plan", plan_id, "take_receipt", said, by=by, details={"sha256": sha256(text)})
    return text


def ask_for_seal_sheet(division_code: str, number: int, *, by: Person) -> None:
    """Let the worker print a seal that has no paper yet. Asking twice while it is on its way asks once."""
    with transaction():
        seal = outgoing.get_seal(division_code, number)
        if outgoing.find_sheet(seal.id) or jobs.is_open(SEAL_PDF, number):
            return
        jobs.enqueue(SEAL_PDF, number, {"seal_id": seal.id}, by=by)
        history.record("seal", number, "ask_seal", f"申请生成第 {number} 号{SEAL_LABEL} PDF", by=by)
