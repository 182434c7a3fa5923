"""Permits: granting, telling the clerks, filing under one, revoking; and moving a late draft to the next month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from accounts.people.rules import SYSTEM
from approvals.reviews import actions as reviews
from budget.plans import late
from budget.plans.actions import start_plan
from budget.plans.models import Plan, PlanLine
from budget.plans.moving import move_to_next_month
from budget.plans.rules import PlanKind, PlanState
from budget.windows import permitting, store
from budget.windows.actions import save_window
from budget.windows.models import FilingWindow
from budget.windows.permitting import Wish
from budget.windows.rules import PermitKind
from core import clock, history, notices
from core.db import session, transaction
from core.errors import Conflict, Overtaken, Refused
from tests.approvals.stories import drafted, filed
from tests.world import DIVISION, World

SignIn = Callable[[str], FlaskClient]
AFTER = clock.at(2026, 11, 26, 9, 0)
UNTIL = clock.at(2026, 11, 27, 17, 0)
WISH = Wish("201003", 2026, 12, PermitKind.LATE, "会计系统故障", UNTIL)
FORM = {
    "unit_code": "201003", "kind": "late", "year": "2026", "month": "12", "valid_until": "2026-11-27T17:00",
    "reason": "会计系统故障",
}  # fmt: skip


def plan_of(plan_id: UUID) -> Plan:
    return session().get_one(Plan, plan_id, populate_existing=True)


# Granting


def test_granting_works_and_the_clerks_are_told(sign_in: SignIn, world: World) -> None:
    treasury = sign_in("fang")
    assert "还没有准予过例外" in treasury.get("/permits").text
    answer = treasury.post("/permits/new", data=FORM)
    assert (answer.status_code, answer.location) == (302, "/permits?year=2026")
    permit = store.find_permit(world.units["201003"], 2026, 12, PermitKind.LATE)
    assert permit is not None
    assert (permit.valid_until, permit.granted_by, permit.version) == (UNTIL, world.people["fang"], 1)
    event = history.of("permit", permit.id)[0]
    assert event.summary == "准予区实验小学2026年12月计划延期申报，有效至 2026年11月27日 17:00：会计系统故障"
    for clerk in ("lin", "lin2"):
        told = notices.newest(world.people[clerk])[0]
        assert "财政已准予贵单位2026年12月计划延期申报" in told.text
        assert told.link == "/plans?year=2026&month=12"
    assert notices.newest(world.people["zhou"]) == []
    page = treasury.get("/permits").text
    assert "区实验小学" in page
    assert "有效" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("unit_code", "201", "没有启用的末级单位“201”"),
        ("unit_code", "", "请填写单位代码"),
        ("reason", " ", "请写明原因"),
        ("valid_until", "2026-11-19T17:00", "有效期须晚于现在"),
        ("valid_until", "", "请填写有效期"),
        ("month", "13", "没有 2026 年 13 月"),
        ("kind", "gift", "不是有效的选择"),
    ],
)
def test_a_wrong_permit_is_refused(sign_in: SignIn, field: str, value: str, said: str) -> None:
    answer = sign_in("fang").post("/permits/new", data={**FORM, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert store.permits_page(DIVISION, 2026, 1).total == 0


def test_a_supplement_is_permitted_until_the_last_declaration_only(world: World) -> None:
    by = world.person("luo")
    late_wish = replace(WISH, kind=PermitKind.SUPPLEMENT, valid_until=clock.at(2026, 12, 25))
    with pytest.raises(Refused, match="2026年追加计划最迟 12月21日 17:00 申报"):
        permitting.grant_permit(DIVISION, late_wish, by=by)
    permitting.grant_permit(DIVISION, replace(late_wish, valid_until=clock.at(2026, 12, 18)), by=by)


def test_the_same_permit_twice_is_refused_and_a_longer_one_is_not(world: World) -> None:
    by = world.person("luo")
    permitting.grant_permit(DIVISION, WISH, by=by)
    with pytest.raises(Refused, match="已有同样的例外"):
        permitting.grant_permit(DIVISION, WISH, by=by)
    permitting.grant_permit(DIVISION, replace(WISH, valid_until=UNTIL + timedelta(days=1)), by=by)
    permitting.grant_permit(DIVISION, replace(WISH, month=11), by=by)


def test_only_the_treasury_permits(sign_in: SignIn) -> None:
    for username in ("lin", "he", "shen", "xi", "shi", "an"):
        client = sign_in(username)
        assert client.get("/permits").status_code == 403
        assert client.post("/permits/new", data=FORM).status_code == 403
        assert client.get("/permits/1/revoke").status_code == 403


# Revoking


def test_revoking_works_once_and_the_clerks_are_told(sign_in: SignIn, world: World) -> None:
    permit_id = permitting.grant_permit(DIVISION, WISH, by=world.person("fang"))
    treasury = sign_in("luo")
    assert "会计系统故障" in treasury.get(f"/permits/{permit_id}/revoke").text
    answer = treasury.post(f"/permits/{permit_id}/revoke", data={"why": "准予有误", "seen": 1})
    assert answer.status_code == 302
    assert store.find_permit(world.units["201003"], 2026, 12, PermitKind.LATE) is None
    assert "已撤销贵单位2026年12月计划延期申报的例外：准予有误" in notices.newest(world.people["lin"])[0].text
    assert history.of("permit", permit_id)[1].action == "revoke"
    answer = treasury.post(f"/permits/{permit_id}/revoke", data={"why": "再来", "seen": 2})
    assert answer.status_code == 409
    assert "这项例外刚刚已被罗局（11-20 10:00）撤销，不用再次撤销。" in answer.text
    assert "已撤销" in treasury.get("/permits").text


def test_revoking_an_old_view_or_without_a_reason_is_refused(world: World, sign_in: SignIn) -> None:
    by = world.person("fang")
    permit_id = permitting.grant_permit(DIVISION, WISH, by=by)
    with pytest.raises(Conflict):
        permitting.revoke_permit(DIVISION, permit_id, "准予有误", 7, by=by)
    assert sign_in("fang").post(f"/permits/{permit_id}/revoke", data={"why": " ", "seen": 1}).status_code == 422
    assert sign_in("fang").post("/permits/999/revoke", data={"why": "x", "seen": 1}).status_code == 404


# Filing under a permit


def submit(world: World, plan_id: UUID) -> None:
    reviews.submit(plan_id, plan_of(plan_id).version, by=world.person("lin"))


def test_a_late_plan_is_submitted_under_a_permit(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A2", 100))
    with clock.stopped(AFTER):
        with pytest.raises(Refused, match="已经截止"):
            submit(world, plan_id)
        permitting.grant_permit(DIVISION, WISH, by=world.person("fang"))
        assert "已准予例外，有效期至 2026年11月27日 17:00" in sign_in("lin").get(f"/plans/{plan_id}/check").text
        submit(world, plan_id)
    assert plan_of(plan_id).state is PlanState.IN_REVIEW


def test_a_permit_ends_with_its_term_and_with_its_revocation(world: World) -> None:
    plan_id = filed(world, ("A2", 100))
    permit_id = permitting.grant_permit(DIVISION, WISH, by=world.person("fang"))
    with clock.stopped(UNTIL + timedelta(seconds=1)), pytest.raises(Refused, match="已经截止"):
        submit(world, plan_id)
    permitting.revoke_permit(DIVISION, permit_id, "准予有误", 1, by=world.person("fang"))
    with clock.stopped(AFTER), pytest.raises(Refused, match="已经截止"):
        submit(world, plan_id)


def test_a_permit_holds_for_its_unit_and_month_only(world: World) -> None:
    permitting.grant_permit(DIVISION, replace(WISH, unit_code="301001"), by=world.person("fang"))
    permitting.grant_permit(DIVISION, replace(WISH, month=11), by=world.person("fang"))
    with clock.stopped(AFTER), pytest.raises(Refused, match="已经截止"):
        submit(world, filed(world, ("A2", 100)))


def test_a_departments_window_decides_over_the_general_one(world: World) -> None:
    plan_id = filed(world, ("A2", 100))
    dates = (clock.at(2026, 11, 1), clock.at(2026, 11, 18))
    save_window(DIVISION, 2026, 12, *dates, by=SYSTEM, department_code="201")
    with pytest.raises(Refused, match="已经截止"):
        submit(world, plan_id)


# 转为下月计划


def late_draft(world: World) -> UUID:
    """A draft of October, whose window is over, with a pay date in it."""
    save_window(DIVISION, 2026, 10, clock.at(2026, 9, 15), clock.at(2026, 9, 20), by=SYSTEM)
    by = world.person("lin")
    plan_id = start_plan(world.units["201003"], 2026, 10, form_key="late", by=by)
    with transaction() as work:
        days = (datetime(2026, 10, 9).date(), datetime(2026, 11, 9).date(), None)  # noqa: DTZ001  days only
        for position, day in enumerate(days, 1):
            allotment_id = world.allotments["A2"]
            work.add(PlanLine(plan_id=plan_id, position=position, allotment_id=allotment_id, pay_date=day, month=10))
    return plan_id


def test_a_late_draft_becomes_next_months_plan(sign_in: SignIn, world: World) -> None:
    plan_id = late_draft(world)
    clerk = sign_in("lin")
    for address in (f"/plans/{plan_id}/check", f"/plans/{plan_id}"):
        assert "转为 11 月计划" in clerk.get(address).text
    assert "原单号 YK-202610-0001 不再使用" in clerk.get(f"/plans/{plan_id}/move").text
    answer = clerk.post(f"/plans/{plan_id}/move", data={"seen": plan_of(plan_id).version})
    assert (answer.status_code, answer.location) == (302, f"/plans/{plan_id}/edit")
    plan = plan_of(plan_id)
    assert (plan.month, plan.number) == (11, "YK-202611-0001")
    assert [str(line.pay_date) for line in plan.lines] == ["None", "2026-11-09", "None"]
    assert history.of("plan", plan_id)[-1].summary == "YK-202610-0001（10月）转为11月计划 YK-202611-0001"
    assert "转为 12 月计划" not in clerk.get(f"/plans/{plan_id}/check").text


def test_december_goes_nowhere_and_says_what_applies(sign_in: SignIn, world: World) -> None:
    plan_id = drafted(world, ("A2", 100))
    assert late.offer_of(plan_of(plan_id)) is None
    with clock.stopped(AFTER):
        clerk = sign_in("lin")
        page = clerk.get(f"/plans/{plan_id}/check").text
        assert "12月是本年度最后一个月，不能转为下月计划" in page
        assert f"/plans/{plan_id}/move" not in page
        answer = clerk.post(f"/plans/{plan_id}/move", data={"seen": plan_of(plan_id).version})
        assert answer.status_code == 422
        assert "不能转为下月计划" in answer.text
    assert plan_of(plan_id).month == 12


def test_a_plan_in_time_a_changed_one_and_a_submitted_one_do_not_move(world: World) -> None:
    by = world.person("lin")
    plan_id = late_draft(world)
    with pytest.raises(Overtaken, match="在您打开之后被修改过"):
        move_to_next_month(plan_id, 99, by=by)
    with transaction() as work:
        work.execute(delete(FilingWindow).where(FilingWindow.month == 10))
    with pytest.raises(Refused, match="还没有截止"):
        move_to_next_month(plan_id, plan_of(plan_id).version, by=by)
    sent = filed(world, ("A2", 100))
    submit(world, sent)
    with clock.stopped(AFTER), pytest.raises(Refused, match="只有没有送审过的"):
        move_to_next_month(sent, plan_of(sent).version, by=by)
    assert late.offer_of(plan_of(sent)) is None


def test_the_next_month_must_not_be_over_either(world: World) -> None:
    plan_id = late_draft(world)
    save_window(DIVISION, 2026, 11, clock.at(2026, 10, 15), clock.at(2026, 10, 20), by=SYSTEM)
    offer = late.offer_of(plan_of(plan_id))
    assert offer is not None
    assert (offer.month, offer.said[:9]) == (None, "11月的申报也已经")


def test_anothers_draft_is_missing(sign_in: SignIn, world: World) -> None:
    plan_id = late_draft(world)
    assert sign_in("zhou").get(f"/plans/{plan_id}/move").status_code == 404
    assert sign_in("zhou").post(f"/plans/{plan_id}/move", data={"seen": 1}).status_code == 404
    assert sign_in("he").get(f"/plans/{plan_id}/move").status_code == 403
    assert plan_of(plan_id).kind is PlanKind.MONTHLY
