"""A clock that jumps (T11): the order of decisions, the chain and the money never ask what time it is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from flask import Flask

from approvals.reviews import actions, store
from approvals.reviews.rules import Act, LineOpinion, Verdict
from budget.plans.rules import EDITABLE, PlanState
from core import clock
from core.errors import Refused
from tests.approvals.stories import filed, plan, review, submitted
from tests.proven import books
from tests.proven.books import Books
from tests.world import NOW, World, allotment

_DESKS: Final = ("he", "shen", "fang", "luo")
_CLOSES: Final = clock.at(2026, 11, 25, 17, 0)
# Where the clock may stand next, seen from where it stands.
_JUMPS: Final[tuple[Callable[[datetime], datetime], ...]] = (
    lambda now: now - timedelta(hours=1),
    lambda now: now + timedelta(days=1),
    lambda now: now + timedelta(seconds=1),
    lambda _: _CLOSES + timedelta(minutes=1),
    lambda _: _CLOSES - timedelta(minutes=1),
    lambda _: clock.at(2028, 2, 29, 23, 59),
    lambda _: clock.at(2026, 12, 31, 23, 59),
    lambda _: clock.at(2027, 1, 1),
    lambda _: NOW,
)


@pytest.mark.parametrize("later", [jump(NOW) for jump in _JUMPS], ids=lambda moment: f"{moment:%Y-%m-%dT%H%M}")
def test_a_plan_is_reviewed_to_its_end_whatever_the_clock_says(app: Flask, world: World, later: datetime) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 50))
    with clock.stopped(later):
        for username in ("he", "shen", "qin", "fang"):
            review(world, username, plan_id=plan_id)
    assert review(world, "luo", plan_id=plan_id) is Act.APPROVE  # and the clock is back
    assert _acts(plan_id) == [Act.SUBMIT, Act.AGREE, Act.AGREE, Act.AGREE, Act.AGREE, Act.APPROVE]
    assert books.faults(_url(app)) == []


def test_only_the_window_asks_the_clock(world: World) -> None:
    plan_id, version = filed(world, ("A1", 100)), 0
    with clock.stopped(_CLOSES + timedelta(minutes=1)), pytest.raises(Refused, match="已经截止"):
        actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    version = plan(plan_id).version
    with clock.stopped(_CLOSES - timedelta(minutes=1)):  # set back over the window's end
        actions.submit(plan_id, version, by=world.person("lin"))
    assert plan(plan_id).state is PlanState.IN_REVIEW
    assert allotment(world, "A1").held.fen == 10_000


def test_an_order_that_no_clock_can_change(app: Flask, world: World, full: bool, seed: int) -> None:
    dice, now = random.Random(seed), NOW  # noqa: S311  repeatable, no secret
    told: list[tuple[UUID, Act]] = []
    known: list[UUID] = []
    for _ in range(400 if full else 40):
        now = dice.choice(_JUMPS)(now)
        with clock.stopped(now):
            told.extend(_one_act(world, known, dice))
    written = [(UUID(text), Act(act)) for text, act in _written(_url(app))]
    assert written == told
    assert books.faults(_url(app)) == []
    assert len(told) >= 10


def _one_act(world: World, known: list[UUID], dice: random.Random) -> Iterator[tuple[UUID, Act]]:
    """Somebody does something that is possible; only the window may refuse it."""
    waiting = [one for one in known if plan(one).state in EDITABLE]
    running = [one for one in known if plan(one).state is PlanState.IN_REVIEW]
    if not waiting and not running:
        known.append(filed(world, ("A1", dice.randint(1, 100))))
        waiting = known[-1:]
    if waiting and (not running or dice.random() < 0.3):
        yield from _submitted(world, dice.choice(waiting))
    elif running:
        yield from _decided(world, dice.choice(running), dice)


def _submitted(world: World, plan_id: UUID) -> Iterator[tuple[UUID, Act]]:
    open_now = NOW - timedelta(days=5) < clock.now() <= _CLOSES
    returned = plan(plan_id).state is PlanState.RETURNED
    try:
        actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    except Refused as refusal:
        assert not open_now, str(refusal)
        return
    assert open_now or returned, clock.now()
    yield plan_id, Act.SUBMIT


def _decided(world: World, plan_id: UUID, dice: random.Random) -> Iterator[tuple[UUID, Act]]:
    username = _DESKS[plan(plan_id).step_no - 1]
    line = plan(plan_id).lines[0]
    back = LineOpinion(line.id, Verdict.RETURN, None, "请补充说明")
    yield plan_id, review(world, username, *([back] if dice.random() < 0.15 else []), plan_id=plan_id)


def _acts(plan_id: UUID) -> list[Act]:
    return [one.act for one in store.decisions_of(plan_id)]


def _written(url: str) -> list[tuple[str, str]]:
    return [(plan, act) for plan, act in Books(url).rows("SELECT plan_id, act FROM decision ORDER BY id")]


def _url(app: Flask) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"])
