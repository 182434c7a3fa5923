"""The content of a plan that decisions are bound to: canonical text and digest, voucher hashes included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from budget.plans.models import Plan, PlanLine
from budget.reductions.rules import Reducible
from budget.reductions.store import of_lines
from core.digests import canonical, sha256
from vouchers.papers.store import PaperFacts, facts_by_line

# The version of a content's form. What is stored is checked by its own text and digest, whatever the version.
FORM: Final = 3


@dataclass(frozen=True)
class Content:
    """A plan's canonical text, its SHA-256, and the digest of each line by the line's id, wherever it stands."""

    text: str
    digest: str
    lines: Mapping[int, str]


def content_of(
    plan: Plan, papers: Mapping[int, Sequence[PaperFacts]], sources: Mapping[int, Reducible]
) -> Content:
    """The content of the plan as it stands. `sources` are what minus lines take from."""
    header = {
        "number": plan.number,
        "division": plan.division_code,
        "unit": plan.unit.code,
        "fiscal_year": plan.fiscal_year,
        "month": plan.month,
        "kind": plan.kind.value,
        "remark": plan.remark,
        "reason": plan.reason,
        "entered": plan.entered,
    }
    lines = {
        line.id: _line(line, papers.get(line.id, ()), sources.get(line.source_line_id or 0)) for line in plan.lines
    }
    text = canonical({"version": FORM, "plan": header, "lines": list(lines.values())})
    return Content(text, sha256(text), {line_id: line_digest(line) for line_id, line in lines.items()})


def line_digest(line: Mapping[str, Any]) -> str:
    """The digest of one line of a content, without its place: a line above that went away changes nothing in it."""
    return sha256(canonical({name: value for name, value in line.items() if name != "position"}))


def content_now(plan: Plan) -> Content:
    """The content of a plan as it stands in this moment."""
    return content_of(plan, facts_by_line(plan.id), of_lines((line.source_line_id for line in plan.lines), plan.id))


def _line(line: PlanLine, papers: Sequence[PaperFacts], source: Reducible | None) -> dict[str, Any]:
    return {
        "position": line.position,
        "allotment": line.allotment.bgt_id if line.allotment else "",
        "applied": line.applied.fen if line.applied else 0,
        "purpose": line.purpose,
        "pay_date": line.pay_date.isoformat() if line.pay_date else "",
        "payee": line.payee,
        "note": line.note,
        "month": line.month,
        "source": [source.plan_number, source.position] if source else [],
        "papers": [_paper(paper) for paper in papers],
    }


def _paper(paper: PaperFacts) -> list[str | int]:
    """Number and drawn fen stand there only where there is one of them: older contents read the same as ever."""
    said: list[str | int] = [paper.kind_code, paper.name, paper.digest]
    if paper.number or paper.amount is not None:
        said += [paper.number, paper.amount.fen if paper.amount is not None else 0]
    return said
