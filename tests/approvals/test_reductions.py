"""调减 and 调整: money goes back from approved lines, when it is approved, and never more than is unpaid."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from approvals.proof.comparing import differences as replayed
from approvals.reconciliation.store import differences, gathered
from approvals.reviews import actions, aside
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.reviews.traces import digest_of
from budget.allotments.models import Allotment
from budget.ledger import store as ledger
from budget.plans.actions import save_plan, start_plan
from budget.plans.models import Plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind, PlanState
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core.db import session
from core.errors import Refused
from core.money import Money
from tests.approvals.stories import PNG, plan, review, reviewed, submitted, task_of
from tests.world import DIVISION, World
from vouchers.papers.actions import add_paper

SignIn = Callable[[str], FlaskClient]
HANDS = ("he", "shen", "fang", "luo")
# A reduction goes to the treasury at once.
SHORT = ("fang", "luo")


def approved(world: World, *amounts: tuple[str, int]) -> Plan:
    plan_id = submitted(world, *amounts)
    reviewed(world, plan_id, *HANDS)
    return plan(plan_id)


def started(world: World, kind: PlanKind) -> UUID:
    by = world.person("lin")
    return start_plan(world.units["201003"], 2026, 12, kind, "改为线上举行", form_key=uuid4().hex, by=by)


def reducing(world: World, source: Plan, *yuan: int, kind: PlanKind = PlanKind.REDUCTION) -> UUID:
    """A plan that takes so much from the source's lines, in their order."""
    plan_id = started(world, kind)
    takings = [Taking(line.id, Money.yuan(amount)) for line, amount in zip(source.lines, yuan, strict=False) if amount]
    save_minus(plan_id, takings, "改为线上举行", 1, by=world.person("lin"))
    return plan_id


def hand_in(world: World, plan_id: UUID) -> None:
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def money(world: World, key: str) -> tuple[Money, Money]:
    """Held and posted."""
    found = session().get_one(Allotment, world.allotments[key], populate_existing=True)
    return found.held, found.posted


def nothing_is_wrong() -> None:
    assert list(differences(DIVISION, gathered(DIVISION))) == []
    assert replayed() == []


def test_a_reduction_gives_money_back_when_it_is_approved_works(world: World) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = reducing(world, source, 120)
    hand_in(world, plan_id)
    assert money(world, "A2") == (Money(0), Money.yuan(300)), "under review it frees nothing"
    nothing_is_wrong()
    reviewed(world, plan_id, *SHORT)
    found = plan(plan_id)
    assert (found.state, found.number, found.title) == (PlanState.APPROVED, "TJ-202612-0001", "2026年12月调减用款计划")
    assert money(world, "A2") == (Money(0), Money.yuan(180))
    black = ledger.of_plan(source.id)[0]
    rows = [(row.number, row.approved, row.reverses_id, row.cut_reason) for row in ledger.of_plan(plan_id)]
    assert rows == [(3, -Money.yuan(120), black.id, "改为线上举行")]
    nothing_is_wrong()


def test_more_than_is_left_is_refused_by_name(world: World) -> None:
    source = approved(world, ("A2", 300))
    first = reducing(world, source, 200)
    hand_in(world, first)
    with pytest.raises(
        Refused, match=r"批复 300\.00 元，已支付 0\.00 元，另有在审的调减 200\.00 元，最多可调减 100\.00 元"
    ):
        hand_in(world, reducing(world, source, 150))
    reviewed(world, first, *SHORT)
    hand_in(world, reducing(world, source, 100))


def test_a_reduction_is_not_cut(world: World) -> None:
    source = approved(world, ("A2", 300))
    plan_id = reducing(world, source, 200)
    hand_in(world, plan_id)
    cut = LineOpinion(plan(plan_id).lines[0].id, Verdict.CUT, -Money.yuan(300), "多减")
    with pytest.raises(Refused, match="调减计划不能核减"):
        review(world, "fang", cut, plan_id=plan_id)


def test_an_approval_from_which_is_taken_stays(world: World) -> None:
    source = approved(world, ("A2", 300))
    plan_id = reducing(world, source, 100)
    hand_in(world, plan_id)
    with pytest.raises(Refused, match="已有调减（TJ-202612-0001），不能撤销批复"):
        aside.cancel(source.id, "批错", by=world.person("luo"))
    reviewed(world, plan_id, *SHORT)
    with pytest.raises(Refused, match="调减计划的批复不能撤销"):
        aside.cancel(plan_id, "批错", by=world.person("luo"))


def test_an_adjustment_moves_money_from_line_to_line(world: World) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = started(world, PlanKind.ADJUSTMENT)
    by = world.person("lin")
    line = LineDraft(None, world.allotments["A2"], Money.yuan(250), "改办培训")
    save_plan(plan_id, PlanDraft((line,), reason="改办培训"), 1, by=by)
    save_minus(plan_id, [Taking(source.lines[0].id, Money.yuan(250))], "改办培训", 2, by=by)
    assert [one.position for one in plan(plan_id).lines] == [1, 2]
    hand_in_with_papers(world, plan_id)
    assert money(world, "A2") == (Money(0), Money.yuan(300)), "its own minus line pays for it"
    nothing_is_wrong()
    reviewed(world, plan_id, *HANDS)
    assert money(world, "A2") == (Money(0), Money.yuan(300))
    assert [row.approved for row in ledger.of_plan(plan_id)] == [Money.yuan(250), -Money.yuan(250)]
    nothing_is_wrong()


