"""What the tests of 代编 share: a chief of an office, a draft that finance enters, and one that is filed."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Final
from uuid import UUID, uuid4

from accounts.people.models import Post
from accounts.people.rules import Role
from approvals.reviews import actions
from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from core.db import transaction
from core.money import Money
from tests.approvals.stories import PNG, plan
from tests.world import World
from vouchers.papers.actions import add_paper

REASON: Final = "单位新设，尚无经办人员"
HANDS: Final = ("qin", "fang", "luo")


def chief(world: World, username: str = "qin", office: str = "04") -> None:
    """The office has a chief from here on."""
    with transaction() as work:
        post = Post(role=Role.OFFICE_CHIEF, office_id=world.offices[office], starts_on=date(2026, 1, 1))
        post.person_id = world.people[username]
        work.add(post)


def entered(world: World, *amounts: tuple[str, int], by: str = "shen") -> UUID:
    """A draft that finance enters for the school, every line proven."""
    person = world.person(by)
    plan_id = start_plan(
        world.units["201003"], 2026, 12, PlanKind.ENTERED, REASON, form_key=uuid4().hex, by=person
    )  # fmt: skip
    lines = tuple(LineDraft(None, world.allotments[key], Money.yuan(yuan), f"{key} 用款") for key, yuan in amounts)
    save_plan(plan_id, PlanDraft(lines, reason=REASON), 1, by=person)
    ids = [line.id for line in plan(plan_id).lines]
    add_paper(plan_id, "11", "发票.png", BytesIO(PNG + plan_id.bytes), ids, limit=10**6, by=person)
    return plan_id


def hand_in(world: World, plan_id: UUID, by: str = "shen") -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person(by))


def filed(world: World, *amounts: tuple[str, int]) -> UUID:
    chief(world)
    plan_id = entered(world, *amounts)
    hand_in(world, plan_id)
    return plan_id
