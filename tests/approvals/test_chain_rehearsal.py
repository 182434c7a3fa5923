"""试看 and 演练: a draft tried on one plan, and on a month of plans, before it is put into force."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from flask.testing import FlaskClient

from accounts.people.models import Post
from accounts.people.rules import SYSTEM, Role
from approvals.chains import actions, store
from approvals.chains.conditions import Condition
from approvals.chains.drafts import SEATS, ChainDraft, StepDraft
from approvals.chains.rules import AmountField, StepMode
from approvals.rehearsal.playing import Rehearsal, rehearse
from budget.allotments.rules import SpendingKind
from budget.plans.kinds import PlanKind
from core import clock
from core.db import session, transaction
from core.money import Money
from tests.approvals import browsing
from tests.approvals.chaining import appointed
from tests.approvals.stories import plan, submitted
from tests.world import CHAINS, DIVISION, NOW, World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
USUAL: Final = CHAINS[0].draft
UNIT, OFFICE, TREASURY, APPROVAL = USUAL.steps
LARGE: Final = Condition(line_from=1_000_000, rolling_from=1_000_000)
LEADER: Final = StepDraft(
    "分管局长审核", Role.DEPUTY_DIRECTOR, SEATS[Role.DEPUTY_DIRECTOR], AmountField.APPROVED, condition=LARGE
)  # fmt: skip
CHIEF: Final = StepDraft(
    "股室负责人审核", Role.OFFICE_CHIEF, SEATS[Role.OFFICE_CHIEF], AmountField.SUGGESTED,
    condition=Condition(spending=SpendingKind.PROJECT.value),
)  # fmt: skip


def drafted(*steps: StepDraft, kind: PlanKind = PlanKind.MONTHLY) -> int:
    """A draft with these steps; its id."""
    chain_id = actions.start_draft(DIVISION, kind, None, by=SYSTEM)
    actions.save_draft(
        chain_id,
        DIVISION,
        ChainDraft("月度用款计划" if kind is PlanKind.MONTHLY else "追加用款计划", steps),
        1,
        by=SYSTEM,
    )
    return chain_id


def played(chain_id: int, *kinds: PlanKind) -> Rehearsal:
    chain = store.get_own(chain_id, DIVISION)
    current = store.find_published(DIVISION, chain.plan_kind)
    session().expire_all()
    return rehearse(chain, current, 2026, 12, kinds or (PlanKind.MONTHLY,))


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """The words of a page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browsing.page(client, path, status)))


# 试看


def test_a_draft_is_tried_on_one_plan_works(sign_in: SignIn, world: World) -> None:
    number = plan(submitted(world, ("A1", 20_000), ("A3", 500))).number
    appointed("唐局", Role.DEPUTY_DIRECTOR)
    chain_id = drafted(UNIT, OFFICE, LEADER, TREASURY, APPROVAL)
    xi = sign_in("xi")
    assert number in page(xi, f"/chains/{chain_id}/preview")
    text = page(xi, f"/chains/{chain_id}/preview?plan={number}")
    now, new = text.split("本版本：第 2 版")
    assert "分管局长审核" not in now
    assert "分管局长审核 20,000.00 唐局" in new
    assert "何雨桐" in now.split("启用中：第 1 版")[1]
    assert plan(submitted(world, ("A1", 5))).chain_id == 1  # nothing was put into force


def test_a_step_that_is_passed_over_says_why(sign_in: SignIn, world: World) -> None:
    number = plan(submitted(world, ("A1", 200))).number
    chain_id = drafted(LEADER, APPROVAL)
    text = page(sign_in("xi"), f"/chains/{chain_id}/preview?plan={number}")
    assert "不经过 没有符合条件的行：单行金额和同一指标、同一收款人 30 天内累计金额 200.00 元不到 10,000.00 元" in text


def test_a_desk_without_people_is_seen_before_it_hurts(sign_in: SignIn, world: World) -> None:
    number = plan(submitted(world, ("A1", 20_000))).number
    chain_id = drafted(LEADER, APPROVAL)
    xi = sign_in("xi")
    assert "没有可以办理的人员" in page(xi, f"/chains/{chain_id}/preview?plan={number}")
    assert "财政局没有人担任分管局长岗，走到这个环节的计划不能送审" in page(xi, f"/chains/{chain_id}/publish")
    assert "增加 分管局长审核 无人可办" in page(xi, f"/chains/{chain_id}/rehearsal")


def test_an_unknown_plan_and_an_empty_chain_are_said(sign_in: SignIn, world: World) -> None:
    number = plan(submitted(world, ("A1", 200))).number
    chain_id = drafted()
    xi = sign_in("xi")
    assert "没有单号为“YK-1”的计划" in page(xi, f"/chains/{chain_id}/preview?plan=YK-1", 404)
    assert "这个版本还没有环节。" in page(xi, f"/chains/{chain_id}/preview?plan={number}")


def test_a_plan_of_another_kind_is_tried_with_a_word(sign_in: SignIn, world: World) -> None:
    number = plan(submitted(world, ("A1", 200))).number
    chain_id = drafted(APPROVAL, kind=PlanKind.SUPPLEMENT)
    assert "月度计划平时不按这个流程审核" in page(sign_in("xi"), f"/chains/{chain_id}/preview?plan={number}")


# 演练: a month of plans


def a_month(world: World) -> None:
    """Six plans: small and large, 基本 and 项目, one payment split in two, and the water bureau's."""
    plans = (("A1", 200), ("A2", 300)), (("A1", 20_000),), (("A3", 1_500),), (("A2", 6_000),), (("A2", 5_000),)
    for number, lines in enumerate(plans):
        with clock.stopped(NOW + timedelta(minutes=number)):
            submitted(world, *lines)
    submitted(world, ("B1", 400), clerk="zhou", unit="301001")


