"""A plan that came back, as the desk and the plan's page show it: what still stands, and what is not as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from io import BytesIO
from uuid import UUID

from flask.testing import FlaskClient

from accounts.delegations.actions import DelegationDraft, delegate
from approvals.chains.conditions import Condition
from approvals.chains.rules import AfterReturn
from approvals.reviews import actions
from approvals.reviews.rules import LineOpinion, Verdict
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanState, draft_of
from core.money import Money
from tests.approvals.browsing import page, sent
from tests.approvals.paths import APPROVAL, OFFICE, UNIT, USUAL, publish
from tests.approvals.stories import PNG, plan, review, reviewed, submitted, task_of
from tests.approvals.test_desk_pages import filled, queries_at
from tests.world import World
from vouchers.papers.actions import add_paper

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
STANDS = "已于 11月20日由沈思远同意（未变）"


def returned(world: World, *amounts: tuple[str, int]) -> UUID:
    """何雨桐 agrees, 沈思远 returns the second line and agrees with the others."""
    plan_id = submitted(world, *(amounts or (("A1", 100), ("A2", 50), ("A3", 20))))
    reviewed(world, plan_id, "he")
    review(world, "shen", LineOpinion(plan(plan_id).lines[1].id, Verdict.RETURN, None, "缺清单"), plan_id=plan_id)
    return plan_id


def handed_in_again(world: World, plan_id: UUID, change: Callable[[list[LineDraft]], list[LineDraft]]) -> None:
    """The clerk changes the lines and hands the plan in again."""
    found = plan(plan_id)
    drafts = change([draft_of(line) for line in found.lines])
    save_plan(plan_id, PlanDraft(tuple(drafts), remark=found.remark), found.version, by=world.person("lin"))
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def second(**changes: object) -> Callable[[list[LineDraft]], list[LineDraft]]:
    """Only the second line changed."""
    return lambda drafts: [drafts[0], replace(drafts[1], **changes), *drafts[2:]]  # type: ignore[arg-type]  # as told


def desk_of(sign_in: SignIn, world: World, username: str, plan_id: UUID) -> str:
    return page(sign_in(username), f"/queue/{task_of(world, username, plan_id).id}")


def test_the_desk_asks_about_the_changed_line_alone_works(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world)
    lines = plan(plan_id).lines
    handed_in_again(world, plan_id, second(applied=Money.yuan(45), purpose="打印纸", payee="文博商贸行"))
    assert "已于 11月20日由何雨桐同意（未变）" in desk_of(sign_in, world, "he", plan_id)
    reviewed(world, plan_id, "he")
    text = desk_of(sign_in, world, "shen", plan_id)
    assert [f'name="verdict-{line.id}"' in text for line in lines] == [False, True, False]
    assert text.count(STANDS) == 2
    assert "与第 1 次送审相比" in text
    for old, new in (("50.00", "45.00"), ("A2 用款", "打印纸"), ("（空）", "文博商贸行")):
        assert f"<del>{old}</del> → <ins>{new}</ins>" in text
    assert "只看要审的 1 行" in text


def test_what_stands_is_not_lost_when_the_rest_is_decided(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world)
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    reviewed(world, plan_id, "he")
    task, shen = task_of(world, "shen", plan_id), sign_in("shen")
    assert sent(shen, f"/queue/{task.id}/decide", 302, **filled(task)) == "/queue"
    assert [line.suggested for line in plan(plan_id).lines] == [Money.yuan(100), Money.yuan(50), Money.yuan(20)]


def test_a_cut_that_stands_says_how_far_it_was_cut(sign_in: SignIn, world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    first, other = plan(plan_id).lines
    cut = LineOpinion(first.id, Verdict.CUT, Money.yuan(80), "按进度")
    review(world, "shen", cut, LineOpinion(other.id, Verdict.RETURN, None, "缺清单"), plan_id=plan_id)
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    reviewed(world, plan_id, "he")
    assert "已于 11月20日由沈思远核减至 80.00（未变）" in desk_of(sign_in, world, "shen", plan_id)


def test_vouchers_that_came_and_went_are_named(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world)
    line, lin = plan(plan_id).lines[1], world.person("lin")
    add_paper(plan_id, "13", "合同.png", BytesIO(PNG + b"x"), [line.id], limit=10**6, by=lin)
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    reviewed(world, plan_id, "he")
    text = desk_of(sign_in, world, "shen", plan_id)
    assert "新增附件 <ins>合同.png</ins>" in text
    assert "删去附件" not in text


def test_a_line_that_is_gone_is_told(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world)
    handed_in_again(world, plan_id, lambda drafts: [drafts[0], drafts[2]])
    text = page(sign_in("lin"), f"/plans/{plan_id}")
    assert "删去原第 2 行 <del>张财预〔2026〕1号 公用经费 30201 办公费 · A2 用款 50.00</del>" in text


def test_the_plan_tells_its_clerk_what_stands_and_what_changed(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world)
    assert STANDS not in page(sign_in("lin"), f"/plans/{plan_id}")  # the clerk is at it: nothing is settled
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    text = page(sign_in("lin"), f"/plans/{plan_id}")
    assert text.count(f"业务股室初审 {STANDS}") == 2
    assert "<del>A2 用款</del> → <ins>打印纸</ins>" in text
    assert "各环节由谁办理，为什么" in text


def test_nothing_changed_at_the_last_step_is_confirmed(sign_in: SignIn, world: World) -> None:
    """An objection after everybody has agreed but nothing was changed: the last step says yes to the whole."""
    publish(UNIT)
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    review(world, "he", LineOpinion(plan(plan_id).lines[1].id, Verdict.RETURN, None, "缺清单"))
    handed_in_again(world, plan_id, lambda drafts: drafts[:1])
    task, he = task_of(world, "he", plan_id), sign_in("he")
    text = page(he, f"/queue/{task.id}")
    assert "没有要重新审核的行；请确认后办理" in text
    assert "已于 11月20日由何雨桐同意（未变）" in text
    assert 'name="verdict-' not in text
    assert "申报<b>100.00</b>" in text
    assert sent(he, f"/queue/{task.id}/decide", 302, **filled(task)) == "/queue"
    assert plan(plan_id).state is PlanState.APPROVED


def test_a_line_left_out_by_the_condition_says_why(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, asks=Condition(spending="project")), APPROVAL)
    plan_id = submitted(world, ("A1", 100), ("A3", 20))
    reviewed(world, plan_id, "he")
    text = desk_of(sign_in, world, "shen", plan_id)
    assert "本环节不审核：是基本支出" in text
    assert "第 2 行：项目支出" in text
    assert "第 1 行：是基本支出" in text


def test_a_step_passed_over_says_why(sign_in: SignIn, world: World) -> None:
    publish(UNIT, replace(OFFICE, asks=Condition(spending="project")), APPROVAL)
    plan_id = submitted(world, ("A1", 100))
    reviewed(world, plan_id, "he")
    text = desk_of(sign_in, world, "luo", plan_id)
    assert "没有符合条件的行：是基本支出" in text
    assert "不经过" in text


def test_other_words_pass_those_before_the_return(sign_in: SignIn, world: World) -> None:
    publish(*USUAL, after_return=AfterReturn.FROM_RETURN)
    plan_id = returned(world)
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    text = page(sign_in("lin"), f"/plans/{plan_id}")
    assert "单位审核 已于 11月20日由何雨桐同意（指标和金额未变）" in text
    assert f'name="verdict-{plan(plan_id).lines[1].id}"' in desk_of(sign_in, world, "shen", plan_id)


def test_who_spoke_for_another_is_told_with_him(sign_in: SignIn, world: World) -> None:
    draft = DelegationDraft("qin", None, date(2026, 11, 20), date(2026, 11, 27), "去省里培训")
    delegate(draft, by=world.person("shen"))
    plan_id = submitted(world, ("A1", 100), ("A2", 50))
    reviewed(world, plan_id, "he")
    review(world, "qin", LineOpinion(plan(plan_id).lines[1].id, Verdict.RETURN, None, "缺清单"), plan_id=plan_id)
    handed_in_again(world, plan_id, second(purpose="打印纸"))
    reviewed(world, plan_id, "he")
    text = desk_of(sign_in, world, "shen", plan_id)
    assert "已于 11月20日由秦川（代沈思远）同意（未变）" in text
    assert 'class="who-did">秦川（代沈思远）' in text


def test_a_plan_that_came_back_takes_as_many_queries_for_two_hundred_lines(
    sign_in: SignIn, world: World, count_queries: CountQueries
) -> None:
    counts = []
    for lines in (2, 200):
        plan_id = returned(world, *[("A1", 100), ("A3", 10)] * (lines // 2))
        handed_in_again(world, plan_id, second(purpose="打印纸"))
        reviewed(world, plan_id, "he")
        asked, texts = queries_at(sign_in, world, count_queries, plan_id)
        assert all(text.count("A3 用款") >= lines // 2 for text in texts)
        counts.append(asked)
        reviewed(world, plan_id, "shen", "fang", "luo")
    assert counts[0] == counts[1]