def hand_in_with_papers(world: World, plan_id: UUID) -> None:
    ids = [line.id for line in plan(plan_id).lines if line.source_line_id is None]
    add_paper(plan_id, "11", "发票.png", BytesIO(PNG + plan_id.bytes), ids, limit=10**6, by=world.person("lin"))
    hand_in(world, plan_id)


# ---- on the pages ----


def test_the_desk_shows_what_is_taken_and_offers_no_cut(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300))
    plan_id = reducing(world, source, 120)
    hand_in(world, plan_id)
    treasury = sign_in("fang")
    queue = treasury.get("/queue").text
    assert '<td class="num red">-120.00</td>' in queue
    assert '<span class="tag warn">调减</span>' in queue
    page = treasury.get(f"/queue/{task_of(world, 'fang', plan_id).id}").text
    assert (
        f'<a class="sm nowrap" href="/plans/{source.id}#line-{source.lines[0].id}">从 YK-202612-0001 第 1 行</a>'
        in page
    )
    assert "不能核减，只能同意或退回" in page
    assert 'value="cut"' not in page
    assert "调减原因</span> 改为线上举行" in page


def test_a_reduction_is_agreed_to_in_a_batch(world: World, sign_in: SignIn) -> None:
    plan_id = reducing(world, approved(world, ("A2", 300)), 120)
    hand_in(world, plan_id)
    for username in SHORT:
        task = task_of(world, username, plan_id)
        form = {"task": str(task.id), f"digest-{task.id}": digest_of(plan(plan_id))}
        assert "已同意 1 份" in sign_in(username).post("/queue/agree", data=form).text
    assert plan(plan_id).state is PlanState.APPROVED


def test_the_plan_pages_name_each_other(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300))
    plan_id = reducing(world, source, 120)
    clerk = sign_in("lin")
    check = clerk.get(f"/plans/{plan_id}/check").text
    assert "负壹佰贰拾元整" in check
    assert '<td class="num">59,700.00</td><td class="num red">-120.00</td><td class="num">0.00</td>' in check
    assert '<td class="num">59,820.00</td>' in check
    assert "不受申报窗口限制" in check
    assert "缺" not in clerk.get(f"/plans/{plan_id}/papers").text, "it needs no papers"
    hand_in(world, plan_id)
    assert "调减的额度到批复时才退回指标" in clerk.get(f"/plans/{plan_id}").text
    assert "已调减" not in clerk.get(f"/plans/{source.id}").text
    reviewed(world, plan_id, *SHORT)
    assert "台账已逐行记红字" in clerk.get(f"/plans/{plan_id}").text
    told = f'已调减 -120.00 <a href="/plans/{plan_id}">TJ-202612-0001</a>'
    assert told in clerk.get(f"/plans/{source.id}").text
    assert '<td class="num b red">-120.00</td>' in clerk.get("/plans").text


def test_an_adjustment_says_what_is_held_and_what_comes_back(world: World, sign_in: SignIn) -> None:
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id = started(world, PlanKind.ADJUSTMENT)
    by = world.person("lin")
    lines = (LineDraft(None, world.allotments["A2"], Money.yuan(250), "改办培训"),
             LineDraft(None, world.allotments["A1"], Money.yuan(100), "补发工资"))  # fmt: skip
    save_plan(plan_id, PlanDraft(lines, reason="改办培训"), 1, by=by)
    takings = [Taking(source.lines[0].id, Money.yuan(250)), Taking(source.lines[1].id, Money.yuan(100))]
    save_minus(plan_id, takings, "", 2, by=by)
    check = sign_in("lin").get(f"/plans/{plan_id}/check").text
    assert "调整计划须写明调整原因" in check
    rows = [re.findall(r'<td class="num[^"]*">([^<]*)</td>', row) for row in check.split("<tr>")]
    assert ["59,700.00", "-250.00", "250.00", "0.00", "59,700.00"] in rows, "paid for by its own minus line"
    assert ["1,200,000.00", "", "100.00", "100.00", "1,199,900.00"] in rows, "of another allotment: held at once"
    assert ["99,600.00", "-100.00", "", "0.00", "99,700.00"] in rows
    save_minus(plan_id, takings, "改办培训", 3, by=by)
    hand_in_with_papers(world, plan_id)
    assert money(world, "A1") == (Money.yuan(100), Money(0))
    assert "调增 350.00" in sign_in("he").get("/queue").text


def test_withdrawing_a_reduction_says_that_nothing_was_held(world: World, sign_in: SignIn) -> None:
    plan_id = reducing(world, approved(world, ("A2", 300)), 120)
    hand_in(world, plan_id)
    clerk = sign_in("lin")
    assert "调减计划没有占用指标" in clerk.get(f"/plans/{plan_id}").text
    assert "原计划的批复不变" in sign_in("luo").get(f"/plans/{plan_id}/void").text
    page = clerk.post(f"/plans/{plan_id}/withdraw", follow_redirects=True).text
    assert "已撤回，可以修改后再次送审" in page
