"""Separation of duties over the whole chain by every route: refused at the act, left out when a desk opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.people import actions as people
from accounts.people.actions import PostDraft
from accounts.people.models import Account
from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.reviews import actions, asking, store
from approvals.reviews.ahead import ahead_of
from approvals.reviews.precheck import look
from approvals.reviews.rules import Act, TaskState
from approvals.reviews.traces import digest_of
from core.db import session, transaction
from core.errors import Refused
from tests.approvals.absences import (
    TODAY,
    act,
    desk,
    excluded,
    join,
    leave,
    lend,
    refused,
    second_account,
    secretary,
    why,
)
from tests.approvals.entering import entered
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, Path, appoint, publish
from tests.approvals.stories import filed, opinions, plan, reviewed, submitted
from tests.world import DIVISION, World

CHIEF = Path("股室负责人", Role.OFFICE_CHIEF, OFFICE.scope)


# Makers, 代编, and change of post in mid-flight.


def test_a_maker_who_got_the_reviewers_post_is_left_out_from_the_start(world: World) -> None:
    plan_id = filed(world, ("A1", 100))
    leave(world, "lin")
    people.grant_post("lin", PostDraft(Role.UNIT_HEAD, TODAY, unit_code="201003"), DIVISION, by=world.person("an"))
    publish(replace(UNIT, role=Role.UNIT_HEAD), OFFICE, TREASURY, APPROVAL)
    join(world, "xu", "许校长", Role.UNIT_HEAD, unit="201003")
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin2"))
    assert excluded(plan_id) == [("林晓敏", "填报、修改或送审过本计划")]
    assert "由您填报或送审" in refused(world, "lin", plan_id)
    assert act(world, "xu", plan_id) is Act.AGREE


def test_who_entered_for_a_unit_does_not_review_it_at_his_own_office(world: World) -> None:
    publish(OFFICE, TREASURY, APPROVAL, kind="entered")
    join(world, "ma", "马国栋", Role.OFFICE_REVIEWER, office="04")
    plan_id = entered(world, ("A1", 100), by="shen")
    actions.submit(plan_id, plan(plan_id).version, by=world.person("shen"))
    assert excluded(plan_id) == [("沈思远", "填报、修改或送审过本计划")]
    assert "由您填报或送审" in refused(world, "shen", plan_id)


def test_who_moved_to_a_later_desk_does_not_decide_there_again(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    leave(world, "shen")
    people.grant_post("shen", PostDraft(Role.TREASURY_REVIEWER, TODAY), DIVISION, by=world.person("an"))
    assert "同一人不能审核两次" in refused(world, "shen", plan_id)
    join(world, "ma", "马国栋", Role.OFFICE_REVIEWER, office="04")
    later = submitted(world, ("A2", 100))
    reviewed(world, later, "he", "ma")
    assert excluded(later) == []
    assert act(world, "shen", later) is Act.AGREE


def test_who_moved_between_two_steps_is_left_out_of_the_second(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    leave(world, "shen")
    people.grant_post("shen", PostDraft(Role.TREASURY_APPROVER, TODAY), DIVISION, by=world.person("an"))
    reviewed(world, plan_id, "fang")
    assert excluded(plan_id) == [("沈思远", "已在环节“业务股室初审”办理过本计划")]
    assert why(plan_id).names == "罗局"


# Two accounts of one person.


def test_the_second_account_of_a_maker_does_not_decide(world: World) -> None:
    with transaction() as work:
        work.get_one(Account, world.people["lin"]).phone = "0719-8650001"
    second_account(world, "lin3", "lin", Role.UNIT_AUDITOR, unit="201003")
    plan_id = submitted(world, ("A1", 100))
    assert excluded(plan_id) == [("林晓敏", "用另一账号填报、修改或送审过本计划")]
    said = refused(world, "lin3", plan_id)
    assert "由您填报或送审" in said
    assert "姓名和电话相同的另一账号视为同一人" in said


def test_the_second_account_of_a_reviewer_does_not_decide_at_the_next_step(world: World) -> None:
    second_account(world, "shen2", "shen", Role.TREASURY_REVIEWER)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert excluded(plan_id) == [("沈思远", "用另一账号已在环节“业务股室初审”办理过本计划")]
    assert "同一人不能审核两次" in refused(world, "shen2", plan_id)
    assert act(world, "fang", plan_id) is Act.AGREE


def test_two_accounts_are_one_voice_at_a_desk_of_several(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.SOME, needed=2), APPROVAL)
    second_account(world, "fang2", "fang", Role.TREASURY_REVIEWER)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert excluded(plan_id) == [("方芸", "与本环节另一账号为同一人（姓名、电话相同）")]
    act(world, "fang", plan_id)
    task = desk(plan_id)
    with pytest.raises(Refused, match="您已在本环节审核过"):
        actions.decide(task.id, opinions(task), "", digest_of(plan(plan_id)), by=world.person("fang2"))
    session().rollback()
    assert act(world, "jiao", plan_id) is Act.AGREE


def test_a_delegate_for_a_second_account_of_the_maker_does_not_decide(world: World) -> None:
    second_account(world, "he2", "lin", Role.UNIT_AUDITOR, unit="201003")
    lend(world, "he2", "zheng")
    plan_id = submitted(world, ("A1", 100))
    assert ("郑海（代林晓敏）", "委托人林晓敏用另一账号填报、修改或送审过本计划") in excluded(plan_id)
    assert "您受林晓敏委托办理，委托人与本人适用同样的限制" in refused(world, "zheng", plan_id)


# 加签 and 转办.


def test_who_was_consulted_and_answered_does_not_decide_at_a_later_step(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    task = desk(plan_id)
    asking.consult(task.id, world.people["fang"], "够不够？", blocking=True, by=world.person("shen"))
    asking.answer(task.id, "够", by=world.person("fang"))
    reviewed(world, plan_id, "shen")
    assert excluded(plan_id) == [("方芸", "已在环节“业务股室初审”办理过本计划")]
    assert "同一人不能审核两次" in refused(world, "fang", plan_id)
    assert act(world, "jiao", plan_id) is Act.AGREE


def test_nobody_is_consulted_who_made_the_plan_or_decided_on_it(world: World) -> None:
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    task = desk(plan_id)
    with pytest.raises(Refused, match=r"何雨桐.*已在环节“单位审核”办理过本计划"):
        asking.consult(task.id, world.people["he"], "够不够？", blocking=False, by=world.person("shen"))
    with pytest.raises(Refused, match="有审核权限"):
        asking.consult(task.id, world.people["lin"], "够不够？", blocking=False, by=world.person("shen"))


def test_who_was_asked_and_meanwhile_decided_elsewhere_does_not_answer(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 100))  # two offices look at it side by side
    reviewed(world, plan_id, "he")
    tasks = [one for one in store.tasks_of(plan_id, 1) if one.state is TaskState.OPEN]
    mine = next(one for one in tasks if one.office_id == world.offices["04"])
    asking.consult(mine.id, world.people["fang"], "够不够？", blocking=False, by=world.person("shen"))
    for username in ("shen", "qin", "fang"):
        reviewed(world, plan_id, username)
    with pytest.raises(Refused, match="已经结束或收回"):
        asking.answer(mine.id, "够", by=world.person("fang"))


def test_a_task_is_not_handed_to_who_had_a_part_and_counts_for_who_works_it(world: World) -> None:
    publish(UNIT, OFFICE, CHIEF, TREASURY, APPROVAL)
    appoint(world, "qin", Role.OFFICE_CHIEF, office="04")
    join(world, "ma", "马国栋", Role.OFFICE_CHIEF, office="04")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    task = desk(plan_id)
    with pytest.raises(Refused, match="何雨桐"):
        asking.hand_over(task.id, world.people["he"], "请代办", by=world.person("shen"))
    asking.hand_over(task.id, world.people["qin"], "请代办", by=world.person("shen"))
    assert act(world, "qin", plan_id) is Act.AGREE
    assert excluded(plan_id) == [("秦川", "已在环节“业务股室初审”办理过本计划")]
    assert "同一人不能审核两次" in refused(world, "qin", plan_id)


def test_nothing_is_handed_to_who_only_acts_for_others(world: World) -> None:
    secretary(world)
    lend(world, "qin", "su")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    with pytest.raises(Refused, match="请选择有审核权限的在职人员"):
        asking.hand_over(desk(plan_id).id, world.people["su"], "请代办", by=world.person("shen"))


def test_the_clerk_reads_before_submission_who_will_be_left_out(world: World) -> None:
    publish(UNIT, OFFICE, TREASURY, APPROVAL, kind="entered")
    join(world, "ma", "马国栋", Role.OFFICE_REVIEWER, office="04")
    join(world, "wu", "吴主任", Role.UNIT_AUDITOR, unit="201003")
    lend(world, "ma", "qin")
    plan_id = entered(world, ("A1", 100), by="shen")
    draft, by = plan(plan_id), world.person("shen")
    ready = look(draft, by)
    assert ready.chain is not None
    ahead = ahead_of(draft, ready.chain.steps, ready.way, ready.hands)
    office = next(one for one in ahead if one.step.name == "业务股室初审")
    assert office.reason.excluded == [["沈思远", "填报、修改或送审过本计划"]]
    assert office.reason.names == "马国栋、秦川（代马国栋）"
