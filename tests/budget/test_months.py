"""Several months in one plan: the month column, 按月分编, hints in the next month's plan, a ledger row a month."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from approvals.proof.comparing import differences as replayed
from approvals.reconciliation.store import differences, gathered
from approvals.reviews import actions as reviews
from budget.allotments.models import Allotment
from budget.ledger import store as ledger
from budget.plans.actions import copy_last_month, save_plan, spread_months, start_plan
from budget.plans.models import Plan, PlanLine
from budget.plans.months import Declared, hints
from budget.plans.rules import LineDraft, PlanDraft, PlanKind
from budget.windows.models import FilingWindow
from core import clock
from core.db import session, transaction
from core.errors import Missing, Refused
from core.money import Money
from exports.documents.plan_sheets import approval_sheets_of, demand_sheet_of
from tests.approvals.stories import reviewed
from tests.budget.declaring import SignIn, drafted, opened, plan, post, queries
from tests.world import DIVISION, World

WAGES, PROJECT = "A1", "A3"


def rows(plan_id: UUID) -> list[tuple[str, int, str]]:
    """What is stored: amount, month, pay date."""
    return [(str(line.applied), line.month, str(line.pay_date or "")) for line in plan(plan_id).lines]


def hand_in(world: World, plan_id: UUID) -> None:
    """The month is open, and the plan goes."""
    month = plan(plan_id).month
    with transaction() as work:
        opens, closes = clock.at(2026, 11, 1), clock.at(2026, 11, 30)
        work.add(FilingWindow(division_code=DIVISION, fiscal_year=2026, month=month, opens_at=opens, closes_at=closes))
    reviews.submit(plan_id, plan(plan_id).version, by=world.person("lin"))


def quarter(world: World, yuan: int = 1_000) -> UUID:
    """A plan of October with the wages up to December."""
    plan_id = drafted(world, (WAGES, yuan), month=10)
    spread_months(plan_id, 12, by=world.person("lin"))
    return plan_id


# ---- the column ----


def test_the_month_of_a_row_is_typed_and_kept_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, (WAGES, 100), (WAGES, 200), (WAGES, 300), month=10)
    client = sign_in("lin")
    form = opened(client, plan_id)
    assert form["month"] == [""] * 8, "the plan's own month stays blank"
    form["month"][1:3] = ["12月", "１１"]
    form["pay_date"][:3] = ["15", "15", ""]
    assert post(client, f"/plans/{plan_id}/edit", form).status_code == 302
    assert rows(plan_id) == [("100.00", 10, "2026-10-15"), ("200.00", 12, "2026-12-15"), ("300.00", 11, "")]
    form = opened(client, plan_id)
    assert form["month"][:4] == ["", "12", "11", ""]
    form["month"][1] = ""
    assert post(client, f"/plans/{plan_id}/autosave", form).status_code == 200
    assert plan(plan_id).lines[1].month == 10


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("13", "第 2 行：“13”不是月份，请填写 10 至 12；不填即计划月份 10 月。"),
        ("年底", "第 2 行：“年底”不是月份"),
        ("0", "第 2 行：“0”不是月份"),
        ("9月", "第 2 行：月份 9 早于计划月份 10，只能填本月或以后的月份。"),
    ],
)
def test_what_is_no_month_is_said_with_its_row(world: World, sign_in: SignIn, typed: str, said: str) -> None:
    plan_id = drafted(world, (WAGES, 100), (WAGES, 200), month=10)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["month"][1] = typed
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert 'id="row-2-month"' in answer.text
    assert [month for _, month, _ in rows(plan_id)] == [10, 10]


def test_a_page_without_the_column_is_not_taken_for_blank_months(world: World, sign_in: SignIn) -> None:
    plan_id = quarter(world)
    client = sign_in("lin")
    form = opened(client, plan_id)
    del form["month"]
    answer = post(client, f"/plans/{plan_id}/edit", form)
    assert (answer.status_code, "页面的明细不完整" in answer.text) == (422, True)
    assert [month for _, month, _ in rows(plan_id)] == [10, 11, 12]


def test_a_project_is_for_the_month_of_the_plan(world: World) -> None:
    plan_id = drafted(world, (PROJECT, 100), month=10)
    line = plan(plan_id).lines[0]
    later = LineDraft(line.id, line.allotment_id, line.applied, line.purpose, month=11)
    save_plan(plan_id, PlanDraft((later,)), plan(plan_id).version, by=world.person("lin"))
    with pytest.raises(Refused, match="第 1 行是项目支出，只能编计划月份 10 月"):
        hand_in(world, plan_id)


# ---- 按月分编 ----


def test_basic_spending_is_spread_over_the_months_works(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, (WAGES, 100), (PROJECT, 300), month=10)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["applied"][0], form["payee"][0], form["pay_date"][0], form["note"][0] = "120", "全体职工", "10", "含补发"
    answer = post(client, f"/plans/{plan_id}/spread", form | {"through": "12"})
    assert answer.status_code == 302
    said = client.get(answer.location).text
    assert "已按月分编至 12 月，增加 2 行，请核对金额。项目支出 1 行没有分编" in said
    assert rows(plan_id) == [
        ("120.00", 10, "2026-10-10"), ("300.00", 10, ""), ("120.00", 11, ""), ("120.00", 12, ""),
    ]  # fmt: skip
    added = plan(plan_id).lines[2]
    assert (added.allotment_id, added.purpose, added.payee, added.note) == (
        world.allotments[WAGES], "A1 用款", "全体职工", "",
    )  # fmt: skip


def test_months_that_have_the_row_already_get_none(world: World) -> None:
    plan_id = quarter(world)
    again = spread_months(plan_id, 12, by=world.person("lin"))
    assert (again.added, again.present) == ((), 2)
    assert "2 行的相应月份已经编过" in again.said
    assert len(rows(plan_id)) == 3


@pytest.mark.parametrize(
    ("key", "month", "through", "said"),
    [
        (PROJECT, 10, 12, "只有人员、公用等基本支出可以按月分编"),
        (WAGES, 12, 12, "12 月是本年度最后一个月"),
        (WAGES, 10, 10, "请选择按月分编到哪个月，11 月至 12 月"),
        (WAGES, 10, 13, "请选择按月分编到哪个月"),
    ],
)
def test_what_cannot_be_spread_is_said(world: World, key: str, month: int, through: int, said: str) -> None:
    plan_id = drafted(world, (key, 100), month=month)
    with pytest.raises(Refused, match=said):
        spread_months(plan_id, through, by=world.person("lin"))
    assert len(rows(plan_id)) == 1


def test_a_refusal_on_the_page_keeps_what_was_typed(world: World, sign_in: SignIn) -> None:
    plan_id = drafted(world, (PROJECT, 100), month=10)
    client = sign_in("lin")
    form = opened(client, plan_id)
    form["purpose"][0] = "改过的用途"
    answer = post(client, f"/plans/{plan_id}/spread", form | {"through": "x"})
    assert "请选择按月分编到哪个月" in client.get(answer.location).text
    assert plan(plan_id).lines[0].purpose == "改过的用途"
    form["applied"][0] = "abc"
    assert post(client, f"/plans/{plan_id}/spread", form | {"through": "12"}).status_code == 422


def test_a_plan_grows_to_no_more_than_five_hundred_rows(world: World) -> None:
    plan_id = drafted(world, *[(WAGES, 1)] * 251, month=10)
    with pytest.raises(Refused, match="分编后共 502 行，一份计划最多 500 行，没有分编"):
        spread_months(plan_id, 11, by=world.person("lin"))
    assert len(rows(plan_id)) == 251


def test_only_whoever_writes_the_plan_spreads_it(world: World) -> None:
    plan_id = drafted(world, (WAGES, 100), month=10)
    for username in ("zhou", "shen"):
        with pytest.raises(Missing):
            spread_months(plan_id, 12, by=world.person(username))
    hand_in(world, plan_id)
    with pytest.raises(Refused, match="审核中，不能修改"):
        spread_months(plan_id, 12, by=world.person("lin"))


def test_an_adjustment_is_not_spread(world: World) -> None:
    by = world.person("lin")
    plan_id = start_plan(
        world.units["201003"], 2026, 10, PlanKind.ADJUSTMENT, "改作他用", form_key=uuid4().hex, by=by
    )  # fmt: skip
    with pytest.raises(Refused, match="调整计划不能按月分编"):
        spread_months(plan_id, 12, by=by)


def test_last_months_rows_are_copied_without_the_later_months_of_its_plan(world: World) -> None:
    hand_in(world, quarter(world))
    plan_id = drafted(world, month=11)
    assert copy_last_month(plan_id, by=world.person("lin")) == 1
    assert rows(plan_id) == [("1,000.00", 11, "")]


# ---- all months at once: money, ledger, papers ----


def test_all_months_are_held_and_each_has_its_ledger_row_works(world: World, sign_in: SignIn) -> None:
    plan_id = quarter(world, 1_000)
    hand_in(world, plan_id)
    held = session().get_one(Allotment, world.allotments[WAGES], populate_existing=True).held
    assert held == Money.yuan(3_000), "the whole quarter is held at once"
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    assert [(row.month, row.approval_no) for row in ledger.of_plan(plan_id)] == [
        (10, "PF-2026-00001"), (11, "PF-2026-00002"), (12, "PF-2026-00003"),
    ]  # fmt: skip
    assert list(differences(DIVISION, gathered(DIVISION))) == []
    assert replayed() == []
    client = sign_in("lin")
    assert "全部 1 行合计" in client.get("/ledger?year=2026&month=11").text
    assert "全部 3 行合计" in client.get("/ledger?year=2026").text
    assert months_of(client, "/ledger.xlsx") == ["10", "11", "12"]
    assert months_of(client, "/ledger.xlsx", month="12") == ["12"]
    assert months_of(sign_in("fang"), "/ledger/exchange.xlsx") == ["10", "11", "12"]


def months_of(client: Any, address: str, **asked: str) -> list[str]:
    """The month of each row of a workbook."""
    answer = client.post(address, data={"year": "2026", **asked})
    assert answer.status_code == 200, answer.text
    sheet: Any = openpyxl.load_workbook(BytesIO(answer.data)).active
    heads = [[str(cell.value) for cell in row] for row in sheet.iter_rows(min_row=1, max_row=3)]
    place = next(head.index(name) for head in heads for name in ("月份", "PLAN_MONTH") if name in head)
    found = [str(row[place].value or "") for row in sheet.iter_rows(min_row=2)]
    return [text for text in found if text.isdigit()]


def test_papers_say_the_month(world: World) -> None:
    plan_id = quarter(world)
    hand_in(world, plan_id)
    shown = demand_sheet_of(session().get_one(Plan, plan_id))
    assert [line.payment.month for line in shown.lines] == ["", "11月", "12月"]
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    sheets = approval_sheets_of(session().get_one(Plan, plan_id))
    assert [(sheet.month, len(sheet.lines)) for sheet in sheets] == [
        ("2026年10月", 1), ("2026年11月", 1), ("2026年12月", 1),
    ]  # fmt: skip


def test_more_than_the_allotment_has_for_all_months_is_refused(world: World) -> None:
    plan_id = quarter(world, 500_000)
    with pytest.raises(Refused, match="第 3 行"):
        hand_in(world, plan_id)


# ---- the next month's plan ----


def test_the_next_months_plan_says_what_was_asked_for_already(world: World, sign_in: SignIn) -> None:
    first = quarter(world)
    hand_in(world, first)
    client = sign_in("lin")
    plan_id = drafted(world, (WAGES, 500), (PROJECT, 50), month=11)
    said = "第 1 行：11 月已在 YK-202610-0001 第 2 行编过，请核对是否重复。"
    assert said in client.get(f"/plans/{plan_id}/edit").text
    page = client.get(f"/plans/{plan_id}/check").text
    assert said in page
    assert "编过" not in client.get(f"/plans/{first}").text
    reviewed(world, first, "he", "shen", "fang", "luo")
    assert said in client.get(f"/plans/{plan_id}/check").text, "an approved plan counts as well"


def test_a_draft_or_another_unit_is_no_hint(world: World, sign_in: SignIn) -> None:
    quarter(world)
    plan_id = drafted(world, (WAGES, 500), month=11)
    assert "编过" not in sign_in("lin").get(f"/plans/{plan_id}/edit").text


def test_hints_cost_one_query_however_many_lines(world: World, sign_in: SignIn) -> None:
    hand_in(world, quarter(world))
    client = sign_in("lin")
    counts = []
    for lines in (1, 40):
        plan_id = drafted(world, *[(WAGES, 1)] * lines, month=11)
        with queries() as sent:
            client.get(f"/plans/{plan_id}/edit")
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_hint_gathers_the_months_of_one_plan() -> None:
    own = [PlanLine(position=place, month=month, allotment_id=7) for place, month in ((1, 1), (3, 2))]
    declared = [
        Declared(7, 1, "YK-1", 4),
        Declared(7, 2, "YK-1", 5),
        Declared(7, 3, "YK-1", 6),
        Declared(8, 1, "YK-1", 1),
    ]
    assert hints(own, declared) == ["第 1、3 行：1 月、2 月已在 YK-1 第 4、5 行编过，请核对是否重复。"]
