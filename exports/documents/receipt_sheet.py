"""The receipt 回执 of one decision on paper: what was decided, its digests, and the way to the day's seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from approvals.proof.models import Seal
from approvals.proof.receipts import Receipt, digest_of_file
from core import clock
from core.money import Money
from exports.documents.line_facts import check_text
from exports.facts import Coded

KIND: Final = "R"
_SIDES: Final = {"left": "左", "right": "右"}


@dataclass(frozen=True, slots=True)
class SealFacts:
    """A seal as the receipt prints it."""

    number: int
    day: date
    root: str
    body: str
    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class ReceiptSheet:
    """Everything the printed receipt says."""

    title: str
    bureau: str
    unit: Coded
    number: str
    plan_title: str
    revision: int
    lines: int
    total: Money
    approved: Money | None
    digest: str
    decision_no: int
    act: str
    person: str
    step: str
    at: str
    comment: str
    body: str
    sha256: str
    sm3: str
    note: str
    seal: SealFacts | None
    path: Sequence[tuple[str, str]]
    latest: SealFacts | None
    file_digest: str
    check_text: str


def receipt_sheet(receipt: Receipt, bureau: str) -> ReceiptSheet:
    """Put a receipt on paper. It names no day of issue: as long as it says the same, it is the same paper."""
    plan, decision, proof = receipt.plan, receipt.decision, receipt.proof
    return ReceiptSheet(
        title=f"用款计划{receipt.name}",
        bureau=bureau,
        unit=Coded(plan.unit.code, plan.unit.name),
        number=plan.number,
        plan_title=plan.title,
        revision=decision.revision,
        lines=receipt.lines,
        total=receipt.total,
        approved=receipt.approved,
        digest=receipt.revision.digest,
        decision_no=decision.number,
        act=decision.act.label,
        person=decision.signature,
        step=decision.step_name,
        at=f"{clock.local(decision.at):%Y-%m-%d %H:%M:%S}",
        comment=decision.comment,
        body=decision.body,
        sha256=decision.sha256,
        sm3=decision.sm3,
        note=receipt.note,
        seal=_seal(proof.seal) if proof else None,
        path=[(_SIDES[side], digest) for side, digest in proof.path] if proof else [],
        latest=_seal(receipt.latest),
        file_digest=digest_of_file(receipt),
        check_text=_check_text(receipt),
    )


def _seal(seal: Seal | None) -> SealFacts | None:
    return SealFacts(seal.number, seal.day, seal.root, seal.body, seal.sha256, seal.sm3) if seal else None


def _check_text(receipt: Receipt) -> str:
    """The decision's digest, and the newest seal as an anchor: whoever keeps the paper keeps both."""
    told = check_text(KIND, receipt.plan.number, receipt.total, receipt.decision.sha256)
    return f"{told}|{receipt.latest.number}:{receipt.latest.sha256}" if receipt.latest else told
