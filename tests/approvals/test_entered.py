"""代编: finance enters a plan for a unit, the unit is told and may object, and nobody decides on what he entered."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from approvals.proof.comparing import differences as replayed
from approvals.reconciliation.store import differences, gathered
from approvals.reviews import actions, aside, store
from approvals.reviews.rules import Act
from budget.allotments.models import Allotment
from budget.ledger import store as ledger
from budget.plans.actions import save_plan, start_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind, PlanState, draft_of
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core import notices
from core.db import session
from core.errors import Missing, Refused
from core.money import Money
from tests.approvals.entering import HANDS, REASON, chief, entered, filed, hand_in
from tests.approvals.stories import drafted, plan, reviewed, submitted, task_of
from tests.budget.declaring import SignIn
from tests.world import DIVISION, World


def held(world: World, key: str = "A2") -> Money:
    return session().get_one(Allotment, world.allotments[key], populate_existing=True).held


def told(world: World, username: str) -> str:
    return "\n".join(one.text for one in notices.newest(world.people[username], 9))


def test_what_finance_enters_passes_its_own_chain_works(world: World) -> None:
    plan_id = filed(world, ("A2", 300), ("A3", 400))
    found = plan(plan_id)
    assert (found.number, found.entered, found.title) == ("DB-202612-0001", True, "2026年12月代编用款计划")
    assert store.decisions_of(plan_id)[0].step_name == "财政代编"
    assert "财政代编了2026年12月代编用款计划（DB-202612-0001）并已送审" in told(world, "lin")
    assert held(world) == Money.yuan(300)
    reviewed(world, plan_id, *HANDS)
    assert plan(plan_id).state is PlanState.APPROVED
    steps = [one.step_name for one in store.decisions_of(plan_id)]
    assert steps == ["财政代编", "股室审核（代编）", "国库复审", "国库批复"]
    assert [row.plan_number for row in ledger.of_plan(plan_id)] == ["DB-202612-0001"] * 2
    assert "已批复 700.00 元" in told(world, "lin")
    assert list(differences(DIVISION, gathered(DIVISION))) == []
    assert replayed() == []


def test_only_finance_enters_and_only_what_finance_enters(world: World) -> None:
    def start(username: str, kind: PlanKind, reason: str = REASON) -> UUID:
        by = world.person(username)
        return start_plan(world.units["201003"], 2026, 12, kind, reason, form_key=uuid4().hex, by=by)

    with pytest.raises(Missing):
        start("zhou", PlanKind.ENTERED)
    with pytest.raises(Missing):
        start("lin", PlanKind.ENTERED)
    with pytest.raises(Refused, match="月度计划由单位填报；财政代编请选择代编计划或调减计划"):
        start("shen", PlanKind.MONTHLY)
    with pytest.raises(Refused, match="代编计划须写明代编原因"):
        start("shen", PlanKind.ENTERED, " ")


def test_an_office_without_a_chief_is_named_at_submission(world: World) -> None:
    plan_id = entered(world, ("A2", 300))
    with pytest.raises(Refused, match=r"环节“股室审核（代编）”（教科文股）目前没有可以办理的人员"):
        hand_in(world, plan_id)
    assert plan(plan_id).state is PlanState.DRAFT
    assert held(world) == Money(0)


def test_whoever_entered_does_not_decide(world: World) -> None:
    chief(world)
    plan_id = entered(world, ("A2", 300))
    line = plan(plan_id).lines[0]
    correction = LineDraft(line.id, line.allotment_id, Money.yuan(200), line.purpose)
    save_plan(plan_id, PlanDraft((correction,), reason=REASON), plan(plan_id).version, by=world.person("fang"))
    with pytest.raises(Refused, match="环节“国库复审”目前没有可以办理的人员"):
        hand_in(world, plan_id)
    chief(world, "shen", "06")
    other = entered(world, ("A4", 100), by="qin")
    hand_in(world, other, by="qin")
    assert store.find_open_task(world.person("qin"), plan_id=other) is None
    assert task_of(world, "shen", other).step_name == "股室审核（代编）"


def test_the_unit_objects_and_finance_corrects_works(world: World) -> None:
    plan_id = filed(world, ("A2", 300), ("A3", 400))
    reviewed(world, plan_id, "qin")
    aside.object_to(plan_id, "办公费已由单位填报", by=world.person("lin"))
    found = plan(plan_id)
    assert (found.state, [line.returned for line in found.lines]) == (PlanState.RETURNED, [True, True])
    assert held(world) == Money(0)
    assert "单位提出异议，已退回代编人：办公费已由单位填报" in told(world, "shen")
    kept = found.lines[1]
    corrected = (LineDraft(kept.id, kept.allotment_id, Money.yuan(350), kept.purpose),)
    save_plan(plan_id, PlanDraft(corrected, reason=REASON), found.version, by=world.person("shen"))
    hand_in(world, plan_id)
    reviewed(world, plan_id, *HANDS)
    assert [row.approved for row in ledger.of_plan(plan_id)] == [Money.yuan(350)]
    assert replayed() == []


def test_finance_withdraws_or_voids_what_it_entered(world: World) -> None:
    plan_id = filed(world, ("A2", 300))
    actions.withdraw(plan_id, by=world.person("fang"))
    assert (plan(plan_id).state, held(world)) == (PlanState.DRAFT, Money(0))
    hand_in(world, plan_id)
    aside.object_to(plan_id, "不需要", by=world.person("lin"))
    aside.void_own(plan_id, "单位不需要", by=world.person("shen"))
    assert plan(plan_id).state is PlanState.VOID
    assert store.decisions_of(plan_id)[-1].step_name == "财政代编"


def test_an_objection_has_a_reason_and_comes_before_the_approval(world: World) -> None:
    plan_id = filed(world, ("A2", 300))
    with pytest.raises(Refused, match="异议须写明原因"):
        aside.object_to(plan_id, " ", by=world.person("lin"))
    with pytest.raises(Missing):
        aside.object_to(plan_id, "不对", by=world.person("zhou"))
    with pytest.raises(Missing):
        aside.object_to(plan_id, "不对", by=world.person("fang"))
    reviewed(world, plan_id, *HANDS)
    with pytest.raises(Refused, match="已批复，不能再提出异议；确有错误请联系国库批复岗撤销批复"):
        aside.object_to(plan_id, "不对", by=world.person("lin"))
    assert Act.OBJECT not in [one.act for one in store.decisions_of(plan_id)]


def test_a_plan_of_the_unit_itself_is_not_objected_to(world: World) -> None:
    plan_id = submitted(world, ("A2", 300))
    with pytest.raises(Refused, match="由本单位填报，需要修改请撤回"):
        aside.object_to(plan_id, "不对", by=world.person("lin"))


def test_the_unit_does_not_touch_what_finance_entered(world: World, sign_in: SignIn) -> None:
    chief(world)
    plan_id = entered(world, ("A2", 300))
    assert sign_in("lin").get(f"/plans/{plan_id}").status_code == 404, "a draft of finance is nobody else's"
    hand_in(world, plan_id)
    with pytest.raises(Missing):
        actions.withdraw(plan_id, by=world.person("lin"))
    with pytest.raises(Missing):
        hand_in(world, plan_id, "lin")
    assert sign_in("lin").get(f"/plans/{plan_id}/edit").status_code == 404
    own = drafted(world, ("A2", 100))
    assert sign_in("shen").get(f"/plans/{own}/edit").status_code == 404, "nor does finance write the unit's own"


def test_the_reason_is_not_lost_on_the_way_to_the_desks(world: World) -> None:
    chief(world)
    plan_id = entered(world, ("A2", 300))
    stored = plan(plan_id)
    lines = tuple(LineDraft(one.id, one.allotment_id, one.applied, one.purpose) for one in stored.lines)
    save_plan(plan_id, PlanDraft(lines, reason=" "), stored.version, by=world.person("shen"))
    with pytest.raises(Refused, match="代编计划须写明代编原因"):
        hand_in(world, plan_id)


def test_finance_enters_a_reduction_and_the_unit_may_object(world: World) -> None:
    source = submitted(world, ("A2", 300))
    reviewed(world, source, "he", "shen", "fang", "luo")
    by = world.person("qin")
    plan_id = start_plan(
        world.units["201003"], 2026, 12, PlanKind.REDUCTION, "不再支付", form_key=uuid4().hex, by=by
    )  # fmt: skip
    save_minus(plan_id, [Taking(plan(source).lines[0].id, Money.yuan(100))], "不再支付", 1, by=by)
    hand_in(world, plan_id, "qin")
    assert "财政代编了2026年12月调减用款计划（TJ-202612-0001）并已送审" in told(world, "lin")
    aside.object_to(plan_id, "还要支付", by=world.person("lin"))
    assert plan(plan_id).state is PlanState.RETURNED
    hand_in(world, plan_id, "qin")
    reviewed(world, plan_id, "fang", "luo")
    assert [row.approved for row in ledger.of_plan(plan_id)] == [-Money.yuan(100)]
    assert replayed() == []


def test_a_plan_that_is_withdrawn_after_an_objection_is_returned_again(world: World) -> None:
    plan_id = filed(world, ("A2", 300), ("A3", 400))
    aside.object_to(plan_id, "不是我单位申请的", by=world.person("he"))
    draft = [replace(draft_of(line), purpose="改过的用途") for line in plan(plan_id).lines]
    save_plan(plan_id, PlanDraft(tuple(draft), reason=REASON), plan(plan_id).version, by=world.person("shen"))
    hand_in(world, plan_id)
    actions.withdraw(plan_id, by=world.person("shen"))
    found = plan(plan_id)
    assert (found.state, [line.returned for line in found.lines]) == (PlanState.RETURNED, [True, True])
    assert replayed() == []
