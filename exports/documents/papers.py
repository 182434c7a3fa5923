"""The papers of a plan as pages to print: their HTML, their digests, their file names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from approvals.proof.receipts import receipt_of
from approvals.reviews.approving import APPROVAL_PDF, DEMAND_PDF
from budget.plans.models import Plan
from core.errors import Missing
from core.web import settings
from exports.documents.approval_sheet import ApprovalSheet
from exports.documents.demand_sheet import DemandSheet
from exports.documents.pages import sheet_digest, sheet_html
from exports.documents.plan_sheets import approval_sheets_of, demand_sheet_of
from exports.documents.receipt_sheet import receipt_sheet
from exports.documents.rules import DocumentKind

RECEIPT_PDF: Final = "receipt_pdf"
# Which job makes which kind.
JOBS: Final = {
    DocumentKind.DEMAND: DEMAND_PDF,
    DocumentKind.APPROVAL: APPROVAL_PDF,
    DocumentKind.RECEIPT: RECEIPT_PDF,
}


@dataclass(frozen=True)
class Printable:
    """One paper ready to be rendered, free of the database session."""

    kind: DocumentKind
    plan_id: UUID
    division_code: str
    unit_id: int
    number: str
    filename: str
    content_digest: str
    html: str
    # Which decision a receipt is of.
    decision_no: int = 0

    @property
    def job_subject(self) -> str:
        """What the job that makes it is about."""
        return f"{self.plan_id}:{self.decision_no}" if self.decision_no else str(self.plan_id)

    @property
    def sheet_digest(self) -> str:
        """The hash under which the finished PDF is found again."""
        return sheet_digest(self.html)


def printable(plan: Plan, kind: DocumentKind, stylesheet: str = "") -> Printable:
    """The paper as the plan stands now. Raises `Missing` for the approval of a plan that is not approved."""
    if kind is DocumentKind.DEMAND:
        sheets: Sequence[DemandSheet | ApprovalSheet] = [demand_sheet_of(plan)]
    else:
        sheets = approval_sheets_of(plan)
    if not sheets:
        raise Missing()
    return Printable(
        kind=kind,
        plan_id=plan.id,
        division_code=plan.division_code,
        unit_id=plan.unit_id,
        number=plan.number,
        filename=f"{kind.label}_{plan.unit.name}_{plan.fiscal_year}年{plan.month}月_{plan.number}.pdf",
        content_digest=sheets[0].digest,
        html=sheet_html(*sheets, stylesheet=stylesheet),
    )


def printable_receipt(plan: Plan, number: int) -> Printable:
    """The receipt of one decision of the plan as it can be given now. Raises `Missing` for a decision without one."""
    sheet = receipt_sheet(receipt_of(plan, number), f"{settings().division_name}财政局")
    return Printable(
        kind=DocumentKind.RECEIPT,
        plan_id=plan.id,
        division_code=plan.division_code,
        unit_id=plan.unit_id,
        number=plan.number,
        filename=f"{sheet.title}_{plan.unit.name}_{plan.number}_第{number}项.pdf",
        content_digest=sheet.digest,
        html=sheet_html(sheet),
        decision_no=number,
    )
