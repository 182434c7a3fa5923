"""回执: what somebody takes home of one decision, to prove years later what was decided (docs/proof.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from approvals.proof import store
from approvals.proof.models import Seal
from approvals.reviews import store as reviews
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan, PlanRevision
from core.digests import merkle_path, moment, sha256
from core.errors import Missing
from core.money import Money

# The version of the file; docs/proof.md describes it with a test vector.
FORM: Final = 1
_GOING_ON: Final = ("agree", "cut")
RECEIPTED: Final = (Act.SUBMIT, Act.APPROVE, Act.CANCEL)
NAMES: Final = {Act.SUBMIT: "送审回执", Act.APPROVE: "批复回执", Act.CANCEL: "撤销批复回执"}
UNSEALED: Final = "当日尚未日结，日结后可重新下载含证明的回执。"
SEALED: Final = "本回执含封存证明：由这项决定和路径可以算出封存的根。"


@dataclass(frozen=True)
class Proof:
    """The seal over the decision, and the way from the decision up to its root."""

    seal: Seal
    path: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Receipt:
    """One decision with all that proves it; `earlier` are those of the same round before an approval."""

    plan: Plan
    revision: PlanRevision
    decision: Decision
    earlier: Sequence[Decision]
    latest: Seal | None
    proof: Proof | None

    @property
    def name(self) -> str:
        """What this receipt is called."""
        return NAMES[self.decision.act]

    @property
    def note(self) -> str:
        """Whether it holds the proof, in words."""
        return SEALED if self.proof else UNSEALED

    @property
    def lines(self) -> int:
        """How many lines were submitted."""
        return len(self._applied)

    @property
    def total(self) -> Money:
        """What was asked for, all lines together."""
        return Money(sum(self._applied.values()))

    @property
    def approved(self) -> Money | None:
        """What was approved, all lines together; None for everything but an approval."""
        if self.decision.act is not Act.APPROVE:
            return None
        amounts = dict(self._applied)
        for decision in (*self.earlier, self.decision):
            body = json.loads(decision.body)
            amounts.update({place: amount for place, verdict, amount, _ in body["opinions"] if verdict in _GOING_ON})
            amounts = dict(body["facts"].get("approved", amounts.items()))
        return Money(sum(amounts.values()))

    @property
    def _applied(self) -> dict[int, int]:
        return {line["position"]: line["applied"] for line in json.loads(self.revision.content)["lines"]}


def receipt_of(plan: Plan, number: int) -> Receipt:
    """The receipt of one decision of the plan as it can be given now.

    Raises `Missing` when there is no such decision, or none of a kind that gets receipts.
    """
    decisions = reviews.decisions_of(plan.id)
    decision = next((one for one in decisions if one.number == number), None)
    revision = store.content(plan.id, decision.revision) if decision else None
    if decision is None or revision is None or decision.act not in RECEIPTED:
        raise Missing()
    return Receipt(
        plan, revision, decision, _earlier(decisions, decision), store.last_seal(plan.division_code), _proof(decision)
    )


def _earlier(decisions: Sequence[Decision], decision: Decision) -> Sequence[Decision]:
    """The decisions of the round that an approval ends, from its submission on."""
    if decision.act is not Act.APPROVE:
        return ()
    before = [one for one in decisions if one.number < decision.number]
    return before[max(place for place, one in enumerate(before) if one.act is Act.SUBMIT) :]


def _proof(decision: Decision) -> Proof | None:
    found = store.sealing(decision.id)
    if found is None:
        return None
    seal, place = found
    return Proof(seal, merkle_path(store.leaves(seal.id), place))


def file_of(receipt: Receipt) -> str:
    """回执.json: the same receipt is always the same text."""
    return json.dumps(_facts(receipt), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digest_of_file(receipt: Receipt) -> str:
    """SHA-256 of 回执.json, as the paper names it."""
    return sha256(file_of(receipt))


def _facts(receipt: Receipt) -> dict[str, Any]:
    plan, decision, proof = receipt.plan, receipt.decision, receipt.proof
    return {
        "v": FORM,
        "division": plan.division_code,
        "plan_id": str(plan.id),
        "plan": plan.number,
        "unit": {"code": plan.unit.code, "name": plan.unit.name},
        "fiscal_year": plan.fiscal_year,
        "month": plan.month,
        "kind": plan.kind.value,
        "revision": decision.revision,
        "lines": receipt.lines,
        "total": receipt.total.fen,
        "approved": None if receipt.approved is None else receipt.approved.fen,
        "content": {"body": receipt.revision.content, "sha256": receipt.revision.digest},
        "decision": _decision(decision),
        "earlier": [_decision(one) for one in receipt.earlier],
        "latest": _seal(receipt.latest),
        "proof": {"seal": _seal(proof.seal), "path": [list(step) for step in proof.path]} if proof else None,
        "note": receipt.note,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "act": decision.act.value,
        "person": decision.person_name,
        "at": moment(decision.at),
        "body": decision.body,
        "sha256": decision.sha256,
        "sm3": decision.sm3,
    }


def _seal(seal: Seal | None) -> dict[str, Any] | None:
    if seal is None:
        return None
    return {
        "number": seal.number,
        "day": seal.day.isoformat(),
        "root": seal.root,
        "body": seal.body,
        "sha256": seal.sha256,
        "sm3": seal.sm3,
    }
