"""Leaving the trace of what was done with a plan: the decision and its event, in the caller's transaction.

The decision comes first: the database refuses a change of state and a posting that no decision stands behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, select

from accounts.people.rules import Person
from accounts.people.signing import signed
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan, PlanRevision
from core import clock, history, recall
from core.db import add_rows, session
from core.digests import canonical, moment, sha256, sm3

# The version of the canonical form of a decision; docs/proof.md describes each with test vectors.
FORM: Final = 1
# One line of an opinion in a decision: place, verdict, amount in fen, reason.
Said = tuple[int, str, int, str]
NOTHING_BEFORE: Final = {"sha256": "", "sm3": ""}

_DIGEST: Final = select(PlanRevision.digest).where(
    PlanRevision.plan_id == bindparam("plan_id"), PlanRevision.revision == bindparam("revision")
)
_LAST: Final = (
    select(Decision.number, Decision.sha256, Decision.sm3)
    .where(Decision.plan_id == bindparam("plan_id"))
    .order_by(Decision.number.desc())
    .limit(1)
)


def digest_of(plan: Plan) -> str:
    """The digest of the content as last submitted; empty before the first time."""
    mine = {"plan_id": plan.id, "revision": plan.revision}
    return recall.of(plan.id, ("digest", plan.revision), lambda: session().scalar(_DIGEST, mine) or "")


@dataclass(frozen=True)
class Trace:
    """One act on a plan: of which revision, on which content, with what opinions and facts of its own."""

    act: Act
    revision: int
    digest: str
    comment: str
    step_name: str
    opinions: Sequence[Said] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    # For whom it was done, by delegation: id and name.
    behalf: tuple[int | None, str] = (None, "")


def leave(plan: Plan, trace: Trace, *, by: Person) -> int:
    """Write the decision, chained to the one before it, and its event; gives its number.

    The plan is locked: numbers have no gaps.
    """
    last: Any = recall.of(plan.id, "last", lambda: session().execute(_LAST, {"plan_id": plan.id}).first())
    number, before = (last.number, {"sha256": last.sha256, "sm3": last.sm3}) if last else (0, NOTHING_BEFORE)
    row = _row(plan, trace, number + 1, by)
    body = canonical(_body(plan, row, trace, before))
    add_rows(Decision, [{**row, "body": body, "sha256": sha256(body), "sm3": sm3(body)}])
    said = f"{signed(trace.step_name, trace.behalf[1])}：{trace.act.label}。{trace.comment}"
    history.record("plan", plan.id, trace.act.value, said, by=by)
    recall.forget(plan.id)
    return number + 1


def _row(plan: Plan, trace: Trace, number: int, by: Person) -> dict[str, Any]:
    return {
        "plan_id": plan.id,
        "number": number,
        "revision": trace.revision,
        "step_no": plan.step_no,
        "step_name": trace.step_name,
        "act": trace.act,
        "digest": trace.digest,
        "comment": trace.comment,
        "person_id": by.id,
        "person_name": by.name,
        "at": clock.now(),
        "behalf_id": trace.behalf[0],
    }


def _body(plan: Plan, row: Mapping[str, Any], trace: Trace, before: Mapping[str, str]) -> dict[str, object]:
    """What the digests of a decision cover: everything that was decided, and the decision before it."""
    return {
        "v": FORM,
        "division": plan.division_code,
        "plan_id": str(plan.id),
        "plan": plan.number,
        "number": row["number"],
        "revision": trace.revision,
        "step_no": plan.step_no,
        "step_name": trace.step_name,
        "act": trace.act.value,
        "content": trace.digest,
        "opinions": trace.opinions,
        "comment": trace.comment,
        "person_id": row["person_id"],
        "person": row["person_name"],
        "at": moment(row["at"]),
        "facts": _facts(trace),
        "prev": before,
    }


def _facts(trace: Trace) -> Mapping[str, object]:
    return {**trace.facts, "behalf": list(trace.behalf)} if trace.behalf[0] else trace.facts
