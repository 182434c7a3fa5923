"""Contracts: nodes agreed once and again, what is drawn and paid beside them, and a word to whoever draws too early."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from core import clock, history
from core.db import session, transaction
from core.errors import Conflict, Missing, Refused
from core.money import Money
from tests.approvals.stories import reviewed
from tests.budget.paying import take, voucher
from tests.vouchers.samples import add, draft, plan
from tests.vouchers.test_register_acts import CONTRACT, registered, stored, submitted
from tests.world import World
from vouchers.papers.contracting import agree_nodes
from vouchers.papers.contracts import Standing, drafts_of, standing_of, terms_of, warnings_of
from vouchers.papers.faces import Face
from vouchers.papers.models import ContractNode, ContractTerms
from vouchers.papers.nodes import NodeDraft, check_nodes, nodes_of
from vouchers.papers.registering import describe_paper, draw_on

EARLY, LATE = date(2026, 3, 1), date(2027, 6, 1)
NODES = (
    NodeDraft("预付款", EARLY, share=3000),
    NodeDraft("验收款", None, share=6500),
    NodeDraft("质保金", LATE, share=500, is_retention=True),
)


def agreed(world: World, nodes: tuple[NodeDraft, ...] = NODES) -> UUID:
    """A contract over 150.00 with its nodes."""
    paper_id = registered(world)
    agree_nodes(paper_id, nodes, "", seen=0, by=world.person("lin"))
    return paper_id


def standing(paper_id: UUID, day: date | None = None) -> Standing:
    found = standing_of(stored(paper_id), day or clock.today())
    assert found is not None
    return found


def test_nodes_are_agreed_and_the_contract_stands_beside_them_works(world: World) -> None:
    paper_id = agreed(world)
    _, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(40), by=world.person("lin"))
    found = standing(paper_id)
    assert [str(node.amount) for node in found.nodes] == ["45.00", "97.50", "7.50"]
    assert (found.allowed, found.drawn, found.beyond) == (Money.yuan(45), Money.yuan(40), Money(0))
    assert (found.retained, found.without_retention) == (Money(750), Money(10250))
    assert (found.approved, found.paid, found.past) == (Money(0), Money(0), [])
    said = "付款节点第 1 版：预付款 30%（2026-03-01）；验收款 65%（日期未定）；质保金 5%（2027-06-01，质保金）"
    assert [event.summary for event in history.of("paper", paper_id)][-1] == said


def test_what_was_approved_is_told_apart_from_what_is_asked(world: World) -> None:
    paper_id = agreed(world)
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(40), by=world.person("lin"))
    submitted(world, plan_id)
    assert (standing(paper_id).drawn, standing(paper_id).approved) == (Money.yuan(40), Money(0))
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    assert (standing(paper_id).approved, standing(paper_id).paid) == (Money.yuan(40), Money(0))
    take(voucher("V1", "30.00", "A2"))
    assert standing(paper_id).paid == Money.yuan(30)
    take(voucher("V1", "30.00", "A2"), voucher("V2", "70.00", "A2"))
    assert standing(paper_id).paid == Money.yuan(40)  # the rest of the line was proven by another paper


def test_percentages_are_rounded_to_the_whole_contract() -> None:
    thirds = [NodeDraft(name, share=share) for name, share in (("甲", 3333), ("乙", 3333), ("丙", 3334))]
    assert Money.total(node.amount for node in nodes_of(thirds, Money(10001))) == Money(10001)
    by_amount = [NodeDraft("全款", amount=Money(777))]
    assert [node.amount for node in nodes_of(by_amount, Money(777))] == [Money(777)]


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([], "请至少填写一个付款节点。"),
        ([NodeDraft("", share=10000)], "第 1 个节点没有名称。"),
        ([NodeDraft("名" * 51, share=10000)], "第 1 个节点的名称不能超过 50 个字。"),
        ([NodeDraft("预付款")], "第 1 个节点请填写比例或金额中的一项。"),
        ([NodeDraft("预付款", share=0)], "第 1 个节点的比例或金额应大于 0。"),
        ([NodeDraft("预付款", share=3000)], "各节点的比例合计是 30%，应为 100%。"),
        ([NodeDraft("预付款", amount=Money(100))], "各节点的金额合计是 1.00 元，应等于合同总价 150.00 元。"),
        ([NodeDraft("一", share=5000), NodeDraft("二", amount=Money(7500))], "各节点请都填比例，或者都填金额。"),
        ([NodeDraft("节点", share=1)] * 31, "付款节点不能超过 30 个。"),
    ],
)
def test_nodes_that_mean_nothing_are_refused(nodes: list[NodeDraft], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_nodes(nodes, Money.yuan(150))
    assert said in refusal.value.sentences


def test_a_contract_without_a_price_and_other_papers_have_no_nodes(world: World) -> None:
    by = world.person("lin")
    without = registered(world, Face("HT-9"))
    with pytest.raises(Refused, match="请先在登记内容中填写合同总价"):
        agree_nodes(without, NODES, "", seen=0, by=by)
    describe_paper(without, CONTRACT, kind_code="11", by=by)
    with pytest.raises(Refused, match="不是合同"):
        agree_nodes(without, NODES, "", seen=0, by=by)
    assert standing_of(stored(without), clock.today()) is None


def test_another_unit_agrees_on_nothing(world: World) -> None:
    paper_id = agreed(world)
    with pytest.raises(Missing):
        agree_nodes(paper_id, NODES[:1], "", seen=1, by=world.person("fang"))


def test_whoever_has_not_seen_the_last_agreement_is_told(world: World) -> None:
    paper_id, other = agreed(world), (NodeDraft("全款", EARLY, share=10000),)
    with pytest.raises(Conflict, match="刚刚被林晓敏"):
        agree_nodes(paper_id, other, "", seen=0, by=world.person("lin"))
    assert drafts_of(terms_of(paper_id)[0]) == list(NODES)


def test_the_same_nodes_once_more_are_no_agreement(world: World) -> None:
    paper_id = agreed(world)
    agree_nodes(paper_id, NODES, "", seen=1, by=world.person("lin"))
    assert [terms.number for terms in terms_of(paper_id)] == [1]


def test_after_a_submission_another_agreement_needs_a_reason_and_the_first_stays(world: World) -> None:
    paper_id, by = agreed(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(40), by=by)
    later = (NodeDraft("预付款", EARLY, share=3000), NodeDraft("余款", LATE, share=7000))
    agree_nodes(paper_id, later, "", seen=1, by=by)
    submitted(world, plan_id)
    with pytest.raises(Refused, match="修改付款节点请填写原因"):
        agree_nodes(paper_id, NODES, " ", seen=2, by=by)
    with pytest.raises(Refused, match="原因不能超过 200 个字"):
        agree_nodes(paper_id, NODES, "因" * 201, seen=2, by=by)
    agree_nodes(paper_id, NODES, "补充协议", seen=2, by=by)
    assert [(terms.number, terms.reason) for terms in terms_of(paper_id)] == [(3, "补充协议"), (2, ""), (1, "")]
    assert [nodes for _, nodes in standing(paper_id).past][1] == "预付款 30%（2026-03-01）；余款 70%（2027-06-01）"
    assert history.of("paper", paper_id)[-1].summary.endswith("，原因：补充协议")


def test_whoever_draws_beyond_the_nodes_that_are_due_is_warned_and_not_stopped(world: World) -> None:
    paper_id, by = agreed(world), world.person("lin")
    plan_id, (line, other) = draft(world)
    draw_on(paper_id, line, Money.yuan(45), by=by)
    assert warnings_of(plan(plan_id)) == []
    draw_on(paper_id, other, Money.yuan(60), by=by)
    said = (
        "合同“合同.pdf”到 2026-12-31 按付款节点可付 45.00 元，已使用 105.00 元，超出 60.00 元。"
        "下一节点“验收款”97.50 元，日期未定。"
    )
    assert warnings_of(plan(plan_id)) == [said]
    assert (standing(paper_id).beyond, standing(paper_id, LATE).allowed) == (Money.yuan(60), Money(5250))
    submitted(world, plan_id)
    assert warnings_of(plan(plan_id)) == [said]
    reached = (NODES[0], NodeDraft("验收款", date(2026, 12, 3), share=6500), NODES[2])
    agree_nodes(paper_id, reached, "12 月 3 日验收合格", seen=1, by=by)
    assert warnings_of(plan(plan_id)) == []


def test_retention_money_drawn_too_early_is_named(world: World) -> None:
    paper_id = agreed(world, (NodeDraft("货款", EARLY, share=9500), NODES[2]))
    plan_id, (line, other) = draft(world)
    draw_on(paper_id, line, Money.yuan(100), by=world.person("lin"))
    draw_on(paper_id, other, Money.yuan(50), by=world.person("lin"))
    assert "下一质保金“质保金”7.50 元，2027-06-01 到期。" in warnings_of(plan(plan_id))[0]


def test_a_contract_without_nodes_or_without_an_amount_drawn_warns_of_nothing(world: World) -> None:
    by = world.person("lin")
    plan_id, (line, other) = draft(world)
    draw_on(registered(world), line, Money.yuan(100), by=by)
    draw_on(agreed(world), other, None, by=by)
    add(world, plan_id, [line])
    assert warnings_of(plan(plan_id)) == []


def test_amounts_that_no_longer_make_up_the_contract_are_told(world: World) -> None:
    paper_id = agreed(world, (NodeDraft("全款", EARLY, amount=Money.yuan(150)),))
    assert not standing(paper_id).misses
    describe_paper(paper_id, Face("HT-1", None, "某公司", Money.yuan(160)), by=world.person("lin"))
    assert standing(paper_id).misses


def test_an_agreement_is_never_changed(world: World) -> None:
    agreed(world)
    statements = (
        update(ContractTerms).values(reason="改"), update(ContractNode).values(share=1), delete(ContractNode),
        delete(ContractTerms), text("INSERT OR REPLACE INTO contract_node SELECT * FROM contract_node"),
    )  # fmt: skip
    for statement in statements:
        with pytest.raises(DatabaseError), transaction() as work:
            _run(work, statement)
    assert session().query(ContractNode).count() == 3


def _run(work: Session, statement: object) -> None:
    work.execute(statement)  # type: ignore[call-overload]
