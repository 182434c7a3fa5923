"""Whom the freezing of an allotment concerns: the lines on their way that hold its money, and where they wait."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Row, String, Uuid, column, select, table

from accounts.units.models import Unit
from budget.allotments.models import Allotment
from budget.allotments.rules import label_of
from core.db import MoneyColumn, session
from core.money import Money

# Plans and reviews lie to the right of allotments: their tables are asked by name, their classes are not imported.
_LINE: Final = table(
    "plan_line",
    *(column("plan_id", Uuid), column("position", BigInteger), column("allotment_id", BigInteger)),
    *(column("removed_in", BigInteger), column("applied", MoneyColumn)),
)
_PLAN: Final = table(
    "plan",
    *(column("id", Uuid), column("number", String), column("unit_id", BigInteger), column("state", String)),
    *(column("author_id", BigInteger), column("submitted_by", BigInteger), column("revision", BigInteger)),
)
_TASK: Final = table(
    "review_task",
    *(column("plan_id", Uuid), column("revision", BigInteger), column("state", String), column("role", String)),
    *(column("unit_id", BigInteger), column("office_id", BigInteger)),
)


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A line on its way that holds money of an allotment which is frozen, and who made its plan."""

    allotment: str
    plan_id: UUID
    plan_number: str
    unit_name: str
    position: int
    amount: Money
    maker_ids: frozenset[int]


def lines_on_their_way(allotment_ids: Collection[int]) -> list[FrozenLine]:
    """The lines of plans in review or suspended that draw on these allotments, by plan and line."""
    named = (Allotment.doc_no, Allotment.pro_name, Allotment.dep_eco_code, Allotment.dep_eco_name)
    query = (
        select(_PLAN, _LINE.c.position, _LINE.c.applied, Unit.name.label("unit_name"), *named)
        .select_from(_PLAN)
        .join(_LINE, _LINE.c.plan_id == _PLAN.c.id)
        .join(Allotment, Allotment.id == _LINE.c.allotment_id)
        .join(Unit, Unit.id == _PLAN.c.unit_id)
        .where(Allotment.id.in_(allotment_ids), _LINE.c.removed_in.is_(None))
        .where(_PLAN.c.state.in_(("in_review", "suspended")))
        .order_by(_PLAN.c.number, _LINE.c.position)
    )
    return [
        FrozenLine(
            label_of(row), row.id, row.number, row.unit_name, row.position, row.applied,
            frozenset({row.author_id, row.submitted_by} - {None}),
        )
        for row in session().execute(query)
    ]  # fmt: skip


def desks_of(plan_ids: Collection[UUID]) -> list[Row[UUID, str, int | None, int | None]]:
    """Where these plans wait now: plan, role, unit and office of each open task."""
    query = (
        select(_TASK.c.plan_id, _TASK.c.role, _TASK.c.unit_id, _TASK.c.office_id)
        .join(_PLAN, (_PLAN.c.id == _TASK.c.plan_id) & (_PLAN.c.revision == _TASK.c.revision))
        .where(_TASK.c.plan_id.in_(plan_ids), _TASK.c.state == "open")
    )
    return list(session().execute(query))
