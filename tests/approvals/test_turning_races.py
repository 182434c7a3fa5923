"""Two people turn a plan in the same moment: whoever is first is right, the other is told."""

from __future__ import annotations

from flask import Flask

from accounts.people.rules import Role
from approvals.reviews import actions, turning
from approvals.reviews.rules import TaskState
from approvals.reviews.traces import digest_of
from core.errors import Overtaken
from tests.approvals import stories
from tests.approvals.paths import appoint
from tests.approvals.stories import sound
from tests.approvals.test_turning import at_the_treasury, desk, tasks
from tests.world import World


def test_one_undoes_and_the_next_decides_in_the_same_moment(app: Flask, world: World) -> None:
    """Whoever is first is right; the other is told."""
    plan_id = at_the_treasury(world)
    done, opened = desk(plan_id, 2, TaskState.DONE).id, desk(plan_id, 3)
    shen, fang = world.person("shen"), world.person("fang")
    task_id, digest = opened.id, digest_of(stories.plan(plan_id))
    said = stories.opinions(opened)
    outcomes = stories.together(
        app, lambda: turning.undo(done, by=shen), lambda: actions.decide(task_id, said, "", digest, by=fang)
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert isinstance(next(filter(None, outcomes)), Overtaken)
    assert stories.plan(plan_id).step_no == (2 if outcomes[0] is None else 4)
    assert sound()


def test_two_send_back_in_the_same_moment(app: Flask, world: World) -> None:
    plan_id = at_the_treasury(world)
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    task_id, people = desk(plan_id, 3).id, [world.person("fang"), world.person("jiao")]
    outcomes = stories.together(
        app, *(lambda by=by: turning.send_back(task_id, 2, "请再核", by=by) for by in people)
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert tasks(plan_id)[-1] == (3, 1, "cancelled")
    assert sound()
