"""The pages of 代编: begun for any unit, objected to by it, and marked wherever it is shown."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from accounts.people.models import Post
from accounts.people.rules import Role
from budget.plans.models import Plan
from budget.plans.rules import PlanKind
from core.db import session, transaction
from tests.approvals.entering import HANDS, REASON, filed
from tests.approvals.stories import reviewed, task_of
from tests.budget.declaring import SignIn
from tests.world import World


def test_the_unit_objects_on_its_page(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A2", 300))
    clerk, address = sign_in("lin"), f"/plans/{plan_id}/object"
    page = clerk.get(f"/plans/{plan_id}").text
    assert "财政代编，如有异议请在批复前提出" in page
    assert address in page
    form = clerk.get(address).text
    assert "占用的指标额度立即释放" in form
    assert 'href="/plans" aria-current="page"' in form, "the rail says where one is"
    answer = clerk.post(address, data={"reason": ""})
    assert (answer.status_code, "异议须写明原因" in answer.text) == (422, True)
    assert sign_in("zhou").get(address).status_code == 404
    assert sign_in("zhou").post(address, data={"reason": "不对"}).status_code == 404
    assert sign_in("fang").get(address).status_code == 404
    assert clerk.post(address, data={"reason": "金额不对"}).status_code == 302
    assert "本单位已提出异议" in clerk.get(f"/plans/{plan_id}").text
    shown = sign_in("shen").get(f"/plans/{plan_id}").text
    assert "单位提出异议（林晓敏，" in shown
    assert "金额不对" in shown


def test_after_the_approval_the_page_says_whom_to_ask(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A2", 300))
    reviewed(world, plan_id, *HANDS)
    clerk = sign_in("lin")
    page = clerk.get(f"/plans/{plan_id}").text
    assert "已批复；如有异议请联系国库批复岗撤销批复" in page
    assert f"/plans/{plan_id}/object" not in page
    answer = clerk.post(f"/plans/{plan_id}/object", data={"reason": "金额不对"})
    assert (answer.status_code, "请联系国库批复岗撤销批复" in answer.text) == (422, True)


def test_finance_starts_a_plan_for_any_unit_on_the_page(world: World, sign_in: SignIn) -> None:
    client = sign_in("shen")
    page = client.get("/plans/new").text
    assert "财政代编用款计划" in page
    assert '<option value="301001 区水利局">' in page
    assert "区水利局（部门）" not in page, "departments do not file"
    assert 'value="entered" checked' in page
    assert 'value="monthly"' not in page
    sent = {"unit": "301001 区水利局", "month": "2026-12", "kind": "entered", "reason": REASON}
    answer = client.post("/plans/new", data=sent)
    assert answer.status_code == 302
    shown = client.get(answer.location).text
    assert "DB-202612-0001" in shown
    assert "财政代编" in shown
    assert REASON in shown
    listed = client.get("/plans").text
    assert f'{answer.location}"' in listed, "the list leads back to the draft"
    assert f'{answer.location}"' in client.get("/home").text
    assert "DB-202612-0001" not in sign_in("zhou").get("/plans").text, "a draft of finance is not the unit's"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"unit": "201"}, "没有启用的末级单位“201”，请从列表中选择"),
        ({"unit": "区实验"}, "没有启用的末级单位“区实验”"),
        ({"unit": ""}, "请填写单位"),
        ({"kind": "monthly"}, "请从列表中选择计划类型"),
        ({"kind": "supplement"}, "请从列表中选择计划类型"),
        ({"month": "2026-13"}, "请从列表中选择计划月份"),
        ({"reason": ""}, "代编计划须写明代编原因"),
    ],
)
def test_what_is_missing_on_the_page_is_said(world: World, sign_in: SignIn, changed: dict[str, str], said: str) -> None:
    sent = {"unit": "201003 区实验小学", "month": "2026-12", "kind": "entered", "reason": REASON} | changed
    answer = sign_in("fang").post("/plans/new", data=sent)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert not session().scalars(select(Plan)).all()


def test_a_unit_is_found_by_its_code_or_its_name(world: World, sign_in: SignIn) -> None:
    client = sign_in("shen")
    for typed in ("201003", "区实验小学"):
        sent = {"unit": typed, "month": "2026-12", "kind": "reduction", "reason": "不再支付"}
        assert client.post("/plans/new", data=sent).status_code == 302
    plans = session().scalars(select(Plan)).all()
    assert {(one.unit_id, one.entered, one.kind) for one in plans} == {
        (world.units["201003"], True, PlanKind.REDUCTION)
    }


def test_who_clerks_and_enters_sees_both(world: World, sign_in: SignIn) -> None:
    with transaction() as work:  # the rule of posts forbids it; the page is ready for a house where it once was so
        post = Post(role=Role.UNIT_CLERK, unit_id=world.units["201003"], starts_on=date(2026, 1, 1))
        post.person_id = world.people["shen"]
        work.add(post)
    client = sign_in("shen")
    page = client.get("/plans/new").text
    assert all(f'value="{kind}"' in page for kind in ("monthly", "supplement", "reduction", "adjustment", "entered"))
    sent = {"unit": "201003", "month": "2026-12", "kind": "monthly"}
    own = client.post("/plans/new", data=sent)
    assert (own.status_code, client.get(own.location).status_code) == (302, 200)
    answer = client.post("/plans/new", data=sent | {"unit": "301001"})
    assert (answer.status_code, "月度计划由单位填报" in answer.text) == (422, True)


def test_every_page_says_that_finance_entered_it(world: World, sign_in: SignIn) -> None:
    plan_id = filed(world, ("A2", 300))
    task = task_of(world, "qin", plan_id)
    for username, address in (
        ("lin", f"/plans/{plan_id}"), ("lin", "/plans"), ("qin", "/queue"), ("qin", f"/queue/{task.id}"),
        ("qin", "/home"), ("lin", f"/plans/{plan_id}/print"),
    ):  # fmt: skip
        assert "财政代编" in sign_in(username).get(address).text, address
