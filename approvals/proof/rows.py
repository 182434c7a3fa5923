"""The rows that are proven, as plain facts: the same for the checks in the house and for the auditor's package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Date, Row, Select, Uuid, and_, func, select, type_coerce
from sqlalchemy.types import NullType

from approvals.proof.models import Seal, SealLeaf
from approvals.reviews.models import Decision, DecisionView, Opinion, Retraction, ReviewTask
from budget.allotments.models import Allotment, Posting
from budget.ledger.models import LedgerEntry
from budget.plans.models import Plan, PlanLine, PlanRevision, RevisionLine
from core.db import UtcDateTime, session
from core.digests import moment

Facts = dict[str, Any]
_AT_ONCE: Final = 2000


def stand_still() -> None:
    """Begin a reading that sees one state of the house from its first row to its last."""
    work = session()
    work.rollback()
    if work.get_bind().dialect.name == "postgresql":
        work.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def revisions() -> Iterator[Facts]:
    """Every submitted content."""
    query = select(
        PlanRevision.plan_id, Plan.number.label("plan"), PlanRevision.revision, PlanRevision.digest,
        PlanRevision.content,
    ).join(Plan, Plan.id == PlanRevision.plan_id)  # fmt: skip
    return _facts(query.order_by(PlanRevision.plan_id, PlanRevision.revision))


def decisions() -> Iterator[Facts]:
    """Every decision in the order of plan and number, whether its plan is still there or not."""
    query = select(
        Plan.division_code.label("division"), Decision.plan_id, Plan.number.label("plan"), Decision.number,
        Decision.revision, Decision.step_no, Decision.step_name, Decision.act, Decision.digest, Decision.comment,
        Decision.person_id, Decision.person_name, Decision.at, Decision.body, Decision.sha256, Decision.sm3,
        Decision.behalf_id,
    ).outerjoin(Plan, Plan.id == Decision.plan_id)  # fmt: skip
    return _facts(query.order_by(Decision.plan_id, Decision.number))


def opinions() -> Iterator[Facts]:
    """Every opinion with the step it was given at, the place that its line had then, and the number of the decision
    that took it back, if one did.
    """
    query = (
        select(
            ReviewTask.plan_id, Plan.number.label("plan"), ReviewTask.revision, ReviewTask.step_no,
            func.coalesce(RevisionLine.position, PlanLine.position).label("position"),
            Opinion.person_id, Opinion.verdict, Opinion.amount, Opinion.reason, Opinion.at, Opinion.behalf_id,
            Opinion.line_digest, Opinion.code, Retraction.number.label("unsaid_by"),
        )
        .join(ReviewTask, ReviewTask.id == Opinion.task_id)
        .join(Plan, Plan.id == ReviewTask.plan_id)
        .join(PlanLine, PlanLine.id == Opinion.plan_line_id)
        .outerjoin(Retraction, Retraction.opinion_id == Opinion.id)
        .outerjoin(
            RevisionLine,
            and_(
                RevisionLine.plan_id == ReviewTask.plan_id,
                RevisionLine.revision == ReviewTask.revision,
                RevisionLine.plan_line_id == Opinion.plan_line_id,
            ),
        )
    )  # fmt: skip
    return _facts(query.order_by(Opinion.id))


def lines() -> Iterator[Facts]:
    """The digest of every line of every submitted content."""
    query = select(
        RevisionLine.plan_id, Plan.number.label("plan"), RevisionLine.revision, RevisionLine.position,
        RevisionLine.digest,
    ).outerjoin(Plan, Plan.id == RevisionLine.plan_id)  # fmt: skip
    return _facts(query.order_by(RevisionLine.plan_id, RevisionLine.revision, RevisionLine.position))


def views() -> Iterator[Facts]:
    """What lay before each decider."""
    query = select(
        DecisionView.plan_id, Plan.number.label("plan"), DecisionView.number, DecisionView.digest, DecisionView.text
    ).outerjoin(Plan, Plan.id == DecisionView.plan_id)
    return _facts(query.order_by(DecisionView.plan_id, DecisionView.number))


def ledger() -> Iterator[Facts]:
    """Every ledger row, all its columns."""
    table = LedgerEntry.__table__
    return _facts(select(table).order_by(table.c.division_code, table.c.fiscal_year, table.c.number))


def postings() -> Iterator[Facts]:
    """Every movement of money, with the allotment as outsiders know it."""
    query = select(
        Posting.id, Allotment.fiscal_year, Allotment.bgt_id, Posting.kind, Posting.amount, Posting.plan_line_id,
        Posting.revision, Posting.reason, Posting.at,
    ).join(Allotment, Allotment.id == Posting.allotment_id)  # fmt: skip
    return _facts(query.order_by(Posting.id))


def seals() -> Iterator[Facts]:
    """Every seal with its decisions as (plan, number), in their places; a decision that is gone is (None, None)."""
    query = select(
        Seal.id, Seal.division_code.label("division"), Seal.number, Seal.day, Seal.leaves, Seal.root,
        Seal.prev_sha256, Seal.body, Seal.sha256, Seal.sm3, Seal.at,
    )  # fmt: skip
    leaves = (
        select(SealLeaf.seal_id, Decision.plan_id, Decision.number)
        .outerjoin(Decision, Decision.id == SealLeaf.decision_id)
        .order_by(SealLeaf.seal_id, SealLeaf.position)
    )
    by_seal = {
        seal_id: [[_uuid(plan_id), number] for _, plan_id, number in under]
        for seal_id, under in groupby(_as_stored(leaves), key=itemgetter(0))
    }
    for facts in _facts(query.order_by(Seal.division_code, Seal.number)):
        yield {**facts, "decisions": by_seal.get(facts.pop("id"), [])}


def plans() -> Iterator[Facts]:
    """State and revision of every plan that was ever submitted."""
    query = select(Plan.id.label("plan_id"), Plan.number.label("plan"), Plan.state, Plan.revision)
    return _facts(query.where(Plan.revision > 0).order_by(Plan.id))


def allotments() -> Iterator[Facts]:
    """The balances as they stand."""
    query = select(
        Allotment.fiscal_year, Allotment.bgt_id, Allotment.granted, Allotment.held, Allotment.posted
    ).order_by(Allotment.fiscal_year, Allotment.bgt_id)
    return _facts(query)


def _facts(query: Select[*tuple[Any, ...]]) -> Iterator[Facts]:
    """Each row as plain values; what the driver gives is taken as it is, but for a few kinds of column."""
    names = [str(column.key) for column in query.selected_columns]
    told = [(name, _WORDS[kind]) for name, kind in zip(names, map(_kind, query.selected_columns), strict=True) if kind]
    for row in _as_stored(query):
        facts = dict(zip(names, row, strict=True))
        for name, words in told:
            facts[name] = words(facts[name])
        yield facts


def _as_stored(query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows as the driver gives them: texts and numbers, no objects of ours, which take longer than the rest."""
    columns = [type_coerce(column, NullType()) for column in query.selected_columns]
    plain = query.with_only_columns(*columns, maintain_column_froms=True)
    with session().connection().execute(plain, execution_options={"yield_per": _AT_ONCE}) as found:
        yield from found  # whoever stops half way leaves no cursor open


def _kind(column: ColumnElement[Any]) -> type | None:
    """Which of the kinds in `_WORDS` a column is of."""
    return next((kind for kind in _WORDS if isinstance(column.type, kind)), None)


def _moment(value: Any) -> Any:
    """2026-11-20T02:00:00.000000Z; PostgreSQL gives a naive UTC moment, SQLite its text with a blank in the middle."""
    return f"{value.replace(' ', 'T')}Z" if isinstance(value, str) else value and moment(value.replace(tzinfo=UTC))


def _uuid(value: Any) -> Any:
    """With hyphens; PostgreSQL gives an object, SQLite the bare digits."""
    if isinstance(value, str):
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return value and str(value)


def _day(value: Any) -> Any:
    return value and str(value)


def _flag(value: Any) -> Any:
    """SQLite keeps a truth value as a number."""
    return None if value is None else bool(value)


_WORDS: Final[Mapping[type, Callable[[Any], Any]]] = {Uuid: _uuid, UtcDateTime: _moment, Date: _day, Boolean: _flag}