def test_a_month_is_played_against_a_draft_works(sign_in: SignIn, world: World) -> None:
    a_month(world)
    appointed("唐局", Role.DEPUTY_DIRECTOR)
    appointed("余股长", Role.OFFICE_CHIEF, world.offices["04"])
    chain_id = drafted(UNIT, OFFICE, CHIEF, LEADER, replace(APPROVAL, mode=StepMode.ALL))
    found = played(chain_id)
    assert (found.whole.plans, found.whole.lines, found.whole.amount) == (6, 7, Money.yuan(33_400))
    assert (found.changed.plans, found.changed.lines) == (6, 7)  # the treasury's first look is gone for all
    steps = {one.name: (one.before.plans, one.before.lines, one.after.plans, one.after.lines) for one in found.steps}
    assert steps == {
        "单位审核": (6, 7, 6, 7),
        "业务股室初审": (6, 7, 6, 7),
        "股室负责人审核": (0, 0, 1, 1),
        "分管局长审核": (0, 0, 2, 2),
        "国库批复": (6, 7, 6, 7),
        "国库复审": (6, 7, 0, 0),
    }
    sums = {one.name: str(one.after.amount) for one in found.steps}
    assert (sums["股室负责人审核"], sums["分管局长审核"]) == ("1,500.00", "25,000.00")
    text = page(sign_in("xi"), f"/chains/{chain_id}/rehearsal?month=2026-12")
    assert "增加 分管局长审核 唐局 1 行 5,000.00 元" in text
    assert "增加 股室负责人审核 （教科文股） 余股长 1 行 1,500.00 元" in text
    assert "不再 国库复审 方芸 2 行 500.00 元" in text


def test_only_plans_that_would_fare_otherwise_are_listed(world: World) -> None:
    a_month(world)
    appointed("唐局", Role.DEPUTY_DIRECTOR)
    found = played(drafted(UNIT, OFFICE, TREASURY, LEADER, APPROVAL))
    assert [(str(row.added[0].share.amount), row.added[0].people, row.dropped) for row in found.rows] == [
        ("20,000.00", "唐局", []), ("5,000.00", "唐局", []),
    ]  # fmt: skip


def test_a_payment_that_was_split_is_large_all_the_same(world: World) -> None:
    a_month(world)
    appointed("唐局", Role.DEPUTY_DIRECTOR)
    alone = replace(LEADER, condition=Condition(line_from=1_000_000))
    assert len(played(drafted(UNIT, OFFICE, TREASURY, alone, APPROVAL)).rows) == 1


@pytest.mark.parametrize(
    "steps", [(UNIT, OFFICE, TREASURY, APPROVAL), (replace(UNIT, name="单位先审", time_limit_days=9), *USUAL.steps[1:])]
)
def test_another_name_or_limit_is_no_other_way(world: World, steps: tuple[StepDraft, ...]) -> None:
    a_month(world)
    found = played(drafted(*steps))
    assert (found.changed.plans, found.rows) == (0, [])


def test_another_order_is_another_way(world: World) -> None:
    submitted(world, ("A1", 200))
    found = played(drafted(OFFICE, UNIT, TREASURY, APPROVAL))
    assert [(len(row.added), len(row.dropped)) for row in found.rows] == [(0, 0)]


def test_whoever_made_the_plan_is_not_counted_at_a_desk(world: World) -> None:
    submitted(world, ("A1", 200))
    with transaction() as work:
        work.add(
            Post(
                role=Role.OFFICE_CHIEF,
                office_id=world.offices["04"],
                starts_on=date(2026, 1, 1),
                person_id=world.people["lin"],
            )
        )
    chief = replace(CHIEF, condition=Condition())
    found = played(drafted(UNIT, OFFICE, chief, TREASURY, APPROVAL))
    assert [(one.step, one.people) for one in found.rows[0].added] == [("股室负责人审核", "")]


def test_without_plans_there_is_nothing_to_rehearse(sign_in: SignIn) -> None:
    text = page(sign_in("xi"), f"/chains/{drafted(APPROVAL)}/rehearsal")
    assert "还没有送审过的计划可以演练。" in text


@pytest.mark.parametrize("month", ["2026-11", "2026-13", "nonsense", ""])
def test_a_month_without_plans_shows_the_newest_that_has_some(sign_in: SignIn, world: World, month: str) -> None:
    submitted(world, ("A1", 200))
    assert "用 2026年12月送审过的计划" in page(sign_in("xi"), f"/chains/1/rehearsal?month={month}")


def test_a_rehearsal_writes_nothing(sign_in: SignIn, world: World) -> None:
    kept = submitted(world, ("A1", 20_000))
    before = (plan(kept).version, plan(kept).step_no)
    chain_id = drafted(LEADER, APPROVAL)
    page(sign_in("xi"), f"/chains/{chain_id}/rehearsal")
    assert (plan(kept).version, plan(kept).step_no) == before
    assert store.get_own(chain_id, DIVISION).published_at is None


# How many queries


def test_the_number_of_queries_does_not_depend_on_the_plans(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    submitted(world, ("A1", 200), ("A4", 20_000))
    submitted(world, ("B1", 400), clerk="zhou", unit="301001")
    chain_id = drafted(UNIT, OFFICE, CHIEF, LEADER, TREASURY, APPROVAL)
    xi = sign_in("xi")
    page(xi, f"/chains/{chain_id}/rehearsal")
    with count_queries() as few:
        page(xi, f"/chains/{chain_id}/rehearsal")
    a_month(world)
    with count_queries() as many:
        page(xi, f"/chains/{chain_id}/rehearsal")
    assert len(many) == len(few)
    assert len(many) < 25
