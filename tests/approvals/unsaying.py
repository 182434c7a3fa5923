"""What the stories of taking one voice back share."""

from __future__ import annotations

from uuid import UUID

import pytest

from approvals.reviews import store, turning
from approvals.reviews.rules import LineOpinion, Verdict
from core.db import session
from core.errors import Refused
from core.money import Money
from tests.approvals import stories
from tests.approvals.test_modes import open_desk
from tests.world import World

YUAN = Money.yuan


def undo(world: World, username: str, plan_id: UUID) -> None:
    """The person takes back what he said at the open desk."""
    turning.undo(open_desk(plan_id).id, by=world.person(username))


def amounts(plan_id: UUID) -> list[Money | None]:
    return [line.approved for line in stories.plan(plan_id).lines]


def cut(plan_id: UUID, yuan: int, place: int = 0) -> LineOpinion:
    return LineOpinion(stories.plan(plan_id).lines[place].id, Verdict.CUT, YUAN(yuan), "按进度")


def set_aside(plan_id: UUID, place: int = 0) -> LineOpinion:
    return LineOpinion(stories.plan(plan_id).lines[place].id, Verdict.ASIDE, reason="下月再付")


def name_of(world: World, person_id: int | None) -> str:
    return next(name for name, one in world.people.items() if one == person_id)


def waits_for(world: World, username: str, plan_id: UUID) -> bool:
    return store.find_open_task(world.person(username), plan_id=plan_id) is not None


def too_late(world: World, username: str, plan_id: UUID) -> str:
    """With what sentence he is sent away; nothing has changed."""
    before = (len(store.decisions_of(plan_id)), amounts(plan_id), stories.plan(plan_id).version)
    with pytest.raises(Refused) as caught:
        undo(world, username, plan_id)
    session().rollback()
    assert (len(store.decisions_of(plan_id)), amounts(plan_id), stories.plan(plan_id).version) == before
    return str(caught.value)
