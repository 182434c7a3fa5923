"""The nightly reconciliation: green over a whole life, and each planted difference is found by name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from approvals.reconciliation import actions, rules, store
from approvals.reconciliation.rules import Check, Difference
from approvals.reviews import aside
from core import clock, jobs
from core.db import session
from core.money import ZERO, Money
from tests.approvals.stories import reviewed, submitted
from tests.world import DIVISION, World
from work import HANDLERS

_A, _B = Money.yuan(1), Money.yuan(2)


def _run(world: World) -> int:
    return actions.reconcile(DIVISION, clock.today(), by=world.person("ji"))


def test_a_house_with_plans_in_every_state_agrees_works(world: World) -> None:
    reviewed(world, submitted(world, ("A1", 500), ("A2", 70)), "he", "shen", "fang", "luo")
    cancelled = submitted(world, ("A2", 30))
    reviewed(world, cancelled, "he", "shen", "fang", "luo")
    aside.cancel(cancelled, "批错", by=world.person("luo"))
    aside.void_filed(submitted(world, ("A2", 20)), "撤并", by=world.person("luo"))
    submitted(world, ("A2", 10))
    assert _run(world) == 0
    newest = store.newest(DIVISION)
    assert newest is not None
    assert (newest.differences, newest.allotments, newest.lines) == (0, 5, 5)


def test_the_job_runs_it_and_the_page_is_green(app: Flask, sign_in: Any, world: World) -> None:
    submitted(world, ("A2", 10))
    auditor = sign_in("ji")
    assert "还没有对过账" in auditor.get("/reconciliation").get_data(as_text=True)
    assert auditor.post("/reconciliation", data={}).status_code == 302
    while jobs.run_one(HANDLERS):
        pass
    page = auditor.get("/reconciliation").get_data(as_text=True)
    assert "全部一致" in page


def test_the_command_says_so(app: Flask, world: World) -> None:
    answer = app.test_cli_runner().invoke(args=["reconcile", "run"])
    assert (answer.exit_code, "全部一致" in answer.output) == (0, True)


def test_a_clerk_does_not_see_it(sign_in: Any) -> None:
    assert sign_in("lin").get("/reconciliation").status_code == 403


def _tampered(sides: store.Sides, **changes: Any) -> list[Difference]:
    facts = {name: getattr(sides, name) for name in sides.__dataclass_fields__}
    return list(store.differences(DIVISION, store.Sides(**facts | changes)))


def test_each_side_that_was_changed_is_named(world: World) -> None:
    """The triggers keep anybody from planting these in the tables, so they are planted in what was read."""
    reviewed(world, submitted(world, ("A2", 70)), "he", "shen", "fang", "luo")
    submitted(world, ("A2", 10))
    sides, key = store.gathered(DIVISION), world.allotments["A2"]
    line = next(iter(sides.approved))
    planted: list[dict[str, Any]] = [
        {"in_review": {}},
        {"ledger_by_allotment": {key: _A}},
        {"ledger_by_line": {line: _A}},
        {"paid": {line: Money.yuan(71)}},
        {"postings": sides.postings | {kind: {} for kind in sides.balances}},
    ]
    found = {one.check for changed in planted for one in _tampered(sides, **changed)}
    assert found == {Check.HOLDS, Check.LEDGER, Check.PLANS, Check.PAID, Check.GRANTED, Check.HELD, Check.POSTED}
    said = _tampered(sides, in_review={})
    assert said == [Difference(Check.HOLDS, "201003 指标 A2", "10.00", "0.00")]
    session().rollback()


def test_missing_numbers_of_the_ledger_are_found() -> None:
    assert list(rules.gaps({2025: (3, 3), 2026: (3, 4)})) == [
        Difference(Check.NUMBERS, "2026年", "最大号 4", "共 3 行")
    ]


def test_every_check_has_its_words() -> None:
    assert len({check.label for check in Check}) == len(Check)


@pytest.mark.parametrize(("paid", "wrong"), [(_B, False), (ZERO, False), (Money.yuan(3), True), (-_A, True)])
def test_paid_stays_between_nothing_and_approved(paid: Money, wrong: bool) -> None:
    assert bool(list(rules.overpaid({1: paid}, {1: _B}, {}))) is wrong


_amounts = st.dictionaries(st.integers(1, 5), st.integers(0, 9).map(Money))


@given(_amounts, _amounts)
def test_sides_differ_exactly_where_they_differ(one: dict[int, Money], other: dict[int, Money]) -> None:
    found = {said.place for said in rules.unequal(Check.LEDGER, one, other, {})}
    assert found == {str(key) for key in {*one, *other} if one.get(key, ZERO) != other.get(key, ZERO)}
