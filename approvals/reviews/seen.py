"""What the decider saw: the facts on his desk at that moment, kept beside the decision and bound to it by a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from approvals.reviews.models import DecisionView
from approvals.reviews.rules import amount_now
from approvals.reviews.taking import Taken
from budget.plans.models import Plan
from core.db import add_rows, session
from core.digests import canonical, sha256
from vouchers.papers.models import Draw, Paper

# The version of the form in which the facts are kept.
FORM: Final = 1


@dataclass(frozen=True)
class View:
    """The facts as canonical text."""

    text: str

    @property
    def facts(self) -> Mapping[str, object]:
        """What the decision says of it."""
        return {"seen": sha256(self.text)}

    def keep(self, plan: Plan, number: int) -> None:
        """Put the text beside the decision of this number, inside the caller's transaction."""
        row = {"plan_id": plan.id, "number": number, "digest": sha256(self.text), "text": self.text}
        add_rows(DecisionView, [row])


def of(taken: Taken) -> View:
    """What lies on the desk now: each line with its amounts, its allotment's balance, its vouchers and its digest."""
    papers = _papers([line.id for line in taken.lines])
    lines = [
        {
            "position": line.position,
            "digest": taken.digests.get(line.id, ""),
            "applied": line.applied.fen if line.applied else 0,
            "amount": amount_now(line).fen,
            "papers": papers.get(line.id, []),
            **_balance(taken.purses.get(line.allotment_id or 0)),
        }
        for line in taken.lines
    ]
    told = {"v": FORM, "step": taken.task.step_name, "lines": lines, "due": f"{taken.task.due_at:%Y-%m-%dT%H:%MZ}"}
    return View(canonical(told))


def _balance(row: Row[*tuple[Any, ...]] | None) -> dict[str, object]:
    """The balance of an allotment as it stood: granted, held, approved to date, and what may still be asked for."""
    if row is None:
        return {}
    return {
        "allotment": row.bgt_id, "granted": row.granted.fen, "held": row.held.fen, "approved": row.posted.fen,
        "available": (row.granted - row.held - row.posted).fen,
    }  # fmt: skip


# Built once: to build a statement takes as long as to run it.
_PAPERS: Final = (
    select(Draw.plan_line_id, Paper.blob_digest)
    .join(Paper, Paper.id == Draw.paper_id)
    .where(Draw.plan_line_id.in_(bindparam("ids", expanding=True)), Paper.removed_at.is_(None))
    .order_by(Paper.blob_digest)
)
_SHORT: Final = 16


def _papers(line_ids: Sequence[int]) -> dict[int, list[str]]:
    """The beginnings of the vouchers' hashes, by line; the whole hashes stand in the content that was decided on."""
    found: dict[int, list[str]] = {}
    for line_id, digest in session().execute(_PAPERS, {"ids": line_ids}):
        found.setdefault(line_id, []).append(digest[:_SHORT])
    return found


def views_of(plan_id: UUID) -> dict[int, dict[str, Any]]:
    """What was seen at each decision of a plan, by the decision's number."""
    query = select(DecisionView.number, DecisionView.text).where(DecisionView.plan_id == plan_id)
    return {number: json.loads(text) for number, text in session().execute(query)}
