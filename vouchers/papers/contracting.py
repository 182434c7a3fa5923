"""What a clerk does with a contract: say when how much of it falls due, and say it anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import exists, select

from accounts.people.rules import Person
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import EDITABLE
from core import clock
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.waiting import retried
from vouchers.papers.contracts import drafts_of, may_have_nodes, terms_of
from vouchers.papers.draws import LIVE
from vouchers.papers.holding import held, note_in_register, saver
from vouchers.papers.models import ContractNode, ContractTerms, Draw
from vouchers.papers.nodes import LONGEST_REASON, NodeDraft, check_nodes, told


@retried
def agree_nodes(paper_id: UUID, drafts: Sequence[NodeDraft], reason: str, *, seen: int, by: Person) -> None:
    """Another agreement on the nodes of a contract; what was agreed before stays to be read.

    `seen` is the number of the agreement that the page was made from, 0 for none. Raises `Missing`, `Conflict`,
    and `Refused` for what means nothing, and without a reason once a submitted plan draws on the contract.
    """
    drafts, reason = [replace(draft, name=draft.name.strip()) for draft in drafts], reason.strip()
    with transaction() as work:
        found = held(paper_id, by.writing())
        paper = found.paper
        if not may_have_nodes(paper):
            raise Refused(f"{found.called}不是合同，没有付款节点。")
        check_nodes(drafts, paper.face_amount)
        past = terms_of(paper_id)
        number = past[0].number if past else 0
        before = drafts_of(past[0] if past else None)
        if number != seen:
            raise Conflict(found.called, [f"付款节点：已保存“{told(before)}”。"], number, saver(paper)())
        if drafts == before:
            return
        _check_reason(reason, needed=bool(past) and is_submitted(paper_id))
        terms = ContractTerms(
            paper_id=paper_id, number=number + 1, reason=reason, created_by=by.id, created_at=clock.now()
        )
        terms.nodes = [
            ContractNode(
                number=place, name=draft.name, due=draft.due, share=draft.share, amount=draft.amount,
                is_retention=draft.is_retention,
            )
            for place, draft in enumerate(drafts, start=1)
        ]  # fmt: skip
        work.add(terms)
        why = f"，原因：{reason}" if reason else ""
        note_in_register(found, "agree_nodes", f"付款节点第 {number + 1} 版：{told(drafts)}{why}", by)


def is_submitted(paper_id: UUID) -> bool:
    """Whether a plan that is out of its clerk's hands draws on the contract."""
    drawing = (
        select(Draw.paper_id)
        .join(PlanLine, PlanLine.id == Draw.plan_line_id)
        .join(Plan, Plan.id == PlanLine.plan_id)
        .where(Draw.paper_id == paper_id, LIVE, Plan.state.not_in(EDITABLE))
    )
    return bool(session().scalar(select(exists(drawing))))


def _check_reason(reason: str, *, needed: bool) -> None:
    if needed and not reason:
        raise Refused("送审的用款计划已使用这份合同，修改付款节点请填写原因。")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因不能超过 {LONGEST_REASON} 个字。")
