"""The default chains in life: who is asked about which line, from the unit to the treasury's approval."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import select

from accounts.people.rules import SYSTEM, Role
from approvals.chains import actions
from approvals.chains.defaults import Thresholds, defaults
from approvals.reviews.models import ReviewTask, TaskLine
from approvals.reviews.reasons import read_reason
from approvals.reviews.rules import TaskState
from budget.plans.kinds import PlanKind
from budget.plans.models import PlanLine
from budget.plans.rules import PlanState
from core.db import session
from core.money import Money
from tests.approvals.chaining import appointed
from tests.approvals.stories import plan, reviewed, submitted
from tests.world import DIVISION, World

LOW: Final = Thresholds(Money.yuan(10_000), Money.yuan(50_000))


@pytest.fixture(autouse=True)
def bureau(world: World) -> None:
    """The district runs on the default chains, with low thresholds, and everybody is at his post."""
    for one in defaults(LOW)[:1]:
        chain_id = actions.start_draft(DIVISION, one.plan_kind, None, by=SYSTEM)
        actions.save_draft(chain_id, DIVISION, one.draft, 1, by=SYSTEM)
        actions.publish_draft(chain_id, DIVISION, 2, by=SYSTEM)
    for name, role, office in (
        ("chief04", Role.OFFICE_CHIEF, "04"), ("chief06", Role.OFFICE_CHIEF, "06"),
        ("deputy", Role.DEPUTY_DIRECTOR, ""), ("director", Role.DIRECTOR, ""),
    ):  # fmt: skip
        world.people[name] = appointed(name, role, world.offices.get(office))


def asked(plan_id: UUID) -> list[tuple[str, list[int]]]:
    """Each desk that was asked, with the places of its lines, in the order of the steps."""
    query = select(ReviewTask).where(ReviewTask.plan_id == plan_id, ReviewTask.state != TaskState.SKIPPED)
    tasks = session().scalars(query.order_by(ReviewTask.step_no, ReviewTask.office_id)).all()
    places = select(PlanLine.position).join(TaskLine, TaskLine.plan_line_id == PlanLine.id).order_by(PlanLine.position)
    return [(task.step_name, list(session().scalars(places.where(TaskLine.task_id == task.id)))) for task in tasks]


def test_each_line_meets_whom_it_must_works(world: World) -> None:
    mixed = submitted(
        world, ("A1", 60_000), ("A3", 20_000), ("A4", 60_000)
    )  # 三保; 项目 of two offices, one very large
    reviewed(world, mixed, "he", "shen", "qin", "chief04", "chief06", "fang", "deputy", "director", "luo")
    assert plan(mixed).state is PlanState.APPROVED
    assert asked(mixed) == [
        ("单位审核", [1, 2, 3]),
        ("业务股室初审", [1, 2]),
        ("业务股室初审", [3]),
        ("股室负责人审核", [2]),
        ("股室负责人审核", [3]),
        ("国库复审", [1, 2, 3]),
        ("分管局长审核", [2, 3]),
        ("局长审核", [3]),
        ("国库批复", [1, 2, 3]),
    ]


def test_guaranteed_spending_takes_the_fast_lane(world: World) -> None:
    fast = submitted(world, ("A1", 600_000))
    reviewed(world, fast, "he", "shen", "fang", "luo")
    assert plan(fast).state is PlanState.APPROVED
    query = select(ReviewTask).where(ReviewTask.plan_id == fast, ReviewTask.state == TaskState.SKIPPED)
    skipped = {task.step_name: read_reason(task.why).passed for task in session().scalars(query)}
    assert set(skipped) == {"股室负责人审核", "分管局长审核", "局长审核"}
    assert "是“三保”支出" in skipped["局长审核"]


def test_a_payment_in_two_parts_reaches_the_deputy_all_the_same(world: World) -> None:
    first = submitted(world, ("A3", 6_000))
    reviewed(world, first, "he", "shen", "chief04", "fang", "luo")
    assert plan(first).state is PlanState.APPROVED
    second = submitted(world, ("A3", 6_000))
    reviewed(world, second, "he", "shen", "chief04", "fang", "deputy", "luo")
    assert plan(second).state is PlanState.APPROVED


def test_every_kind_but_one_has_a_chain_of_its_own() -> None:
    assert set(PlanKind) - {one.plan_kind for one in defaults()} == {PlanKind.ADJUSTMENT}
