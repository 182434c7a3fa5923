"""Alarms: the last person who may act becomes one who may not, by whatever way; the administrators hear at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from flask.testing import FlaskClient

from accounts.delegations.actions import DelegationDraft, delegate, revoke
from accounts.people import actions as people
from accounts.people.actions import PostDraft
from accounts.people.models import Delegation
from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.desks import store as desks
from core import clock
from core.db import session
from tests.approvals.absences import (
    TODAY,
    YESTERDAY,
    account_of,
    act,
    alarms,
    join,
    lend,
    newcomer,
    secretary,
    told,
)
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, appoint, publish
from tests.approvals.stories import plan, reviewed, submitted
from tests.approvals.test_people_moved import run_jobs
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]


def unmanned() -> list[str]:
    return [one.plan.number for one in desks.unmanned_page(clock.today(), 1).items]


def test_the_last_delegate_lost_raises_an_alarm_within_the_minute(world: World) -> None:
    secretary(world)
    lend(world, "shen", "su")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    people.end_post(account_of("shen").posts[0].id, YESTERDAY, 1, by=world.person("an"))
    run_jobs()  # with the post, what was lent of it is gone
    assert unmanned() == [plan(plan_id).number]
    assert len(alarms(world)) == 1
    assert told(world, "xi")[0] == alarms(world)[0]


def test_revoking_the_only_eligible_delegate_raises_an_alarm(world: World) -> None:
    secretary(world)
    plan_id = submitted(world, ("A1", 100))
    join(world, "ma", "马国栋", Role.UNIT_AUDITOR, unit="201003")
    delegate(DelegationDraft("su", None, TODAY, TODAY, "休假"), by=world.person("ma"))
    people.end_post(account_of("he").posts[0].id, YESTERDAY, 1, by=world.person("an"))
    run_jobs()
    assert alarms(world) == []
    people.deactivate(world.people["ma"], by=world.person("xi"))
    run_jobs()
    assert "环节“单位审核”" in alarms(world)[0]
    assert unmanned() == [plan(plan_id).number]


def test_an_expired_delegation_is_noticed_at_midnight(world: World) -> None:
    secretary(world)
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.SOME, needed=2), APPROVAL)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    made = delegate(DelegationDraft("su", None, TODAY, TODAY, "休假"), by=world.person("jiao"))
    run_jobs()
    assert alarms(world) == []
    assert session().get_one(Delegation, made).ends_on == TODAY
    with clock.stopped(clock.at(2026, 11, 21, 0, 1)):
        run_jobs()  # 焦主任 still holds the post himself: nothing is missing
        assert unmanned() == []


def test_a_delegate_counts_for_a_desk_and_a_barred_one_does_not(world: World) -> None:
    secretary(world)
    plan_id = submitted(world, ("A1", 100))
    lend(world, "he", "su")
    assert unmanned() == []
    assert [one.plan.id for one in desks.only_for(world.people["he"], TODAY, 9)] == [plan_id]
    join(world, "wu", "吴主任", Role.UNIT_AUDITOR, unit="201003")
    assert desks.only_for(world.people["he"], TODAY, 9) == []
    revoke(1, 1, by=world.person("he"))
    assert unmanned() == []


def test_a_desk_of_several_that_can_no_longer_be_finished_is_told(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.ALL), APPROVAL)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen", "fang")
    assert unmanned() == []  # one has spoken, one is there
    people.deactivate(world.people["jiao"], by=world.person("xi"))
    run_jobs()
    assert unmanned() == [plan(plan_id).number]
    newcomer(world)
    people.grant_post("ma", PostDraft(Role.TREASURY_REVIEWER, TODAY), DIVISION, by=world.person("an"))
    assert unmanned() == []
    act(world, "ma", plan_id)
    assert plan(plan_id).step_no == 4


def test_the_pages_ask_the_same_whatever_waits(
    world: World, sign_in: SignIn, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    an, address = sign_in("an"), f"/leavers/{world.people['shen']}"
    counts = []
    for _ in range(2):
        for path in (address, "/leavers"):
            with count_queries() as queries:
                assert an.get(path).status_code == 200
            counts.append(len(queries))
        if len(counts) == 2:
            for key in ("A1", "A2", "A3"):
                reviewed(world, submitted(world, (key, 100)), "he")
    assert counts[:2] == counts[2:]
