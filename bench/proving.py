"""The check of every chain, seal, opinion and ledger row of a house, beside the two digests of each decision alone."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, cast
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Connection, Table, func, insert, select

from accounts.people.rules import SYSTEM
from approvals.proof.actions import seal_day
from approvals.proof.checking import check_house
from approvals.proof.models import SealLeaf
from approvals.reviews.models import Decision, Opinion, ReviewTask
from bench.district import district, fresh
from bench.figures import Figure, compare
from budget.ledger.models import LedgerEntry
from budget.plans.models import Plan, PlanLine, PlanRevision
from core.blobs import files
from core.db import session
from core.digests import canonical, sha256, sm3
from tests.approvals.stories import reviewed, submitted
from tests.approvals.tampering import past_all_guards
from tests.world import DIVISION, NOW, World

# How many lines a plan has, and how many plans of them are checked.
SIZES: Final = {1: 4000, 20: 400}
# Fifty thousand proven rows a second.
PER_ROW: Final = 1000 / 50_000
# What is copied of a plan, each after what it points to.
_TABLES: Final = tuple(
    cast("Table", model.__table__)
    for model in (Plan, PlanLine, PlanRevision, ReviewTask, Opinion, Decision, LedgerEntry)
)
_PROVEN: Final = (PlanRevision, Decision, Opinion, LedgerEntry, SealLeaf)


def figures(app: Flask, world: World) -> Iterator[Figure]:  # noqa: ARG001  every part is called alike
    """A house of small plans and a house of plans of twenty lines, both sealed."""
    for lines, plans in SIZES.items():
        with district() as (_, cast_of_its_own):
            texts = _filled(cast_of_its_own, lines, plans)
            rows = sum(session().scalar(select(func.count()).select_from(model)) or 0 for model in _PROVEN)
            yield compare(
                f"verify {rows} rows, {len(texts)} of them decisions on plans of {lines}", _check,
                "SHA-256 and SM3 of the decisions alone", partial(_hash, texts), rows * PER_ROW, rounds=5,
            )  # fmt: skip


def _check(_round_no: int) -> None:
    fresh()
    faults = list(check_house(files(), {}).found.lines())
    if faults:
        raise RuntimeError("\n".join(faults))


def _hash(texts: list[str], _round_no: int) -> None:
    for text in texts:
        data = text.encode()
        hashlib.sha256(data).hexdigest()
        hashlib.new("sm3", data).hexdigest()


def _filled(world: World, lines: int, plans: int) -> list[str]:
    """One plan goes its way through the house and is copied; gives the canonical texts of all decisions."""
    plan_id = submitted(world, *((f"L{place}", 100 + place) for place in range(lines)))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    fresh()
    with past_all_guards() as connection:
        pattern = {table: _rows(connection, table, plan_id) for table in _TABLES}
        steps = {table: _step(connection, table) for table in _TABLES}
        for place in range(1, plans):
            for table, rows in _copies(pattern, steps, place).items():
                connection.execute(insert(table), rows)
    seal_day(DIVISION, NOW.date(), by=SYSTEM)
    return list(session().scalars(select(Decision.body)))


def _rows(connection: Connection, table: Table, plan_id: UUID) -> list[dict[str, Any]]:
    query = select(table)
    if table.name == "opinion":
        query = query.join(ReviewTask, ReviewTask.id == table.c.task_id).where(ReviewTask.plan_id == plan_id)
    else:
        query = query.where(table.c["id" if table.name == "plan" else "plan_id"] == plan_id)
    return [dict(row) for row in connection.execute(query.order_by(table.c.id)).mappings()]


def _step(connection: Connection, table: Table) -> int:
    """How far the numbered ids of one copy lie from those of the copy before it."""
    kind = table.c.id.type.python_type
    return int(connection.scalar(select(func.max(table.c.id))) or 0) if kind is int else 0


def _copies(
    pattern: Mapping[Table, list[dict[str, Any]]], steps: Mapping[Table, int], place: int
) -> dict[Table, list[dict[str, Any]]]:
    """One more plan like the first, under ids and numbers of its own, its decisions chained anew."""
    new_ids: dict[UUID, UUID] = defaultdict(uuid4)
    line_step = steps[_TABLES[1]] * place
    found = {
        table: [_copy(row, new_ids, steps[table] * place, line_step) for row in rows] for table, rows in pattern.items()
    }
    plan, *_, decisions, ledger = found.values()
    number = f"YK-202612-{place + 1:05d}"
    plan[0].update(number=number, form_key=uuid4().hex)
    for row in ledger:
        row["number"] += len(ledger) * place
    _rechain(decisions, number)
    return found


def _copy(row: Mapping[str, Any], new_ids: Mapping[UUID, UUID], step: int, line_step: int) -> dict[str, Any]:
    copy: dict[str, Any] = {name: new_ids[value] if isinstance(value, UUID) else value for name, value in row.items()}
    if isinstance(copy["id"], int):
        copy["id"] += step
    if "plan_line_id" in copy:
        copy["plan_line_id"] += line_step
    return copy


def _rechain(decisions: list[dict[str, Any]], number: str) -> None:
    before = {"sha256": "", "sm3": ""}
    for row in decisions:
        told = {**json.loads(row["body"]), "plan_id": str(row["plan_id"]), "plan": number, "prev": before}
        body = canonical(told)
        before = {"sha256": sha256(body), "sm3": sm3(body)}
        row.update(body=body, **before)
