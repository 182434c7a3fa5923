"""Taking over payments: new, repeated, void, of unknown allotments; matched to plans; and each refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.people.rules import SYSTEM
from budget.payments import store
from budget.payments.actions import REMATCH, import_payments, rematch
from budget.payments.models import Payment
from core import history, jobs
from core.db import session, transaction
from core.errors import Refused
from core.money import ZERO, Money
from tests.budget import paying
from tests.budget.paying import amounts, counted, matches, take, voucher
from tests.exports.stories import school_plan, water_plan
from tests.world import DIVISION, YEAR, World
from work import HANDLERS


def test_payments_are_taken_over_and_matched_to_the_plan_works(world: World) -> None:
    school_plan(world)
    reading = take(voucher("V1", "60000.00"), voucher("V2", "300.05", "A4"))
    assert (reading.total, reading.added) == (Money.yuan("60300.05"), Money.yuan("60300.05"))
    one = session().scalars(select(Payment).where(Payment.pay_cert_id == "V1")).one()
    assert (one.unit_id, str(one.paid_on), one.payee) == (world.units["201003"], "2026-12-03", "区实验小学教职工")
    assert one.extra == '{"PAY_AMT": "60000.00", "PRO_CODE": "PA1"}'
    assert matches() == [("V1", Money.yuan(60_000)), ("V2", Money.yuan("300.05"))]
    assert store.standing_of_lines([paying.line_of("A1")])[paying.line_of("A1")].unpaid == Money.yuan(40_000)
    assert store.paid_by_allotment([world.allotments["A1"]]) == {world.allotments["A1"]: Money.yuan(60_000)}


def test_what_goes_beyond_the_plan_stays_unmatched(world: World) -> None:
    school_plan(world)
    take(voucher("V1", "100000.01"))
    assert (paying.paid("A1"), matches()) == (Money.yuan(100_000), [("V1", Money.yuan(100_000))])
    payment = session().scalars(select(Payment)).one()
    assert store.open_amounts([payment]) == {payment.id: Money(1)}


def test_a_payment_before_the_month_of_the_plan_is_none_of_it(world: World) -> None:
    school_plan(world)
    take(voucher("V1", "10.00", XPAY_DATE="2026-10-31"))
    assert matches() == []


def test_a_refund_gives_back(world: World) -> None:
    school_plan(world)
    take(voucher("V1", "500.00"))
    take(voucher("V1", "500.00"), voucher("V2", "-120.00"))
    assert (paying.paid("A1"), amounts()) == (Money.yuan(380), [Money.yuan(500), Money.yuan(-120)])


def test_the_same_file_again_changes_nothing(world: World) -> None:
    school_plan(world)
    take(voucher("V1", "500.00"))
    before = counted()
    again = take(voucher("V1", "500.00"))
    assert (again.difference.is_empty, again.difference.unchanged, counted()) == (True, 1, before)
    assert len([event for event in history.recent() if event.subject_kind == "payments"]) == 1


def test_a_later_approval_takes_what_was_open(world: World) -> None:
    take(voucher("V1", "500.00"), voucher("V2", "60.00", "B1"))
    assert matches() == []
    school_plan(world)
    assert rematch(DIVISION, YEAR, by=SYSTEM) == 1
    assert rematch(DIVISION, YEAR, by=SYSTEM) == 0
    water_plan(world)
    with transaction():
        job = jobs.enqueue(REMATCH, YEAR, {"day": "2026-12-31"}, by=SYSTEM)
    while jobs.run_one({kind: HANDLERS[kind] if kind == REMATCH else _nothing for kind in HANDLERS}):
        pass
    found = jobs.find(job.id)
    assert found is not None
    session().refresh(found)
    assert found.answer == {"matches": 1}
    assert matches() == [("V1", Money.yuan(500)), ("V2", Money.yuan(60))]


def _nothing(*_: object) -> None:
    """Other jobs of the story are none of this test."""


def test_a_voucher_made_void_is_taken_back_by_a_red_row(world: World) -> None:
    school_plan(world)
    take(voucher("V1", "500.00"))
    reading = take(voucher("V1", "500.00", IS_DELETED="1"))
    assert (len(reading.voided), reading.added, reading.total) == (1, Money.yuan(-500), ZERO)
    assert (amounts(), paying.paid("A1")) == ([Money.yuan(500), Money.yuan(-500)], ZERO)
    again = take(voucher("V1", "500.00", IS_DELETED="1"))
    assert (again.difference.is_empty, len(amounts())) == (True, 2)


def test_vouchers_not_paid_yet_and_void_ones_are_not_taken_over(world: World) -> None:
    reading = take(
        voucher("V1", "5.00"), voucher("V2", "5.00", XPAY_AMT="", XPAY_DATE=""), voucher("V3", "5.00", IS_DELETED="1")
    )
    assert (reading.waiting, reading.total, amounts()) == (2, Money.yuan(5), [Money.yuan(5)])
    take(voucher("V2", "5.00"))  # the bank has paid
    assert len(amounts()) == 2


def test_payments_of_unknown_allotments_are_taken_over_and_told(world: World) -> None:
    reading = take(voucher("V1", "5.00", "X9"), voucher("V2", "6.00"))
    assert ([row.number for row in reading.unknown], len(amounts())) == ([2], 2)
    assert "1 笔的指标不在系统中" in str(reading)


def refusals(*rows: dict[str, str]) -> tuple[str, ...]:
    before = counted()
    with pytest.raises(Refused) as refusal:
        take(*rows)
    assert counted() == before
    return refusal.value.sentences


def test_every_problem_is_told_at_once_with_its_row(world: World) -> None:
    told = refusals(
        voucher("V1", "5.00"),
        voucher("V2", "5.00", AGENCY_CODE="301001"),
        voucher("V3", "5.00", AGENCY_CODE="999"),
        voucher("V4", "5.00", XPAY_DATE="2025-12-31"),
        voucher("V5", "5.00", XPAY_DATE=""),
        voucher("V6", "5.00", FISCAL_YEAR="2025"),
        voucher("V7", "5.00", MOF_DIV_CODE="420304000"),
    )
    assert told == (
        "第 3 行“单位代码”：支付单位“301001”不是这笔指标的单位“201003”，请核对单位代码和指标主键。",
        "第 4 行“单位代码”：单位“999”不在预算单位中，请核对代码，或者先导入这个单位。",
        "第 5 行“实际支付日期”：“2025-12-31”不在2026年内，请检查文件是否选错。",
        "第 6 行“实际支付日期”：有实际支付金额，却没有实际支付日期，请补上。",
        "第 7 行“年度”：“2025”与本次导入的“2026”不符，请检查文件是否选错。",
        "第 8 行“财政区划代码”：“420304000”与本次导入的“420303000”不符，请检查文件是否选错。",
    )


def test_amounts_not_in_fen_and_repeated_keys_are_refused(world: World) -> None:
    told = refusals(voucher("V1", "5.001"), voucher("V1", "5.00"))
    assert any(sentence.startswith("第 2 行“实际支付金额”") and "精确到分" in sentence for sentence in told)
    assert any("与第 2 行重复" in sentence for sentence in told)


def test_a_file_without_any_paid_amount_is_refused(world: World) -> None:
    (told,) = refusals(voucher("V1", "5.00", XPAY_AMT="", XPAY_DATE=""))
    assert told == "文件中没有一笔“实际支付金额”（XPAY_AMT），请导出已支付的凭证。"


@pytest.mark.parametrize(
    ("changed", "column"),
    [({"XPAY_AMT": "6.00"}, "实际支付金额"), ({"XPAY_DATE": "2026-12-04"}, "实际支付日期"),
     ({"BGT_ID": "A3"}, "指标主键"), ({"AGENCY_CODE": "301001"}, "单位代码"), ({"XPAY_AMT": ""}, "实际支付金额")],
)  # fmt: skip
def test_a_known_voucher_that_says_something_else_is_refused(
    world: World, changed: dict[str, str], column: str
) -> None:
    take(voucher("V1", "5.00"))
    (told,) = refusals(voucher("V2", "5.00"), voucher("V1", "5.00", **changed))
    assert told.startswith(f"第 3 行“{column}”：已导入的是")
    assert "红字" in told


def test_a_void_voucher_does_not_come_back(world: World) -> None:
    take(voucher("V1", "5.00"))
    take(voucher("V1", "5.00", IS_DELETED="1"))
    (told,) = refusals(voucher("V1", "5.00"))
    assert told.startswith("第 2 行“是否删除”：这笔支付已经作废冲销")


def test_a_voucher_of_another_year_is_refused(world: World) -> None:
    take(voucher("V1", "5.00"))
    later = voucher("V1", "5.00", FISCAL_YEAR="2027", XPAY_DATE="2027-01-05")
    with pytest.raises(Refused, match="这笔支付已在2026年导入"):
        import_payments(paying.upload(later), DIVISION, 2027, by=SYSTEM)


def test_the_commands_import_and_match(world: World, app: Flask, tmp_path: Path) -> None:
    school_plan(world)
    file = tmp_path / "支付.xlsx"
    file.write_bytes(paying.upload(voucher("V1", "500.00")).data)
    run = app.test_cli_runner().invoke
    asked = ["payments", "import", str(file), "--year", str(YEAR)]
    assert "仅预览，没有写入。" in run(args=[*asked, "--dry-run"]).output
    assert counted() == [0, 0]
    done = run(args=asked)
    assert (done.exit_code, "合计 500.00 元" in done.output) == (0, True), done.output
    session().rollback()
    assert counted() == [1, 1]
    assert "新匹配 0 笔" in run(args=["payments", "rematch", "--year", str(YEAR)]).output
