"""What may be put into force, what is only worth a look, and how steps are told; on plain values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.people.rules import Role
from approvals.chains.conditions import Condition
from approvals.chains.defaults import SHORT_LIMIT, defaults
from approvals.chains.drafts import MOST_STEPS, SEATS, ChainDraft, StepDraft, faults, for_kind, hints
from approvals.chains.rules import AmountField, OnLimit, StepMode, StepScope
from budget.plans.kinds import PlanKind
from tests.world import CHAINS

USUAL = CHAINS[0].draft
UNIT, OFFICE, TREASURY, APPROVAL = USUAL.steps
LEADER = StepDraft("分管局长审核", Role.DEPUTY_DIRECTOR, StepScope.BUREAU, condition=Condition(line_from=10_000_000))


def found(*steps: StepDraft, kind: PlanKind = PlanKind.MONTHLY) -> list[str]:
    return faults(kind, ChainDraft("月度用款计划", steps))


def test_every_default_chain_may_be_put_into_force_works() -> None:
    assert [faults(one.plan_kind, one.draft) for one in (*defaults(), *CHAINS)] == [[]] * 7
    assert [hints(one.draft) for one in defaults()] == [[]] * 4


def test_the_treasury_approves_every_line_last_by_default() -> None:
    for one in defaults():
        last = one.draft.steps[-1]
        assert (last.role, last.condition) == (Role.TREASURY_APPROVER, Condition())


def test_guaranteed_lines_meet_no_leader_and_short_limits_only_by_default() -> None:
    for one in defaults()[:2]:
        met = [step for step in one.draft.steps if step.condition.guaranteed is not False]
        assert [step.role for step in met] == [
            Role.UNIT_AUDITOR, Role.OFFICE_REVIEWER, Role.TREASURY_REVIEWER, Role.TREASURY_APPROVER,
        ]  # fmt: skip
        assert {step.time_limit_days for step in met} == {SHORT_LIMIT}


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ((), "审批流程至少要有一个环节"),
        ((UNIT, UNIT, APPROVAL), "有 2 个环节都叫“单位审核”"),
        (
            (UNIT, LEADER),
            "最后一个环节“分管局长审核”须能批复所有行，不能带条件（现在只审核：单行金额满 100,000.00 元）",
        ),
        ((OFFICE, UNIT), "最后一个环节“单位审核”是批复，须由财政的岗位办理"),
        ((TREASURY, OFFICE, APPROVAL), "环节“业务股室初审”形成建议数，却排在形成核批数的“国库复审”之后"),
        ((replace(OFFICE, mode=StepMode.SOME, needed=1), APPROVAL), "若干人会签至少要 2 人"),
        ((replace(OFFICE, on_limit=OnLimit.ESCALATE), APPROVAL), "到期上报须选择上报给哪个岗位"),
        (
            (replace(OFFICE, on_limit=OnLimit.ESCALATE, escalate_to=Role.OFFICE_REVIEWER), APPROVAL),
            "到期不能上报给本环节自己的岗位",
        ),
        ((replace(OFFICE, time_limit_days=0), APPROVAL), "时限须在 1 至 60 个工作日之间"),
        ((replace(OFFICE, scope=StepScope.BUREAU), APPROVAL), "股室初审岗不能在“财政局”审核"),
        ((replace(OFFICE, role=Role.UNIT_CLERK, scope=StepScope.UNIT), APPROVAL), "单位经办岗不能在“本单位”审核"),
        ((replace(OFFICE, condition=Condition(funds=frozenset({"一般"}))), APPROVAL), "“一般”不是代码"),
        ((*(replace(UNIT, name=f"环节{n}") for n in range(MOST_STEPS)), APPROVAL), "最多 20 个环节，现有 21 个"),
    ],
)
def test_what_may_not_be_put_into_force(steps: tuple[StepDraft, ...], sentence: str) -> None:
    said = found(*steps)
    assert len(said) == 1
    assert sentence in said[0]


def test_a_condition_on_kinds_that_never_come_is_a_fault() -> None:
    step = replace(OFFICE, condition=Condition(kinds=frozenset({"reduction"})))
    assert found(step, APPROVAL) == []
    assert "永远不会审核任何行" in found(step, APPROVAL, kind=PlanKind.SUPPLEMENT)[0]


def test_a_copy_for_another_kind_takes_what_that_kind_would_meet() -> None:
    other, both = (
        replace(LEADER, name=kinds, condition=Condition(kinds=frozenset(kinds.split()), line_from=100))
        for kinds in ("monthly", "monthly supplement")
    )
    copied = for_kind(PlanKind.SUPPLEMENT, ChainDraft("月度用款计划", (UNIT, other, both, APPROVAL)))
    assert copied.steps == (UNIT, replace(both, condition=Condition(line_from=100)), APPROVAL)


def test_every_fault_is_said_at_once() -> None:
    assert len(found(TREASURY, replace(OFFICE, mode=StepMode.SOME, needed=0), replace(LEADER, time_limit_days=90))) == 4


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (replace(LEADER, condition=Condition(line_from=1_000)), "看一看是不是按万元填的"),
        (replace(LEADER, condition=Condition(line_from=900_000, plan_from=800_000)), "单行金额的门槛不起作用"),
        (replace(LEADER, mode=StepMode.ALL), "有一人不在岗就会停下来"),
        (replace(LEADER, role=Role.TREASURY_APPROVER), "国库批复岗出现在 2 个环节"),
    ],
)
def test_what_is_worth_a_second_look(step: StepDraft, sentence: str) -> None:
    draft = ChainDraft("月度用款计划", (step, APPROVAL))
    assert faults(PlanKind.MONTHLY, draft) == []
    assert sentence in hints(draft)[0]


def test_a_step_is_told_as_a_sentence() -> None:
    step = replace(
        LEADER, mode=StepMode.SOME, needed=2, amount_field=AmountField.APPROVED, may_hold=False, time_limit_days=2,
        on_limit=OnLimit.ESCALATE, escalate_to=Role.DIRECTOR, second_factor=True,
    )  # fmt: skip
    assert step.said == (
        "财政局 分管局长岗，至少 2 人会签，只审核符合条件的行：单行金额满 100,000.00 元。"
        "可核减，形成核批数；可退回；不可挂起；2 个工作日内办理，到期上报局长；办理前须输入动态口令。"
    )
    assert (
        UNIT.said == "本单位 单位审核岗，任一人审核，审核所有行。不核减；可退回；可挂起；1 个工作日内办理，到期催办。"
    )


def test_every_post_that_may_decide_has_its_place() -> None:
    assert {role.place.value for role in SEATS} == {"unit", "office", "bureau"}
    assert Role.UNIT_CLERK not in SEATS
