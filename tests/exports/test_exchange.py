"""PAY_PLAN_VOUCHER leaves with its 37 columns, the same control totals as the ledger, and a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import openpyxl
from flask.testing import FlaskClient

from accounts.people.rules import Scope
from budget.ledger.store import LedgerFilter, totals
from core import history
from core.money import Money
from tests.exports.stories import school_plan
from tests.world import World

SignIn = Callable[[str], FlaskClient]


def rows_of(data: bytes) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """Chinese names, field codes, and the rows by field code."""
    sheet: Any = openpyxl.load_workbook(BytesIO(data)).active
    names, codes, *rows = sheet.iter_rows(values_only=True)
    return list(names), list(codes), [dict(zip(codes, row, strict=True)) for row in rows]


def test_the_national_table_has_its_37_columns_works(world: World, sign_in: SignIn) -> None:
    school_plan(world)
    answer = sign_in("fang").post("/ledger/exchange.xlsx", data={"year": 2026, "month": 12})
    names, codes, rows = rows_of(answer.data)
    assert (len(names), len(codes), len(set(codes))) == (37, 37, 37)
    assert (names[0], codes[0], codes[-1]) == ("用款计划主键", "PLAN_ID", "USE_DES")
    assert "PAY_PLAN_VOUCHER_420303000_202612.xlsx" in answer.headers["Content-Disposition"]
    first = rows[0]
    assert (first["MOF_DIV_CODE"], first["FISCAL_YEAR"], first["PLAN_MONTH"]) == ("420303000", "2026", "12")
    assert (first["AGENCY_CODE"], first["BGT_DEPT_CODE"], first["BGT_ID"]) == ("201003", "201", "A1")
    assert (first["MANAGE_MOF_DEP_CODE"], first["BGT_MOF_DEP_NAME"], first["IS_DELETED"]) == ("04", "预算股", "2")
    assert first["PLAN_VOUCHER_NO"].endswith("-001")
    assert first["USE_DES"] == "A1 用款"


def test_its_control_totals_are_those_of_the_ledger(world: World, sign_in: SignIn) -> None:
    school_plan(world)
    _, _, rows = rows_of(sign_in("fang").post("/ledger/exchange.xlsx", data={"year": 2026}).data)
    posted = totals(Scope(whole_bureau=True), LedgerFilter(2026))
    assert len(rows) == posted.count
    assert Money.total(Money.yuan(str(row["PLAN_APP_AMT"])) for row in rows) == posted.applied
    assert Money.total(Money.yuan(str(row["PLAN_AMT"])) for row in rows) == posted.approved


def test_keys_are_unique_and_stay_the_same(world: World, sign_in: SignIn) -> None:
    school_plan(world)
    client = sign_in("fang")
    first, second = (client.post("/ledger/exchange.xlsx", data={"year": 2026}).data for _ in range(2))
    assert first == second
    keys = [row["PLAN_ID"] for row in rows_of(first)[2]]
    assert len(set(keys)) == len(keys) == 3
    assert all(len(key) <= 38 for key in keys)


def test_it_leaves_its_trace(world: World, sign_in: SignIn) -> None:
    school_plan(world)
    answer = sign_in("lin").post("/ledger/exchange.xlsx", data={"year": 2026})
    (event,) = history.of("ledger", 2026)
    assert (event.actor_name, event.action) == ("林晓敏", "exchange")
    assert json.loads(event.details)["sha256"] == sha256(answer.data).hexdigest()


def test_a_link_takes_nothing_out(sign_in: SignIn) -> None:
    assert sign_in("fang").get("/ledger/exchange.xlsx").status_code == 405
