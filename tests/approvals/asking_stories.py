"""Pages asked and sent by a browser of the cast, and a plan that waits at the office's desk."""

from __future__ import annotations

from uuid import UUID

from approvals.reviews.models import ReviewTask, TaskSeat
from approvals.reviews.rules import TaskState
from approvals.reviews.store import tasks_of
from core.db import session
from tests.approvals.stories import plan, reviewed, submitted
from tests.world import World


def at_the_office(world: World) -> UUID:
    """A plan of the school, all of the office of 沈思远, that waits for her."""
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    return plan_id


def open_task(plan_id: UUID) -> ReviewTask:
    """The one open desk of the plan."""
    tasks = tasks_of(plan_id, plan(plan_id).revision)
    return next(task for task in tasks if task.state is TaskState.OPEN)


def only_seat(task: ReviewTask) -> TaskSeat:
    """The newest seat at the desk."""
    found = session().query(TaskSeat).filter_by(task_id=task.id).order_by(TaskSeat.id.desc()).first()
    assert found is not None
    return found
