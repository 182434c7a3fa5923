"""Short ways to bring a plan to where a story begins, and to let two people act in the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from uuid import UUID, uuid4

from flask import Flask

from approvals.proof.checking import check_house
from approvals.proof.comparing import differences
from approvals.reviews import actions, queue, store
from approvals.reviews.models import ReviewTask
from approvals.reviews.rules import Act, LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft
from core.blobs import files
from core.db import session
from core.errors import Refused
from core.money import Money
from tests.world import World
from vouchers.papers.actions import add_paper

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


def drafted(world: World, *amounts: tuple[str, int], clerk: str = "lin", unit: str = "201003") -> UUID:
    """A draft with one line for each (allotment, yuan), without papers."""
    by = world.person(clerk)
    plan_id = start_plan(world.units[unit], 2026, 12, form_key=uuid4().hex, by=by)
    lines = tuple(LineDraft(None, world.allotments[key], Money.yuan(yuan), f"{key} 用款") for key, yuan in amounts)
    save_plan(plan_id, PlanDraft(lines), 1, by=by)
    return plan_id


def filed(world: World, *amounts: tuple[str, int], clerk: str = "lin", unit: str = "201003") -> UUID:
    """A draft with one line for each (allotment, yuan), every line proven by one invoice."""
    plan_id = drafted(world, *amounts, clerk=clerk, unit=unit)
    ids = [line.id for line in plan(plan_id).lines]
    add_paper(plan_id, "11", "发票.png", BytesIO(PNG + plan_id.bytes), ids, limit=10**6, by=world.person(clerk))
    return plan_id


def submitted(world: World, *amounts: tuple[str, int], clerk: str = "lin", unit: str = "201003") -> UUID:
    plan_id = filed(world, *amounts, clerk=clerk, unit=unit)
    actions.submit(plan_id, plan(plan_id).version, by=world.person(clerk))
    return plan_id


def plan(plan_id: UUID) -> Plan:
    """The plan as the database has it now."""
    return session().get_one(Plan, plan_id, populate_existing=True)


def task_of(world: World, username: str, plan_id: UUID) -> ReviewTask:
    """The person's open task on the plan."""
    items, _ = queue.queue_page(world.person(username))
    return next(item.task for item in items if item.plan.id == plan_id)


def review(world: World, username: str, *verdicts: LineOpinion, plan_id: UUID | None = None) -> Act:
    """The person takes the first task of the queue and agrees with every line not named otherwise."""
    person = world.person(username)
    items, _ = queue.queue_page(person)
    task = next(item.task for item in items if plan_id in (None, item.plan.id))
    return actions.decide(task.id, opinions(task, *verdicts), "", digest_of(plan(task.plan_id)), by=person)


def opinions(task: ReviewTask, *verdicts: LineOpinion) -> list[LineOpinion]:
    """Agreement with every line of the task not named otherwise."""
    given = {opinion.line_id: opinion for opinion in verdicts}
    return [given.get(line.id, LineOpinion(line.id, Verdict.AGREE)) for line in store.lines_of(task)]


def reviewed(world: World, plan_id: UUID, *usernames: str) -> None:
    """The named people agree one after the other."""
    for username in usernames:
        review(world, username, plan_id=plan_id)


def together(app: Flask, *acts: Callable[[], object]) -> list[Refused | None]:
    """Do all acts in the same moment, each in a thread of its own; what each was refused with, or None."""
    session().rollback()
    start = threading.Barrier(len(acts))
    outcomes: list[Refused | None] = [None] * len(acts)
    crashes: list[Exception] = []

    def run(place: int, act: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                act()
            except Refused as refusal:
                outcomes[place] = refusal
            except Exception as crash:
                crashes.append(crash)

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crashes == []
    session().rollback()
    return outcomes


def sound() -> bool:
    """Replay and check find nothing."""
    return (differences(), list(check_house(files(), {}).found.lines())) == ([], [])
