"""Who acts for another: named with him everywhere, bound by what binds either of them, and no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.people.rules import Role
from approvals.chains.rules import StepMode
from approvals.reviews import actions, aside, asking, store
from approvals.reviews.rules import Act
from approvals.reviews.story import story_of
from budget.ledger.store import of_plan
from budget.plans.rules import PlanState
from core.errors import Refused
from tests.approvals.absences import (
    TODAY,
    act,
    desk,
    excluded,
    join,
    lend,
    refused,
    secretary,
    waiting,
    why,
)
from tests.approvals.entering import entered
from tests.approvals.paths import APPROVAL, OFFICE, TREASURY, UNIT, Path, appoint, publish
from tests.approvals.stories import plan, reviewed, submitted
from tests.world import World

CHIEF = Path("股室负责人", Role.OFFICE_CHIEF, OFFICE.scope)


def test_a_delegate_acts_and_is_named_with_the_absent_everywhere(world: World) -> None:
    lend(world, "shen", "qin")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    assert why(plan_id).names == "沈思远、秦川（代沈思远）"
    assert waiting(world, "qin") == [plan_id]
    assert act(world, "qin", plan_id) is Act.AGREE
    last = store.decisions_of(plan_id)[-1]
    assert (last.person_name, last.behalf_id, last.signature) == ("秦川", world.people["shen"], "秦川（代沈思远）")
    assert store.opinions_of(plan_id)[-1][0].behalf_id == world.people["shen"]
    story = story_of(plan(plan_id))
    assert next(told.who for told in story.timeline if told.kind == "") == "秦川（代沈思远）"


def test_the_ledger_is_signed_for_the_absent_approver(world: World) -> None:
    secretary(world)
    lend(world, "luo", "su")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen", "fang")
    assert act(world, "su", plan_id) is Act.APPROVE
    assert plan(plan_id).state is PlanState.APPROVED
    assert [entry.approved_by for entry in of_plan(plan_id)] == ["苏秘书（代罗局）"]


def test_voiding_and_cancelling_are_not_delegated(world: World) -> None:
    secretary(world)
    lend(world, "luo", "su")
    waits, approved = submitted(world, ("A1", 100)), submitted(world, ("A2", 100))
    reviewed(world, approved, "he", "shen", "fang", "luo")
    by = world.person("su")
    sentence = "作废和撤销批复须由国库批复岗本人办理，委托不包括这两项；请联系罗局"
    with pytest.raises(Refused, match=sentence):
        aside.void_filed(waits, "重复", by=by)
    with pytest.raises(Refused, match=sentence):
        aside.cancel(approved, "有误", by=by)
    aside.suspend(desk(waits).id, "等文件", TODAY + timedelta(days=3), by=world.person("he"))


def test_a_delegate_of_a_maker_does_not_decide(world: World) -> None:
    appoint(world, "jiao", Role.OFFICE_CHIEF, office="06")
    publish(CHIEF, TREASURY, APPROVAL, kind="entered")
    join(world, "ma", "马国栋", Role.OFFICE_CHIEF, office="04")
    appoint(world, "shen", Role.OFFICE_CHIEF, office="04")
    lend(world, "shen", "qin")
    plan_id = entered(world, ("A1", 100), by="shen")
    actions.submit(plan_id, plan(plan_id).version, by=world.person("shen"))
    assert ("秦川（代沈思远）", "委托人沈思远填报、修改或送审过本计划") in excluded(plan_id)
    assert ("沈思远", "填报、修改或送审过本计划") in excluded(plan_id)
    assert why(plan_id).names == "马国栋"
    assert "您受沈思远委托办理，委托人与本人适用同样的限制：这份计划由您填报或送审" in refused(world, "qin", plan_id)


def test_who_decided_himself_does_not_decide_again_for_another(world: World) -> None:
    publish(UNIT, OFFICE, CHIEF, TREASURY, APPROVAL)
    join(world, "ma", "马国栋", Role.OFFICE_CHIEF, office="04")
    lend(world, "ma", "shen")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert ("沈思远（代马国栋）", "已在环节“业务股室初审”办理过本计划") in excluded(plan_id)
    assert "您已在前面的环节审核过这份计划" in refused(world, "shen", plan_id)


def test_whoever_had_another_decide_for_him_does_not_decide_himself_later(world: World) -> None:
    publish(UNIT, OFFICE, CHIEF, TREASURY, APPROVAL)
    appoint(world, "shen", Role.OFFICE_CHIEF, office="04")
    join(world, "ma", "马国栋", Role.OFFICE_CHIEF, office="04")
    lend(world, "shen", "qin")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "qin")
    assert ("沈思远", "已在环节“业务股室初审”办理过本计划") in excluded(plan_id)
    assert ("秦川（代沈思远）", "已在环节“业务股室初审”办理过本计划") in excluded(plan_id)
    for username in ("shen", "qin"):
        assert "同一人不能审核两次" in refused(world, username, plan_id)
    assert act(world, "ma", plan_id) is Act.AGREE


def test_a_delegate_of_a_delegate_has_nothing(world: World) -> None:
    join(world, "ma", "马国栋", Role.OFFICE_CHIEF, office="01")
    lend(world, "shen", "qin")
    lend(world, "qin", "ma")  # 秦川's own post, and no more
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    assert why(plan_id).names == "沈思远、秦川（代沈思远）"
    assert waiting(world, "ma") == []
    assert [post.label for post in world.person("ma").posts] == ["预算股 股室负责人", "农业农村股 股室初审（代秦川）"]
    task = desk(plan_id)
    with pytest.raises(Refused, match="您受沈思远委托办理，受托的事项不能再转给别人"):
        asking.hand_over(task.id, world.people["ma"], "请代办", by=world.person("qin"))


def test_at_a_desk_of_several_the_absent_and_his_delegate_are_one_voice(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.ALL), APPROVAL)
    secretary(world)
    lend(world, "fang", "su")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert desk(plan_id).needed == 2
    assert act(world, "su", plan_id) is Act.AGREE
    assert plan(plan_id).step_no == 3
    assert "您已在本环节审核过" in refused(world, "fang", plan_id)
    assert act(world, "jiao", plan_id) is Act.AGREE
    assert plan(plan_id).step_no == 4


def test_a_turn_is_taken_for_the_absent(world: World) -> None:
    appoint(world, "jiao", Role.TREASURY_REVIEWER)
    publish(UNIT, OFFICE, replace(TREASURY, mode=StepMode.IN_ORDER), APPROVAL)
    secretary(world)
    lend(world, "jiao", "su")
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he", "shen")
    assert desk(plan_id).handed_to == world.people["jiao"]
    assert waiting(world, "fang") == []
    assert waiting(world, "su") == [plan_id]
    assert act(world, "su", plan_id) is Act.AGREE
    assert desk(plan_id).handed_to == world.people["fang"]
    assert act(world, "fang", plan_id) is Act.AGREE
