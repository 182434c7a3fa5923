"""退回分析 and what a clerk is told before he submits: counts by unit, office and reason, hints, marked columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from accounts.people.rules import scope_of
from approvals.habits import store
from approvals.habits.rules import Hint, hint, months_before
from approvals.habits.store import Exactly, Wanted
from approvals.reviews import actions, turning
from approvals.reviews.rules import LineOpinion, Verdict
from approvals.words.rules import FormField
from core import clock
from core.db import db
from core.money import Money
from tests.approvals import entering
from tests.approvals.browsing import page
from tests.approvals.entering import chief
from tests.approvals.stories import plan, review, reviewed, submitted, task_of
from tests.approvals.test_reductions import approved, hand_in, reducing
from tests.world import NOW, World

SignIn = Callable[[str], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
SINCE = date(2026, 8, 20)


def fragment(client: FlaskClient, plan_id: UUID) -> str:
    return page(client, f"/plans/{plan_id}/habits", 200, **{"X-Fragment": "1"})


def returned(world: World, *codes: str, allotment: str = "A1", reason: str = "缺合同") -> UUID:
    """A plan of the school with one line for each code, all returned by the unit's auditor."""
    plan_id = submitted(world, *((allotment, 100) for _ in codes))
    said = [
        LineOpinion(line.id, Verdict.RETURN, None, reason, code)
        for line, code in zip(plan(plan_id).lines, codes, strict=True)
    ]
    review(world, "he", *said, plan_id=plan_id)
    return plan_id


def counted(world: World, username: str, wanted: Wanted | None = None) -> list[tuple[str, str, str, int, int]]:
    """Unit, office, code or words, times returned and times cut, as this person sees them."""
    rows = store.habits_page(wanted or Wanted(SINCE), scope_of(world.person(username)), 1).items
    return [(row.unit_code, row.office_name, row.code or row.words, row.returned, row.cut) for row in rows]


# Statistics


def test_reasons_are_counted_by_unit_office_and_code_works(world: World) -> None:
    returned(world, "FJ01", "FJ01", "YT01")
    returned(world, "FJ01", allotment="A4")
    cut = submitted(world, ("B1", 100), clerk="zhou", unit="301001")
    reviewed(world, cut, "zheng")
    line = plan(cut).lines[0]
    review(world, "qin", LineOpinion(line.id, Verdict.CUT, Money.yuan(40), "按进度", "JE02"), plan_id=cut)
    assert counted(world, "fang") == [
        ("201003", "教科文股", "FJ01", 2, 0),
        ("201003", "农业农村股", "FJ01", 1, 0),
        ("201003", "教科文股", "YT01", 1, 0),
        ("301001", "农业农村股", "JE02", 0, 1),
    ]


def test_words_without_a_code_are_counted_by_themselves(world: World) -> None:
    returned(world, "", reason="请补会议纪要")
    returned(world, "", reason="请补会议纪要")
    returned(world, "", reason="缺名单")
    assert [row[2:4] for row in counted(world, "fang")] == [("请补会议纪要", 2), ("缺名单", 1)]


def test_each_sees_what_he_may_see(world: World) -> None:
    returned(world, "FJ01")
    assert len(counted(world, "lin")) == 1
    assert counted(world, "zhou") == []
    assert counted(world, "qin") == []
    assert len(counted(world, "shen")) == 1


def test_what_was_taken_back_does_not_count(world: World) -> None:
    plan_id = submitted(world, ("A1", 100), ("A4", 100))
    reviewed(world, plan_id, "he")
    task = task_of(world, "shen", plan_id)
    review(world, "shen", LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "看错", "FJ01"), plan_id=plan_id)
    assert len(counted(world, "fang")) == 1
    turning.undo(task.id, by=world.person("shen"))
    assert counted(world, "fang") == []


