"""Live draws never exceed the face of their paper: under any order of acts, past the application, and in a race."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from approvals.reviews import actions, aside
from approvals.reviews.content import content_now
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import drop_draft
from budget.plans.models import Plan, PlanLine
from budget.plans.rules import PlanState
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import Money
from tests.approvals.stories import review, reviewed, sound, together
from tests.vouchers.samples import draft, plan
from tests.vouchers.test_register_acts import CONTRACT, registered, stored, submitted
from tests.world import World
from vouchers.papers.actions import remove_paper
from vouchers.papers.draws import drawn_on
from vouchers.papers.faces import Face, covered
from vouchers.papers.models import Draw, Paper
from vouchers.papers.registering import describe_paper, draw_on, release
from vouchers.papers.store import facts_by_line

AMOUNTS = st.integers(1, 100).map(Money.yuan)
PLACES = st.integers(0, 3)
ACTS = st.one_of(
    st.tuples(st.just("draw"), PLACES, AMOUNTS),
    st.tuples(st.just("draw"), PLACES, AMOUNTS),
    st.tuples(st.just("release"), PLACES, AMOUNTS),
    st.tuples(st.just("face"), PLACES, st.integers(1, 250).map(Money.yuan)),
    st.tuples(st.just("drop"), PLACES, AMOUNTS),
    st.tuples(st.just("remove"), st.just(0), AMOUNTS),
    st.tuples(st.just("raw draw"), PLACES, AMOUNTS),
    st.tuples(st.just("raw face"), PLACES, AMOUNTS),
)


def taken(paper_id: UUID) -> Money:
    """What is drawn, added up here and not by the database."""
    session().expire_all()
    query = select(Draw.amount).join(PlanLine, PlanLine.id == Draw.plan_line_id).join(Plan, Plan.id == PlanLine.plan_id)
    query = query.where(Draw.paper_id == paper_id, PlanLine.removed_in.is_(None))
    alive = query.where(Plan.state.not_in([PlanState.VOID, PlanState.CANCELLED]))
    return Money.total(amount for amount in session().scalars(alive) if amount)


def act(world: World, paper_id: UUID, plans: list[UUID], lines: list[int], what: str, at: int, amount: Money) -> None:
    by, line = world.person("lin"), lines[at]
    match what:
        case "draw":
            draw_on(paper_id, line, amount, by=by)
        case "release":
            release(paper_id, line, by=by)
        case "face":
            describe_paper(paper_id, Face(amount=amount), by=by)
        case "drop":
            drop_draft(plans[at // 2], by=by)
        case "remove":
            remove_paper(paper_id, by=by)
        case "raw draw":
            with transaction() as work:
                work.execute(insert(Draw).values(paper_id=paper_id, plan_line_id=line, amount=amount))
        case "raw face":
            with transaction() as work:
                changed = update(Paper).where(Paper.id == paper_id)
                work.execute(changed.values(face_amount=amount, version=Paper.version + 1))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=14))
def test_draws_stay_within_the_face_whatever_is_done(world: World, acts: list[tuple[str, int, Money]]) -> None:
    paper_id, by = registered(world), world.person("lin")
    plans: list[UUID] = []
    lines: list[int] = []
    for keys in (("A2", "A3"), ("A3", "A2")):
        plan_id, found = draft(world, "lin", *keys)
        plans.append(plan_id)
        lines += found
    for what, at, amount in acts:
        try:
            act(world, paper_id, plans, lines, what, at, amount)
        except (Refused, Missing, DBAPIError):
            session().rollback()
        face = stored(paper_id).face_amount or Money(0)
        assert taken(paper_id) <= face or stored(paper_id).removed_at is not None
        assert drawn_on([paper_id]).get(paper_id, Money(0)) == taken(paper_id)
    for plan_id in plans:
        if session().get(Plan, plan_id) is not None:
            drop_draft(plan_id, by=by)


def test_two_plans_that_want_the_rest_at_once_one_is_told(app: Flask, world: World) -> None:
    paper_id = registered(world)
    _, (one, _) = draft(world)
    _, (two, _) = draft(world, "lin", "A3", "A2")
    people = {one: world.person("lin"), two: world.person("lin2")}
    outcomes = together(
        app,
        *(lambda line=line, by=by: draw_on(paper_id, line, Money.yuan(80), by=by) for line, by in people.items()),
    )
    (refusal,) = [outcome for outcome in outcomes if outcome is not None]
    assert "还可使用 70.00，这里填写了 80.00" in str(refusal)
    assert taken(paper_id) == Money.yuan(80)


def test_a_face_lowered_while_a_line_draws_one_is_told(app: Flask, world: World) -> None:
    paper_id, lin = registered(world), world.person("lin")
    _, (line, _) = draft(world)
    outcomes = together(
        app,
        lambda: draw_on(paper_id, line, Money.yuan(80), by=lin),
        lambda: describe_paper(paper_id, Face(amount=Money.yuan(50)), by=lin),
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert taken(paper_id) <= (stored(paper_id).face_amount or Money(0))


def test_a_plan_submitted_while_a_paper_is_described_keeps_what_it_was_bound_to(app: Flask, world: World) -> None:
    paper_id, lin = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(80), by=lin)
    submitted(world, plan_id)
    actions.withdraw(plan_id, by=lin)
    version = plan(plan_id).version
    together(
        app,
        lambda: actions.submit(plan_id, version, by=lin),
        lambda: describe_paper(paper_id, Face("HT-2", amount=Money.yuan(200)), by=world.person("lin2")),
    )
    assert sound()


def test_past_the_application_the_database_says_no(world: World) -> None:
    paper_id, foreign = registered(world), registered(world, unit="301001", clerk="zhou")
    _, (one, other) = draft(world)
    for values in (
        {"paper_id": paper_id, "plan_line_id": one, "amount": Money.yuan(151)},
        {"paper_id": paper_id, "plan_line_id": one, "amount": Money(0)},
        {"paper_id": foreign, "plan_line_id": one},
    ):
        with pytest.raises(DBAPIError), transaction() as work:
            work.execute(insert(Draw).values(**values))
    draw_on(paper_id, one, Money.yuan(100), by=world.person("lin"))
    with pytest.raises(DBAPIError), transaction() as work:
        work.execute(insert(Draw).values(paper_id=paper_id, plan_line_id=other, amount=Money.yuan(51)))
    assert taken(paper_id) == Money.yuan(100)


def test_a_line_set_aside_takes_its_draw_into_the_next_draft(world: World) -> None:
    paper_id, lin = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(100), by=lin)
    submitted(world, plan_id)
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(line, Verdict.ASIDE, reason="下月再付"), plan_id=plan_id)
    (next_draft,) = session().scalars(select(Plan).where(Plan.revision == 0))
    (moved,) = next_draft.lines
    facts = {paper.number: paper.amount for paper in facts_by_line(next_draft.id)[moved.id]}
    assert facts == {"HT-2026-001": Money.yuan(100), "": None}
    assert (taken(paper_id), sound()) == (Money.yuan(100), True)


def test_what_a_void_plan_drew_is_free(world: World) -> None:
    paper_id, lin = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(100), by=lin)
    submitted(world, plan_id)
    actions.withdraw(plan_id, by=lin)
    aside.void_own(plan_id, "重复填报", by=lin)
    assert (taken(paper_id), drawn_on([paper_id])) == (Money(0), {})
    _, (other, _) = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, other, Money.yuan(100), by=lin)
    describe_paper(paper_id, CONTRACT, by=lin)


def test_contents_name_number_and_amount_only_where_there_are_any(world: World) -> None:
    """So a plan that was submitted before the register reads, and is bound, as it was."""
    paper_id, lin = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(80), by=lin)
    submitted(world, plan_id)
    first, second = json.loads(content_now(plan(plan_id)).text)["lines"]
    assert sorted(len(paper) for paper in first["papers"]) == [3, 5]
    assert next(paper[3:] for paper in first["papers"] if len(paper) == 5) == ["HT-2026-001", 8000]
    assert [len(paper) for paper in second["papers"]] == [3]
    assert sound()


def test_papers_of_one_kind_add_up_and_those_of_several_prove_the_same_money() -> None:
    drawn = [("11", Money.yuan(30)), ("11", Money.yuan(20)), ("14", Money.yuan(40))]
    assert (covered(drawn), covered([])) == (Money.yuan(50), Money(0))
