"""An approval is cancelled in the moment in which its money is paid."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import column, func, select, table

from approvals.reviews import aside
from budget.plans.rules import PlanState
from core.db import session, unit_of_work
from core.errors import Refused
from tests.approvals.stories import plan, reviewed, sound, submitted
from tests.budget.paying import take, voucher
from tests.world import World

_WAITS = select(func.count()).select_from(table("pg_locks")).where(~column("granted"))


@pytest.mark.only_on("postgresql")  # SQLite has one writer: the second has not begun
def test_what_is_paid_meanwhile_is_not_taken_back(app: Flask, world: World) -> None:
    """The cancelling waits for the import of payments, and then reads what was paid."""
    plan_id, luo = submitted(world, ("A1", 300)), world.person("luo")
    reviewed(world, plan_id, "he", "shen", "fang", "luo")
    refused: list[str] = []

    def cancel() -> None:
        with app.app_context(), pytest.raises(Refused) as refusal:
            aside.cancel(plan_id, "批错", by=luo)
        refused.append(str(refusal.value))

    thread = threading.Thread(target=cancel)
    session().rollback()
    with unit_of_work():
        take(voucher("V1", "10.00"))
        thread.start()
        waited = _somebody_waits()
    thread.join()
    assert waited
    assert "已支付" in refused[0]
    assert plan(plan_id).state is PlanState.APPROVED
    assert sound()


def _somebody_waits() -> bool:
    for _ in range(500):
        if session().scalar(_WAITS):
            return True
        time.sleep(0.01)
    return False