def test_the_span_and_the_verdict_are_asked_for(world: World) -> None:
    returned(world, "FJ01")
    assert counted(world, "fang", Wanted(SINCE, Verdict.CUT)) == []
    assert len(counted(world, "fang", Wanted(SINCE, Verdict.RETURN, "201"))) == 1
    assert len(counted(world, "fang", Wanted(SINCE, None, "实验"))) == 1
    assert counted(world, "fang", Wanted(SINCE, None, "水利")) == []
    assert counted(world, "fang", Wanted(date(2026, 11, 21))) == []


def test_months_end_where_a_month_is_short() -> None:
    assert months_before(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)
    assert months_before(date(2026, 12, 1), 12) == date(2025, 12, 1)


def test_the_page_leads_to_the_lines(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world, "FJ01", "FJ01")
    client = sign_in("fang")
    shown = page(client, "/habits")
    assert "缺合同或协议，请补充" in shown
    link = re.search(r'href="(/habits/lines[^"]*)"', shown)
    assert link
    lines = page(client, link[1].replace("&amp;", "&"))
    assert lines.count(f"/plans/{plan_id}#line-") == 2
    assert "单位审核 何雨桐" in lines
    assert "没有这样的行" in page(sign_in("zhou"), link[1].replace("&amp;", "&"))


def test_the_page_of_words_without_a_code_leads_to_its_lines_only(world: World) -> None:
    returned(world, "", reason="缺名单")
    returned(world, "", reason="请补会议纪要")
    exactly = Exactly(world.units["201003"], world.offices["04"], "", "缺名单")
    found = store.lines_page(Wanted(SINCE), exactly, scope_of(world.person("fang")), 1)
    assert [row.reason for row in found.items] == ["缺名单"]


@pytest.mark.parametrize("path", ["/habits?months=x&verdict=y", "/habits/lines?unit=x&office=1e9&code=FJ01"])
def test_nonsense_in_the_address_finds_nothing(sign_in: SignIn, world: World, path: str) -> None:
    assert "没有" in page(sign_in("fang"), path)


def test_the_administrator_has_no_statistics(sign_in: SignIn, world: World) -> None:
    assert sign_in("xi").get("/habits").status_code == 403
    assert sign_in("xi").get("/habits/lines").status_code == 403


def test_the_number_of_queries_is_constant(sign_in: SignIn, world: World, count_queries: CountQueries) -> None:
    client, clerk = sign_in("fang"), sign_in("lin")
    plan_id = returned(world, "FJ01")
    page(client, "/habits")
    with count_queries() as few:
        page(client, "/habits")
        fragment(clerk, plan_id)
    for number in range(4):
        returned(world, "FJ02", "YT01", "", reason=f"原因{number}")
    with count_queries() as many:
        page(client, "/habits")
        fragment(clerk, plan_id)
    assert len(many) == len(few)


@pytest.mark.only_on("sqlite")
def test_the_statistics_read_the_index_of_remarks(world: World, count_queries: CountQueries) -> None:
    with count_queries() as queries:
        counted(world, "fang")
    asked = next(query for query in queries if "FROM opinion" in query)
    with db.engine.connect() as connection:
        plan_text = "\n".join(
            str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (0,) * asked.count("?"))
        )
        assert "ix_opinion_remarks" in connection.scalar(
            text("SELECT group_concat(name) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'opinion'")
        )
    assert "ix_opinion_remarks" in plan_text, plan_text


# Hints


def test_the_clerk_is_told_what_came_back_most_often_works(sign_in: SignIn, world: World) -> None:
    for _ in range(2):
        returned(world, "FJ01", "YT01", "FJ01")
    returned(world, "", "", reason="缺名单")
    returned(world, "SK01")
    next_plan = submitted(world, ("A1", 10))
    said = fragment(sign_in("lin2"), next_plan)
    assert "近三个月本单位被退回最多的原因" in said
    assert "缺合同或协议，请补充（4 次），请先核对" in said
    assert f'<a href="/plans/{next_plan}/edit#col-papers">“凭证”</a>' in said
    assert said.index("（4 次）") < said.index("用途不具体，请写明支付内容（2 次）")
    assert "缺名单（2 次）</li>" in said
    assert "收款人与合同" not in said


