"""The database keeps payments and matches whatever speaks to it: append-only, within approval and payment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db import session
from core.money import Money
from tests.budget.paying import line_of, paid, take, voucher
from tests.exports.stories import school_plan, water_plan
from tests.world import World


@pytest.fixture
def told(world: World) -> Iterator[World]:
    """A plan of A1 100,000, A3 15,000 and A4 5,000; A1 paid 60,000, and a payment of A3 without match."""
    school_plan(world)
    water_plan(world)
    take(voucher("V1", "60000.00"), voucher("V2", "90.00", "A3", XPAY_DATE="2026-03-01"))
    take(voucher("V3", "-10.00", "A3", XPAY_DATE="2026-03-02"))
    session().rollback()
    yield world
    session().rollback()


def run(statement: str, **values: object) -> None:
    session().connection().execute(text(statement), values)


def refused(said: str, statement: str, **values: object) -> None:
    with pytest.raises(DBAPIError, match=said):
        run(statement, **values)


def key(cert: str) -> int:
    found = session().connection().execute(text("SELECT id FROM payment WHERE pay_cert_id = :cert"), {"cert": cert})
    return int(found.scalar_one())


MATCH = "INSERT INTO payment_match (payment_id, plan_line_id, amount, at) VALUES (:payment, :line, :fen, '2026-12-09')"


def test_a_match_within_both_is_taken_works(told: World) -> None:
    run(MATCH, payment=key("V2"), line=line_of("A3"), fen=9_000)
    run(MATCH, payment=key("V3"), line=line_of("A3"), fen=-1_000)
    assert paid("A3") == Money.yuan(80)


@pytest.mark.parametrize("table", ["payment", "payment_match"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET amount = 1", "DELETE FROM {}"])
def test_rows_are_never_changed(told: World, table: str, statement: str) -> None:
    refused("append-only|not authorized|permission denied", statement.format(table))


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("table", ["payment_match", "payment"])
def test_tables_are_never_emptied(told: World, table: str) -> None:
    refused("append-only|not authorized|permission denied", f"TRUNCATE {table} CASCADE")


@pytest.mark.only_on("sqlite")
def test_rows_are_never_replaced(told: World) -> None:
    refused("append-only", "INSERT OR REPLACE INTO payment SELECT * FROM payment")
    run(MATCH, payment=key("V2"), line=line_of("A3"), fen=4_000)
    lesser = "SELECT id, payment_id, plan_line_id, 1, at FROM payment_match WHERE amount = 4000"
    refused("append-only", f"INSERT OR REPLACE INTO payment_match {lesser}")


def test_a_match_beyond_its_payment_is_refused(told: World) -> None:
    refused("beyond its payment", MATCH, payment=key("V2"), line=line_of("A3"), fen=9_001)


def test_a_match_against_the_sign_of_its_payment_is_refused(told: World) -> None:
    refused("beyond its payment", MATCH, payment=key("V3"), line=line_of("A3"), fen=5)


def test_a_match_beyond_what_is_approved_is_refused(told: World) -> None:
    take(voucher("V9", "60000.00", XPAY_DATE="2026-03-01"))
    refused("beyond what is approved", MATCH, payment=key("V9"), line=line_of("A1"), fen=4_000_001)


def test_a_refund_beyond_what_was_paid_is_refused(told: World) -> None:
    refused("beyond what is approved", MATCH, payment=key("V3"), line=line_of("A3"), fen=-1)


def test_a_match_to_a_line_of_another_allotment_is_refused(told: World) -> None:
    refused("another allotment", MATCH, payment=key("V2"), line=line_of("B1"), fen=1)


def test_a_match_of_nothing_is_refused(told: World) -> None:
    refused("(?i)check|ck_payment_match_amount", MATCH, payment=key("V2"), line=line_of("A3"), fen=0)


REVERSE = (
    "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at)"
    " SELECT allotment_id, 'reverse', :fen, id, 1, '', '2026-12-09' FROM plan_line WHERE id = :line"
)


def test_a_reversal_beyond_what_is_unpaid_is_refused(told: World) -> None:
    refused("posting", REVERSE, line=line_of("A1"), fen=4_000_001)


def test_a_ledger_row_that_takes_back_what_is_paid_is_refused(told: World) -> None:
    columns = [name for name in _columns("ledger_entry") if name not in ("id", "number")]
    money = {"applied": "-6000001", "suggested": "-6000001", "approved": "-6000001"}
    values = ", ".join(money.get(name, name) for name in columns)
    refused(
        "takes back what is paid|UNIQUE|unique",
        f"INSERT INTO ledger_entry ({', '.join(columns)}, number) SELECT {values}, 999"  # noqa: S608  our own names
        " FROM ledger_entry WHERE plan_line_id = :line",
        line=line_of("A1"),
    )


def _columns(table: str) -> list[str]:
    return list(session().connection().execute(text(f"SELECT * FROM {table} LIMIT 0")).keys())  # noqa: S608  our own names
