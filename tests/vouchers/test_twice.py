"""No invoice is used twice in the district: by number or by file, in one unit or in two, later or at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from approvals.reviews.actions import submit
from budget.plans.models import Plan
from budget.plans.rules import PlanState
from core.db import session, transaction
from core.errors import Refused
from core.money import Money
from tests.approvals.stories import PNG, drafted, plan, together
from tests.vouchers.samples import text
from tests.world import World
from vouchers.papers.actions import add_paper, remove_paper, set_kind
from vouchers.papers.alike import repeats_of
from vouchers.papers.faces import Face
from vouchers.papers.models import Paper
from vouchers.papers.registering import describe_paper, draw_on

SignIn = Callable[[str], FlaskClient]
NUMBER = "26332000000012345678"
USED = "该发票已被使用"
SCHOOL, WATER = ("lin", "201003", "A1"), ("zhou", "301001", "B1")


def used(world: World, of: tuple[str, str, str], data: bytes = b"", kind: str = "11") -> tuple[UUID, UUID]:
    """A draft of one line with one paper: the plan and the paper."""
    clerk, unit, allotment = of
    plan_id = drafted(world, (allotment, 100), clerk=clerk, unit=unit)
    stream = BytesIO(PNG + (data or uuid4().bytes))
    lines = [line.id for line in plan(plan_id).lines]
    return plan_id, add_paper(plan_id, kind, "发票.png", stream, lines, limit=10**6, by=world.person(clerk))


def describe(world: World, clerk: str, paper_id: UUID, **face: object) -> None:
    describe_paper(paper_id, Face(**{"number": NUMBER, **face}), by=world.person(clerk))  # type: ignore[arg-type]


def hand_in(world: World, clerk: str, plan_id: UUID) -> None:
    submit(plan_id, plan(plan_id).version, by=world.person(clerk))


def paper(paper_id: UUID) -> Paper:
    return session().get_one(Paper, paper_id, populate_existing=True)


def told(world: World, who: str, paper_id: UUID) -> list[str]:
    """What somebody reads beside the paper."""
    session().expire_all()
    return [each.text for each in repeats_of([paper(paper_id)], world.person(who)).get(paper_id, [])]


def test_different_invoices_are_used_works(world: World) -> None:
    for of, number in ((SCHOOL, NUMBER), (WATER, "26332000000099999999")):
        plan_id, paper_id = used(world, of)
        describe(world, of[0], paper_id, number=number)
        hand_in(world, of[0], plan_id)
        assert plan(plan_id).state is PlanState.IN_REVIEW


def test_the_number_of_another_unit_is_refused(world: World, sign_in: SignIn) -> None:
    _, first = used(world, SCHOOL)
    plan_id, second = used(world, WATER)
    describe(world, "lin", first)
    describe(world, "zhou", second, number="2633 2000 0000 1234 5678")
    assert paper(second).repeats_id == first
    with pytest.raises(Refused, match=USED):
        hand_in(world, "zhou", plan_id)
    assert plan(plan_id).state is PlanState.DRAFT
    (sentence,) = told(world, "zhou", second)
    assert "其他单位已于 2026-11-20 登记（号码相同）" in sentence
    assert plan(paper(first).plan_id or plan_id).number not in sentence  # whose, and where, is not his to know
    shown = text(sign_in("zhou").get(f"/plans/{plan_id}/papers"))
    assert USED in shown
    assert "区实验小学" not in shown


def test_the_file_of_another_unit_is_refused(world: World) -> None:
    used(world, SCHOOL, b"one scan")
    plan_id, _ = used(world, WATER, b"one scan")
    with pytest.raises(Refused, match="文件相同"):
        hand_in(world, "zhou", plan_id)


def test_within_the_unit_the_clerk_is_told_where(world: World) -> None:
    first_plan, first = used(world, SCHOOL, b"one scan")
    plan_id, second = used(world, SCHOOL, b"one scan")
    with pytest.raises(Refused, match="请从登记簿选用"):
        hand_in(world, "lin", plan_id)
    (sentence,) = told(world, "lin", second)
    assert f"计划 {plan(first_plan).number} 第 1 行" in sentence
    assert paper(second).repeats_id == first


def test_finance_sees_both_sides(world: World) -> None:
    _, first = used(world, SCHOOL)
    plan_id, second = used(world, WATER)
    describe(world, "lin", first)
    describe(world, "zhou", second)
    (sentence,) = told(world, "fang", second)
    assert "区实验小学 2026-11-20 登记的“发票.png”号码相同" in sentence
    assert f"计划 {plan(paper(first).plan_id or plan_id).number} 第 1 行" in sentence


def test_papers_without_an_amount_serve_many_units(world: World) -> None:
    """Minutes of a meeting stand behind the plans of all."""
    for of in (SCHOOL, WATER):
        _, paper_id = used(world, of, b"minutes", kind="16")
        assert paper(paper_id).repeats_id is None
    describe(world, "zhou", paper_id, number="", amount=Money.yuan(5))
    assert paper(paper_id).repeats_id is not None  # an amount is drawn of it now


def test_one_contract_is_one_paper_in_many_plans(world: World) -> None:
    _, contract = used(world, SCHOOL, b"contract", kind="14")
    describe(world, "lin", contract, number="HT-1", amount=Money.yuan(1000))
    plan_id, _ = used(world, SCHOOL)
    draw_on(contract, plan(plan_id).lines[0].id, Money.yuan(10), by=world.person("lin"))
    hand_in(world, "lin", plan_id)
    assert told(world, "lin", contract) == []


def test_what_was_repeated_by_mistake_is_free_again(world: World) -> None:
    """The first clerk had typed a wrong number, or takes his paper back."""
    _, first = used(world, SCHOOL)
    _, second = used(world, WATER)
    describe(world, "lin", first)
    describe(world, "zhou", second)
    describe(world, "lin", first, number="26332000000000000001")
    assert (paper(second).repeats_id, paper(second).number_key) == (None, NUMBER)
    describe(world, "lin", first)
    assert paper(first).repeats_id == second
    remove_paper(second, by=world.person("zhou"))
    assert paper(first).repeats_id is None


def test_a_paper_that_is_no_invoice_claims_no_number(world: World) -> None:
    _, first = used(world, SCHOOL)
    describe(world, "lin", first)
    set_kind(first, "12", by=world.person("lin"))
    _, second = used(world, WATER)
    describe(world, "zhou", second)
    assert (paper(first).number_key, paper(second).repeats_id) == ("", None)


def test_the_same_seller_amount_and_day_is_a_warning(world: World) -> None:
    face = {"number": "", "counterparty": "宏达公司", "amount": Money.yuan(88), "on": date(2026, 11, 3)}
    _, first = used(world, SCHOOL)
    plan_id, second = used(world, WATER)
    describe(world, "lin", first, **face)
    describe(world, "zhou", second, **face)
    (sentence,) = told(world, "zhou", second)
    assert "销方、金额和日期都相同" in sentence
    assert "其他单位" in sentence
    hand_in(world, "zhou", plan_id)
    assert told(world, "fang", second)[0].startswith("与区实验小学")


def test_an_invoice_and_its_list_are_no_repeat(world: World) -> None:
    face = {"number": "", "counterparty": "宏达公司", "amount": Money.yuan(88), "on": date(2026, 11, 3)}
    _, invoice = used(world, SCHOOL)
    _, listed = used(world, SCHOOL, kind="12")
    describe(world, "lin", invoice, **face)
    describe(world, "lin", listed, **face)
    assert told(world, "lin", listed) == told(world, "lin", invoice) == []


def test_two_known_numbers_are_two_invoices(world: World) -> None:
    face = {"counterparty": "宏达公司", "amount": Money.yuan(88), "on": date(2026, 11, 3)}
    _, first = used(world, SCHOOL)
    _, second = used(world, WATER)
    describe(world, "lin", first, **face)
    describe(world, "zhou", second, number="26332000000099999999", **face)
    assert told(world, "zhou", second) == []


def test_two_units_in_one_moment_one_wins(app: Flask, world: World) -> None:
    (first_plan, first), (second_plan, second) = used(world, SCHOOL), used(world, WATER)
    acts = [partial(describe, world, clerk, one) for clerk, one in (("lin", first), ("zhou", second))]
    assert together(app, *acts) == [None, None]
    repeated = {paper(one).repeats_id for one in (first, second)}
    assert None in repeated
    assert len(repeated) == 2
    handing = [partial(hand_in, world, clerk, one) for clerk, one in (("lin", first_plan), ("zhou", second_plan))]
    outcomes = together(app, *handing)
    assert [USED in str(one) for one in outcomes if one] == [True]
    session().expire_all()
    states = sorted(session().get_one(Plan, one).state.value for one in (first_plan, second_plan))
    assert states == ["draft", "in_review"]


def test_the_database_lets_a_number_be_used_once(world: World) -> None:
    """Whatever the application would do."""
    _, first = used(world, SCHOOL)
    _, second = used(world, WATER)
    describe(world, "lin", first)
    describe(world, "zhou", second)
    clear = sql("UPDATE paper SET repeats_id = NULL WHERE repeats_id IS NOT NULL")
    with pytest.raises(DBAPIError, match=r"number_key|ix_paper_number_once"), transaction() as work:
        work.execute(clear)
    session().rollback()