def test_nobody_is_told_of_other_units_or_of_long_ago(sign_in: SignIn, world: World) -> None:
    returned(world, "FJ01")
    other = submitted(world, ("B1", 10), clerk="zhou", unit="301001")
    own = submitted(world, ("A1", 10))
    assert fragment(sign_in("zhou"), other) == ""
    assert "FJ01" not in fragment(sign_in("lin"), own)
    assert sign_in("zhou").get(f"/plans/{own}/habits").status_code == 404
    with clock.stopped(NOW + timedelta(days=93)):
        assert fragment(sign_in("lin"), own) == ""


def test_what_finance_entered_is_not_held_against_the_unit(sign_in: SignIn, world: World) -> None:
    chief(world)
    plan_id = entering.filed(world, ("A1", 100))
    line = plan(plan_id).lines[0]
    review(world, "qin", LineOpinion(line.id, Verdict.RETURN, None, "缺合同", "FJ01"), plan_id=plan_id)
    own = submitted(world, ("A1", 10))
    assert fragment(sign_in("lin"), own) == ""
    assert "缺合同或协议，请补充（1 次）" in fragment(sign_in("shen"), plan_id)


def test_long_words_are_shortened() -> None:
    assert hint("", "长" * 40, 2, {}) == Hint("长" * 30 + "…", 2, FormField.OTHER)


def test_both_pages_ask_for_the_fragment(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world, "FJ01")
    client = sign_in("lin")
    for path in (f"/plans/{plan_id}/edit", f"/plans/{plan_id}/check"):
        shown = page(client, path)
        assert f'data-fragment="/plans/{plan_id}/habits"' in shown
        assert "fragment.js" in shown
    assert "近三个月本单位被退回最多的原因" in page(client, f"/plans/{plan_id}/habits")


# What came back


def test_a_returned_line_names_its_column_works(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world, "PAYEE", "SK01", reason="户名不符")
    said = fragment(sign_in("lin"), plan_id)
    lines = plan(plan_id).lines
    assert f'data-line="{lines[1].id}" data-col="payee"' in said
    assert f'data-line="{lines[0].id}" data-col="other"' in said
    assert f'/plans/{plan_id}/edit#row-2">第 2 行 收款人</a>：<span data-words>户名不符</span>' in said
    assert "单位审核 何雨桐" in said


def test_only_the_last_round_is_told(sign_in: SignIn, world: World) -> None:
    plan_id = returned(world, "FJ01", reason="缺合同")
    actions.submit(plan_id, plan(plan_id).version, by=world.person("lin"))
    assert "data-sent-back" not in fragment(sign_in("lin"), plan_id)
    again = LineOpinion(plan(plan_id).lines[0].id, Verdict.RETURN, None, "缺发票", "FJ02")
    review(world, "he", again, plan_id=plan_id)
    told = store.sent_back(plan_id, plan(plan_id).division_code)
    assert [one.reason for one in told] == ["缺发票"]


def test_a_returned_reduction_tells_why_and_hints_at_nothing(sign_in: SignIn, world: World) -> None:
    plan_id = reducing(world, approved(world, ("A1", 100)), 40)
    hand_in(world, plan_id)
    returned(world, "FJ01")
    line = plan(plan_id).lines[0]
    review(world, "fang", LineOpinion(line.id, Verdict.RETURN, None, "已有支付在途", "QT01"), plan_id=plan_id)
    client = sign_in("lin")
    said = fragment(client, plan_id)
    assert "已有支付在途" in said
    assert f"/plans/{plan_id}/minus" in said
    assert "data-hints" not in said
    assert f'data-fragment="/plans/{plan_id}/habits"' in page(client, f"/plans/{plan_id}/minus")
