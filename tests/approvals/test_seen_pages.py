"""决定时所见: the auditor reads each decision as it looked then, and sees when somebody has changed what was kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from approvals.reviews import actions, asking
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.witness import Seen, seen_of
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft
from core.db import session
from core.money import Money
from tests.approvals.asking_stories import at_the_office, open_task
from tests.approvals.browsing import page
from tests.approvals.stories import drafted, plan, review, reviewed, submitted
from tests.approvals.tampering import past_all_guards, run
from tests.world import World
from vouchers.papers.store import of_plan

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


def told(plan_id: UUID) -> list[Seen]:
    return seen_of(plan(plan_id))


def test_each_decision_is_read_as_it_looked_then_works(sign_in: SignIn, world: World) -> None:
    """股室 cuts line 2 while 50 are held; later 7,000 more are held, and 国库 sees 40 and the new balance."""
    plan_id = at_the_office(world)
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.CUT, Money.yuan(40), "按进度"))
    submitted(world, ("A2", 7_000))
    reviewed(world, plan_id, "fang", "luo")
    text = page(sign_in("shi"), f"/plans/{plan_id}/seen")
    assert "所见与决定相符" in text
    assert "所见与决定不符" not in text
    submit, unit, office, treasury, approval = told(plan_id)
    assert (submit.has_view, submit.lines) == (False, ())
    second = office.lines[1]
    assert (second.applied, second.amount, second.said) == (Money.yuan(50), Money.yuan(50), "核减至 40.00：按进度")
    assert (second.balance["granted"], second.balance["held"]) == (Money.yuan(60_000), Money.yuan(50))
    assert second.balance["available"] == Money.yuan(59_950)
    later = treasury.lines[1]
    assert (later.amount, later.balance["held"], later.said) == (Money.yuan(40), Money.yuan(7_050), "同意")
    assert (later.project, later.purpose) == ("公用经费", "A2 用款")
    assert all(one.intact for one in (submit, unit, office, treasury, approval))
    assert f'id="decision-{office.decision.number}"' in text


def test_the_vouchers_are_those_that_were_submitted(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    paper = of_plan(plan_id)[0]
    (seen,) = told(plan_id)[1].lines[0].papers
    assert (seen.name, seen.digest, seen.paper_id) == ("发票.png", paper.blob_digest, paper.id)
    text = page(sign_in("shen"), f"/plans/{plan_id}/seen")
    assert f"/papers/{paper.id}" in text
    assert paper.blob_digest in text


def test_a_line_that_was_changed_later_is_shown_as_it_was(world: World) -> None:
    plan_id = at_the_office(world)
    line = plan(plan_id).lines[1]
    review(world, "shen", LineOpinion(line.id, Verdict.RETURN, None, "用途不清"))
    lines = [(one.id, one.allotment_id, one.applied, one.purpose) for one in plan(plan_id).lines]
    changed = tuple(LineDraft(*one[:3], "购买白板" if one[0] == line.id else one[3]) for one in lines)
    save_plan(plan_id, PlanDraft(changed), plan(plan_id).version, by=world.person("lin"))
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    reviewed(world, plan_id, "he", "shen")
    seen = [one for one in told(plan_id) if one.decision.step_name == "业务股室初审"]
    assert [[line.purpose for line in one.lines if line.position == 2] for one in seen] == [["A2 用款"], ["购买白板"]]
    assert all(one.intact for one in told(plan_id))


def test_who_acts_for_another_stands_there_with_him(world: World) -> None:
    plan_id = at_the_office(world)
    asking.hand_over(open_task(plan_id).id, world.people["qin"], "出差", by=world.person("shen"))
    review(world, "qin", plan_id=plan_id)
    assert [one.decision.person_name for one in told(plan_id)] == ["林晓敏", "何雨桐", "沈思远", "秦川"]
    assert [one.has_view for one in told(plan_id)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("statement", "intact"),
    [
        ("UPDATE decision_view SET text = replace(text, '5000', '4000')", [2, 3]),
        ("UPDATE decision_view SET digest = 'x' WHERE number = 3", [3]),
        ("DELETE FROM decision_view WHERE number = 3", [3]),
        ("UPDATE decision SET body = replace(body, 'seen', 'sean') WHERE number = 3", [3]),
        ("UPDATE plan_revision SET content = replace(content, 'A2 用款', 'A9 用款')", [2, 3]),
        ("UPDATE decision_view SET text = 'no facts' WHERE number = 2", [2]),
    ],
)
def test_what_was_changed_behind_the_house_is_seen(
    sign_in: SignIn, world: World, statement: str, intact: list[int]
) -> None:
    plan_id = at_the_office(world)
    reviewed(world, plan_id, "shen")
    session().rollback()
    with past_all_guards() as connection:
        run(connection, statement)
    session().rollback()
    assert [one.decision.number for one in told(plan_id) if not one.intact] == intact
    text = page(sign_in("shi"), f"/plans/{plan_id}/seen")
    assert f"有 {len(intact)} 项与决定不符" in text
    assert text.count("所见与决定不符") == len(intact)


def test_it_is_for_auditors_and_reviewers_of_the_plan(sign_in: SignIn, world: World) -> None:
    plan_id = at_the_office(world)
    address = f"/plans/{plan_id}/seen"
    for username, status in (("shi", 200), ("he", 200), ("fang", 200), ("qin", 404), ("zheng", 404), ("lin", 403)):
        page(sign_in(username), address, status)
    page(sign_in("ji"), address, 403)  # who keeps the log of the house sees no plans
    draft = drafted(world, ("A1", 10))
    page(sign_in("shi"), f"/plans/{draft}/seen", 404)
    assert address in page(sign_in("shi"), f"/plans/{plan_id}")
    assert address not in page(sign_in("lin"), f"/plans/{plan_id}")


def test_it_takes_the_same_queries_however_long_the_story_is(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    short, long = at_the_office(world), at_the_office(world)
    reviewed(world, long, "shen", "fang", "luo")
    shi = sign_in("shi")
    with count_queries() as few:
        page(shi, f"/plans/{short}/seen")
    with count_queries() as many:
        page(shi, f"/plans/{long}/seen")
    assert len(few) == len(many)
