"""The payment nodes of a contract on the screen: typed row by row, shown on its page, and a warning where it counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from core.money import Money
from tests.approvals.stories import task_of
from tests.vouchers.samples import add, draft, text
from tests.vouchers.test_contracts import agreed
from tests.vouchers.test_register_acts import registered, submitted
from tests.world import World
from vouchers.papers.contracts import terms_of
from vouchers.papers.registering import draw_on

SignIn = Callable[[str], FlaskClient]
ROWS = {
    "name": ["预付款", "验收款", "质保金", ""], "due": ["2026-03-01", "", "2027-06-01", ""],
    "much": ["30%", "６５ ％", "5%", ""], "retention": ["", "", "1", ""],
}  # fmt: skip
BEYOND = "按付款节点可付 45.00 元，已使用 100.00 元，超出 55.00 元。"


def test_nodes_are_typed_and_shown_works(world: World, sign_in: SignIn) -> None:
    paper_id, lin = registered(world), sign_in("lin")
    place = f"/register/{paper_id}"
    assert "还没有填写付款节点" in text(lin.get(place))
    assert lin.post(f"{place}/nodes", data=ROWS | {"seen": 0}).location == place
    shown = text(lin.get(place))
    for said in ("预付款", "97.50", "65%", "未定", "质保金", "7.50，此外还可使用 142.50", "到今天可付"):
        assert said in shown
    again = text(lin.get(f"{place}/nodes"))
    assert 'value="验收款"' in again
    assert 'value="65%"' in again
    assert "修改原因" not in again


def test_amounts_are_typed_as_well(world: World, sign_in: SignIn) -> None:
    paper_id = registered(world)
    rows = {"name": ["首付", "尾款"], "due": ["", ""], "much": ["100", "50.00"], "retention": ["", ""]}
    assert sign_in("lin").post(f"/register/{paper_id}/nodes", data=rows | {"seen": 0}).status_code == 302
    assert [node.amount for node in terms_of(paper_id)[0].nodes] == [Money.yuan(100), Money.yuan(50)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"much": ["30%", "65%", "4%", ""]}, "各节点的比例合计是 99%，应为 100%。"),
        ({"much": ["30%", "很多", "5%", ""]}, "第 2 个节点："),
        ({"due": ["三月", "", "", ""]}, "第 1 个节点的应付日期应写成 2026-03-31"),
        ({"name": ["", "", "", ""]}, "第 1 个节点没有名称。"),
        ({"seen": ""}, "页面不完整，请刷新后再办理。"),
    ],
)
def test_what_cannot_be_kept_is_told_and_stays_typed(
    world: World, sign_in: SignIn, change: dict[str, object], said: str
) -> None:
    paper_id = registered(world)
    answer = sign_in("lin").post(f"/register/{paper_id}/nodes", data=ROWS | {"seen": 0} | change)
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert 'value="2027-06-01"' in text(answer) or "due" in change
    assert terms_of(paper_id) == []


def test_a_conflict_is_confirmed_by_sending_once_more(world: World, sign_in: SignIn) -> None:
    paper_id, lin = agreed(world), sign_in("lin")
    rows = ROWS | {"name": ["定金", "验收款", "质保金", ""]}
    first = lin.post(f"/register/{paper_id}/nodes", data=rows | {"seen": 0})
    assert (first.status_code, "付款节点：已保存“预付款 30%" in text(first)) == (409, True)
    assert lin.post(f"/register/{paper_id}/nodes", data=rows | {"seen": 1}).status_code == 302
    assert "历次约定（2 版）" in text(lin.get(f"/register/{paper_id}"))


def test_other_papers_and_other_units_have_no_such_page(world: World, sign_in: SignIn) -> None:
    paper_id = agreed(world)
    plan_id, lines = draft(world)
    invoice = add(world, plan_id, lines)
    assert sign_in("lin").get(f"/register/{invoice}/nodes").status_code == 404
    assert sign_in("zhou").get(f"/register/{paper_id}/nodes").status_code == 404
    assert "付款节点" not in text(sign_in("lin").get(f"/register/{invoice}"))


def test_clerk_and_reviewer_are_warned_and_the_reason_is_asked_for_after_submission(
    world: World, sign_in: SignIn
) -> None:
    paper_id, lin = agreed(world), sign_in("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(100), by=world.person("lin"))
    assert BEYOND in text(lin.get(f"/plans/{plan_id}/papers"))
    assert BEYOND in text(lin.get(f"/plans/{plan_id}/check"))
    submitted(world, plan_id)
    he = sign_in("he")
    assert BEYOND in text(he.get(f"/queue/{task_of(world, 'he', plan_id).id}"))
    assert "修改原因" in text(lin.get(f"/register/{paper_id}/nodes"))
    refused = lin.post(f"/register/{paper_id}/nodes", data=ROWS | {"seen": 1, "due": ["", "", "", ""]})
    assert "修改付款节点请填写原因" in text(refused)
