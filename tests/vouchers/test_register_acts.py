"""The register: a paper is registered once, says what stands on it, and lines of several plans draw on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from uuid import UUID

import pytest

from accounts.people.rules import scope_of
from approvals.reviews.actions import submit, withdraw
from budget.plans.actions import drop_draft
from core import history
from core.db import session
from core.errors import Conflict, Missing, Refused
from core.money import Money
from tests.approvals.stories import review
from tests.vouchers.samples import LIMIT, a_pdf, add, draft, papers, plan, proven
from tests.world import World
from vouchers.papers.actions import attach_paper, remove_paper, set_kind
from vouchers.papers.draws import drawn_on
from vouchers.papers.faces import Face
from vouchers.papers.models import Draw, Paper
from vouchers.papers.registering import NewPaper, describe_paper, draw_on, face_of, register_paper, release
from vouchers.papers.store import facts_by_line, get_visible

CONTRACT = Face("HT-2026-001", date(2026, 1, 5), "湖北某信息公司", Money.yuan(150))


def registered(world: World, face: Face = CONTRACT, unit: str = "201003", clerk: str = "lin") -> UUID:
    """A contract in the register, in no plan."""
    new = NewPaper("14", "合同.pdf", BytesIO(a_pdf()), face)
    return register_paper(world.units[unit], new, limit=LIMIT, by=world.person(clerk))


def stored(paper_id: UUID) -> Paper:
    return session().get_one(Paper, paper_id, populate_existing=True)


def submitted(world: World, plan_id: UUID) -> None:
    """With an invoice for every line, as the requirements ask."""
    add(world, plan_id, [line.id for line in plan(plan_id).lines])
    submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def test_one_contract_serves_two_plans_works(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    first, (one, _) = draft(world)
    second, (two, _) = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, one, Money.yuan(90), by=by)
    draw_on(paper_id, two, Money.yuan(60), by=by)
    assert drawn_on([paper_id]) == {paper_id: Money.yuan(150)}
    for plan_id, line, amount in ((first, one, 90), (second, two, 60)):
        (facts,) = facts_by_line(plan_id)[line]
        assert (facts.number, facts.amount, facts.kind_code) == ("HT-2026-001", Money.yuan(amount), "14")
        assert [paper.id for paper in papers(plan_id)] == [paper_id]
    assert [event.summary for event in history.of("paper", paper_id)] == ["登记凭证“合同.pdf”"]
    assert history.of("plan", first)[-1].summary == "第 1 行使用 90.00：凭证“合同.pdf”"


def test_more_than_is_left_is_refused_with_what_is_left(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    _, (one, other) = draft(world)
    draw_on(paper_id, one, Money.yuan(90), by=by)
    with pytest.raises(Refused) as refusal:
        draw_on(paper_id, other, Money.yuan(61), by=by)
    assert str(refusal.value) == (
        "“合同.pdf”票面 150.00，其他用款已使用 90.00，还可使用 60.00，这里填写了 61.00，不能超过。"
    )
    draw_on(paper_id, one, Money.yuan(100), by=by)  # its own draw does not stand in the way
    assert drawn_on([paper_id]) == {paper_id: Money.yuan(100)}


@pytest.mark.parametrize(
    ("face", "amount", "said"),
    [
        (CONTRACT, 101, "第 1 行申报 100.00，使用金额 101.00 不能超过它。"),
        (CONTRACT, 0, "使用金额应大于 0；只附凭证、不占用金额的，请留空。"),
        (Face(), 5, "“合同.pdf”没有票面金额，只能附在行上；需要按金额使用的，请先填写它的票面金额。"),
    ],
)
def test_an_amount_that_means_nothing_is_refused(world: World, face: Face, amount: int, said: str) -> None:
    paper_id = registered(world, face)
    _, (line, _) = draft(world)
    with pytest.raises(Refused) as refusal:
        draw_on(paper_id, line, Money.yuan(amount), by=world.person("lin"))
    assert str(refusal.value) == said
    draw_on(paper_id, line, None, by=world.person("lin"))
    assert drawn_on([paper_id]) == {}


def test_what_a_line_lets_go_may_be_drawn_again(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    plan_id, (one, other) = draft(world)
    draw_on(paper_id, one, Money.yuan(100), by=by)
    release(paper_id, one, by=by)
    draw_on(paper_id, other, Money.yuan(100), by=by)
    assert proven(plan_id, paper_id) == [other]
    with pytest.raises(Missing):
        release(paper_id, one, by=by)


def test_attaching_elsewhere_leaves_the_lines_of_other_plans_alone(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    first, (one, _) = draft(world)
    second, lines = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, one, Money.yuan(90), by=by)
    attach_paper(paper_id, lines, plan_id=second, by=by)
    attach_paper(paper_id, lines[:1], plan_id=second, by=by)
    assert (proven(first, paper_id), proven(second, paper_id)) == ([one], lines[:1])
    with pytest.raises(Missing):
        attach_paper(paper_id, [], by=by)  # of which plan nobody said


def test_another_unit_neither_sees_nor_draws(world: World) -> None:
    paper_id, zhou = registered(world), world.person("zhou")
    _, (line,) = draft(world, "zhou", "B1")
    for act in (
        lambda: draw_on(paper_id, line, Money.yuan(5), by=zhou),
        lambda: describe_paper(paper_id, CONTRACT, by=zhou),
        lambda: remove_paper(paper_id, by=zhou),
        lambda: registered(world, clerk="zhou"),
    ):
        with pytest.raises(Missing):
            act()
    _, (own, _) = draft(world)
    foreign = registered(world, unit="301001", clerk="zhou")
    with pytest.raises(Missing):
        draw_on(foreign, own, Money.yuan(5), by=world.person("lin"))


def test_what_stands_on_it_is_said_later_and_by_one_at_a_time(world: World) -> None:
    paper_id, by = registered(world, Face()), world.person("lin")
    describe_paper(paper_id, Face(" HT 01 ", None, "某 公司 ", Money.yuan(9)), seen=1, by=by)
    assert face_of(stored(paper_id)) == Face("HT01", None, "某 公司", Money.yuan(9))
    assert history.of("paper", paper_id)[-1].summary == (
        "凭证“合同.pdf”登记为：号码 HT01，对方单位 某 公司，票面金额 9.00"
    )
    with pytest.raises(Conflict) as conflict:
        describe_paper(paper_id, Face("HT02", None, "某 公司", Money.yuan(9)), seen=1, by=by)
    assert conflict.value.differences == ("号码：已保存“HT01”，您填写“HT02”。",)
    with pytest.raises(Refused, match="票面金额应大于 0"):
        describe_paper(paper_id, Face(amount=Money(0)), by=by)


def test_the_face_covers_what_is_drawn(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    _, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(90), by=by)
    for face in (Face(amount=Money.yuan(89)), Face()):
        with pytest.raises(Refused, match=r"已被用款使用 90\.00，票面金额不能少于它"):
            describe_paper(paper_id, face, by=by)
    describe_paper(paper_id, Face(amount=Money.yuan(90)), by=by)


def _changes(world: World, paper_id: UUID, line: int) -> list[Callable[[], object]]:
    by = world.person("lin")
    return [
        lambda: describe_paper(paper_id, Face("HT-2", None, "", Money.yuan(500)), by=by),
        lambda: set_kind(paper_id, "12", by=by),
        lambda: remove_paper(paper_id, by=by),
        lambda: draw_on(paper_id, line, Money.yuan(1), by=by),
        lambda: release(paper_id, line, by=by),
    ]


def test_a_submitted_plan_freezes_what_it_draws_on(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(90), by=by)
    submitted(world, plan_id)
    for change in _changes(world, paper_id, line):
        with pytest.raises(Refused):
            change()
    number = plan(plan_id).number
    with pytest.raises(Refused, match=f"已用于用款计划 {number}（审核中），登记的内容不能再改"):
        describe_paper(paper_id, Face(), by=by)
    assert face_of(stored(paper_id)) == CONTRACT
    withdraw(plan_id, by=by)
    describe_paper(paper_id, Face("HT-2", amount=Money.yuan(500)), by=by)
    assert stored(paper_id).number == "HT-2"


def test_another_plan_still_draws_on_what_a_submitted_one_uses(world: World) -> None:
    paper_id, by = registered(world), world.person("lin")
    plan_id, (line, _) = draft(world)
    draw_on(paper_id, line, Money.yuan(90), by=by)
    submitted(world, plan_id)
    for username in ("he", "shen", "fang", "luo"):
        review(world, username)
    _, (other, _) = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, other, Money.yuan(60), by=by)
    with pytest.raises(Refused, match=r"还可使用 60\.00"):
        draw_on(paper_id, other, Money.yuan(61), by=by)


def test_a_paper_that_another_plan_uses_is_not_removed(world: World) -> None:
    first, lines = draft(world)
    paper_id, by = add(world, first, lines), world.person("lin")
    second, (other, _) = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, other, None, by=by)
    with pytest.raises(Refused, match=f"还有用款计划 {plan(second).number} 在使用，不能移除"):
        remove_paper(paper_id, by=by)
    attach_paper(paper_id, [], plan_id=second, by=by)
    remove_paper(paper_id, by=by)
    assert (papers(first), session().query(Draw).count()) == ([], 0)
    with pytest.raises(Missing):
        draw_on(paper_id, other, None, by=by)


def test_a_dropped_draft_lets_go_of_what_it_drew(world: World) -> None:
    plan_id, lines = draft(world)
    paper_id, by = add(world, plan_id, lines), world.person("lin")
    describe_paper(paper_id, CONTRACT, by=by)
    draw_on(paper_id, lines[0], Money.yuan(100), by=by)
    drop_draft(plan_id, by=by)
    assert (stored(paper_id).plan_id, drawn_on([paper_id])) == (None, {})
    _, (other, _) = draft(world, "lin", "A3", "A2")
    draw_on(paper_id, other, Money.yuan(100), by=by)


def test_who_may_see_a_paper_of_the_register(world: World) -> None:
    """The unit and the bureau see what is in no plan; whoever sees a plan sees what it draws on."""
    paper_id = registered(world)
    seeing = {"lin", "lin2", "he", "shen", "qin", "fang", "luo", "shi"}
    for username in world.people:
        if username in seeing:
            assert get_visible(paper_id, scope_of(world.person(username))).id == paper_id
        else:
            with pytest.raises(Missing):
                get_visible(paper_id, scope_of(world.person(username)))
