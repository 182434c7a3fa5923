"""Each decision of a plan as it looked to whoever decided: read from what was kept then, checked against its digests.

What a line was stands in the content that was submitted, what lay beside it (balances, vouchers, time limit) in the
view kept with the decision. Nothing of today is mixed in but the names of allotments, which never change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from approvals.reviews import store
from approvals.reviews.content import line_digest
from approvals.reviews.models import Decision, DecisionView
from approvals.reviews.rules import Verdict
from budget.allotments.models import Allotment
from budget.plans.models import Plan, PlanRevision
from core.db import session
from core.digests import sha256
from core.money import Money
from vouchers.papers.store import papers_by_digest

Line = Mapping[str, Any]


@dataclass(frozen=True)
class SeenPaper:
    """A voucher as it was submitted; its digest, and the paper that is still to be looked at."""

    name: str
    digest: str
    paper_id: UUID | None


@dataclass(frozen=True)
class SeenLine:
    """A line on the desk at that moment, and what was said of it."""

    position: int
    project: str
    purpose: str
    payee: str
    applied: Money
    amount: Money
    balance: Mapping[str, Money]
    papers: Sequence[SeenPaper]
    said: str
    intact: bool


@dataclass(frozen=True)
class Seen:
    """One decision, and the desk as it was; without a view for acts that look at no line."""

    decision: Decision
    behalf: str
    due: datetime | None
    lines: Sequence[SeenLine]
    digest: str
    intact: bool

    @property
    def has_view(self) -> bool:
        """Whether anything was kept of what lay on the desk."""
        return bool(self.digest)


@dataclass(frozen=True)
class _Kept:
    """What is known of a plan, once for all of its decisions."""

    views: Mapping[int, DecisionView]
    contents: Mapping[int, Mapping[int, Line]]
    projects: Mapping[str, str]
    papers: Mapping[str, UUID]


def seen_of(plan: Plan) -> list[Seen]:
    """Every decision of the plan as it looked, oldest first, in a fixed number of queries."""
    kept = _Kept(_views(plan), _contents(plan), _projects(plan), papers_by_digest(plan.id))
    return [_seen(decision, kept) for decision in store.decisions_of(plan.id)]


def _views(plan: Plan) -> dict[int, DecisionView]:
    return {row.number: row for row in session().scalars(select(DecisionView).where(DecisionView.plan_id == plan.id))}


def _contents(plan: Plan) -> dict[int, dict[int, Line]]:
    """The lines of each revision by their place, as they were submitted; nothing where the text was tampered with."""
    columns = (PlanRevision.revision, PlanRevision.content, PlanRevision.digest)
    rows = session().execute(select(*columns).where(PlanRevision.plan_id == plan.id)).all()
    return {
        row.revision: {line["position"]: line for line in json.loads(row.content)["lines"]}
        for row in rows
        if sha256(row.content) == row.digest
    }


def _projects(plan: Plan) -> dict[str, str]:
    ids = {line.allotment_id for line in plan.lines if line.allotment_id}
    unit = (Allotment.unit_id == plan.unit_id) & (Allotment.fiscal_year == plan.fiscal_year)
    query = select(Allotment.bgt_id, Allotment.pro_name).where(unit | Allotment.id.in_(ids))
    return dict(session().execute(query).all())


def _seen(decision: Decision, kept: _Kept) -> Seen:
    """What does not fit its digest is not shown: the page says only that it does not."""
    if sha256(decision.body) != decision.sha256:
        return Seen(decision, "", None, (), "", intact=False)
    body, view = json.loads(decision.body), kept.views.get(decision.number)
    behalf, told = (body["facts"].get("behalf") or [0, ""])[1], body["facts"].get("seen", "")
    if view is None or not sha256(view.text) == view.digest == told:
        return Seen(decision, behalf, None, (), told, intact=view is None and not told)
    desk, content = json.loads(view.text), kept.contents.get(decision.revision, {})
    said = {place: (verdict, fen, reason) for place, verdict, fen, reason in body["opinions"]}
    lines = [_line(line, content.get(line["position"]), said.get(line["position"]), kept) for line in desk["lines"]]
    return Seen(decision, behalf, datetime.fromisoformat(desk["due"]), lines, told, all(line.intact for line in lines))


def _line(line: Line, content: Line | None, said: tuple[str, int, str] | None, kept: _Kept) -> SeenLine:
    was = content or {}
    names = ("granted", "held", "approved", "available")
    return SeenLine(
        line["position"],
        kept.projects.get(was.get("allotment", ""), ""),
        was.get("purpose", ""),
        was.get("payee", ""),
        Money(line["applied"]),
        Money(line["amount"]),
        {name: Money(line[name]) for name in names if name in line},
        [SeenPaper(name, digest, kept.papers.get(digest)) for _, name, digest, *_ in was.get("papers", ())],
        _said(said),
        content is not None and _fits(line, content),
    )


def _fits(line: Line, content: Line) -> bool:
    """Whether what lay on the desk is what was submitted, vouchers included."""
    begun = sorted(digest[:16] for _, _, digest, *_ in content["papers"])
    return line_digest(content) == line["digest"] and begun == sorted(line["papers"])


def _said(said: tuple[str, int, str] | None) -> str:
    """核减至 40.00：按进度."""
    if said is None:
        return ""
    verdict, fen, reason = said
    head = f"核减至 {Money(fen)}" if verdict == Verdict.CUT.value else Verdict(verdict).label
    return f"{head}：{reason}" if reason else head
