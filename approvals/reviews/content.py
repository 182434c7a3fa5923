"""The content of a plan that decisions are bound to: canonical text and digest, voucher hashes included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from budget.plans.models import Plan, PlanLine
from budget.plans.rules import canonical, content_digest
from vouchers.papers.store import PaperFacts


def content_of(plan: Plan, papers: Mapping[int, Sequence[PaperFacts]]) -> tuple[str, str]:
    """The canonical text of the plan as it stands, and its SHA-256."""
    header = {
        "number": plan.number,
        "division": plan.division_code,
        "unit": plan.unit.code,
        "fiscal_year": plan.fiscal_year,
        "month": plan.month,
        "kind": plan.kind.value,
        "remark": plan.remark,
    }
    lines = [_line(line, papers.get(line.id, ())) for line in plan.lines]
    text = canonical(header, lines)
    return text, content_digest(text)


def _line(line: PlanLine, papers: Sequence[PaperFacts]) -> dict[str, Any]:
    return {
        "position": line.position,
        "allotment": line.allotment.bgt_id if line.allotment else "",
        "applied": line.applied.fen if line.applied else 0,
        "purpose": line.purpose,
        "pay_date": line.pay_date.isoformat() if line.pay_date else "",
        "payee": line.payee,
        "note": line.note,
        "papers": [[paper.kind_code, paper.name, paper.digest] for paper in papers],
    }
