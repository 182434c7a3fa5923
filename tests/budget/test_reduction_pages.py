"""调减 and 调整 at the clerk's desk: starting them, the page of approved lines, its refusals and its conflicts."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from approvals.reviews import actions as reviews
from approvals.reviews.aside import cancel
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import start_plan
from budget.plans.models import Plan
from budget.plans.rules import PlanKind
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core.money import Money
from tests.approvals.stories import plan, review, reviewed, submitted
from tests.budget.declaring import PAPER, SignIn, fields, post
from tests.world import World

HANDS = ("he", "shen", "fang", "luo")
Counting = Callable[[], AbstractContextManager[list[str]]]


def approved(world: World, *amounts: tuple[str, int]) -> Plan:
    plan_id = submitted(world, *amounts)
    reviewed(world, plan_id, *HANDS)
    return plan(plan_id)


def started(world: World, kind: PlanKind = PlanKind.REDUCTION) -> UUID:
    by = world.person("lin")
    return start_plan(world.units["201003"], 2026, 12, kind, "改为线上举行", form_key=uuid4().hex, by=by)


def opened(client: FlaskClient, plan_id: UUID) -> dict[str, list[str]]:
    """The page as a browser without scripts has it."""
    answer = client.get(f"/plans/{plan_id}/minus")
    assert answer.status_code == 200
    return fields(answer.text)


def stored(plan_id: UUID) -> list[tuple[int | None, str, str]]:
    return [(line.source_line_id, str(line.applied), line.purpose) for line in plan(plan_id).lines]


# ---- starting ----


def test_a_clerk_starts_each_kind_of_his_own_works(world: World, sign_in: SignIn) -> None:
    client = sign_in("lin")
    page = client.get("/plans/new").text
    assert re.findall(r'name="kind" id="kind-(\w+)"', page) == ["monthly", "supplement", "reduction", "adjustment"]
    assert 'data-reason="调减原因"' in page
    assert "批复后额度退回指标" in page
    for kind, path in (("supplement", "edit"), ("reduction", "minus"), ("adjustment", "minus")):
        form = {"unit": world.units["201003"], "month": "2026-12", "kind": kind, "reason": "改为线上举行"}
        answer = post(client, "/plans/new", form)
        assert answer.location.endswith(path)
        assert client.get(answer.location).status_code == 200


def test_a_reduction_without_a_reason_or_by_another_kind_is_not_started(world: World, sign_in: SignIn) -> None:
    client = sign_in("lin")
    for kind, reason, said in (
        ("reduction", " ", "调减计划须写明调减原因"),
        ("entered", "x", "请从列表中选择计划类型"),
    ):
        form = {"unit": world.units["201003"], "month": "2026-12", "kind": kind, "reason": reason}
        answer = post(client, "/plans/new", form)
        assert answer.status_code == 422
        assert said in answer.text


# ---- the page of approved lines ----


def test_taking_back_from_an_approved_line_works(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = started(world)
    client = sign_in("lin")
    assert client.get(f"/plans/{plan_id}/edit").location == f"/plans/{plan_id}/minus"
    form = opened(client, plan_id)
    ids = [line.id for line in source.lines]
    assert form["source"] == [str(key) for key in ids]
    assert form["amount"] == ["", ""]
    form |= {"amount": ["120", ""], "purpose": ["会议费不再支付", ""], "reason": ["改为线上举行。"]}
    answer = post(client, f"/plans/{plan_id}/minus", form)
    assert answer.location == f"/plans/{plan_id}/minus"
    assert stored(plan_id) == [(ids[0], "-120.00", "会议费不再支付")]
    page = client.get(f"/plans/{plan_id}/minus").text
    assert fields(page)["amount"] == ["120.00", ""]
    assert "-120.00" in page
    assert plan(plan_id).reason == "改为线上举行。"


def test_saving_on_the_way_to_the_check_works(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300))
    plan_id = started(world)
    client = sign_in("lin")
    answer = post(client, f"/plans/{plan_id}/minus/check", opened(client, plan_id) | {"amount": ["300"]})
    assert answer.location == f"/plans/{plan_id}/check"
    assert stored(plan_id) == [(source.lines[0].id, "-300.00", "A2 用款")]
    assert opened(client, plan_id)["purpose"] == [""], "the source's own purpose was not typed"
    bad = post(client, f"/plans/{plan_id}/minus/check", opened(client, plan_id) | {"amount": ["x"]})
    assert bad.status_code == 422


def test_what_is_badly_written_is_refused_beside_its_cell_and_kept(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = started(world)
    client = sign_in("lin")
    form = opened(client, plan_id) | {"amount": ["一百", "-5"], "purpose": ["长" * 301, ""], "reason": ["因" * 301]}
    answer = post(client, f"/plans/{plan_id}/minus", form)
    assert answer.status_code == 422
    number, key = source.number, source.lines[0].id
    assert f'href="#take-{key}-amount">{number} 第 1 行：“一百”不是有效的金额' in answer.text
    assert f"{number} 第 2 行：调减金额填正数，须大于 0，现在是 -5.00" in answer.text
    assert "调减说明不能超过 300 个字，现在是 301 个" in answer.text
    assert "原因不能超过 300 个字" in answer.text
    kept = fields(answer.text)
    assert (kept["amount"], kept["purpose"][0][:2]) == (["一百", "-5"], "长长")
    assert stored(plan_id) == []


def test_a_broken_page_and_another_units_line_are_refused(world: World, sign_in: SignIn) -> None:
    approved(world, ("A2", 300))
    foreign = submitted(world, ("B1", 50), clerk="zhou", unit="301001")
    reviewed(world, foreign, "zheng", "qin", "fang", "luo")
    plan_id = started(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    assert len(form["source"]) == 1
    uneven = post(client, f"/plans/{plan_id}/minus", form | {"amount": []})
    assert (uneven.status_code, "各列行数不一致" in uneven.text) == (422, True)
    other = form | {"source": [str(plan(foreign).lines[0].id)], "amount": ["5"]}
    answer = post(client, f"/plans/{plan_id}/minus", other)
    assert (answer.status_code, "不是本单位本年度已批复的用款" in answer.text) == (422, True)
    nonsense = post(client, f"/plans/{plan_id}/minus", form | {"source": ["x"], "amount": ["5"]})
    assert nonsense.status_code == 422
    assert post(client, f"/plans/{plan_id}/minus", form | {"version": [""]}).status_code == 422
    assert sign_in("zhou").get(f"/plans/{plan_id}/minus").status_code == 404
    assert post(sign_in("zhou"), f"/plans/{plan_id}/minus", form).status_code == 404
    assert sign_in("he").get(f"/plans/{plan_id}/minus").status_code == 403


def test_a_page_that_somebody_overtook_shows_both_sides_and_may_be_saved_over_it(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = started(world)
    client = sign_in("lin")
    form = opened(client, plan_id) | {"amount": ["120", ""]}
    takings = [Taking(source.lines[0].id, Money.yuan(50)), Taking(source.lines[1].id, Money.yuan(9), "设备")]
    save_minus(plan_id, takings, "改为线上举行", 1, by=world.person("lin2"))
    answer = post(client, f"/plans/{plan_id}/minus", form)
    assert answer.status_code == 409
    assert "刚刚被林小丹" in answer.text
    assert f"{source.number} 第 1 行：已保存调减 50.00 元，您填写 120.00 元。" in answer.text
    assert f"{source.number} 第 2 行：已保存调减 9.00 元，您填写 0.00 元。" in answer.text
    again = fields(answer.text)
    assert (again["amount"], again["against"]) == (["120", ""], ["2"])
    assert post(client, f"/plans/{plan_id}/minus/overwrite", again | {"amount": ["?", ""]}).status_code == 422
    assert post(client, f"/plans/{plan_id}/minus/overwrite", again).status_code == 302
    assert stored(plan_id) == [(source.lines[0].id, "-120.00", "A2 用款")]
    same = fields(client.get(f"/plans/{plan_id}/minus").text) | {"version": ["1"]}
    assert post(client, f"/plans/{plan_id}/minus", same).status_code == 302, "the same twice is no conflict"


def test_lines_with_nothing_left_are_folded_away_unless_used(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    first, second = started(world), started(world)
    client = sign_in("lin")
    assert post(client, f"/plans/{first}/minus", opened(client, first) | {"amount": ["300", ""]}).status_code == 302
    reviews.submit(first, plan(first).version, by=world.person("lin"))
    page = client.get(f"/plans/{second}/minus").text
    assert fields(page)["source"] == [str(source.lines[1].id)]
    assert "另有 1 行已付清、已调减完或正在调减" in page
    over = fields(page) | {"source": [str(source.lines[0].id)], "amount": ["1"], "purpose": [""]}
    assert post(client, f"/plans/{second}/minus", over).status_code == 302, "a draft may ask for too much"
    page = client.get(f"/plans/{second}/minus").text
    assert "超过可调减 0.00" in page
    check = client.get(f"/plans/{second}/check").text
    assert "另有在审的调减 300.00 元，最多可调减 0.00 元，现填 1.00 元" in check


def test_a_plan_on_its_way_or_of_another_kind_has_no_such_page(world: World, sign_in: SignIn) -> None:
    approved(world, ("A2", 300))
    plan_id, monthly = started(world), started(world, PlanKind.SUPPLEMENT)
    client = sign_in("lin")
    assert client.get(f"/plans/{monthly}/minus").location == f"/plans/{monthly}/edit"
    assert "没有调减的行" in post(client, f"/plans/{monthly}/minus", {"version": "1"}).text
    form = opened(client, plan_id) | {"amount": ["300"]}
    post(client, f"/plans/{plan_id}/minus", form)
    reviews.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert client.get(f"/plans/{plan_id}/minus").location == f"/plans/{plan_id}"
    answer = post(client, f"/plans/{plan_id}/minus", form)
    assert (answer.status_code, "计划审核中，不能修改" in answer.text) == (409, True)
    assert "版本冲突" not in answer.text


def test_in_a_returned_reduction_only_the_returned_lines_are_open(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400), ("A1", 500))
    plan_id = started(world)
    client = sign_in("lin")
    post(client, f"/plans/{plan_id}/minus", opened(client, plan_id) | {"amount": ["30", "40", ""]})
    reviews.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    back = LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "仍要支付")
    review(world, "fang", back, plan_id=plan_id)
    page = client.get(f"/plans/{plan_id}/minus").text
    form = fields(page)
    assert form["source"] == [str(line.id) for line in source.lines[:2]], "no line is added to a returned plan"
    assert page.count("readonly") == 2
    answer = post(client, f"/plans/{plan_id}/minus", form | {"amount": ["10", "41"]})
    assert (answer.status_code, "第 2 行没有被退回，不能修改" in answer.text) == (422, True)
    words = post(client, f"/plans/{plan_id}/minus", form | {"amount": ["10", "40"], "purpose": ["", "换个说法"]})
    assert (words.status_code, "第 2 行没有被退回" in words.text) == (422, True)
    assert post(client, f"/plans/{plan_id}/minus", form | {"amount": ["10", "40"]}).status_code == 302


def test_the_page_asks_the_same_number_of_queries_for_many_lines(
    world: World, sign_in: SignIn, count_queries: Counting
) -> None:
    client = sign_in("lin")
    counts = []
    for amounts in ((("A2", 30),), (("A2", 30), ("A3", 40), ("A1", 50))):
        approved(world, *amounts)
        plan_id = started(world)
        with count_queries() as sent:
            client.get(f"/plans/{plan_id}/minus")
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[0] < 30


# ---- the two sides of an adjustment ----


@pytest.mark.parametrize("script", [False, True], ids=["saved", "by itself"])
def test_an_adjustment_is_filled_on_two_pages(world: World, sign_in: SignIn, script: bool) -> None:
    source = approved(world, ("A2", 60_000))
    plan_id = started(world, PlanKind.ADJUSTMENT)
    client = sign_in("lin")
    post(client, f"/plans/{plan_id}/minus", opened(client, plan_id) | {"amount": ["250"]})
    page = client.get(f"/plans/{plan_id}/edit").text
    assert "① 调减" in page
    assert "调整原因" in page
    assert 'data-apart="25000"' in page
    assert "余额 250.00" in page, "what the minus side gives back may be asked for again"
    form = fields(page)
    assert set(form["line_id"]) <= {"n1", "n2", "n3", "n4", "n5", ""}, "minus lines are not shown as plus lines"
    row = {"line_id": ["n1"], "allotment": [PAPER], "applied": ["200"], "purpose": ["改办培训"]}
    rest = {name: [""] for name in ("pay_date", "payee", "note") if name in form}
    sent = {**form, **{name: [*row.get(name, [""])] for name in (*row, *rest)}}
    if "month" in form:
        sent["month"] = [form["month"][0]]
    answer = post(client, f"/plans/{plan_id}/{'autosave' if script else 'edit'}", sent)
    assert answer.status_code == (200 if script else 302)
    assert [amount for _, amount, _ in stored(plan_id)] == ["200.00", "-250.00"]
    assert plan(plan_id).reason == "改为线上举行"
    minus = client.get(f"/plans/{plan_id}/minus").text
    assert "② 调增" in minus
    assert "调减多，请补调增" in minus
    assert "现在相差 50.00 元" in client.get(f"/plans/{plan_id}/check").text
    assert source.lines[0].id == stored(plan_id)[1][0]


def test_lines_whose_approval_was_cancelled_are_said_and_go(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300))
    plan_id = started(world)
    client = sign_in("lin")
    post(client, f"/plans/{plan_id}/minus", opened(client, plan_id) | {"amount": ["30"]})
    cancel(source.id, "批错", by=world.person("luo"))
    page = client.get(f"/plans/{plan_id}/minus").text
    assert "有 1 行的原批复已经撤销" in page
    assert "没有可以调减的已批复用款" in page
    assert post(client, f"/plans/{plan_id}/minus", fields(page)).status_code == 302
    assert stored(plan_id) == []
