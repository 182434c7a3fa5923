"""What a reduction and an adjustment are on paper, in the ledger, in the workbook and in the national table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from accounts.people.rules import SYSTEM
from budget.allotments.rules import PostingKind
from budget.allotments.store import Move, post
from budget.plans.actions import save_plan
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from budget.reductions.actions import save_minus
from budget.reductions.rules import Taking
from core import clock
from core.db import transaction
from core.money import Money
from exports.documents.papers import printable
from exports.documents.plan_sheets import approval_sheets_of, demand_sheet_of
from exports.documents.rules import DocumentKind
from exports.documents.store import get_plan
from tests.approvals.stories import reviewed
from tests.approvals.test_reductions import HANDS, SHORT, approved, hand_in, hand_in_with_papers, reducing, started
from tests.world import NOW, World

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def reduction(world: World) -> UUID:
    """120 of 300 yuan are taken back."""
    plan_id = reducing(world, approved(world, ("A2", 300), ("A3", 400)), 120)
    hand_in(world, plan_id)
    reviewed(world, plan_id, *SHORT)
    return plan_id


@pytest.fixture
def adjustment(world: World) -> UUID:
    """250 of 300 yuan go to another purpose of the same allotment."""
    source = approved(world, ("A2", 300), ("A3", 400))
    plan_id, by = started(world, PlanKind.ADJUSTMENT), world.person("lin")
    line = LineDraft(None, world.allotments["A2"], Money.yuan(250), "改办培训")
    save_plan(plan_id, PlanDraft((line,), reason="改办培训"), 1, by=by)
    save_minus(plan_id, [Taking(source.lines[0].id, Money.yuan(250))], "改办培训", 2, by=by)
    hand_in_with_papers(world, plan_id)
    reviewed(world, plan_id, *HANDS)
    return plan_id


def test_the_demand_sheet_of_a_reduction_says_what_is_taken_and_from_where(reduction: UUID) -> None:
    sheet = demand_sheet_of(get_plan(reduction))
    assert sheet.title == "张湾区2026年12月调减用款计划需求表"
    assert (sheet.total, sheet.capitals) == (-Money.yuan(120), "负壹佰贰拾元整")
    assert [(line.applied, line.purpose) for line in sheet.lines] == [
        (-Money.yuan(120), "A2 用款（从 YK-202612-0001 第 1 行）")
    ]
    html = printable(get_plan(reduction), DocumentKind.DEMAND).html
    assert "<th>调减金额</th>" in html
    assert "-120.00" in html


def test_its_balances_are_those_of_the_submission_whatever_comes_later(world: World, reduction: UUID) -> None:
    before = demand_sheet_of(get_plan(reduction)).lines[0]
    assert (before.granted, before.approved_before, before.available_before) == (
        Money.yuan(60_000), Money.yuan(300), Money.yuan(59_700),
    )  # fmt: skip
    with clock.stopped(NOW + timedelta(days=1)), transaction():
        post([Move(world.allotments["A2"], PostingKind.GRANT, Money.yuan(5))], by=SYSTEM)
    assert demand_sheet_of(get_plan(reduction)).lines[0] == before


def test_the_approval_sheet_of_a_reduction_is_no_permission_to_spend(reduction: UUID) -> None:
    [sheet] = approval_sheets_of(get_plan(reduction))
    assert sheet.title == "张湾区财政局调减用款计划批复单"
    assert (sheet.approved, sheet.capitals) == (-Money.yuan(120), "负壹佰贰拾元整")
    assert [(line.source, line.cut_reason) for line in sheet.lines] == [("YK-202612-0001 第 1 行", "改为线上举行")]
    assert sheet.note == "调减的额度自批复之日起退回指标，原计划的批复数相应减少。"
    html = printable(get_plan(reduction), DocumentKind.APPROVAL).html
    assert "<th>来源</th><th>原因</th>" in html
    assert "核减" not in html


def test_the_papers_of_an_adjustment_sum_to_nothing(adjustment: UUID) -> None:
    sheet = demand_sheet_of(get_plan(adjustment))
    assert (sheet.title, sheet.total, sheet.capitals) == ("张湾区2026年12月调整用款计划需求表", Money(0), "零元整")
    assert [line.available_before for line in sheet.lines] == [Money.yuan(59_700)] * 2, "what is covered holds nothing"
    [approval] = approval_sheets_of(get_plan(adjustment))
    assert [(str(line.approved), line.source) for line in approval.lines] == [
        ("250.00", ""), ("-250.00", "YK-202612-0001 第 1 行"),
    ]  # fmt: skip


def test_the_ledger_shows_red_rows_in_red(sign_in: SignIn, reduction: UUID) -> None:
    page = sign_in("luo").get("/ledger").text
    assert '<span class="tag bad">红字</span> 3' in page
    assert page.count('<td class="num red">-120.00</td>') == 2
    assert '<td class="num b red" title="红字：改为线上举行">-120.00</td>' in page
    assert '<dd class="big">580.00</dd>' in page


def test_the_workbook_and_the_national_table_carry_amounts_below_zero(sign_in: SignIn, reduction: UUID) -> None:
    client = sign_in("luo")
    for path, amount, said in (("/ledger.xlsx", "批复数", "状态"), ("/ledger/exchange.xlsx", "计划审批金额", "用途")):
        sheet = load_workbook(BytesIO(client.post(path, data={"year": "2026"}).data)).worksheets[0]
        rows = list(sheet.iter_rows())
        names = [cell.value for cell in rows[0]]
        cells = [row[names.index(amount)] for row in rows]
        red = next(cell for cell in cells if cell.value == -120)
        assert red.number_format == r"#,##0.00;[Red]\-#,##0.00"
        words = rows[red.row - 1][names.index(said)].value
        assert words == ("红字" if said == "状态" else "A2 用款")
        if said == "状态":
            assert cells[-1].value == 580
